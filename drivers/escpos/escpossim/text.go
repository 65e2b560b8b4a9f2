package escpossim

import (
	"strings"

	"golang.org/x/image/math/fixed"
	"golang.org/x/text/encoding/simplifiedchinese"
)

// Cells of the printer's font: 12 × 24 for Latin, 24 × 24 for Han.
const (
	cellW = 12
	cellH = 24
)

type style struct {
	w, h  int // times
	bold  bool
	under bool
}

type cell struct {
	r     rune
	width int // dots, before the style
	style style
}

func (c cell) dots() int { return c.width * c.style.w }

// character adds one character, of one byte or two, to the line.
func (in *interpreter) character(b []byte) {
	c := cell{r: rune(b[0]), width: cellW, style: in.style}
	if len(b) == 2 {
		c.r, c.width = '〓', 2*cellW
		if u, err := simplifiedchinese.GB18030.NewDecoder().Bytes(b); err == nil {
			c.r = []rune(string(u))[0]
		}
	} else if c.r >= 0x80 {
		c.r = '?' // a code page, and nobody uses one here
	}
	if in.width()+c.dots() > in.sim.opts.Dots {
		in.newline()
	}
	in.line = append(in.line, c)
}

func (in *interpreter) width() int {
	n := 0
	for _, c := range in.line {
		n += c.dots()
	}
	return n
}

// flush prints a line that has begun.
func (in *interpreter) flush() {
	if len(in.line) > 0 {
		in.newline()
	}
}

// newline prints the line and feeds to the next.
func (in *interpreter) newline() {
	line := in.line
	in.line = nil
	if len(line) == 0 {
		in.note("")
		in.feed(in.gap)
		return
	}
	var b strings.Builder
	width, tall := 0, 0
	for _, c := range line {
		b.WriteRune(c.r)
		width += c.dots()
		tall = max(tall, cellH*c.style.h)
	}
	in.note(b.String())
	rows := make([][]bool, tall)
	left := in.left(width)
	for y := range rows {
		rows[y] = make([]bool, left+width)
	}
	x := left
	for _, c := range line {
		in.glyph(rows, x, c)
		x += c.dots()
	}
	for _, row := range rows {
		in.row(row, false)
	}
	in.feed(max(0, in.gap-tall))
}

// glyph draws one cell, standing on the line's lower edge.
func (in *interpreter) glyph(rows [][]bool, x int, c cell) {
	face, err := in.sim.fonts.Face(c.style.bold, cellH)
	if err != nil {
		return
	}
	defer func() { _ = face.Close() }()
	top := len(rows) - cellH*c.style.h
	rect, mask, at, _, ok := face.Glyph(fixed.P(0, cellH-3), c.r)
	for cy := range cellH {
		for cx := range c.width {
			black := c.style.under && cy >= cellH-2
			if ok && cx >= rect.Min.X && cx < rect.Max.X && cy >= rect.Min.Y && cy < rect.Max.Y {
				_, _, _, a := mask.At(at.X+cx-rect.Min.X, at.Y+cy-rect.Min.Y).RGBA()
				black = black || a >= 0x7000
			}
			if !black {
				continue
			}
			for dy := range c.style.h {
				for dx := range c.style.w {
					rows[top+cy*c.style.h+dy][x+cx*c.style.w+dx] = true
				}
			}
		}
	}
}
