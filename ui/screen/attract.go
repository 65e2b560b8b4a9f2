package screen

import (
	"reflect"
	"time"

	"kiosk/ui/kit"
	"kiosk/ui/look"
	"kiosk/ui/model"
)

// attract is A01: one picture, one sentence, the whole surface a target.
func (d *drawer) attract(f frame, before []*piece) []*piece {
	from := [...]any{d.m.Whole, d.m.Body, d.m.Banner}
	if len(before) == 1 && reflect.DeepEqual(before[0].from, from) {
		return before
	}
	m, c, ty := d.look.Metrics, d.look.Colours, d.look.Type
	sh := kit.NewSheet(d.look)
	top := f.header.Bottom()
	if d.m.Banner != nil {
		top = f.banner.Bottom()
	}
	whole := kit.Rect{X: 0, Y: top, W: m.Width, H: f.footer.Y - top}
	scene := kit.Rect{X: 0, Y: top, W: m.Width, H: look.WelcomeHeight}
	sh.Fill(scene, c.Sky, 0)
	sh.Frames(scene, d.look.Welcome(), 2*time.Second, -1)

	w := d.m.Whole
	lead := ty.HomeTitle
	pill := kit.Rect{Y: scene.Bottom() - 72, H: 144}
	pill.W = min(kit.Width(w.Label, lead)+240, m.Width-2*m.Margin)
	pill.X = float32(int((m.Width - pill.W) / 2))
	sh.Whole(whole, pill, kit.Button{ID: w.ID, Label: w.Label, Icon: "hand", Act: d.does(w.Action)})

	y := pill.Bottom() + 40
	for _, b := range d.m.Body {
		switch v := b.(type) {
		case model.Paragraph:
			if v.Style == model.Lead {
				continue // the sentence on the button
			}
			st := ty.Button
			st.Bold = false
			y += sh.Paragraph(kit.Rect{X: m.Margin, Y: y, W: m.Width - 2*m.Margin}, v.Text, st, c.Text, kit.Centre) + 40
		case model.Facts:
			d.offers(sh, kit.Rect{X: m.Margin, Y: y, W: m.Width - 2*m.Margin, H: f.footer.Y - bodyGap - y}, v)
		}
	}
	return []*piece{{from: from, sheet: sh}}
}

// offers names what can be done here, in a calm panel.
func (d *drawer) offers(sh *kit.Sheet, r kit.Rect, f model.Facts) {
	c, ty := d.look.Colours, d.look.Type
	for _, row := range f.Rows {
		const line = 72
		texts := row.Texts
		cols := 1
		if len(texts) > 2 {
			cols = 2
		}
		n := (len(texts) + cols - 1) / cols
		for n > 1 && 32+ty.Body.Line+8+float32(n)*line+16 > r.H {
			n--
		}
		texts = texts[:min(len(texts), n*cols)]
		h := 24 + ty.Body.Line + 8 + float32(n)*line + 16
		box := kit.Rect{X: r.X, Y: float32(int(r.Y + max(0, r.H-h)/2)), W: r.W, H: h}
		sh.Panel(box)
		sh.Label(kit.Rect{X: box.X + 32, Y: box.Y + 24, W: box.W - 64, H: ty.Body.Line}, row.Label, ty.Body, c.TextMuted, kit.Left)
		grid := kit.Rect{X: box.X + 32, Y: box.Y + 24 + ty.Body.Line + 8, W: box.W - 64, H: line}
		for i, t := range texts {
			cell := grid.Columns(cols, 24)[i%cols]
			cell.Y += float32(i/cols) * line
			sh.Icon(kit.Rect{X: cell.X, Y: cell.Y, W: 36, H: line}, "check", c.Primary)
			sh.Label(kit.Rect{X: cell.X + 52, Y: cell.Y, W: cell.W - 52, H: line}, t, ty.Button, c.Text, kit.Left)
			sh.Read(cell, t)
		}
	}
}
