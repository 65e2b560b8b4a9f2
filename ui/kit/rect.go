package kit

import "fyne.io/fyne/v2"

// Rect is a rectangle on the panel, in sp from its top left corner.
type Rect struct{ X, Y, W, H float32 }

// Right and Bottom are the far edges.
func (r Rect) Right() float32  { return r.X + r.W }
func (r Rect) Bottom() float32 { return r.Y + r.H }

// Inset makes it smaller by dx on the left and right and by dy above and below.
func (r Rect) Inset(dx, dy float32) Rect {
	return Rect{r.X + dx, r.Y + dy, r.W - 2*dx, r.H - 2*dy}
}

// Grow makes it larger by d on every side.
func (r Rect) Grow(d float32) Rect { return r.Inset(-d, -d) }

// Has tells whether the point lies in it.
func (r Rect) Has(x, y float32) bool {
	return x >= r.X && x < r.Right() && y >= r.Y && y < r.Bottom()
}

// Overlaps tells whether the two share any area.
func (r Rect) Overlaps(o Rect) bool {
	return r.X < o.Right() && o.X < r.Right() && r.Y < o.Bottom() && o.Y < r.Bottom()
}

// Inside tells whether it lies within o.
func (r Rect) Inside(o Rect) bool {
	return r.X >= o.X && r.Y >= o.Y && r.Right() <= o.Right() && r.Bottom() <= o.Bottom()
}

// Middle is a rectangle of the given size in its middle.
func (r Rect) Middle(w, h float32) Rect {
	return Rect{snap(r.X + (r.W-w)/2), snap(r.Y + (r.H-h)/2), w, h}
}

// CutTop splits off the upper h and leaves gap under it.
func (r Rect) CutTop(h, gap float32) (top, rest Rect) {
	return Rect{r.X, r.Y, r.W, h}, Rect{r.X, r.Y + h + gap, r.W, r.H - h - gap}
}

// CutLeft splits off the left w and leaves gap beside it.
func (r Rect) CutLeft(w, gap float32) (left, rest Rect) {
	return Rect{r.X, r.Y, w, r.H}, Rect{r.X + w + gap, r.Y, r.W - w - gap, r.H}
}

// CutRight splits off the right w and leaves gap beside it.
func (r Rect) CutRight(w, gap float32) (right, rest Rect) {
	return Rect{r.Right() - w, r.Y, w, r.H}, Rect{r.X, r.Y, r.W - w - gap, r.H}
}

// Columns divides it into n equal columns with a gap between them.
func (r Rect) Columns(n int, gap float32) []Rect {
	w := (r.W - float32(n-1)*gap) / float32(n)
	cols := make([]Rect, n)
	for i := range cols {
		x := snap(r.X + float32(i)*(w+gap))
		cols[i] = Rect{x, r.Y, snap(r.X+float32(i)*(w+gap)+w) - x, r.H}
	}
	return cols
}

// snap keeps lines and pictures on whole pixels.
func snap(v float32) float32 { return float32(int(v + 0.5)) }

func place(o fyne.CanvasObject, r Rect) {
	o.Move(fyne.NewPos(r.X, r.Y))
	o.Resize(fyne.NewSize(r.W, r.H))
}
