// Package robot tells where on the panel a screen's controls are, without a window: for demonstrations and tests that tap
// the real app through the X server. It lays out the same description with the same parts as the app does.
package robot

import (
	"fmt"
	"sync"
	"time"

	"fyne.io/fyne/v2/test"

	"kiosk/device/localapi"
	"kiosk/ui/kit"
	"kiosk/ui/look"
	"kiosk/ui/model"
	"kiosk/ui/screen"
)

// Rect of a target in pixels of the portrait panel, 1080 by 1920.
type Rect struct{ X, Y, W, H int }

// Middle is where to tap.
func (r Rect) Middle() (x, y int) { return r.X + r.W/2, r.Y + r.H/2 }

// Target is something that can be tapped; the signature pad, "sign-pad", is one too. IDs are those of package model: "next",
// "back", "choice:VALUE", "card:CODE", "key:5" …
type Target struct {
	ID      string
	Label   string
	Rect    Rect
	Enabled bool
}

var set struct {
	once sync.Once
	err  error
	sync.Mutex
}

// prepare gives the layout its fonts. It makes this process a toolkit app without a window; a process with a window of its own
// must not use this package.
func prepare() error {
	set.once.Do(func() {
		fonts, err := look.LoadFonts(look.Sources)
		if err != nil {
			set.err = fmt.Errorf("cannot measure text: %w", err)
			return
		}
		test.NewApp().Settings().SetTheme(look.NewTheme(look.Of(look.Mode{}), fonts))
	})
	return set.err
}

// Targets lists what is on the screen for a state, in reading order. A zero local is right for an app that has just shown the
// state; after page turns and typing it must be what the app's is: see model.Reduce.
func Targets(st localapi.State, local model.Local) ([]Target, error) {
	return On(model.Of(st, local, time.Now()))
}

// On lists what is on a described screen.
func On(m model.Screen) ([]Target, error) {
	s, done, err := drawn(m)
	if err != nil {
		return nil, err
	}
	defer done()
	var all []Target
	for _, it := range s.Items() {
		if it.ID == "" || it.Role == kit.RoleText {
			continue
		}
		all = append(all, Target{ID: it.ID, Label: it.Label, Enabled: !it.Disabled, Rect: rect(it.Rect)})
	}
	return all, nil
}

// Live are the places of a described screen that show a camera.
func Live(m model.Screen) ([]Rect, error) {
	s, done, err := drawn(m)
	if err != nil {
		return nil, err
	}
	defer done()
	l := s.Surface().Live(m.Previewed())
	if l == nil {
		return nil, nil
	}
	return []Rect{rect(l.Rect)}, nil
}

// drawn lays a screen out; the caller calls done after it has looked.
func drawn(m model.Screen) (s *screen.Screen, done func(), err error) {
	if err := prepare(); err != nil {
		return nil, nil, err
	}
	set.Lock()
	s = screen.New(look.Of(look.Mode{}), time.Now, func(model.Action) {}, nil)
	s.Show(m)
	return s, set.Unlock, nil
}

func rect(r kit.Rect) Rect { return Rect{int(r.X), int(r.Y), int(r.W), int(r.H)} }

// Find picks the target with that id.
func Find(all []Target, id string) (Target, bool) {
	for _, t := range all {
		if t.ID == id {
			return t, true
		}
	}
	return Target{}, false
}
