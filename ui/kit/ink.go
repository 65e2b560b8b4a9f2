package kit

import (
	"image"
	"image/color"
	"image/draw"
	"math"
	"slices"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
)

// Point of a stroke: X and Y in thousandths of the pad's width, T in ms since the first touch.
type Point struct{ X, Y, T int }

// Ink is a pad for a signature. It keeps its own picture and draws only the newest piece of a stroke.
type Ink struct {
	rect    Rect
	img     *image.RGBA
	picture *canvas.Image
	colour  color.NRGBA
	limit   int // points that still fit
	strokes [][]Point
	current []Point
	first   time.Time
	done    func(stroke []Point)
	ghost   []fyne.CanvasObject
}

// inkWidth is the width of the line, in sp.
const inkWidth = 8

// InkPad draws a pad and returns it. done is called with each finished stroke; limit bounds the points of
// all further strokes together, 0 means no ink is taken.
func (s *Sheet) InkPad(r Rect, id, ghost, name string, limit int, done func([]Point)) *Ink {
	col, ty, m := s.Look.Colours, s.Look.Type, s.Look.Metrics
	s.Box(r, col.Surface, col.Primary, m.Outline+1, m.Radius)
	inner := r.Inset(12, 12)
	in := &Ink{rect: inner, colour: col.Text, limit: limit, done: done}
	base := snap(r.Y + r.H*0.78)
	n := len(s.objects)
	s.Label(Rect{r.X + 48, snap(r.Y + r.H*0.36), r.W - 96, ty.Section.Line}, ghost, ty.Section, col.DisabledText, Centre)
	in.ghost = slices.Clone(s.objects[n:])
	s.Fill(Rect{r.X + 64, base, r.W - 128, 2}, col.Hairline, 0)
	if name != "" {
		s.Label(Rect{r.X + 64, base + 12, r.W - 128, ty.Caption.Line}, name, ty.Caption, col.TextMuted, Left)
	}
	in.img = blank(int(inner.W), int(inner.H), color.NRGBA{})
	in.picture = s.pixels(inner, in.img, canvas.ImageScaleFastest)
	s.item(&Item{ID: id, Role: RoleInk, Label: ghost, Rect: r, ink: in, Disabled: limit <= 0})
	return in
}

// Set draws these strokes if they differ from the ink that is there, and sets how many points still fit.
func (in *Ink) Set(strokes [][]Point, limit int) {
	in.limit = limit
	if slices.EqualFunc(in.strokes, strokes, slices.Equal) {
		return
	}
	in.strokes = nil
	in.current = nil
	draw.Draw(in.img, in.img.Bounds(), image.Transparent, image.Point{}, draw.Src)
	for _, st := range strokes {
		in.strokes = append(in.strokes, slices.Clone(st))
		for i := range st {
			in.segment(st[max(0, i-1)], st[i])
		}
	}
	in.showGhost(len(strokes) == 0)
	in.picture.Refresh()
}

func (in *Ink) showGhost(on bool) {
	for _, o := range in.ghost {
		if on {
			o.Show()
		} else {
			o.Hide()
		}
	}
}

func (in *Ink) point(p fyne.Position, now time.Time) Point {
	x := min(max(p.X-in.rect.X, 0), in.rect.W)
	y := min(max(p.Y-in.rect.Y, 0), in.rect.H)
	k := 1000 / in.rect.W
	return Point{int(x*k + 0.5), int(y*k + 0.5), int(now.Sub(in.first).Milliseconds())}
}

func (in *Ink) begin(p fyne.Position, now time.Time) {
	if in.first.IsZero() {
		in.first = now
	}
	in.current = nil
	in.showGhost(false)
	in.extend(p, now)
}

func (in *Ink) move(p fyne.Position, now time.Time) { in.extend(p, now) }

func (in *Ink) extend(p fyne.Position, now time.Time) {
	if in.limit <= 0 {
		return
	}
	pt := in.point(p, now)
	if n := len(in.current); n > 0 && in.current[n-1].X == pt.X && in.current[n-1].Y == pt.Y {
		return
	}
	in.limit--
	in.current = append(in.current, pt)
	in.segment(in.current[max(0, len(in.current)-2)], pt)
	in.picture.Refresh()
}

func (in *Ink) end(p fyne.Position, now time.Time) {
	in.extend(p, now)
	if len(in.current) == 0 {
		return
	}
	stroke := in.current
	in.current = nil
	in.strokes = append(in.strokes, stroke)
	if in.done != nil {
		in.done(slices.Clone(stroke))
	}
}

// segment draws a line with round ends, its edge softened over one pixel.
func (in *Ink) segment(a, b Point) {
	k := float64(in.rect.W) / 1000
	ax, ay, bx, by := float64(a.X)*k, float64(a.Y)*k, float64(b.X)*k, float64(b.Y)*k
	const r = inkWidth / 2.0
	x0, x1 := int(math.Min(ax, bx)-r-1), int(math.Max(ax, bx)+r+2)
	y0, y1 := int(math.Min(ay, by)-r-1), int(math.Max(ay, by)+r+2)
	box := image.Rect(x0, y0, x1, y1).Intersect(in.img.Bounds())
	dx, dy := bx-ax, by-ay
	length := dx*dx + dy*dy
	for y := box.Min.Y; y < box.Max.Y; y++ {
		for x := box.Min.X; x < box.Max.X; x++ {
			px, py := float64(x)+0.5-ax, float64(y)+0.5-ay
			t := 0.0
			if length > 0 {
				t = math.Max(0, math.Min(1, (px*dx+py*dy)/length))
			}
			d := math.Hypot(px-t*dx, py-t*dy)
			cover := math.Max(0, math.Min(1, r+0.5-d))
			at := in.img.PixOffset(x, y)
			if alpha := uint8(cover * 255); alpha > in.img.Pix[at+3] {
				// Premultiplied; the ink is nearly black.
				in.img.Pix[at] = uint8(float64(in.colour.R) * cover)
				in.img.Pix[at+1] = uint8(float64(in.colour.G) * cover)
				in.img.Pix[at+2] = uint8(float64(in.colour.B) * cover)
				in.img.Pix[at+3] = alpha
			}
		}
	}
}

// Wipe makes the ink forget everything and overwrites its picture.
func (in *Ink) Wipe() {
	for _, st := range append(in.strokes, in.current) {
		clear(st)
	}
	in.strokes, in.current = nil, nil
	clear(in.img.Pix)
	in.picture.Refresh()
}
