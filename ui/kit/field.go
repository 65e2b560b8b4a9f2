package kit

import "fmt"

// Field is the face of what is being typed; the keys stand elsewhere.
type Field struct {
	Label string
	Value string // grouped for reading
	Ghost string // while Value is empty
	Caret bool
	Error string
	Count string // "3/18", may be empty
}

const fieldFace = 120

// FieldHeight is the height that a field of that width takes with its label and error.
func (s *Sheet) FieldHeight(f Field, w float32) float32 {
	ty := s.Look.Type
	h := float32(fieldFace)
	if f.Label != "" {
		h += ty.Body.Line + 8
	}
	// The line for an error is always kept free, so that nothing moves when one appears.
	return h + 16 + max(ty.Body.Line, ParaHeight(f.Error, ty.Body, w-48))
}

// Field draws the face.
func (s *Sheet) Field(r Rect, f Field) {
	col, ty, m := s.Look.Colours, s.Look.Type, s.Look.Metrics
	y := r.Y
	if f.Label != "" {
		s.Label(Rect{r.X, y, r.W, ty.Body.Line}, f.Label, ty.Body, col.TextMuted, Left)
		y += ty.Body.Line + 8
	}
	box := Rect{r.X, y, r.W, fieldFace}
	line, width := col.Primary, m.Outline+1
	if f.Error != "" {
		line = col.Danger
	}
	s.Box(box, col.Surface, line, width, m.Radius)
	inner := box.Inset(32, 0)
	if f.Count != "" {
		var count Rect
		count, inner = inner.CutRight(96, 16)
		s.Label(count, f.Count, ty.Caption, col.TextMuted, Right)
	}
	end := inner.X
	switch {
	case f.Value != "":
		st, text, cut := s.fit(f.Value, ty.HomeTitle, inner.W-16)
		s.line(inner, text, st, col.Text, Left, cut)
		end += Width(text, st) + 6
	case f.Ghost != "":
		ghost := inner
		ghost.X += 16
		ghost.W -= 16
		s.Label(ghost, f.Ghost, ty.Section, col.TextMuted, Left)
	}
	if f.Caret {
		s.Fill(Rect{snap(end), box.Y + 28, 4, box.H - 56}, col.Primary, 2)
	}
	s.item(&Item{Role: RoleText, Label: f.Label, Hint: f.Value, Rect: box})
	y = box.Bottom() + 16
	if f.Error != "" {
		s.Icon(Rect{r.X, y, 36, ty.Body.Line}, "cross-circle", col.Danger)
		s.Para(Rect{r.X + 48, y, r.W - 48, 0}, f.Error, ty.Body.Strong(), col.Danger, Left)
		s.Read(Rect{r.X, y, r.W, ty.Body.Line}, f.Error)
	}
}

// Keys draws a keyboard: rows of cells that abut; the whole cell is the target, the cap is drawn a little smaller.
// Each row is centred; a key may be wider than one cell.
type Key struct {
	ID, Label string
	Icon      string
	Width     float32 // in cells; 0 means 1
	Quiet     bool    // delete, clear
	Disabled  bool
	Act       func()
}

// Keys draws rows of keys, each cell w by h.
func (s *Sheet) Keys(r Rect, rows [][]Key, w, h float32, big bool) {
	col, ty := s.Look.Colours, s.Look.Type
	for i, row := range rows {
		var cells float32
		for _, k := range row {
			cells += max(k.Width, 1)
		}
		x := snap(r.X + (r.W-cells*w)/2)
		for _, k := range row {
			cell := Rect{x, r.Y + float32(i)*h, max(k.Width, 1) * w, h}
			x += cell.W
			p := s.paint(Secondary, k.Disabled)
			if k.Quiet && !k.Disabled {
				p.fill, p.ink = col.InfoBg, col.Text
			}
			if k.Disabled {
				p.width = 0
				p.fill = col.Bg
			} else {
				p.width = s.Look.Hair()
			}
			cap := cell.Inset(6, 6)
			box := s.Box(cap, p.fill, p.outline, p.width, 12)
			it := &Item{ID: k.ID, Role: RoleKey, Label: k.Label, Rect: cell, Disabled: k.Disabled, Act: k.Act}
			it.show = func(down bool) { tint(box, p, down) }
			s.item(it)
			st := ty.Button
			if big && len(k.Label) == 1 {
				st = ty.Title
			}
			s.caption(cap.Inset(8, 0), k.Label, k.Icon, st, p.ink)
		}
	}
}

// Progress of typing, "3/11".
func Progress(n, of int) string {
	if of <= 0 {
		return ""
	}
	return fmt.Sprintf("%d/%d", n, of)
}
