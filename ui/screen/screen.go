// Package screen draws a model.Screen with the parts of package kit. It lays out by its own arithmetic on the
// grid of the look; Fyne's containers take no part. A Screen is made once; Show brings it up to date and builds
// only what has changed, so that typing a digit draws one field and a camera frame draws one picture.
package screen

import (
	"image"
	"reflect"
	"time"

	"fyne.io/fyne/v2"

	"kiosk/ui/kit"
	"kiosk/ui/look"
	"kiosk/ui/model"
)

// Screen is the whole picture of the window. All its methods belong to Fyne's main goroutine.
type Screen struct {
	look    look.Look
	surface *kit.Surface
	act     func(model.Action)

	shown  model.Screen
	ever   bool
	frame  *piece   // header, title, bars
	body   []*piece // one for each block
	modal  *piece
	images map[string]image.Image // what Put brought, while the screen wants it
}

// piece is one sheet and what it was drawn from.
type piece struct {
	from  any
	rect  kit.Rect
	sheet *kit.Sheet
	ink   *kit.Ink
}

// New makes an empty screen. now is the clock of the debounce and the moving pictures; act gets what a press
// means; touched, which may be nil, is told of every touch.
func New(l look.Look, now func() time.Time, act func(model.Action), touched func()) *Screen {
	return &Screen{look: l, surface: kit.NewSurface(l, now, touched), act: act, images: make(map[string]image.Image)}
}

// Object is what the window shows.
func (s *Screen) Object() fyne.CanvasObject { return s.surface }

// Surface gives tests and robots the touch surface.
func (s *Screen) Surface() *kit.Surface { return s.surface }

// Items lists what can be read and pressed, in reading order, with rectangles on the panel. Items of the role
// text cannot be pressed. While an overlay is up only its items are listed.
func (s *Screen) Items() []*kit.Item { return s.surface.Items() }

// Press does what a touch on the item does; false when it cannot be pressed now.
func (s *Screen) Press(id string) bool { return s.surface.Press(id) }

// Focus puts the focus ring round the item, "" takes it away.
func (s *Screen) Focus(id string) { s.surface.Focus(id) }

// Tick moves the moving pictures on; call it twice a second.
func (s *Screen) Tick() { s.surface.Tick() }

// Shown is the description that is drawn now.
func (s *Screen) Shown() model.Screen { return s.shown }

// Show draws a screen. What has not changed since the last call stays as it is.
func (s *Screen) Show(m model.Screen) {
	fresh := !s.ever || s.shown.Key != m.Key
	if s.ever && reflect.DeepEqual(m, s.shown) {
		return
	}
	s.ever = true
	if s.shown.ID != m.ID || fresh {
		s.forget(m)
	}
	d := &drawer{look: s.look, act: s.act, m: &m}
	f := d.frameOf()

	if head := headOf(m); s.frame == nil || !reflect.DeepEqual(s.frame.from, head) {
		s.frame = &piece{from: head, sheet: kit.NewSheet(s.look)}
		d.drawFrame(s.frame.sheet, f)
	}
	s.body = d.bodyPieces(f, s.body, fresh)
	foot := &piece{sheet: kit.NewSheet(s.look)}
	d.drawBars(foot.sheet, f)
	s.modal = d.overlay(s.modal)

	sheets := []*kit.Sheet{s.frame.sheet}
	for _, p := range s.body {
		sheets = append(sheets, p.sheet)
	}
	sheets = append(sheets, foot.sheet)
	var modal *kit.Sheet
	if s.modal != nil {
		modal = s.modal.sheet
	}
	s.shown = m
	s.surface.Present(sheets, modal, fresh)
	s.refill()
}

// headOf is the part of a description that the frame is drawn from.
func headOf(m model.Screen) any {
	return [...]any{m.ID, m.Header, m.Banner, m.Title, m.Hint, m.Lang, m.Whole != nil}
}

// Put shows an image in the place of that name: a camera's name or a picture's id. Pictures are kept while the
// screen wants them, so that a part drawn anew has them at once; frames are not kept.
func (s *Screen) Put(name string, img image.Image) {
	for _, id := range s.shown.Pictures() {
		if id == name {
			s.images[name] = img
		}
	}
	if l := s.surface.Live(name); l != nil {
		l.Put(img)
	}
}

func (s *Screen) refill() {
	for name, img := range s.images {
		if l := s.surface.Live(name); l != nil && l.Empty() {
			l.Put(img)
		}
	}
}

// forget drops pictures that the next screen does not show, and the ink of the one before.
func (s *Screen) forget(next model.Screen) {
	wanted := make(map[string]bool)
	for _, id := range next.Pictures() {
		wanted[id] = true
	}
	for id := range s.images {
		if !wanted[id] {
			delete(s.images, id)
		}
	}
	if next.ID == s.shown.ID {
		return
	}
	for _, p := range s.body {
		if p.ink != nil {
			p.ink.Wipe()
		}
	}
}

// Wipe forgets everything that was shown and draws an empty screen.
func (s *Screen) Wipe() {
	s.forget(model.Screen{})
	for _, p := range s.body {
		if p.ink != nil {
			p.ink.Wipe()
		}
	}
	clear(s.images)
	s.frame, s.body, s.modal, s.ever, s.shown = nil, nil, nil, false, model.Screen{}
	s.surface.Present(nil, nil, true)
}
