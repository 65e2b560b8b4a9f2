// Package paper sets receipts: one casefile.Receipt becomes one raster of black and white dots, or the
// same content as plain text. It knows the size of dots (8 a millimetre, 203 dpi) and of paper (384 dots on
// 58 mm rolls, 576 on 80 mm), but no printer. It never shortens what stands on a receipt: what does not
// fit into a line is broken into more lines, and what cannot be set at all is an error.
package paper

import (
	"errors"
	"fmt"
	"strings"

	"kiosk/device"
	"kiosk/device/casefile"
)

// Bounds of what is set. A receipt beyond them is a mistake of whoever wrote it.
const (
	MinDots   = 256  // narrower paper has no room for the code and its quiet zone
	MaxDots   = 1024 //
	MaxHeight = 6000 // 75 cm
	maxRows   = 40
	maxNotes  = 20
	maxText   = 2000 // bytes of one text
)

// Sizes in dots at 203 dpi. The face of a Han character is 0.92 of its em.
const (
	emSite   = 30.4
	emTitle  = 58
	emItem   = 40
	emBody   = 30.4 // Han of 3.5 mm
	emBig    = 44
	emSmall  = 27
	emNumber = 64 // and as small as the line wants, down to emNumberMin
	// emNumberMin is where a number is set on two lines instead: below it an old person reads it digit by digit.
	emNumberMin = 48
	margin      = 8
	gap         = 20 // between a label and its value
)

// Setter sets receipts with one pair of fonts. It is safe for use by several goroutines.
type Setter struct{ fonts *Fonts }

// New opens the fonts; see OpenFonts for which. It fails when no usable font is there.
func New(fonts []string) (*Setter, error) {
	f, err := OpenFonts(fonts)
	if err != nil {
		return nil, err
	}
	return &Setter{fonts: f}, nil
}

// Close closes the font files.
func (s *Setter) Close() error { return s.fonts.Close() }

// Lay sets r on paper of dots width, black (0) and white (255) only, and asks for a cut at its end.
// It blocks for some tens of milliseconds on a small processor.
func (s *Setter) Lay(r casefile.Receipt, dots int) (device.Slip, error) {
	if dots < MinDots || dots > MaxDots {
		return device.Slip{}, fmt.Errorf("cannot lay out a receipt: paper of %d dots, want %d to %d", dots, MinDots, MaxDots)
	}
	if err := check(r); err != nil {
		return device.Slip{}, fmt.Errorf("cannot lay out a receipt: %w", err)
	}
	sh := newSheet(s.fonts, dots)
	defer sh.close()
	if err := lay(sh, r); err != nil {
		return device.Slip{}, fmt.Errorf("cannot lay out a receipt: %w", err)
	}
	img, err := sh.finish()
	if err != nil {
		return device.Slip{}, fmt.Errorf("cannot lay out a receipt: %w", err)
	}
	return device.Slip{Image: img, Cut: true}, nil
}

func check(r casefile.Receipt) error {
	if len(r.Rows) > maxRows || len(r.Notes) > maxNotes {
		return fmt.Errorf("%d rows and %d notes are more than %d and %d", len(r.Rows), len(r.Notes), maxRows, maxNotes)
	}
	texts := append([]string{r.Site, r.Title, r.Item, r.Contact, r.PrintedAt, string(r.Number)}, r.Notes...)
	for _, row := range r.Rows {
		texts = append(texts, row.Label, row.Value)
	}
	for _, t := range texts {
		if len(t) > maxText {
			return fmt.Errorf("a text of %d bytes is longer than %d", len(t), maxText)
		}
	}
	if r.Title == "" {
		return errors.New("it has no title")
	}
	return nil
}

// lay is the look of a receipt, from top to bottom.
func lay(sh *sheet, r casefile.Receipt) error {
	w := words(r.Lang)
	inner := sh.dots - 2*margin

	sh.skip(8)
	sh.text(margin, inner, style{em: emSite}, r.Site)
	sh.skip(4)
	head(sh, r, w, inner)
	sh.skip(12)
	sh.rule(5)
	sh.skip(14)

	sh.text(margin, inner, style{em: emItem, bold: true}, r.Item)
	sh.skip(10)
	rows(sh, r.Rows, inner)

	if r.Number != "" {
		sh.skip(8)
		sh.dashes()
		sh.skip(12)
		sh.text(margin, inner, style{em: emSmall}, w.number)
		number(sh, r.Number, inner)
		sh.skip(8)
	}
	if r.Ticket.Number != "" {
		sh.dashes()
		if err := code(sh, r.Ticket, w, inner); err != nil {
			return err
		}
	}
	if len(r.Notes) > 0 {
		sh.dashes()
		sh.skip(14)
		notes(sh, r.Notes, inner)
	}
	sh.skip(6)
	sh.rule(2)
	sh.skip(10)
	sh.text(margin, inner, style{em: emBody, bold: true}, r.Contact)
	sh.text(margin, inner, style{em: emSmall}, r.PrintedAt)
	sh.skip(24)
	return sh.err
}

// head sets the title, and the mark of a copy as white in a black box at the right edge.
func head(sh *sheet, r casefile.Receipt, w wording, inner int) {
	st := style{em: emTitle, bold: true}
	if sh.width(st, r.Title) > inner {
		st.em = emItem + 4
	}
	if !r.Copy {
		sh.text(margin, inner, st, r.Title)
		return
	}
	mark := style{em: emItem - 6, bold: true}
	box := sh.width(mark, w.copy) + 28
	if sh.width(st, r.Title)+box+12 > inner {
		sh.text(margin, inner, st, r.Title)
		sh.skip(6)
		sh.mark(margin, sh.y, box, 48, mark, w.copy)
		sh.skip(48)
		return
	}
	top := sh.y
	sh.text(margin, inner-box-12, st, r.Title)
	sh.mark(sh.dots-margin-box, top+(sh.y-top-48)/2, box, 48, mark, w.copy)
}

// rows sets labels in one column and values in the next. A big value gets lines of its own.
func rows(sh *sheet, list []casefile.Row, inner int) {
	label := style{em: emBody}
	value := style{em: emBody, bold: true}
	column := 0
	for _, row := range list {
		if !row.Big {
			column = max(column, sh.width(label, row.Label))
		}
	}
	column = min(column, inner*2/5)
	stacked := false // on a narrow roll a number broken at the column's edge is worse than one more line
	for _, row := range list {
		stacked = stacked || inner < 480 && !row.Big && sh.width(value, row.Value) > inner-column-gap
	}
	for _, row := range list {
		if row.Big {
			sh.text(margin, inner, style{em: emSmall}, row.Label)
			sh.text(margin, inner, style{em: emBig, bold: true}, row.Value)
			sh.skip(8)
			continue
		}
		if stacked {
			sh.text(margin, inner, style{em: emSmall}, row.Label)
			sh.text(margin, inner, value, row.Value)
			sh.skip(6)
			continue
		}
		top := sh.y
		sh.text(margin, column, label, row.Label)
		below := sh.y
		sh.y = top
		sh.text(margin+column+gap, inner-column-gap, value, row.Value)
		sh.y = max(sh.y, below)
		sh.skip(5)
	}
}

// number sets the local number as large as one line allows, or on two lines between its groups.
func number(sh *sheet, n casefile.Number, inner int) {
	whole := n.Spaced()
	lines := []string{whole}
	em := fit(sh, inner, lines)
	if groups := strings.Fields(whole); em < emNumberMin && len(groups) == 4 {
		lines = []string{groups[0] + " " + groups[1], groups[2] + " " + groups[3]}
		em = fit(sh, inner, lines)
	}
	for _, line := range lines {
		sh.line(margin, style{em: em, bold: true, leading: 1.2}, line)
	}
}

func fit(sh *sheet, inner int, lines []string) float64 {
	em := float64(emNumber)
	for _, line := range lines {
		if w := sh.width(style{em: emNumber, bold: true}, line); w > inner {
			em = min(em, float64(emNumber)*float64(inner)/float64(w+1))
		}
	}
	return em
}

// code sets the QR code: with its words beside it where the paper is wide, above them where it is not.
func code(sh *sheet, t casefile.Ticket, w wording, inner int) error {
	q, err := newQR(t.String())
	if err != nil {
		return err
	}
	module := q.module(inner)
	if module == 0 {
		return fmt.Errorf("paper of %d dots is too narrow for the code", sh.dots)
	}
	size := q.size(module)
	words := style{em: emBody, bold: true}
	top := sh.y
	if beside := inner - size; beside >= 200 {
		sh.qr(0, q, module)
		bottom := sh.y
		h := sh.height(beside, words, w.code)
		sh.y = top + max(0, (size-h)/2)
		sh.text(size+margin/2, beside, words, w.code)
		sh.y = max(sh.y, bottom)
		return nil
	}
	sh.qr((sh.dots-size)/2, q, module)
	sh.centred(margin, inner, words, w.code)
	sh.skip(14)
	return nil
}

func notes(sh *sheet, list []string, inner int) {
	st := style{em: emBody}
	for _, n := range list {
		left := 0
		if len(list) > 1 {
			left = 26
			sh.bullet(margin+4, sh.y+sh.leading(st)/2-4, 9)
		}
		sh.text(margin+left, inner-left, st, n)
		sh.skip(10)
	}
}

// wording is what the layout itself says.
type wording struct{ copy, number, code, note string }

func words(lang string) wording {
	if lang == "en" {
		return wording{copy: "COPY", number: "Local number", code: "Show this code to a terminal to see how far your case is", note: "* "}
	}
	return wording{copy: "补打", number: "收存号", code: "在自助机上出示此码，可以查看办理进度", note: "· "}
}

// Text is the same content as lines of plain text.
func Text(r casefile.Receipt) string {
	w := words(r.Lang)
	var b strings.Builder
	line := func(s string) {
		if s != "" {
			b.WriteString(s + "\n")
		}
	}
	line(r.Site)
	title := r.Title
	if r.Copy {
		title += " [" + w.copy + "]"
	}
	line(title)
	line(r.Item)
	for _, row := range r.Rows {
		line(strings.TrimSpace(row.Label + "  " + row.Value))
	}
	if r.Number != "" {
		line(w.number + "  " + r.Number.Spaced())
	}
	if r.Ticket.Number != "" {
		line("[QR] " + r.Ticket.String())
		line(w.code)
	}
	for _, n := range r.Notes {
		line(w.note + n)
	}
	line(r.Contact)
	line(r.PrintedAt)
	return b.String()
}
