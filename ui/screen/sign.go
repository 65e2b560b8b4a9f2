package screen

import (
	"reflect"

	"kiosk/device/localapi"
	"kiosk/ui/kit"
	"kiosk/ui/model"
)

const padButton, padGap = 80, 16

// signPad draws the pad and, under it, the two buttons that take ink away.
func (d *drawer) signPad(sh *kit.Sheet, r kit.Rect, p model.SignPad) *kit.Ink {
	limit := p.Limits.Points
	if p.Locked {
		limit = 0
	}
	ink := sh.InkPad(kit.Rect{X: r.X, Y: r.Y, W: r.W, H: r.H - padButton - padGap}, p.ID, p.Ghost, p.Name, limit, func(stroke []kit.Point) {
		if d.act == nil {
			return
		}
		points := make([]localapi.Point, len(stroke))
		for i, q := range stroke {
			points[i] = localapi.Point(q)
		}
		d.act(model.Action{Kind: model.ActStroke, Stroke: points})
	})
	ink.Set(inkOf(p.Strokes), limit)
	row := kit.Rect{X: r.X, Y: r.Bottom() - padButton, W: r.W, H: padButton}
	clearAt, rest := row.CutRight(280, 16)
	undoAt, _ := rest.CutRight(240, 16)
	for _, b := range []struct {
		at   kit.Rect
		b    model.Button
		icon string
	}{{undoAt, p.Undo, "undo"}, {clearAt, p.Clear, "trash"}} {
		if b.b.ID == "" {
			continue
		}
		x := d.button(b.b)
		if x.Icon == "" {
			x.Icon = b.icon
		}
		sh.Button(b.at, x)
	}
	return ink
}

// samePad tells whether two pads differ in their ink only, so that the pad can stay as it is. Its buttons change
// with the first stroke; then it is drawn anew.
func samePad(a, b model.SignPad) bool {
	a.Strokes, b.Strokes = nil, nil
	a.Limits, b.Limits = struct{ Points int }{}, struct{ Points int }{}
	return reflect.DeepEqual(a, b)
}
