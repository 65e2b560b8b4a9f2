package kit

import (
	"image/color"

	"fyne.io/fyne/v2/canvas"

	"kiosk/ui/look"
)

// Kind of a button decides its colours.
type Kind int

// Kinds: one Primary per screen; Danger ends or deletes something.
const (
	Secondary Kind = iota
	Primary
	Quiet
	Danger
)

// Button describes a button.
type Button struct {
	ID, Label string
	Icon      string
	Kind      Kind
	Disabled  bool
	Why       string // one line under a disabled button
	Act       func()
}

// paint is how a control looks at rest and while pressed.
type paint struct {
	fill, pressed, ink, outline color.NRGBA
	width                       float32
}

func (s *Sheet) paint(k Kind, disabled bool) paint {
	c, w := s.Look.Colours, s.Look.Metrics.Outline
	if disabled {
		return paint{c.DisabledBg, c.DisabledBg, c.DisabledText, c.Hairline, w}
	}
	switch k {
	case Primary:
		return paint{c.Primary, c.PrimaryPressed, c.OnPrimary, c.Primary, 0}
	case Danger:
		return paint{c.Surface, c.DangerBg, c.Danger, c.Danger, w}
	case Quiet:
		return paint{c.Surface, c.Pressed, c.Primary, c.Hairline, w}
	}
	return paint{c.Surface, c.Pressed, c.Text, c.Outline, w}
}

// control draws the body of something pressable and makes its item.
func (s *Sheet) control(r Rect, p paint, it Item) *Item {
	box := s.Box(r, p.fill, p.outline, p.width, s.Look.Metrics.Radius)
	it.Rect = r
	it.show = func(down bool) { tint(box, p, down) }
	return s.item(&it)
}

func tint(box *canvas.Rectangle, p paint, down bool) {
	box.FillColor = p.fill
	if down {
		box.FillColor = p.pressed
	}
	box.Refresh()
}

// WhyHeight is the height of the line under a disabled button.
func (s *Sheet) WhyHeight() float32 { return s.Look.Type.Caption.Line + 8 }

// Button draws a button in r. Forward icons stand after the label, the others before it.
func (s *Sheet) Button(r Rect, b Button) {
	p := s.paint(b.Kind, b.Disabled)
	s.control(r, p, Item{ID: b.ID, Role: RoleButton, Label: b.Label, Hint: b.Why, Disabled: b.Disabled, Act: b.Act})
	s.caption(r.Inset(24, 0), b.Label, b.Icon, s.Look.Type.Button, p.ink)
	if b.Disabled && b.Why != "" {
		c := s.Look.Colours
		s.Label(Rect{r.X, r.Bottom() + 8, r.W, s.Look.Type.Caption.Line}, b.Why, s.Look.Type.Caption, c.TextMuted, Centre)
	}
}

// caption centres icon and label together in r.
func (s *Sheet) caption(r Rect, label, icon string, st look.Style, c color.NRGBA) {
	if icon == "" {
		s.oneOrTwo(r, label, st, c, Centre)
		return
	}
	const side, gap = 40, 12
	if label == "" {
		s.Icon(r.Middle(side, side), icon, c)
		return
	}
	st, _, _ = s.fit(label, st, r.W-side-gap)
	w := min(Width(label, st), r.W-side-gap)
	x := snap(r.X + (r.W-w-side-gap)/2)
	pic, text := Rect{x, r.Y, side, r.H}, Rect{x + side + gap, r.Y, w + 1, r.H}
	if icon == "next" || icon == "down" {
		text, pic = Rect{x, r.Y, w + 1, r.H}, Rect{x + w + gap, r.Y, side, r.H}
	}
	s.Icon(pic, icon, c)
	s.Label(text, label, st, c, Left)
}

// oneOrTwo draws a label on one line, or on two smaller ones where that reads better and there is room.
func (s *Sheet) oneOrTwo(r Rect, text string, st look.Style, c color.NRGBA, a Align) {
	if Width(text, st) > r.W {
		for _, smaller := range s.Look.Type.Scale() {
			if smaller.Size > st.Size || smaller.Size < s.Look.Type.Body.Size {
				continue
			}
			smaller.Bold = st.Bold
			if Width(text, smaller) <= r.W {
				break
			}
			if lines := Break(text, smaller, r.W); len(lines) == 2 && 2*smaller.Line <= r.H {
				s.Para(Rect{r.X, snap(r.Y + r.H/2 - smaller.Line), r.W, 2 * smaller.Line}, text, smaller, c, a)
				return
			}
		}
	}
	s.Label(r, text, st, c, a)
}

// FooterCell draws one cell of the bottom bar: icon over a short label.
func (s *Sheet) FooterCell(r Rect, b Button) {
	p := s.paint(b.Kind, b.Disabled)
	s.control(r, p, Item{ID: b.ID, Role: RoleButton, Label: b.Label, Hint: b.Why, Disabled: b.Disabled, Act: b.Act})
	st := s.Look.Type.Body.Strong()
	const side, gap = 40, 2
	if b.Icon == "" {
		s.oneOrTwo(r.Inset(12, 0), b.Label, st, p.ink, Centre)
		return
	}
	y := snap(r.Y + (r.H-side-gap-st.Line)/2)
	s.Icon(Rect{r.X, y, r.W, side}, b.Icon, p.ink)
	s.Label(Rect{r.X + 12, y + side + gap, r.W - 24, st.Line}, b.Label, st, p.ink, Centre)
}
