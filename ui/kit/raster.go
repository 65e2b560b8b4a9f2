package kit

import (
	"bytes"
	"image"
	"image/color"
	"sync"

	"fyne.io/fyne/v2"
	"github.com/fyne-io/oksvg"
	"github.com/srwiley/rasterx"
	"golang.org/x/image/math/fixed"
	"golang.org/x/image/vector"
)

// rasterMost bounds the drawings that are kept, in bytes of their pixels.
const rasterMost = 48 << 20

// rasters holds drawings by name and size: Fyne's own way would draw each at twice the size first, because it does
// not yet know the window, and then again.
var rasters struct {
	sync.Mutex
	size  int
	drawn map[rasterKey]*image.RGBA
}

type rasterKey struct {
	name string
	w, h int
}

// raster draws an SVG as large as fits into w by h pixels; names of resources are unique. What cannot be drawn is empty. The
// picture is shared and must not be written to.
func raster(res fyne.Resource, w, h float32) *image.RGBA {
	key := rasterKey{res.Name(), int(w), int(h)}
	rasters.Lock()
	defer rasters.Unlock()
	if img, ok := rasters.drawn[key]; ok {
		return img
	}
	img := drawSVG(res.Content(), key.w, key.h)
	if rasters.size+len(img.Pix) > rasterMost || rasters.drawn == nil {
		rasters.drawn, rasters.size = make(map[rasterKey]*image.RGBA), 0
	}
	rasters.drawn[key] = img
	rasters.size += len(img.Pix)
	return img
}

func drawSVG(svg []byte, w, h int) *image.RGBA {
	icon, err := oksvg.ReadIconStream(bytes.NewReader(svg))
	if err != nil || w < 1 || h < 1 || icon.ViewBox.W <= 0 || icon.ViewBox.H <= 0 {
		return image.NewRGBA(image.Rect(0, 0, 1, 1))
	}
	k := min(float64(w)/icon.ViewBox.W, float64(h)/icon.ViewBox.H)
	w, h = max(1, int(icon.ViewBox.W*k+0.5)), max(1, int(icon.ViewBox.H*k+0.5))
	icon.SetTarget(0, 0, float64(w), float64(h))
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	icon.Draw(rasterx.NewDasher(w, h, &scanner{dest: img}), 1)
	return img
}

// scanner fills paths within their own bounds. The scanner that comes with rasterx goes over the whole picture for each path, ten
// times the work in a scene of many small ones. Fill rule is non-zero; plain colours only.
type scanner struct {
	dest   *image.RGBA
	source image.Uniform
	from   []int // where in points each run of edges begins; a stroke's runs are closed only together
	points []fixed.Point26_6
	fill   vector.Rasterizer
}

var _ rasterx.Scanner = (*scanner)(nil)

func (s *scanner) Start(a fixed.Point26_6) {
	s.from = append(s.from, len(s.points))
	s.points = append(s.points, a)
}

func (s *scanner) Line(b fixed.Point26_6) { s.points = append(s.points, b) }

func (s *scanner) GetPathExtent() fixed.Rectangle26_6 {
	if len(s.points) == 0 {
		return fixed.Rectangle26_6{}
	}
	e := fixed.Rectangle26_6{Min: s.points[0], Max: s.points[0]}
	for _, p := range s.points {
		e.Min.X, e.Min.Y = min(e.Min.X, p.X), min(e.Min.Y, p.Y)
		e.Max.X, e.Max.Y = max(e.Max.X, p.X), max(e.Max.Y, p.Y)
	}
	return e
}

func (s *scanner) Draw() {
	e := s.GetPathExtent()
	box := image.Rect(e.Min.X.Floor(), e.Min.Y.Floor(), e.Max.X.Ceil(), e.Max.Y.Ceil()).Intersect(s.dest.Bounds())
	if box.Empty() {
		return
	}
	s.fill.Reset(box.Dx(), box.Dy())
	at := func(p fixed.Point26_6) (x, y float32) {
		return float32(p.X)/64 - float32(box.Min.X), float32(p.Y)/64 - float32(box.Min.Y)
	}
	for i, first := range s.from {
		last := len(s.points)
		if i+1 < len(s.from) {
			last = s.from[i+1]
		}
		s.fill.MoveTo(at(s.points[first]))
		for _, p := range s.points[first+1 : last] {
			s.fill.LineTo(at(p))
		}
	}
	s.fill.Draw(s.dest, box, &s.source, image.Point{})
}

func (s *scanner) Clear() { s.from, s.points = s.from[:0], s.points[:0] }

func (s *scanner) SetColor(c interface{}) {
	s.source.C = color.Transparent // a gradient: nothing of ours has one
	if plain, ok := c.(color.Color); ok {
		s.source.C = plain
	}
}

func (s *scanner) SetBounds(int, int)      {}
func (s *scanner) SetWinding(bool)         {}
func (s *scanner) SetClip(image.Rectangle) {}
