package paper

import (
	"strings"
	"unicode"
)

// Kinsoku: characters that may not begin a line, and such that may not end one.
const (
	notFirst = "，。、；：？！）》」』】〕〉”’…—·％℃,.;:?!)]}%"
	notLast  = "（《「『【〔〈“‘￥¥$([{"
)

// breakLines breaks text into lines of at most max dots. width measures a piece of text. Han characters may
// be parted anywhere but where kinsoku forbids it; words and numbers stay whole unless one alone is wider
// than the line. Line feeds in text are kept, other control characters become blanks.
func breakLines(text string, max int, width func(string) int) []string {
	var lines []string
	for _, par := range strings.Split(text, "\n") {
		lines = append(lines, breakParagraph(clean(par), max, width)...)
	}
	return lines
}

func breakParagraph(rs []rune, max int, width func(string) int) []string {
	var lines []string
	for len(rs) > 0 {
		n := fits(rs, max, width)
		if n < len(rs) {
			n = cut(rs, n)
		}
		lines = append(lines, strings.TrimRight(string(rs[:n]), " "))
		rs = rs[n:]
		for len(rs) > 0 && rs[0] == ' ' {
			rs = rs[1:]
		}
	}
	return lines
}

// fits counts the characters that fit into the line, at least one so that there is always an end. A blank at the
// end of the line takes no room.
func fits(rs []rune, max int, width func(string) int) int {
	n := 1
	for n < len(rs) && width(strings.TrimRight(string(rs[:n+1]), " ")) <= max {
		n++
	}
	return n
}

// cut moves the break at n back to a place where it is allowed. If there is none the line is full of one word
// and is broken where it ends.
func cut(rs []rune, n int) int {
	for i := n; i > 0; i-- {
		if mayBreak(rs[i-1], rs[i]) {
			return i
		}
	}
	return n
}

func mayBreak(before, after rune) bool {
	switch {
	case after == ' ':
		return true
	case strings.ContainsRune(notFirst, after), strings.ContainsRune(notLast, before):
		return false
	case before == ' ':
		return true
	default:
		return wide(before) || wide(after)
	}
}

// wide reports whether a character stands alone, as Han characters do, not as part of a word.
func wide(r rune) bool {
	return unicode.Is(unicode.Han, r) || r >= 0x3000 && r <= 0x30FF || r >= 0xFF00 && r <= 0xFF60 || strings.ContainsRune("“”‘’…—", r)
}

func clean(s string) []rune {
	rs := []rune(strings.TrimSpace(s))
	for i, r := range rs {
		if unicode.IsControl(r) {
			rs[i] = ' '
		}
	}
	return rs
}
