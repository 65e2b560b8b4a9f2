// Package finger is a person at the real window: it looks at what the daemon says is shown, works out where the app must have
// drawn each button, and taps there through the X server. The app does not know that it is not a hand.
package finger

import (
	"context"
	"fmt"
	"image"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"kiosk/cmd/kiosksim/bench"
	"kiosk/cmd/stage/display"
	"kiosk/device/localapi"
	"kiosk/ui/model"
	"kiosk/ui/robot"
)

// Person is who stands before the machine and what they want.
type Person struct {
	API     *localapi.Client
	Sim     bench.Client
	Display *display.Display
	Item    string            // code
	Cards   []string          // built-in people of the bench, in the order in which cards are asked for
	Answers map[string]string // by field; a choice takes its first row otherwise, an optional field is skipped
	Papers  map[string]string // what lies under the camera for a material: a scene of the bench
	Way     string            // for query items: card, code, number
	Number  string            // typed when the way is number
	Lang    string            // "en" presses the language button first
	// Pictures is the folder for numbered screenshots, "" for none.
	Pictures string
	// Seen is called once for each screen, after it has been drawn. Optional.
	Seen func(ctx context.Context, id string, st localapi.State) error

	shots  int
	cards  int
	laid   string // step at which the last card was laid down
	local  model.Local
	visit  Visit
	shown  string // key of the screen that is up
	since  time.Time
	tapped string
	tries  int
	sample uint64
	scene  string
	upAt   time.Time
}

// Visit is what the person took home.
type Visit struct {
	LocalNumber    string
	PlatformNumber string
	Ticket         string
	Printed        string
	Steps          []Step
	Cases          []localapi.Case
}

// Step is one screen and how long it was up.
type Step struct {
	Screen string `json:"screen"`
	MS     int64  `json:"ms"`
}

const (
	settle   = 550 * time.Millisecond // after a screen change the app takes no input for 400 ms
	between  = 360 * time.Millisecond // the same key twice within 300 ms counts once
	patience = 4 * time.Second        // until a tap without effect is made again
	redraw   = 5 * time.Second        // for the app to show a new screen, on a slow machine
	maxTries = 4
	maxVisit = 5 * time.Minute
)

// Serve acts until the goodbye screen.
func (p *Person) Serve(ctx context.Context) (Visit, error) {
	ctx, cancel := context.WithTimeout(ctx, maxVisit)
	defer cancel()
	states := make(chan localapi.State, 1)
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = p.API.Watch(ctx, func(st localapi.State) {
			select { // newest wins
			case <-states:
			default:
			}
			states <- st
		}, nil)
	}()
	defer func() { cancel(); <-done }()
	var st localapi.State
	begun := false
	tick := time.NewTicker(40 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return p.visit, fmt.Errorf("cannot finish the visit, the last screen was %s: %w", p.shown, ctx.Err())
		case st = <-states:
		case <-tick.C:
		}
		if st.Boot == "" {
			continue
		}
		p.note(st)
		p.local = p.local.For(st)
		screen := model.Of(st, p.local, time.Now())
		if key := screen.ID + " " + st.Visit.Step + " " + screen.Lang + face(st); key != p.shown {
			if err := p.changed(ctx, key, screen.ID, st); err != nil {
				return p.visit, err
			}
			if st.Visit.View.Kind == localapi.ViewGoodbye && begun {
				p.close()
				return p.visit, nil
			}
			continue
		}
		if time.Since(p.since) < settle {
			continue
		}
		id := p.want(ctx, st, screen)
		if id == "" {
			continue
		}
		begun = true
		if err := p.tap(ctx, id, st, screen); err != nil {
			return p.visit, err
		}
	}
}

// face is a word for screens that change without a new step.
func face(st localapi.State) string {
	v := st.Visit.View
	switch {
	case v.Card != nil && v.Card.Read != nil:
		return "read"
	case v.Capture != nil && v.Capture.Looking:
		return "looking"
	}
	return ""
}

// changed notes a new screen and takes its picture once it stands.
func (p *Person) changed(ctx context.Context, key, id string, st localapi.State) error {
	old, _, _ := strings.Cut(p.shown, " ")
	if p.shown == "" || old != id {
		p.close()
		p.visit.Steps = append(p.visit.Steps, Step{Screen: id})
		p.upAt = time.Now()
	}
	p.shown, p.tapped, p.tries = key, "", 0
	if old != id {
		p.since = time.Now()
	}
	// The app draws in its own time: go on when the new screen stands. A camera's picture never does.
	sample, _, err := p.Display.Still(ctx, p.sample, redraw)
	if err != nil {
		return err
	}
	p.sample = sample
	guard := time.NewTimer(settle)
	defer guard.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-guard.C:
	}
	// The camera's screens say for a moment that nothing is there yet.
	if p.Pictures != "" && !(st.Visit.View.Kind == localapi.ViewCapture && !st.Visit.View.Capture.Looking) {
		now, err := p.API.State(ctx)
		if err != nil {
			return err
		}
		if model.Of(now, p.local.For(now), time.Now()).ID != id {
			return nil // it was over before its picture could be taken
		}
		p.shots++
		if err := p.Display.Save(filepath.Join(p.Pictures, fmt.Sprintf("%02d-%s.png", p.shots, id))); err != nil {
			return err
		}
	}
	if p.Seen == nil {
		return nil
	}
	err = p.Seen(ctx, id, st)
	p.since = time.Now() // what drew the screen may be another process by now
	return err
}

// close stamps how long the last screen was up.
func (p *Person) close() {
	if n := len(p.visit.Steps); n > 0 && p.visit.Steps[n-1].MS == 0 {
		p.visit.Steps[n-1].MS = max(time.Since(p.upAt).Milliseconds(), 1)
	}
}

func (p *Person) note(st localapi.State) {
	if d := st.Visit.View.Done; d != nil {
		p.visit.LocalNumber, p.visit.PlatformNumber, p.visit.Ticket = d.Number, d.PlatformNumber, d.Ticket
		if d.Printed != "" {
			p.visit.Printed = d.Printed
		}
	}
	if c := st.Visit.View.Cases; c != nil {
		p.visit.Cases = c.List
	}
}

// tap presses one target and follows what the app will make of it.
func (p *Person) tap(ctx context.Context, id string, st localapi.State, screen model.Screen) error {
	targets, err := robot.On(screen)
	if err != nil {
		return err
	}
	t, ok := robot.Find(targets, id)
	if !ok || !t.Enabled {
		return nil // not offered yet
	}
	key := p.shown + id + strconv.Itoa(len(p.local.Typed)) + strconv.Itoa(p.local.Page)
	if key == p.tapped && time.Since(p.since) < patience {
		return nil // pressed already, its effect is on the way
	}
	if key == p.tapped {
		if p.tries++; p.tries >= maxTries {
			return fmt.Errorf("cannot get on: %q on %s does nothing", id, screen.ID)
		}
	}
	p.tapped = key
	if id == "sign-pad" {
		return p.sign(ctx, t)
	}
	x, y := t.Rect.Middle()
	if err := p.Display.Tap(x, y); err != nil {
		return err
	}
	p.since = time.Now().Add(between - settle)
	b := screen.Button(id)
	if b == nil {
		return nil
	}
	local, intent := model.Reduce(p.local, b.Action, st)
	if intent != nil {
		p.local = local
		p.since = time.Now()
		return nil
	}
	// Nothing but the screen knows what was typed or picked: look whether it took the tap.
	sample, changed, err := p.Display.Still(ctx, p.sample, patience)
	if err != nil {
		return err
	}
	if changed {
		p.local, p.sample = local, sample
		p.since = time.Now().Add(between - settle)
	}
	return nil
}

// sign draws a signature and remembers it as the app does.
func (p *Person) sign(ctx context.Context, t robot.Target) error {
	var points []image.Point
	for i := range 40 {
		points = append(points, image.Pt(t.Rect.X+t.Rect.W/5+i*t.Rect.W/80, t.Rect.Y+t.Rect.H/2+(i%5-2)*t.Rect.H/16))
	}
	if err := p.Display.Draw(points); err != nil {
		return err
	}
	sample, changed, err := p.Display.Still(ctx, p.sample, patience)
	if err != nil || !changed {
		return err
	}
	p.sample = sample
	p.local.Strokes = append(p.local.Strokes, []localapi.Point{{X: 1, Y: 1}, {X: 2, Y: 2, T: 1}, {X: 3, Y: 1, T: 2}, {X: 4, Y: 2, T: 3}})
	p.since = time.Now()
	return nil
}

// want names what to press next; "" waits.
func (p *Person) want(ctx context.Context, st localapi.State, screen model.Screen) string {
	view := st.Visit.View
	if b := screen.Button("read-on"); b != nil {
		return "read-on"
	}
	if other := screen.Button("language"); p.Lang != "" && st.Visit.Lang != p.Lang && other != nil && view.Kind != localapi.ViewGoodbye {
		return other.ID
	}
	switch view.Kind {
	case localapi.ViewGoodbye, localapi.ViewAttract:
		return "start"
	case localapi.ViewHome:
		return "card:" + p.Item
	case localapi.ViewGuide:
		return "next"
	case localapi.ViewConsent:
		return "agree"
	case localapi.ViewWays:
		return "way:" + p.Way
	case localapi.ViewCard, localapi.ViewCardFailed:
		if view.Card.Read != nil {
			_ = p.Sim.RemoveCard(ctx)
			return "next"
		}
		p.lay(ctx, st)
	case localapi.ViewField:
		return p.answer(view.Field)
	case localapi.ViewCapture:
		if scene := p.Papers[view.Capture.Material]; scene != "" && scene != p.scene {
			p.scene = scene
			_ = p.Sim.Scene(ctx, scene)
			p.since = time.Now().Add(time.Second) // until it lies there and the person has looked
			return ""
		}
		if view.Capture.Looking {
			return "shoot"
		}
	case localapi.ViewReview:
		return "keep-page"
	case localapi.ViewCheck:
		if view.Check.Last {
			return "submit"
		}
		return "next"
	case localapi.ViewSign:
		if len(p.local.Strokes) == 0 {
			return "sign-pad"
		}
		return "sign"
	case localapi.ViewReceived, localapi.ViewKept:
		for _, id := range []string{"print", "finish", "no-print"} { // without a printer there is no paper to wait for
			if screen.Button(id) != nil {
				return id
			}
		}
	case localapi.ViewCases:
		if len(view.Cases.List) > 0 {
			return "case:0"
		}
		return "finish"
	case localapi.ViewTake, localapi.ViewCase, localapi.ViewRestarted:
		return "finish"
	case localapi.ViewPrinter:
		return "no-print"
	}
	return ""
}

// lay puts the next card on the reader, once for each person that is asked for.
func (p *Person) lay(ctx context.Context, st localapi.State) {
	if p.laid == st.Visit.Step || p.cards >= len(p.Cards) {
		return
	}
	p.laid = st.Visit.Step
	_ = p.Sim.RemoveCard(ctx)
	if err := p.Sim.InsertSample(ctx, p.Cards[p.cards]); err == nil {
		p.cards++
	}
}

func (p *Person) answer(f *localapi.Field) string {
	v, ok := p.Answers[f.ID]
	if f.ID == "case-number" && p.Number != "" {
		v, ok = p.Number, true
	}
	switch {
	case !ok && f.Optional:
		return "skip"
	case f.Input == "choice":
		if v == "" {
			v = f.Choices[0].Value
		}
		if p.local.Picked != v {
			return "choice:" + v
		}
	case len(p.local.Typed) < len(v):
		return "key:" + strings.ToUpper(v[len(p.local.Typed):len(p.local.Typed)+1])
	}
	return "next"
}
