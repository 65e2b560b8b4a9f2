// Package screen draws a model.Screen with the parts of package kit. It lays out by its own arithmetic on the
// grid of the look; Fyne's containers take no part. A Screen is made once; Show brings it up to date and builds
// only what has changed, so that typing a digit draws one field and a camera frame draws one picture.
package screen

import (
	"image"
	"reflect"
	"slices"
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
	frame  *piece   // header, title
	body   []*piece // one for each block
	bars   *piece   // buttons, footer
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

	if head := [...]any{m.ID, m.Header, m.Banner, m.Title, m.Hint}; s.frame == nil || !reflect.DeepEqual(s.frame.from, head) {
		s.frame = &piece{from: head, sheet: kit.NewSheet(s.look)}
		d.drawFrame(s.frame.sheet, f)
	}
	s.body = d.bodyPieces(f, s.body, fresh)
	if bars := [...]any{m.Pager, m.Back, m.Aux, m.Primary, m.Footer}; s.bars == nil || !reflect.DeepEqual(s.bars.from, bars) {
		s.bars = &piece{from: bars, sheet: kit.NewSheet(s.look)}
		d.drawBars(s.bars.sheet, f)
	}
	s.modal = d.overlay(s.modal)

	sheets := []*kit.Sheet{s.frame.sheet}
	for _, p := range s.body {
		sheets = append(sheets, p.sheet)
	}
	sheets = append(sheets, s.bars.sheet)
	var modal *kit.Sheet
	if s.modal != nil {
		modal = s.modal.sheet
	}
	s.shown = m
	s.surface.Present(sheets, modal, fresh)
	s.refill()
}

// wanted are the names of the pictures and the camera that a screen shows.
func wanted(m *model.Screen) []string {
	names := m.Pictures()
	if cam := m.Previewed(); cam != "" {
		names = append(names, cam)
	}
	return names
}

// Put shows an image in the place of that name: a camera's name or a picture's id. The newest is kept while the
// screen wants it, so that a part drawn anew has it at once. Others are dropped.
func (s *Screen) Put(name string, img image.Image) {
	if !slices.Contains(wanted(&s.shown), name) {
		return
	}
	s.images[name] = img
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
	keep := wanted(&next)
	for name := range s.images {
		if !slices.Contains(keep, name) {
			delete(s.images, name)
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
	s.frame, s.body, s.bars, s.modal, s.ever, s.shown = nil, nil, nil, nil, false, model.Screen{}
	s.surface.Present(nil, nil, true)
}
