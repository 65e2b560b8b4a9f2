package screen

import (
	"kiosk/ui/kit"
	"kiosk/ui/look"
	"kiosk/ui/model"
)

func (d *drawer) style(s model.TextStyle) look.Style {
	ty := d.look.Type
	switch s {
	case model.Lead:
		return ty.HomeTitle
	case model.Section:
		return ty.Section
	case model.Small:
		return ty.Caption
	}
	return ty.Body
}

func (d *drawer) paragraph(sh *kit.Sheet, r kit.Rect, p model.Paragraph) {
	c := d.look.Colours.Text
	if p.Style == model.Muted || p.Style == model.Small {
		c = d.look.Colours.TextMuted
	}
	a := kit.Left
	if p.Centre {
		a = kit.Centre
	}
	sh.Paragraph(r, p.Text, d.style(p.Style), c, a)
}

func notice(n model.Notice) kit.Notice {
	return kit.Notice{Tone: tone(n.Tone), Text: n.Text, More: n.More}
}

// column is the width of the labels' column of some facts.
func (d *drawer) column(rows []model.Fact) float32 {
	var labels []string
	for _, r := range rows {
		labels = append(labels, r.Label)
	}
	return kit.LabelColumn(d.look.Type.Body, labels...)
}

func fact(f model.Fact, column float32) kit.Fact {
	return kit.Fact{Icon: f.Icon, Label: f.Label, Texts: f.Texts, Column: column}
}

func (d *drawer) factsHeight(f model.Facts, w float32) float32 {
	var h float32
	if f.Title != "" {
		h += d.look.Type.Section.Line + 16
	}
	column := d.column(f.Rows)
	for _, row := range f.Rows {
		h += d.ruler().FactHeight(fact(row, column), w)
	}
	return h
}

// facts draws a panel of labelled texts with a rule between them.
func (d *drawer) facts(sh *kit.Sheet, r kit.Rect, f model.Facts) {
	air := extra(r, d.factsHeight(f, r.W), len(f.Rows))
	if f.Title != "" {
		h := sh.Heading(r, f.Title)
		r.Y += h
		r.H -= h
	}
	sh.Panel(r)
	y := r.Y
	column := d.column(f.Rows)
	for i, row := range f.Rows {
		if i > 0 {
			sh.Rule(r.X+104, y, r.W-136)
		}
		h := sh.FactHeight(fact(row, column), r.W) + air
		sh.Fact(kit.Rect{X: r.X, Y: y, W: r.W, H: h}, fact(row, column))
		y += h
	}
}

const purposePad = 32

func (d *drawer) purposesHeight(p model.Purposes, w float32) float32 {
	var h float32
	for i, row := range p.Rows {
		if i > 0 {
			h += d.look.Metrics.Gutter
		}
		h += d.purposeHeight(row, w)
	}
	return h
}

// purposeTitle is the width of a purpose's title beside the word that says its basis.
func (d *drawer) purposeTitle(p model.Purpose, w float32) float32 {
	w -= 2 * purposePad
	if p.Basis != "" {
		w -= kit.Width(p.Basis, d.look.Type.Caption.Strong()) + 68 + 24
	}
	return w
}

func (d *drawer) purposeHeight(p model.Purpose, w float32) float32 {
	ty := d.look.Type
	h := purposePad + max(48, kit.ParaHeight(p.Title, ty.Section, d.purposeTitle(p, w))) + 12
	if p.Text != "" {
		h += kit.ParaHeight(p.Text, ty.Body, w-2*purposePad) + 12
	}
	for _, f := range p.Facts {
		h += d.smallFactHeight(f, d.column(p.Facts), w) + 8
	}
	return float32(int(h + purposePad - 8))
}

const smallFactLeft = 48

func (d *drawer) smallFactHeight(f model.Fact, column, w float32) float32 {
	var h float32
	for _, t := range f.Texts {
		h += kit.ParaHeight(t, d.look.Type.Body, w-2*purposePad-smallFactLeft-column)
	}
	return max(h, d.look.Type.Body.Line)
}

// purposes draws one panel for each purpose: what for, and under it who, how long, which law.
func (d *drawer) purposes(sh *kit.Sheet, r kit.Rect, p model.Purposes) {
	c, ty := d.look.Colours, d.look.Type
	y := r.Y
	for _, row := range p.Rows {
		box := kit.Rect{X: r.X, Y: y, W: r.W, H: d.purposeHeight(row, r.W)}
		sh.Panel(box)
		in := box.Inset(purposePad, purposePad)
		tw := d.purposeTitle(row, r.W)
		at := in.Y
		th := sh.Paragraph(kit.Rect{X: in.X, Y: at, W: tw}, row.Title, ty.Section, c.Text, kit.Left)
		if row.Basis != "" {
			sh.Chip(in.Right(), at, tone(row.Tone), row.Basis, true)
		}
		at += max(48, th) + 12
		if row.Text != "" {
			at += sh.Paragraph(kit.Rect{X: in.X, Y: at, W: in.W}, row.Text, ty.Body, c.Text, kit.Left) + 12
		}
		column := d.column(row.Facts)
		for _, f := range row.Facts {
			h := d.smallFactHeight(f, column, r.W)
			if f.Icon != "" {
				sh.Icon(kit.Rect{X: in.X, Y: at + 4, W: 32, H: 32}, f.Icon, c.Primary)
			}
			sh.Label(kit.Rect{X: in.X + smallFactLeft, Y: at, W: column - 31, H: ty.Body.Line}, f.Label, ty.Body, c.TextMuted, kit.Left)
			ty0 := at
			for _, t := range f.Texts {
				ty0 += sh.Para(kit.Rect{X: in.X + smallFactLeft + column, Y: ty0, W: in.W - smallFactLeft - column}, t, ty.Body, c.Text, kit.Left)
			}
			at += h + 8
		}
		y += box.H + d.look.Metrics.Gutter
	}
}
