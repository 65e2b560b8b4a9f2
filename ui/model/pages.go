package model

import (
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"kiosk/ui/words"
)

// Most rows a page takes on the portrait screen.
const (
	cardsPerPage   = 8
	choicesPerPage = 8
	hintedPerPage  = 6 // choices with a second line
	casesPerPage   = 4
	rowsPerPage    = 8
	thumbsPerPage  = 6
	linesPerPage   = 24 // of body text
)

// lines estimates how many lines of body text a text takes: 35 Han or 62 letters a line, the measure of the guide.
func lines(text string) int {
	n := 0
	for _, line := range strings.Split(text, "\n") {
		han := 0
		for _, r := range line {
			if r >= 0x2E80 {
				han++
			}
		}
		width := float64(han)/35 + float64(utf8.RuneCountInString(line)-han)/62
		n += 1 + int(width*0.999)
	}
	return n
}

// split cuts a list into pages that cost at most budget each; one row that costs more has a page of its own.
func split[T any](rows []T, budget int, cost func(T) int) [][]T {
	var pages [][]T
	sum := 0
	for i, row := range rows {
		c := cost(row)
		if len(pages) == 0 || sum+c > budget {
			pages = append(pages, nil)
			sum = 0
		}
		pages[len(pages)-1] = append(pages[len(pages)-1], rows[i])
		sum += c
	}
	return pages
}

// chunks cuts a list into pages of n rows.
func chunks[T any](rows []T, n int) [][]T { return split(rows, n, func(T) int { return 1 }) }

// paragraphs cuts a text into pages at line ends and sentence ends.
func paragraphs(text string, budget int) []string {
	var sentences []string
	rest := text
	for rest != "" {
		i := strings.IndexAny(rest, "。；！？\n")
		if i < 0 {
			i = strings.Index(rest, ". ")
		}
		if i < 0 {
			sentences = append(sentences, rest)
			break
		}
		_, size := utf8.DecodeRuneInString(rest[i:])
		sentences = append(sentences, rest[:i+size])
		rest = rest[i+size:]
	}
	var pages []string
	page := ""
	for _, s := range sentences {
		if page != "" && lines(page+s) > budget {
			pages = append(pages, strings.TrimSpace(page))
			page = ""
		}
		page += s
	}
	return append(pages, strings.TrimSpace(page))
}

// page gives the screen a pager when there is more than one page and returns the page to show, from 0.
func (b *build) page(of int) int {
	n := min(max(b.local.Page, 0), max(of-1, 0))
	b.pageNow = n
	if of <= 1 {
		return n
	}
	b.Pager = &Pager{
		Page: n + 1, Of: of, Label: b.say(words.PageOf, n+1, of),
		Prev: Button{ID: "page:prev", Label: b.say(words.PrevPage), Icon: "back", Disabled: n == 0, Action: Action{Kind: ActPage, N: -1}},
		Next: &Button{ID: "page:next", Label: b.say(words.NextPage), Icon: "next", Disabled: n == of-1, Action: Action{Kind: ActPage, N: +1}},
	}
	return n
}

// unread makes the primary button turn pages until the last one is shown; the pager then only turns back. It reports
// whether there is more to read.
func (b *build) unread(n, of int) bool {
	if b.Pager != nil {
		b.Pager.Next = nil
	}
	if n >= of-1 {
		return false
	}
	b.Primary = &Button{ID: "read-on", Label: b.say(words.NextPage), Tone: Primary, Action: Action{Kind: ActPage, N: +1}}
	return true
}

// grouped writes digits in groups of the given sizes; what is left over makes groups of four.
func grouped(s string, sizes []int) string {
	if len(sizes) == 0 {
		return s
	}
	var parts []string
	for i := 0; s != ""; i++ {
		n := 4
		if i < len(sizes) && sizes[i] > 0 {
			n = sizes[i]
		}
		n = min(n, len(s))
		parts = append(parts, s[:n])
		s = s[n:]
	}
	return strings.Join(parts, " ")
}

// number groups a local number as it is printed, 6 2 6 1; other numbers stay as they are.
func number(s string) string {
	if _, err := strconv.ParseUint(s, 10, 64); err != nil || len(s) != 15 {
		return s
	}
	return grouped(s, []int{6, 2, 6, 1})
}

// day writes a date for people.
func (b *build) day(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	if b.Lang == "en" {
		return t.In(b.zone).Format("2 Jan 2006")
	}
	return t.In(b.zone).Format("2006年1月2日")
}

// moment writes a date and time for people.
func (b *build) moment(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return b.day(t) + " " + t.In(b.zone).Format("15:04")
}
