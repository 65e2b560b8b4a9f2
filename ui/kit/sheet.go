// Package kit is the box of parts that screens are made of: buttons, cards, keys, panels, all drawn from plain
// canvas objects, and the Surface, the only Fyne widget, which receives every touch.
//
// Parts are drawn onto a Sheet by its methods; each method takes the rectangle to use, so the layout belongs
// to the screen. What can be pressed is an Item with an ID. There is no Fyne entry, scroll or pop-up here: their
// focus rules and drags do not suit a public screen.
package kit

import (
	"image"
	"image/color"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"

	"kiosk/ui/look"
)

// Sheet is one part of a screen: what it draws, in order, and what can be pressed on it. It is built once and
// replaced by another when its content changes.
type Sheet struct {
	Look look.Look

	objects []fyne.CanvasObject
	items   []*Item
	texts   []Text
	frames  []*Frames
	lives   map[string]*Live
	named   map[string]named
}

// NewSheet returns an empty sheet.
func NewSheet(l look.Look) *Sheet { return &Sheet{Look: l} }

// Objects are what is drawn, from back to front.
func (s *Sheet) Objects() []fyne.CanvasObject { return s.objects }

// Items are what can be read or pressed, in reading order.
func (s *Sheet) Items() []*Item { return s.items }

// Texts are the lines of text.
func (s *Sheet) Texts() []Text { return s.texts }

// Live returns the live picture of that name, nil when there is none.
func (s *Sheet) Live(name string) *Live { return s.lives[name] }

func (s *Sheet) add(o fyne.CanvasObject) { s.objects = append(s.objects, o) }

func (s *Sheet) item(it *Item) *Item {
	s.items = append(s.items, it)
	return it
}

// Read adds text to the reading order without drawing anything.
func (s *Sheet) Read(r Rect, text string) {
	s.item(&Item{Role: RoleText, Label: text, Rect: r})
}

// Fill draws a filled rectangle.
func (s *Sheet) Fill(r Rect, c color.NRGBA, radius float32) *canvas.Rectangle {
	o := canvas.NewRectangle(c)
	o.CornerRadius = radius
	place(o, r)
	s.add(o)
	return o
}

// Box draws a filled rectangle with an outline inside its edge.
func (s *Sheet) Box(r Rect, fill, outline color.NRGBA, width, radius float32) *canvas.Rectangle {
	o := s.Fill(r, fill, radius)
	o.StrokeColor, o.StrokeWidth = outline, width
	return o
}

// Dot draws a filled circle.
func (s *Sheet) Dot(r Rect, c color.NRGBA) *canvas.Circle {
	o := canvas.NewCircle(c)
	place(o, r)
	s.add(o)
	return o
}

// Icon draws an icon as a square in the middle of r.
func (s *Sheet) Icon(r Rect, name string, c color.NRGBA) {
	side := min(r.W, r.H)
	s.picture(r.Middle(side, side), look.Icon(name, c))
}

func (s *Sheet) picture(r Rect, res fyne.Resource) *canvas.Image {
	return s.pixels(r, raster(res, r.W, r.H), canvas.ImageScaleFastest)
}

// Picture draws one of the drawn pictures of package look.
func (s *Sheet) Picture(r Rect, res fyne.Resource) { s.picture(r, res) }

// pixels draws a picture pixel by pixel; img must be tightly packed.
func (s *Sheet) pixels(r Rect, img *image.RGBA, mode canvas.ImageScale) *canvas.Image {
	o := canvas.NewImageFromImage(img)
	o.FillMode = canvas.ImageFillContain
	o.ScaleMode = mode
	place(o, r)
	s.add(o)
	return o
}

// Frames is a picture in steps: a drawing that moves at two pictures a second at most and stops after a while.
type Frames struct {
	images []*canvas.Image
	draw   []func() // of those that have not been shown yet; nil after
	every  time.Duration
	stop   time.Duration
	at     int
}

// frameTime is the shortest time a frame stays; frameStop is when moving pictures come to rest.
const (
	frameTime = 500 * time.Millisecond
	frameStop = 20 * time.Second
)

// Frames draws a picture in steps. A stop of 0 means frameStop, below 0 never.
func (s *Sheet) Frames(r Rect, pictures []fyne.Resource, every, stop time.Duration) {
	if stop == 0 {
		stop = frameStop
	}
	f := &Frames{every: max(every, frameTime), stop: stop}
	for i, p := range pictures {
		if i == 0 {
			f.images, f.draw = append(f.images, s.picture(r, p)), append(f.draw, nil)
			continue
		}
		// The others are drawn when their time comes.
		img := &canvas.Image{FillMode: canvas.ImageFillContain, ScaleMode: canvas.ImageScaleFastest}
		img.Hide()
		place(img, r)
		s.add(img)
		f.images = append(f.images, img)
		f.draw = append(f.draw, func() { img.Image = raster(p, r.W, r.H) })
	}
	s.frames = append(s.frames, f)
}

// tick shows the frame that is due after elapsed.
func (f *Frames) tick(elapsed time.Duration) {
	at := int(elapsed/f.every) % len(f.images)
	if f.stop >= 0 && elapsed >= f.stop {
		at = len(f.images) - 1
	}
	if at == f.at {
		return
	}
	if f.draw[at] != nil {
		f.draw[at]()
		f.draw[at] = nil
	}
	f.images[f.at].Hide()
	f.images[at].Show()
	f.images[at].Refresh()
	f.at = at
}
