package kit

// TableRow is label, value and where the value came from, with a button to change it.
type TableRow struct {
	Label, Value, Source string
	Edit                 *Button
}

const (
	tableLabel = 232
	tableEdit  = 144
)

func (s *Sheet) tableValue(r Rect, hasEdit bool) Rect {
	v := Rect{r.X + 32 + tableLabel, r.Y, r.W - 64 - tableLabel, r.H}
	if hasEdit {
		v.W -= tableEdit + 24
	}
	return v
}

// TableRowHeight is the height of a row in a table of that width.
func (s *Sheet) TableRowHeight(row TableRow, w float32) float32 {
	ty := s.Look.Type
	v := s.tableValue(Rect{W: w}, row.Edit != nil)
	h := ParaHeight(row.Value, ty.Body.Strong(), v.W)
	if row.Source != "" {
		h += ty.Caption.Line
	}
	h = max(h, ParaHeight(row.Label, ty.Body, tableLabel-24))
	return max(96, snap(h+32))
}

// TableRow draws one row inside a panel that its caller has drawn.
func (s *Sheet) TableRow(r Rect, row TableRow) {
	col, ty := s.Look.Colours, s.Look.Type
	v := s.tableValue(r, row.Edit != nil)
	lh := ParaHeight(row.Label, ty.Body, tableLabel-24)
	s.Para(Rect{r.X + 32, snap(r.Y + (r.H-lh)/2), tableLabel - 24, 0}, row.Label, ty.Body, col.TextMuted, Left)
	h := ParaHeight(row.Value, ty.Body.Strong(), v.W)
	if row.Source != "" {
		h += ty.Caption.Line
	}
	y := snap(r.Y + (r.H-h)/2)
	y += s.Para(Rect{v.X, y, v.W, 0}, row.Value, ty.Body.Strong(), col.Text, Left)
	if row.Source != "" {
		s.Label(Rect{v.X, y, v.W, ty.Caption.Line}, row.Source, ty.Caption, col.TextMuted, Left)
	}
	s.Read(r, row.Label+" "+row.Value+" "+row.Source)
	if row.Edit != nil {
		s.smallButton(Rect{r.Right() - 32 - tableEdit, r.Y, tableEdit, r.H}.Middle(tableEdit, 72), *row.Edit)
	}
}

// smallButton is a button inside a table: body size, icon before the word.
func (s *Sheet) smallButton(r Rect, b Button) {
	p := s.paint(b.Kind, b.Disabled)
	s.control(r, p, Item{ID: b.ID, Role: RoleButton, Label: b.Label, Hint: b.Why, Disabled: b.Disabled, Act: b.Act})
	st := s.Look.Type.Body.Strong()
	const side, gap = 32, 8
	if b.Icon == "" || Width(b.Label, st) > r.W-32-side-gap {
		s.Label(r.Inset(12, 0), b.Label, st, p.ink, Centre)
		return
	}
	w := Width(b.Label, st)
	x := snap(r.X + (r.W-w-side-gap)/2)
	s.Icon(Rect{x, r.Y, side, r.H}, b.Icon, p.ink)
	s.Label(Rect{x + side + gap, r.Y, w + 1, r.H}, b.Label, st, p.ink, Left)
}

// Thumb is a captured page in small.
type Thumb struct {
	Name         string // of the picture
	Label        string
	Edit, Delete *Button
}

// thumbPicture is the height of a thumbnail's picture: 4:3 in three columns.
const thumbPicture = 240

// ThumbHeight is the height of one thumbnail with its label and so many buttons, beside or under each other.
func (s *Sheet) ThumbHeight(buttons int, stacked bool) float32 {
	h := thumbPicture + 8 + s.Look.Type.Caption.Line
	switch {
	case buttons > 0 && stacked:
		h += float32(buttons) * (8 + smallHeight + 8)
	case buttons > 0:
		h += 8 + smallHeight
	}
	return h
}

// smallHeight is the height of a button under a picture.
const smallHeight = 72

// Buttons are those it has.
func (t Thumb) Buttons() []*Button {
	var buttons []*Button
	for _, b := range []*Button{t.Edit, t.Delete} {
		if b != nil {
			buttons = append(buttons, b)
		}
	}
	return buttons
}

// Crowded tells whether the labels of its buttons do not fit beside each other in that width.
func (s *Sheet) Crowded(t Thumb, w float32) bool {
	n := float32(len(t.Buttons()))
	for _, b := range t.Buttons() {
		if Width(b.Label, s.Look.Type.Body.Strong()) > (w-(n-1)*s.Look.Metrics.Gap)/n-24 {
			return true
		}
	}
	return false
}

// Thumb draws it.
func (s *Sheet) Thumb(r Rect, t Thumb, stacked bool) {
	col, ty := s.Look.Colours, s.Look.Type
	s.StillPicture(Rect{r.X, r.Y, r.W, thumbPicture}, t.Name, t.Label)
	y := r.Y + thumbPicture + 8
	s.Label(Rect{r.X, y, r.W, ty.Caption.Line}, t.Label, ty.Caption, col.Text, Centre)
	y += ty.Caption.Line + 8
	buttons := t.Buttons()
	if stacked {
		for i, b := range buttons {
			s.smallButton(Rect{r.X, y + float32(i)*(smallHeight+16), r.W, smallHeight}, *b)
		}
		return
	}
	for i, c := range (Rect{r.X, y, r.W, smallHeight}).Columns(max(len(buttons), 1), 16) {
		if i < len(buttons) {
			s.smallButton(c, *buttons[i])
		}
	}
}
