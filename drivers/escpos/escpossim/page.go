package escpossim

import (
	"fmt"
	"image"
	"strings"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/multi/qrcode"
)

const (
	maxPage = 20000 // rows of one paper; longer ones are torn
	maxNote = 64 << 10
)

// page is the paper in the printer since the last cut.
type page struct {
	dots     int
	pix      []byte // rows of 0 and 255
	bytes    int
	notes    []string
	noted    int // bytes of notes
	began    int // row where the picture began that is being printed, -1 for none
	pictures []span
}

// span is the rows of a picture, and the number of notes before it.
type span struct{ from, to, note int }

func newPage(dots int) *page { return &page{dots: dots, began: -1} }

func (p *page) height() int { return len(p.pix) / p.dots }

// used reports whether anything is on it.
func (p *page) used() bool { return len(p.pix) > 0 }

// row adds one row. Rows of a picture that follow each other are one picture, however many commands sent them.
func (p *page) row(dots []bool, picture bool) {
	switch {
	case picture && p.began < 0:
		p.began = p.height()
	case !picture:
		p.closePicture()
	}
	row := make([]byte, p.dots)
	for x := range row {
		row[x] = 255
		if x < len(dots) && dots[x] {
			row[x] = 0
		}
	}
	p.pix = append(p.pix, row...)
}

func (p *page) note(s string) {
	p.closePicture()
	if p.noted += len(s) + 1; p.noted <= maxNote {
		p.notes = append(p.notes, s)
	}
}

// closePicture ends a picture.
func (p *page) closePicture() {
	if p.began >= 0 {
		p.pictures = append(p.pictures, span{p.began, p.height(), len(p.notes)})
		p.began = -1
	}
}

func (p *page) image(from, to int) *image.Gray {
	img := image.NewGray(image.Rect(0, 0, p.dots, to-from))
	copy(img.Pix, p.pix[from*p.dots:to*p.dots])
	return img
}

func (p *page) rasters() []*image.Gray {
	p.closePicture()
	var out []*image.Gray
	for _, s := range p.pictures {
		out = append(out, p.image(s.from, s.to))
	}
	return out
}

// text is what stands on the page in lines: text as it was sent, pictures with their size and the codes in them.
func (p *page) text() string {
	p.closePicture()
	var b strings.Builder
	done := 0
	upTo := func(n int) {
		for ; done < n; done++ {
			b.WriteString(p.notes[done] + "\n")
		}
	}
	for _, s := range p.pictures {
		upTo(s.note)
		fmt.Fprintf(&b, "[picture %dx%d]\n", p.dots, s.to-s.from)
		for _, code := range codes(p.image(s.from, s.to)) {
			b.WriteString("[QR] " + code + "\n")
		}
	}
	upTo(len(p.notes))
	return b.String()
}

// codes reads the QR codes of a picture. The library panics on some pictures.
func codes(img image.Image) (texts []string) {
	defer func() { _ = recover() }()
	bits, err := gozxing.NewBinaryBitmapFromImage(img)
	if err != nil {
		return nil
	}
	found, err := qrcode.NewQRCodeMultiReader().DecodeMultiple(bits, nil)
	if err != nil {
		return nil
	}
	for _, f := range found {
		texts = append(texts, f.GetText())
	}
	return texts
}
