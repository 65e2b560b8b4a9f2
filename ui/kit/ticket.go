package kit

import (
	"fmt"
	"image"
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"

	"kiosk/ui/look"
)

// Number is a captioned number that somebody takes along.
type Number struct {
	Caption, Value string
	Big            bool
}

// Ticket is numbers and a QR code.
type Ticket struct {
	Numbers []Number
	QR      string
	Note    string
}

const qrSide = 296

// TicketHeight is its height at that width.
func (s *Sheet) TicketHeight(t Ticket, w float32) float32 {
	return max(s.ticketNumbers(t, w), s.ticketCode(t, w)) + 80
}

func (s *Sheet) ticketNumbers(t Ticket, w float32) float32 {
	ty := s.Look.Type
	var h float32
	for i, n := range t.Numbers {
		if i > 0 {
			h += 24
		}
		h += ty.Body.Line + float32(len(numberLines(n, s, ticketText(t, w))))*numberStyle(n, ty).Line
	}
	return h
}

func (s *Sheet) ticketCode(t Ticket, _ float32) float32 {
	if t.QR == "" {
		return 0
	}
	h := float32(qrSide)
	if t.Note != "" {
		h += 16 + ParaHeight(t.Note, s.Look.Type.Caption, qrSide)
	}
	return h
}

// ticketText is the width left for the numbers.
func ticketText(t Ticket, w float32) float32 {
	if t.QR == "" {
		return w - 80
	}
	return w - 80 - qrSide - 40
}

func numberStyle(n Number, ty look.Type) look.Style {
	if n.Big {
		return ty.KeyNumber
	}
	return ty.Title
}

// numberLines breaks a number between its groups.
func numberLines(n Number, s *Sheet, w float32) []string {
	return Break(n.Value, numberStyle(n, s.Look.Type), w)
}

// Ticket draws it: the numbers on the left, the code on the right.
func (s *Sheet) Ticket(r Rect, t Ticket) {
	col, ty := s.Look.Colours, s.Look.Type
	s.Panel(r)
	inner := r.Inset(40, 40)
	y := snap(inner.Y + (inner.H-s.ticketNumbers(t, r.W))/2)
	w := ticketText(t, r.W)
	for i, n := range t.Numbers {
		if i > 0 {
			y += 24
		}
		s.Label(Rect{inner.X, y, w, ty.Body.Line}, n.Caption, ty.Body, col.TextMuted, Left)
		y += ty.Body.Line
		st := numberStyle(n, ty)
		for _, l := range numberLines(n, s, w) {
			s.line(Rect{inner.X, y, w, st.Line}, l, st, pick(n.Big, col.Primary, col.Text), Left, false)
			y += st.Line
		}
		s.Read(Rect{inner.X, y - st.Line, w, st.Line}, n.Caption+" "+n.Value)
	}
	if t.QR == "" {
		return
	}
	code := Rect{inner.Right() - qrSide, snap(inner.Y + (inner.H-s.ticketCode(t, r.W))/2), qrSide, qrSide}
	s.QR(code, t.QR)
	if t.Note != "" {
		s.Para(Rect{code.X, code.Bottom() + 16, code.W, 0}, t.Note, ty.Caption, col.TextMuted, Centre)
	}
}

// QR draws a code with whole pixels per module and its quiet zone. A text that does not fit a code draws nothing.
func (s *Sheet) QR(r Rect, text string) {
	img, err := codeImage(text, int(min(r.W, r.H)))
	if err != nil {
		return
	}
	side := float32(img.Bounds().Dx())
	s.pixels(r.Middle(side, side), img, canvas.ImageScalePixels)
}

// quiet is the margin that ISO/IEC 18004 asks for, in modules.
const quiet = 4

func codeImage(text string, side int) (*image.RGBA, error) {
	m, err := qrcode.NewQRCodeWriter().Encode(text, gozxing.BarcodeFormat_QR_CODE, 0, 0, map[gozxing.EncodeHintType]any{
		gozxing.EncodeHintType_ERROR_CORRECTION: "M",
		gozxing.EncodeHintType_CHARACTER_SET:    "UTF-8",
		gozxing.EncodeHintType_MARGIN:           quiet,
	})
	if err != nil {
		return nil, fmt.Errorf("cannot encode a QR code: %w", err)
	}
	n := m.GetWidth()
	scale := side / n
	if scale < 2 {
		return nil, fmt.Errorf("cannot draw a QR code of %d modules on %d pixels", n, side)
	}
	img := image.NewRGBA(image.Rect(0, 0, n*scale, n*scale))
	for y := range n * scale {
		for x := range n * scale {
			c := color.RGBA{0xFF, 0xFF, 0xFF, 0xFF}
			if m.Get(x/scale, y/scale) {
				c = color.RGBA{A: 0xFF}
			}
			img.SetRGBA(x, y, c)
		}
	}
	return img, nil
}

func iconOf(name string, c color.NRGBA) fyne.Resource { return look.Icon(name, c) }
