package kit

import (
	"cmp"
	"fmt"
	"strings"
)

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
	if text := strings.TrimSpace(f.Label + " " + cmp.Or(f.Value, f.Ghost)); text != "" {
		s.Read(box, text)
	}
	y = box.Bottom() + 16
	if f.Error != "" {
		s.Icon(Rect{r.X, y, 36, ty.Body.Line}, "cross-circle", col.Danger)
		s.Para(Rect{r.X + 48, y, r.W - 48, 0}, f.Error, ty.Body.Strong(), col.Danger, Left)
		s.Read(Rect{r.X, y, r.W, ty.Body.Line}, f.Error)
	}
}

// Key is one key of a keyboard.
type Key struct {
	ID, Label string
	Icon      string
	Wide      bool // delete, clear: three cells wide among letters
	Disabled  bool
	Act       func()
}

// keyGap is the distance between two caps. The cells abut: the gap belongs to the targets on both sides of it.
const keyGap = 12

// Keys draws rows of keys over the whole width of r, a row of n cells wide at most. Shorter rows are centred; a
// row of wide keys only has them at its ends, so that nobody clears all when deleting one.
func (s *Sheet) Keys(r Rect, rows [][]Key, n int, big bool) {
	pitch := (r.W + keyGap) / float32(n)
	h := snap(r.H / float32(max(len(rows), 1)))
	for i, row := range rows {
		y := r.Y + float32(i)*h
		if allWide(row) && n > 4 {
			for j, k := range row {
				x := r.X
				if j > 0 {
					x = r.Right() - (float32(len(row)-j)*3*pitch - keyGap)
				}
				s.key(r, Rect{snap(x), y, snap(3*pitch - keyGap), h}, k, big)
			}
			continue
		}
		x := r.X + float32(n-len(row))*pitch/2
		for _, k := range row {
			left := snap(x)
			x += pitch
			s.key(r, Rect{left, y, snap(x-keyGap) - left, h}, k, big)
		}
	}
}

func allWide(row []Key) bool {
	for _, k := range row {
		if !k.Wide {
			return false
		}
	}
	return true
}

// key draws one cap; its target reaches half a gap further, but not beyond the keyboard.
func (s *Sheet) key(all, r Rect, k Key, big bool) {
	col, ty := s.Look.Colours, s.Look.Type
	p := s.paint(Secondary, k.Disabled)
	p.width = s.Look.Metrics.Hairline
	if k.Wide && !k.Disabled {
		p.fill, p.ink = col.InfoBg, col.Text
	}
	cap := r.Inset(0, keyGap/2)
	box := s.Box(cap, p.fill, p.outline, p.width, 12)
	cell := r
	if cell.X > all.X {
		cell.X, cell.W = cell.X-keyGap/2, cell.W+keyGap/2
	}
	if r.Right() < all.Right() {
		cell.W += keyGap / 2
	}
	it := &Item{ID: k.ID, Role: RoleKey, Label: k.Label, Rect: cell, Disabled: k.Disabled, Act: k.Act}
	it.show = func(down bool) { tint(box, p, down) }
	s.item(it)
	st := ty.Button
	if big && len(k.Label) == 1 {
		st = ty.Title
	}
	s.caption(cap.Inset(8, 0), k.Label, k.Icon, st, p.ink)
}

// Progress of typing, "3/11".
func Progress(n, of int) string {
	if of <= 0 {
		return ""
	}
	return fmt.Sprintf("%d/%d", n, of)
}
