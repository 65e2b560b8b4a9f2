package screen

import (
	"kiosk/ui/kit"
	"kiosk/ui/model"
)

// deskHeight is the height of the panel at the foot of the home screen.
const deskHeight = 336

// desk fills the foot of the home screen with what helps those who find nothing above: who can be asked, when
// and where. The picture is of the people, so that nobody takes the panel for another service.
func (d *drawer) desk(sh *kit.Sheet, r kit.Rect, f model.Facts) {
	c, ty := d.look.Colours, d.look.Type
	sh.Fill(r, c.InfoBg, d.look.Metrics.Radius)
	pic := kit.Rect{X: r.X + 24, Y: r.Y + (r.H-288)/2, W: 288, H: 288}
	sh.Picture(pic, d.look.Staff())
	x := pic.Right() + 32
	w := r.Right() - x - 32
	rows := f.Rows[:min(len(f.Rows), 3)]
	h := float32(len(rows)) * 72
	if f.Title != "" {
		h += ty.Section.Line + 16
	}
	y := float32(int(r.Y + (r.H-h)/2))
	if f.Title != "" {
		y += sh.Heading(kit.Rect{X: x, Y: y, W: w}, f.Title)
	}
	column := d.column(rows)
	for _, row := range rows {
		text := ""
		for i, t := range row.Texts {
			if i > 0 {
				text += " "
			}
			text += t
		}
		line := kit.Rect{X: x, Y: y, W: w, H: 64}
		sh.Icon(kit.Rect{X: x, Y: y, W: 36, H: 64}, row.Icon, c.Primary)
		label := kit.Rect{X: x + 52, Y: y, W: column - 31, H: 64}
		sh.Label(label, row.Label, ty.Body, c.TextMuted, kit.Left)
		value := kit.Rect{X: x + 52 + column, Y: y, W: w - 52 - column, H: 64}
		if small := ty.Caption.Strong(); kit.Width(text, small) > value.W {
			value.Y = y + 32 - small.Line
			sh.Para(value, text, small, c.Text, kit.Left)
		} else {
			sh.Label(value, text, ty.Body.Strong(), c.Text, kit.Left)
		}
		sh.Read(line, row.Label+" "+text)
		y += 72
	}
}
