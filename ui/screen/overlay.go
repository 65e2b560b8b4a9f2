package screen

import (
	"reflect"

	"kiosk/ui/kit"
	"kiosk/ui/model"
)

// overlay draws the dialog or sheet. A countdown changes one line of text and nothing else.
func (d *drawer) overlay(before *piece) *piece {
	o := d.m.Overlay
	if o == nil {
		return nil
	}
	from := *o
	from.Big = ""
	width := kit.Width(o.Big, d.look.Type.KeyNumber)
	if before != nil && reflect.DeepEqual(before.from, from) && before.sheet.SetText("big", o.Big, width) {
		return before
	}
	sh := kit.NewSheet(d.look)
	d.dialog(sh, *o)
	return &piece{from: from, sheet: sh}
}

const dialogPad = 56

func (d *drawer) dialog(sh *kit.Sheet, o model.Overlay) {
	m, c, ty := d.look.Metrics, d.look.Colours, d.look.Type
	sh.Fill(kit.Rect{W: m.Width, H: m.Height}, c.Veil, 0)
	w := m.Width - 2*m.Margin
	inner := w - 2*dialogPad
	title := kit.ParaHeight(o.Title, ty.Title, inner)
	h := float32(dialogPad) + title + 24
	if o.Big != "" {
		h += ty.KeyNumber.Line + 24
	}
	heights := make([]float32, len(o.Body))
	for i, b := range o.Body {
		sz := d.measure(b, inner)
		heights[i] = sz.want
		h += heights[i] + 24
	}
	h += 16
	buttons := float32(len(o.Buttons))*m.Primary + max(0, float32(len(o.Buttons)-1))*m.Gutter
	h += buttons + dialogPad

	// In the lower part of the panel, where hands are.
	y := max(m.Header+m.Gutter, (m.Height-h)*0.6)
	box := kit.Rect{X: m.Margin, Y: float32(int(y)), W: w, H: float32(int(h))}
	sh.Fill(box, c.Surface, m.Radius+8)
	at := kit.Rect{X: box.X + dialogPad, Y: box.Y + dialogPad, W: inner}
	sh.Paragraph(at, o.Title, ty.Title, c.Text, kit.Centre)
	at.Y += title + 24
	if o.Big != "" {
		sh.NamedLabel("big", kit.Rect{X: at.X, Y: at.Y, W: inner, H: ty.KeyNumber.Line}, o.Big, ty.KeyNumber, c.Primary, kit.Centre)
		at.Y += ty.KeyNumber.Line + 24
	}
	for i, b := range o.Body {
		at.H = heights[i]
		d.draw(sh, at, b)
		at.Y += heights[i] + 24
	}
	at.Y += 16
	for _, b := range o.Buttons {
		sh.Button(kit.Rect{X: at.X, Y: at.Y, W: inner, H: m.Primary}, d.button(b))
		at.Y += m.Primary + m.Gutter
	}
}
