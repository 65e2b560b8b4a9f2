package kit

import "kiosk/ui/look"

// Card is a service on the home screen.
type Card struct {
	ID       string
	Icon     string
	Name     string // everyday name
	Official string // under it, smaller
	Tags     []string
	Disabled bool
	Why      string // instead of the tags
	Act      func()
}

// Service draws a card. A card at least as wide as two columns has its icon in a larger square.
func (s *Sheet) Service(r Rect, c Card) {
	col, ty := s.Look.Colours, s.Look.Type
	p := s.paint(Secondary, c.Disabled)
	hint := c.Why
	if !c.Disabled {
		hint = c.Official
	}
	s.control(r, p, Item{ID: c.ID, Role: RoleCard, Label: c.Name, Hint: hint, Disabled: c.Disabled, Act: c.Act})
	side := float32(104)
	wideCard := r.W > 700
	pad := float32(24)
	if wideCard {
		side, pad = 128, 40
	}
	square := Rect{r.X + pad, snap(r.Y + (r.H-side)/2), side, side}
	tile, ink := col.SelectedBg, col.Primary
	if c.Disabled {
		tile, ink = col.Bg, col.DisabledText
	}
	s.Fill(square, tile, s.Look.Metrics.Radius)
	s.Icon(square.Middle(side*0.62, side*0.62), c.Icon, ink)

	text := Rect{square.Right() + pad, r.Y, r.Right() - square.Right() - 2*pad, r.H}
	if wideCard && !c.Disabled {
		chevron := Rect{r.Right() - pad - 40, r.Y, 40, r.H}
		s.Icon(chevron.Middle(40, 40), "next", col.Primary)
		text.W -= 40 + pad
	}
	name := ty.Button
	if wideCard {
		name = ty.Title
	}
	// A long name takes two smaller lines rather than one very small one.
	names := []string{c.Name}
	if Width(c.Name, name) > text.W {
		name = pick(wideCard, ty.Button, ty.Body.Strong())
		names = Break(c.Name, name, text.W)
		names = names[:min(len(names), 2)]
	}
	var why []string
	if c.Disabled && c.Why != "" {
		why = Break(c.Why, ty.Caption, text.W-36)
		why = why[:min(len(why), 2)]
	}
	gapA, gapB := float32(0), float32(8)
	if wideCard {
		gapA, gapB = 4, 16
	}
	h := float32(len(names)) * name.Line
	if c.Official != "" {
		h += gapA + ty.Caption.Line
	}
	switch {
	case len(why) > 0:
		h += gapB + float32(len(why))*ty.Caption.Line
	case len(c.Tags) > 0 && !c.Disabled:
		h += gapB + tagHeight
	}
	y := snap(r.Y + (r.H-h)/2)
	for _, l := range names {
		s.Label(Rect{text.X, y, text.W, name.Line}, l, name, pick(c.Disabled, col.DisabledText, col.Text), Left)
		y += name.Line
	}
	if c.Official != "" {
		y += gapA
		s.Label(Rect{text.X, y, text.W, ty.Caption.Line}, c.Official, ty.Caption, pick(c.Disabled, col.DisabledText, col.TextMuted), Left)
		y += ty.Caption.Line
	}
	y += gapB
	if len(why) > 0 {
		s.Icon(Rect{text.X, y, 28, ty.Caption.Line}, "warning", col.TextMuted)
		for _, l := range why {
			s.Label(Rect{text.X + 36, y, text.W - 36, ty.Caption.Line}, l, ty.Caption, col.TextMuted, Left)
			y += ty.Caption.Line
		}
		return
	}
	if !c.Disabled {
		s.tags(Rect{text.X, y, text.W, tagHeight}, c.Tags)
	}
}

const tagHeight = 40

// tags draws short words in a row, as many as fit.
func (s *Sheet) tags(r Rect, tags []string) {
	col, st := s.Look.Colours, s.Look.Type.Caption
	x := r.X
	for _, t := range tags {
		w := snap(Width(t, st)) + 24
		if x+w > r.Right() {
			return
		}
		s.Fill(Rect{x, r.Y, w, r.H}, col.InfoBg, 8)
		s.Label(Rect{x + 12, r.Y, w - 23, r.H}, t, st, col.Text, Left)
		x += w + 8
	}
}

func pick[T any](cond bool, yes, no T) T {
	if cond {
		return yes
	}
	return no
}

// Row is one choice, or one line that opens something. The whole row is the target.
type Row struct {
	ID       string
	Label    string
	Hint     string
	Mark     string // a digit for the keypad, may be empty
	Icon     string // instead of the radio mark
	Radio    bool
	Selected bool
	Open     bool // a chevron at the end
	Disabled bool
	Why      string
	Act      func()
}

// RowHeight is the height of a row of that width: at least 96, more when label or hint need two lines.
func (s *Sheet) RowHeight(row Row, w float32) float32 {
	_, text := rowParts(Rect{W: w}, row)
	return max(96, snap(s.rowText(row, text.W)+40))
}

func rowParts(r Rect, row Row) (mark, text Rect) {
	left := float32(32)
	if row.Radio || row.Icon != "" {
		left = 104
	}
	right := float32(32)
	if row.Open && !row.Disabled {
		right = 88
	}
	return Rect{r.X + 32, r.Y, 48, r.H}, Rect{r.X + left, r.Y, r.W - left - right, r.H}
}

func (s *Sheet) rowText(row Row, w float32) float32 {
	ty := s.Look.Type
	h := ParaHeight(row.Label, rowStyle(ty), w)
	if hint := row.hint(); hint != "" {
		h += ParaHeight(hint, ty.Caption, w)
	}
	return h
}

func (row Row) hint() string {
	if row.Disabled && row.Why != "" {
		return row.Why
	}
	return row.Hint
}

func rowStyle(ty look.Type) look.Style { return ty.Button }

// Row draws a row.
func (s *Sheet) Row(r Rect, row Row) {
	col, ty, m := s.Look.Colours, s.Look.Type, s.Look.Metrics
	p := s.paint(Secondary, row.Disabled)
	if row.Selected && !row.Disabled {
		p = paint{col.SelectedBg, col.Pressed, col.Text, col.Primary, m.Outline + 1}
	}
	s.control(r, p, Item{ID: row.ID, Role: RoleChoice, Label: row.Label, Hint: row.hint(), Disabled: row.Disabled, Selected: row.Selected, Act: row.Act})
	mark, text := rowParts(r, row)
	ink := pick(row.Disabled, col.DisabledText, col.Primary)
	switch {
	case row.Icon != "":
		s.Icon(mark.Middle(48, 48), row.Icon, ink)
	case row.Radio:
		ring := mark.Middle(44, 44)
		s.Dot(ring, pick(row.Selected, col.Primary, pick(row.Disabled, col.DisabledText, col.Outline)))
		if row.Selected {
			s.Icon(ring.Middle(28, 28), "check", col.OnPrimary)
		} else {
			s.Dot(ring.Inset(3, 3), col.Surface)
		}
	}
	h := s.rowText(row, text.W)
	y := snap(r.Y + (r.H-h)/2)
	y += s.Para(Rect{text.X, y, text.W, 0}, row.Label, rowStyle(ty), pick(row.Disabled, col.DisabledText, col.Text), Left)
	if hint := row.hint(); hint != "" {
		s.Para(Rect{text.X, y, text.W, 0}, hint, ty.Caption, col.TextMuted, Left)
	}
	if row.Open && !row.Disabled {
		s.Icon(Rect{r.Right() - 72, r.Y, 40, r.H}.Middle(40, 40), "next", col.Primary)
	}
}

// Case is one line in a list of cases.
type Case struct {
	ID, Name, Number, State, At string
	Tone                        Tone
	Disabled                    bool
	Act                         func()
}

// Case draws it: name and number on the left, state and day on the right.
func (s *Sheet) Case(r Rect, c Case) {
	col, ty := s.Look.Colours, s.Look.Type
	p := s.paint(Secondary, c.Disabled)
	s.control(r, p, Item{ID: c.ID, Role: RoleRow, Label: c.Name, Hint: c.State + " " + c.Number, Disabled: c.Disabled, Act: c.Act})
	in := r.Inset(32, 0)
	if !c.Disabled {
		s.Icon(Rect{in.Right() - 40, r.Y, 40, r.H}, "next", col.Primary)
		in.W -= 64
	}
	top := snap(r.Y + (r.H-chipHeight-16-ty.Body.Line)/2)
	w := s.Chip(in.Right(), top, c.Tone, c.State, true)
	s.Label(Rect{in.X, top, in.W - w - 24, chipHeight}, c.Name, ty.Button, col.Text, Left)
	low := Rect{in.X, top + chipHeight + 16, in.W, ty.Body.Line}
	at, number := low.CutRight(280, 16)
	s.Label(number, c.Number, ty.Body, col.TextMuted, Left)
	s.Label(at, c.At, ty.Body, col.TextMuted, Right)
}

// Whole makes a large area one target and draws a button on it that says so.
func (s *Sheet) Whole(r, pill Rect, b Button) {
	p := s.paint(Primary, false)
	box := s.Box(pill, p.fill, p.outline, 0, pill.H/2)
	const side, gap = 64, 24
	w := pill.W - 96 - side - gap
	st, _, _ := s.fit(b.Label, s.Look.Type.HomeTitle, w)
	text := min(Width(b.Label, st), w) + 1
	x := snap(pill.X + (pill.W-side-gap-text)/2)
	s.Icon(Rect{x, pill.Y, side, pill.H}, b.Icon, p.ink)
	s.Label(Rect{x + side + gap, pill.Y, text, pill.H}, b.Label, st, p.ink, Left)
	it := s.item(&Item{ID: b.ID, Role: RoleButton, Label: b.Label, Rect: r, Act: b.Act})
	it.show = func(down bool) { tint(box, p, down) }
}
