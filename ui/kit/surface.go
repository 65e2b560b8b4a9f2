package kit

import (
	"image/color"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"

	"kiosk/ui/look"
)

// Debounce is how long the same control is deaf after a press; Settle is how long everything is deaf after a
// change of screen, so that a second tap on the same spot does not hit what has just appeared there.
const (
	Debounce = 300 * time.Millisecond
	// KeyDebounce is shorter: a key is pressed twice on purpose, as in 00, some 150 ms apart by a quick hand, and what it
	// did is seen and mended at once (docs/adr/0008-key-debounce.md).
	KeyDebounce = 100 * time.Millisecond
	Settle      = 400 * time.Millisecond
)

// Surface is the whole window's only widget: it draws sheets one over the other and turns touches into presses
// of items. All its methods belong to Fyne's main goroutine.
type Surface struct {
	widget.BaseWidget
	look  look.Look
	now   func() time.Time
	touch func() // any touch at all; may be nil

	sheets []*Sheet
	modal  *Sheet // over the others and alone live; nil mostly

	ring    [2]*canvas.Rectangle
	focus   string
	pulse   *canvas.Rectangle
	started time.Time
	deafTo  time.Time
	last    map[string]time.Time

	pressed *Item
	inside  bool
}

var (
	_ desktop.Mouseable = (*Surface)(nil)
	_ desktop.Hoverable = (*Surface)(nil)
)

// NewSurface returns an empty surface. now is the clock of the debounce; touch is called at every touch.
func NewSurface(l look.Look, now func() time.Time, touch func()) *Surface {
	s := &Surface{look: l, now: now, touch: touch, last: make(map[string]time.Time)}
	s.pulse = canvas.NewRectangle(color.Transparent)
	s.pulse.Resize(fyne.NewSize(1, 1))
	m := l.Metrics
	for i, c := range []color.NRGBA{l.Colours.FocusGap, l.Colours.FocusRing} {
		r := canvas.NewRectangle(color.Transparent)
		r.StrokeColor, r.StrokeWidth = c, []float32{m.RingGap, m.Ring}[i]
		r.CornerRadius = m.Radius + []float32{m.RingGap, m.RingGap + m.Ring}[i]
		r.Hide()
		s.ring[i] = r
	}
	s.ExtendBaseWidget(s)
	return s
}

// Present replaces what is drawn. modal may be nil; while it is there only its items are live. fresh says that
// this is another screen for the person: moving pictures begin anew and input is ignored for Settle.
func (s *Surface) Present(sheets []*Sheet, modal *Sheet, fresh bool) {
	s.sheets, s.modal = sheets, modal
	if fresh {
		s.started = s.now()
		s.deafTo = s.started.Add(Settle)
		s.pressed = nil
		s.focus = ""
	}
	s.drawRing()
	s.repaint()
}

// repaint asks for a new picture without dropping what is cached of the objects that stay.
func (s *Surface) repaint() { canvas.Refresh(s.pulse) }

// Items are all items of the live sheets in reading order, text among them.
func (s *Surface) Items() []*Item {
	if s.modal != nil {
		return s.modal.items
	}
	var all []*Item
	for _, sh := range s.sheets {
		all = append(all, sh.items...)
	}
	return all
}

// Texts are all lines of text drawn.
func (s *Surface) Texts() []Text {
	var all []Text
	for _, sh := range s.all() {
		all = append(all, sh.texts...)
	}
	return all
}

func (s *Surface) all() []*Sheet {
	if s.modal == nil {
		return s.sheets
	}
	return append(append([]*Sheet(nil), s.sheets...), s.modal)
}

// Item finds an item by its id among the live ones, nil when there is none.
func (s *Surface) Item(id string) *Item {
	for _, it := range s.Items() {
		if it.ID == id && id != "" {
			return it
		}
	}
	return nil
}

// Live finds a live picture by name.
func (s *Surface) Live(name string) *Live {
	for _, sh := range s.all() {
		if l := sh.Live(name); l != nil {
			return l
		}
	}
	return nil
}

// Press acts on the item as a touch does; false when it is absent, disabled or deaf at the moment.
func (s *Surface) Press(id string) bool {
	it := s.Item(id)
	if it == nil || !it.Live() || it.Act == nil {
		return false
	}
	now := s.now()
	if now.Before(s.deafTo) {
		return false
	}
	deaf := Debounce
	if it.Role == RoleKey {
		deaf = KeyDebounce
	}
	if t, ok := s.last[id]; ok && now.Sub(t) < deaf {
		return false
	}
	if len(s.last) > 256 {
		clear(s.last)
	}
	s.last[id] = now
	it.Act()
	return true
}

// Focus draws the ring round the item, round nothing for "" or an unknown id.
func (s *Surface) Focus(id string) {
	if s.focus == id {
		return
	}
	s.focus = id
	s.drawRing()
	s.repaint()
}

// Focused is the id that has the ring.
func (s *Surface) Focused() string { return s.focus }

func (s *Surface) drawRing() {
	it := s.Item(s.focus)
	if it == nil {
		s.ring[0].Hide()
		s.ring[1].Hide()
		return
	}
	m := s.look.Metrics
	place(s.ring[0], it.Rect.Grow(m.RingGap))
	place(s.ring[1], it.Rect.Grow(m.RingGap+m.Ring))
	s.ring[0].Show()
	s.ring[1].Show()
}

// Tick moves the moving pictures on. Call it twice a second; it draws only when a picture changes.
func (s *Surface) Tick() {
	elapsed := s.now().Sub(s.started)
	for _, sh := range s.all() {
		for _, f := range sh.frames {
			f.tick(elapsed)
		}
	}
}

// at finds what lies under a point.
func (s *Surface) at(p fyne.Position) *Item {
	items := s.Items()
	for i := len(items) - 1; i >= 0; i-- {
		if items[i].Live() && items[i].Rect.Has(p.X, p.Y) {
			return items[i]
		}
	}
	return nil
}

// MouseDown shows at once that the touch was felt.
func (s *Surface) MouseDown(ev *desktop.MouseEvent) {
	if ev.Button != desktop.MouseButtonPrimary {
		return
	}
	if s.touch != nil {
		s.touch()
	}
	s.pressed = nil
	if s.now().Before(s.deafTo) {
		return
	}
	it := s.at(ev.Position)
	if it == nil {
		return
	}
	s.pressed, s.inside = it, true
	if it.ink != nil {
		it.ink.begin(ev.Position, s.now())
		return
	}
	if it.show != nil {
		it.show(true)
	}
}

// MouseUp acts when the finger leaves the glass within the control, or nearly so.
func (s *Surface) MouseUp(ev *desktop.MouseEvent) {
	it := s.pressed
	if it == nil || ev.Button != desktop.MouseButtonPrimary {
		return
	}
	s.pressed = nil
	if it.ink != nil {
		it.ink.end(ev.Position, s.now())
		return
	}
	if it.show != nil {
		it.show(false)
	}
	if it.Rect.Grow(s.look.Metrics.Grow).Has(ev.Position.X, ev.Position.Y) {
		s.Press(it.ID)
	}
}

// MouseMoved draws ink, and lets go of a control that the finger has left.
func (s *Surface) MouseMoved(ev *desktop.MouseEvent) {
	it := s.pressed
	if it == nil {
		return
	}
	if it.ink != nil {
		it.ink.move(ev.Position, s.now())
		return
	}
	inside := it.Rect.Grow(s.look.Metrics.Grow).Has(ev.Position.X, ev.Position.Y)
	if inside != s.inside && it.show != nil {
		it.show(inside)
	}
	s.inside = inside
}

// MouseIn and MouseOut have no meaning on a touch screen.
func (s *Surface) MouseIn(*desktop.MouseEvent) {}

// MouseOut ends nothing: the release decides.
func (s *Surface) MouseOut() {}

// CreateRenderer is Fyne's way to the objects.
func (s *Surface) CreateRenderer() fyne.WidgetRenderer { return (*surfaceRenderer)(s) }

type surfaceRenderer Surface

func (r *surfaceRenderer) Layout(fyne.Size)   {}
func (r *surfaceRenderer) Destroy()           {}
func (r *surfaceRenderer) MinSize() fyne.Size { return fyne.NewSize(1, 1) }
func (r *surfaceRenderer) Refresh()           { canvas.Refresh(r.pulse) }

func (r *surfaceRenderer) Objects() []fyne.CanvasObject {
	var all []fyne.CanvasObject
	for _, sh := range r.sheets {
		all = append(all, sh.objects...)
	}
	if r.modal == nil {
		all = append(all, r.ring[0], r.ring[1])
	} else {
		all = append(all, r.modal.objects...)
		all = append(all, r.ring[0], r.ring[1])
	}
	return append(all, r.pulse)
}
