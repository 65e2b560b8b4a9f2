package screen

import (
	"kiosk/ui/kit"
	"kiosk/ui/look"
	"kiosk/ui/model"
)

// drawer draws one description.
type drawer struct {
	look look.Look
	act  func(model.Action)
	m    *model.Screen
}

// frame is where the fixed parts of a screen lie.
type frame struct {
	header, banner, steps, title, hint kit.Rect
	body                               kit.Rect
	pager, bar, footer                 kit.Rect
	mark                               kit.Rect // beside the title, where a screen tells an outcome
	titleStyle                         look.Style
}

const (
	bannerHeight = 64
	titleTop     = 40
	barGap       = 48 // between the bar of buttons and the footer: room for the line under a disabled button
	bodyGap      = 32
)

// homeID is the home screen's, which looks a little different from all others.
const homeID = "A02"

// markSide is the side of the sign beside a title that tells an outcome.
const markSide = 112

// outcome says which sign stands beside the title: done, or not.
func (d *drawer) outcome() (icon string, good, ok bool) {
	switch d.m.ID {
	case "D02", "D03":
		return "check", true, true
	case "E05", "E06", "E09", "E11", "A06":
		return "warning", false, true
	}
	return "", false, false
}

// frameOf divides the panel.
func (d *drawer) frameOf() frame {
	m, ty := d.look.Metrics, d.look.Type
	var f frame
	y := m.Header
	f.header = kit.Rect{W: m.Width, H: m.Header}
	if d.m.Banner != nil {
		f.banner = kit.Rect{Y: y, W: m.Width, H: bannerHeight}
		y += bannerHeight
	}
	if d.m.Header.Step != nil {
		f.steps = kit.Rect{Y: y, W: m.Width, H: m.Steps}
		y += m.Steps
	}
	w := m.Width - 2*m.Margin
	y += titleTop
	f.titleStyle = ty.Title
	if d.m.ID == homeID {
		f.titleStyle = ty.HomeTitle
		y += 8
	}
	x, tw := m.Margin, w
	if _, _, ok := d.outcome(); ok {
		f.mark = kit.Rect{X: m.Margin, Y: y, W: markSide, H: markSide}
		x, tw = x+markSide+m.Gutter, w-markSide-m.Gutter
	}
	if d.m.Title != "" {
		if len(kit.Break(d.m.Title, f.titleStyle, tw)) > 2 {
			f.titleStyle = ty.Section
		}
		f.title = kit.Rect{X: x, Y: y, W: tw, H: kit.ParaHeight(d.m.Title, f.titleStyle, tw)}
		y = f.title.Bottom()
	}
	if d.m.Hint != "" {
		y += 8
		f.hint = kit.Rect{X: x, Y: y, W: tw, H: kit.ParaHeight(d.m.Hint, ty.Body, tw)}
		y = f.hint.Bottom()
	}
	if short := f.mark.Bottom() - y; f.mark.H > 0 && short > 0 {
		f.title.Y += float32(int(short / 2))
		f.hint.Y += float32(int(short / 2))
		y = f.mark.Bottom()
	}
	y += bodyGap

	f.footer = kit.Rect{Y: m.Height - m.Footer, W: m.Width, H: m.Footer}
	bottom := f.footer.Y - bodyGap
	if d.m.Back != nil || d.m.Aux != nil || d.m.Primary != nil {
		f.bar = kit.Rect{X: m.Margin, Y: f.footer.Y - barGap - m.Primary, W: w, H: m.Primary}
		bottom = f.bar.Y - bodyGap
	}
	if d.m.Pager != nil {
		f.pager = kit.Rect{X: m.Margin, Y: bottom - 80, W: w, H: 80}
		bottom = f.pager.Y - m.Gutter
	}
	f.body = kit.Rect{X: m.Margin, Y: y, W: w, H: bottom - y}
	return f
}

// drawFrame draws what stands above the body.
func (d *drawer) drawFrame(sh *kit.Sheet, f frame) {
	m, c, ty := d.look.Metrics, d.look.Colours, d.look.Type
	sh.Fill(kit.Rect{W: m.Width, H: m.Height}, c.Bg, 0)
	h := d.m.Header
	sh.Header(f.header, kit.Header{Site: h.Site, Place: h.Place, Online: h.Online, Link: h.Link, Clock: h.Clock})
	if b := d.m.Banner; b != nil {
		sh.Strip(f.banner, tone(b.Tone), b.Text)
	}
	if st := h.Step; st != nil {
		sh.Stepper(f.steps, st.N, st.Of, h.Item, st.Label)
	}
	if icon, good, ok := d.outcome(); ok {
		bg, ink := c.WarnBg, c.OnWarn
		if good {
			bg, ink = c.Success, c.OnSuccess
		}
		sh.Dot(f.mark, bg)
		sh.Icon(f.mark.Middle(64, 64), icon, ink)
	}
	if d.m.Title != "" {
		sh.Paragraph(f.title, d.m.Title, f.titleStyle, c.Text, kit.Left)
	}
	if d.m.Hint != "" {
		sh.Paragraph(f.hint, d.m.Hint, ty.Body, c.TextMuted, kit.Left)
	}
}

// drawBars draws pager, buttons and footer.
func (d *drawer) drawBars(sh *kit.Sheet, f frame) {
	if p := d.m.Pager; p != nil {
		left, rest := f.pager.CutLeft(328, 16)
		right, middle := rest.CutRight(328, 16)
		sh.Button(left, d.button(p.Prev))
		sh.Label(middle, p.Label, d.look.Type.Body, d.look.Colours.Text, kit.Centre)
		sh.Read(middle, p.Label)
		if p.Next != nil {
			sh.Button(right, d.button(*p.Next))
		}
	}
	d.bar(sh, f.bar)
	d.footer(sh, f.footer)
}

// bar draws 返回 on the left, the one primary button on the right and a third between.
func (d *drawer) bar(sh *kit.Sheet, r kit.Rect) {
	gap := d.look.Metrics.Gap
	if b := d.m.Back; b != nil {
		var cell kit.Rect
		cell, r = r.CutLeft(d.width(b, 240, 320), gap)
		sh.Button(cell, d.button(*b))
	}
	var primary kit.Rect
	rest := r
	if b := d.m.Primary; b != nil {
		most := r.W
		if d.m.Aux != nil {
			most = r.W - 240 - gap
		}
		primary, rest = r.CutRight(min(d.width(b, 400, 560), most), gap)
	}
	if b := d.m.Aux; b != nil {
		cell, _ := rest.CutRight(min(d.width(b, 240, 400), rest.W), gap)
		sh.Button(cell, d.button(*b))
	}
	if b := d.m.Primary; b != nil {
		x := d.button(*b)
		if x.Icon == "" && x.Kind == kit.Primary && (b.ID == "next" || b.ID == "agree" || b.ID == "read-on") {
			x.Icon = "next"
		}
		sh.Button(primary, x)
	}
}

// width of a button that holds its label, within bounds.
func (d *drawer) width(b *model.Button, least, most float32) float32 {
	w := kit.Width(b.Label, d.look.Type.Button) + 64
	if b.Icon != "" {
		w += 52
	}
	g := d.look.Metrics.Grid
	w = float32(int(w/g+1)) * g
	return min(max(w, least), most)
}

// footer draws the cells of the bottom bar: help always on the far right.
func (d *drawer) footer(sh *kit.Sheet, r kit.Rect) {
	m, c := d.look.Metrics, d.look.Colours
	sh.Fill(r, c.Surface, 0)
	sh.Rule(0, r.Y, r.W)
	cells := d.m.Footer
	if len(cells) == 0 {
		return
	}
	row := kit.Rect{X: m.Margin, Y: r.Y + 16, W: r.W - 2*m.Margin, H: 104}
	cols := row.Columns(max(len(cells), 4), m.Gap)
	for i, b := range cells {
		at := cols[i]
		if i == len(cells)-1 && b.Tone == model.Primary {
			at = cols[len(cols)-1]
		}
		x := d.button(b)
		if x.Kind == kit.Secondary {
			x.Kind = kit.Quiet
		}
		sh.FooterCell(at, x)
	}
}

// button translates a button.
func (d *drawer) button(b model.Button) kit.Button {
	return kit.Button{ID: b.ID, Label: b.Label, Icon: b.Icon, Kind: kind(b.Tone), Disabled: b.Disabled, Why: b.Why, Act: d.does(b.Action)}
}

func (d *drawer) does(a model.Action) func() {
	act := d.act
	return func() {
		if act != nil {
			act(a)
		}
	}
}

func kind(t model.Tone) kit.Kind {
	switch t {
	case model.Primary:
		return kit.Primary
	case model.Quiet:
		return kit.Quiet
	case model.Danger:
		return kit.Danger
	}
	return kit.Secondary
}

func tone(t model.Tone) kit.Tone {
	switch t {
	case model.Success:
		return kit.Good
	case model.Warn:
		return kit.Warn
	case model.Danger:
		return kit.Bad
	case model.Waiting:
		return kit.Wait
	}
	return kit.Info
}
