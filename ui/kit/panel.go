package kit

import (
	"image/color"

	"kiosk/ui/look"
)

// Tone of a notice or a mark. Each has its own icon, so that colour is never the only sign.
type Tone int

// Tones.
const (
	Plain Tone = iota
	Info
	Good
	Warn
	Bad
	Wait
)

func (s *Sheet) tone(t Tone) (bg, ink color.NRGBA, icon string) {
	c := s.Look.Colours
	switch t {
	case Good:
		return c.InfoBg, c.Success, "check-circle"
	case Warn:
		return c.WarnBg, c.OnWarn, "warning"
	case Bad:
		return c.DangerBg, c.Danger, "cross-circle"
	case Wait:
		return c.WarnBg, c.OnWarn, "clock"
	}
	return c.InfoBg, c.Primary, "info"
}

// Notice is a box with an icon, a sentence and perhaps a second one.
type Notice struct {
	Tone       Tone
	Text, More string
}

// NoticeHeight is its height at that width.
func (s *Sheet) NoticeHeight(n Notice, w float32) float32 {
	ty := s.Look.Type
	h := ParaHeight(n.Text, ty.Body.Strong(), w-noticeLeft-32)
	if n.More != "" {
		h += 4 + ParaHeight(n.More, ty.Body, w-noticeLeft-32)
	}
	return snap(max(h, 48) + 48)
}

const noticeLeft = 104

// Notice draws it.
func (s *Sheet) Notice(r Rect, n Notice) {
	col, ty := s.Look.Colours, s.Look.Type
	bg, ink, icon := s.tone(n.Tone)
	s.Fill(r, bg, s.Look.Metrics.Radius)
	s.Icon(Rect{r.X + 32, r.Y + 24, 48, 48}, icon, ink)
	w := r.W - noticeLeft - 32
	h := s.NoticeHeight(n, r.W) - 48
	text := ParaHeight(n.Text, ty.Body.Strong(), w)
	if n.More != "" {
		text += 4 + ParaHeight(n.More, ty.Body, w)
	}
	y := snap(r.Y + 24 + (h-text)/2)
	c := col.Text
	if n.Tone == Warn || n.Tone == Wait {
		c = col.OnWarn
	}
	y += s.Para(Rect{r.X + noticeLeft, y, w, 0}, n.Text, ty.Body.Strong(), c, Left)
	if n.More != "" {
		s.Para(Rect{r.X + noticeLeft, y + 4, w, 0}, n.More, ty.Body, c, Left)
	}
	s.Read(r, n.Text+" "+n.More)
}

// Panel is a quiet white area that holds text: no outline, so nobody takes it for a button.
func (s *Sheet) Panel(r Rect) { s.Fill(r, s.Look.Colours.Surface, s.Look.Metrics.Radius) }

// Rule draws a thin line between rows.
func (s *Sheet) Rule(x, y, w float32) {
	s.Fill(Rect{x, y, w, s.Look.Metrics.Hairline}, s.Look.Colours.Hairline, 0)
}

// Fact is a labelled text with an icon; several texts make a list.
type Fact struct {
	Icon, Label string
	Texts       []string
	Column      float32 // width of the column of labels; see LabelColumn
}

const factLeft = 104

// LabelColumn is the width of a column that holds these labels and the gap after it: as wide as the widest, within
// bounds. A label that is wider still is drawn smaller.
func LabelColumn(st look.Style, labels ...string) float32 {
	w := float32(168)
	for _, l := range labels {
		w = max(w, Width(l, st))
	}
	return snap(min(w, 300)) + 32
}

// FactHeight is the height of a fact at that width.
func (s *Sheet) FactHeight(f Fact, w float32) float32 {
	return max(s.Look.Metrics.Target, snap(max(s.factText(f, w), s.Look.Type.Body.Line)+2*s.Look.Metrics.Gutter))
}

func (s *Sheet) factText(f Fact, w float32) float32 {
	var h float32
	for _, t := range f.Texts {
		h += ParaHeight(t, s.Look.Type.Body, w-factLeft-f.Column-32)
	}
	if n := len(f.Texts); n > 1 {
		h += float32(n-1) * 12
	}
	return h
}

// Fact draws it: icon, label, texts.
func (s *Sheet) Fact(r Rect, f Fact) {
	col, ty := s.Look.Colours, s.Look.Type
	top := snap(r.Y + (r.H-max(s.factText(f, r.W), ty.Body.Line))/2)
	if f.Icon != "" {
		s.Icon(Rect{r.X + 32, top - 2, 44, 44}, f.Icon, col.Primary)
	}
	s.Label(Rect{r.X + factLeft, top, f.Column - 32 + 1, ty.Body.Line}, f.Label, ty.Body, col.TextMuted, Left)
	y := top
	for i, t := range f.Texts {
		if i > 0 {
			y += 12
		}
		y += s.Para(Rect{r.X + factLeft + f.Column, y, r.W - factLeft - f.Column - 32, 0}, t, ty.Body, col.Text, Left)
	}
	label := f.Label
	for _, t := range f.Texts {
		label += " " + t
	}
	s.Read(r, label)
}

// Chip is a short state word with its icon on a tinted ground. It returns its width.
func (s *Sheet) Chip(x, y float32, t Tone, text string, right bool) float32 {
	bg, ink, icon := s.tone(t)
	st := s.Look.Type.Caption.Strong()
	w := snap(Width(text, st)) + 68
	if right {
		x -= w
	}
	s.Fill(Rect{x, y, w, chipHeight}, bg, chipHeight/2)
	s.Icon(Rect{x + 14, y, 28, chipHeight}, icon, ink)
	c := ink
	if t == Info || t == Plain || t == Good {
		c = s.Look.Colours.Text // the icon carries the colour
	}
	s.Label(Rect{x + 50, y, w - 66, chipHeight}, text, st, c, Left)
	return w
}

const chipHeight = 48

// Heading draws a section title over a part and returns its height with the gap below.
func (s *Sheet) Heading(r Rect, text string) float32 {
	s.Label(Rect{r.X, r.Y, r.W, s.Look.Type.Section.Line}, text, s.Look.Type.Section, s.Look.Colours.Text, Left)
	s.Read(Rect{r.X, r.Y, r.W, s.Look.Type.Section.Line}, text)
	return s.Look.Type.Section.Line + 16
}

// Paragraph draws text and adds it to the reading order.
func (s *Sheet) Paragraph(r Rect, text string, st look.Style, c color.NRGBA, a Align) float32 {
	h := s.Para(r, text, st, c, a)
	s.Read(Rect{r.X, r.Y, r.W, h}, text)
	return h
}
