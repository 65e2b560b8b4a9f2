package paper

import (
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"math"

	"golang.org/x/image/font"
	"golang.org/x/image/math/fixed"
)

// threshold is how much of a dot a glyph must cover (of 255) for the dot to be black. Thermal heads
// print thin strokes thin, so it lies below one half.
const threshold = 104

// style is how a text is set. Leading is the line distance in ems, 0 for 1.3.
type style struct {
	em      float64
	bold    bool
	leading float64
	white   bool // on black
}

// sheet is paper while it is being set. The first error stays and makes the rest do nothing.
type sheet struct {
	fonts *Fonts
	dots  int
	img   *image.Gray // as tall as was needed so far
	y     int         // where the next line goes
	faces map[style]font.Face
	err   error
}

func newSheet(fonts *Fonts, dots int) *sheet {
	sh := &sheet{fonts: fonts, dots: dots, faces: map[style]font.Face{}}
	sh.img = blank(dots, 1024)
	return sh
}

func blank(w, h int) *image.Gray {
	img := image.NewGray(image.Rect(0, 0, w, h))
	for i := range img.Pix {
		img.Pix[i] = 255
	}
	return img
}

func (sh *sheet) close() {
	for _, f := range sh.faces {
		_ = f.Close()
	}
}

// finish cuts the paper at the last line and makes every dot black or white.
func (sh *sheet) finish() (*image.Gray, error) {
	if sh.err != nil {
		return nil, sh.err
	}
	sh.room(sh.y)
	if sh.err != nil {
		return nil, sh.err
	}
	out := blank(sh.dots, sh.y)
	copy(out.Pix, sh.img.Pix[:sh.dots*sh.y])
	for i, v := range out.Pix {
		if v != 0 {
			out.Pix[i] = 255
		}
	}
	return out, nil
}

// room makes the paper at least h dots long.
func (sh *sheet) room(h int) {
	if h > MaxHeight && sh.err == nil {
		sh.err = fmt.Errorf("it would be longer than %d dots", MaxHeight)
	}
	if sh.err != nil || h <= sh.img.Rect.Dy() {
		return
	}
	taller := blank(sh.dots, min(MaxHeight, max(h, 2*sh.img.Rect.Dy())))
	copy(taller.Pix, sh.img.Pix)
	sh.img = taller
}

func (sh *sheet) skip(n int) { sh.y += n }

func (sh *sheet) face(st style) font.Face {
	key := style{em: st.em, bold: st.bold}
	if f := sh.faces[key]; f != nil {
		return f
	}
	f, err := sh.fonts.Face(st.bold, st.em)
	if err != nil {
		if sh.err == nil {
			sh.err = err
		}
		return nil
	}
	sh.faces[key] = f
	return f
}

func (sh *sheet) width(st style, s string) int {
	f := sh.face(st)
	if f == nil {
		return 0
	}
	return font.MeasureString(f, s).Ceil()
}

func (sh *sheet) leading(st style) int {
	if st.leading == 0 {
		st.leading = 1.3
	}
	return int(math.Ceil(st.em * st.leading))
}

func (sh *sheet) breakText(width int, st style, s string) []string {
	return breakLines(s, width, func(t string) int { return sh.width(st, t) })
}

func (sh *sheet) height(width int, st style, s string) int {
	return len(sh.breakText(width, st, s)) * sh.leading(st)
}

// text sets s in lines of at most width dots from x on.
func (sh *sheet) text(x, width int, st style, s string) {
	for _, line := range sh.breakText(width, st, s) {
		sh.line(x, st, line)
	}
}

func (sh *sheet) centred(x, width int, st style, s string) {
	for _, line := range sh.breakText(width, st, s) {
		sh.line(x+(width-sh.width(st, line))/2, st, line)
	}
}

// line sets one line that is known to fit.
func (sh *sheet) line(x int, st style, s string) {
	h := sh.leading(st)
	sh.room(sh.y + h)
	if sh.err != nil {
		return
	}
	// The face of Han and the digits stand between 0.88 above and 0.12 below the base line.
	base := sh.y + (h-int(st.em))/2 + int(st.em*0.88)
	sh.draw(x, base, st, s)
	sh.y += h
}

func (sh *sheet) draw(x, base int, st style, s string) {
	f := sh.face(st)
	if f == nil {
		return
	}
	ink := uint8(0)
	if st.white {
		ink = 255
	}
	dot := fixed.P(x, base)
	for _, r := range s {
		rect, mask, at, advance, ok := f.Glyph(dot, r)
		if !ok {
			continue
		}
		rect2 := rect.Intersect(sh.img.Rect)
		for y := rect2.Min.Y; y < rect2.Max.Y; y++ {
			for x := rect2.Min.X; x < rect2.Max.X; x++ {
				_, _, _, a := mask.At(at.X+x-rect.Min.X, at.Y+y-rect.Min.Y).RGBA()
				if a>>8 >= threshold {
					sh.img.Pix[y*sh.img.Stride+x] = ink
				}
			}
		}
		dot.X += advance
	}
}

func (sh *sheet) fill(r image.Rectangle) {
	sh.room(r.Max.Y)
	if sh.err == nil {
		draw.Draw(sh.img, r, image.NewUniform(color.Gray{}), image.Point{}, draw.Src)
	}
}

// rule draws a line over the whole width.
func (sh *sheet) rule(thick int) {
	sh.fill(image.Rect(0, sh.y, sh.dots, sh.y+thick))
	sh.y += thick
}

// dashes draws a line of dashes.
func (sh *sheet) dashes() {
	for x := 0; x < sh.dots; x += 12 {
		sh.fill(image.Rect(x, sh.y, min(x+6, sh.dots), sh.y+2))
	}
	sh.y += 2
}

func (sh *sheet) bullet(x, y, size int) { sh.fill(image.Rect(x, y, x+size, y+size)) }

// mark sets a word white in a black box.
func (sh *sheet) mark(x, y, w, h int, st style, s string) {
	sh.fill(image.Rect(x, y, x+w, y+h))
	if sh.err != nil {
		return
	}
	st.white = true
	sh.draw(x+(w-sh.width(st, s))/2, y+(h-int(st.em))/2+int(st.em*0.88), st, s)
}

// qr draws a code with its quiet zone.
func (sh *sheet) qr(x int, q qrCode, module int) {
	for r, row := range q {
		for c, black := range row {
			if black {
				left, top := x+(c+quiet)*module, sh.y+(r+quiet)*module
				sh.fill(image.Rect(left, top, left+module, top+module))
			}
		}
	}
	sh.y += q.size(module)
	sh.room(sh.y)
}
