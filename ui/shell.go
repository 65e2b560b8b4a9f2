// Package ui is the app: it shows the state of the visit as the daemon tells it and sends taps back as intents. It owns
// the window's content, the event pump and the way from a state to a screen; what a screen says is package model, how it
// looks is package screen. It keeps no truth: ended at any moment and started again it shows the same step.
//
// After a visit that showed personal data the app asks to be replaced by a fresh process, since the texts and pictures that a
// toolkit has drawn cannot be overwritten.
package ui

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"fyne.io/fyne/v2"
	"golang.org/x/sync/errgroup"

	"kiosk/device/localapi"
	"kiosk/ui/look"
	"kiosk/ui/model"
	"kiosk/ui/screen"
)

// Daemon is what the app needs of the local API; *localapi.Client has it.
type Daemon interface {
	Watch(ctx context.Context, show func(localapi.State), away func(error)) error
	Intent(ctx context.Context, in localapi.Intent) error
	Preview(ctx context.Context, camera string, show func(jpeg []byte)) error
	Picture(ctx context.Context, id string) ([]byte, error)
}

// Options of a shell. All but Lang, Keep and Replace are needed.
type Options struct {
	Daemon Daemon
	Look   look.Look
	Log    *slog.Logger
	Do     func(func())     // runs on the toolkit's main goroutine: fyne.Do
	Now    func() time.Time // wall clock with monotonic part
	Lang   string           // until the daemon has told its own: "zh" or "en"
	// Replace is called on the main goroutine after a visit that showed personal data, once: a fresh process is wanted.
	Replace func()
	Keep    bool // never ask to be replaced; for development
	// Usable is called once, on the main goroutine, when the first screen of the daemon is drawn.
	Usable func()
	// Fail is called when drawing has panicked too often. The process should end.
	Fail func()
}

// touchEvery is how often a touch is told to the daemon, which holds the idle clock.
const touchEvery = 5 * time.Second

// maxTaps is how many taps wait to be sent.
const maxTaps = 8

// Shell joins daemon and screen. Methods that are not Run belong to the toolkit's main goroutine.
type Shell struct {
	opt    Options
	post   *poster
	screen *screen.Screen
	feed   *feed
	taps   chan localapi.Intent

	alive    bool // the daemon is there and st is what it told last
	st       localapi.State
	local    model.Local
	lang     string
	personal string // visit that showed personal data
	wanted   bool   // Replace was called
	usable   bool
	touched  time.Time
	clock    string
}

// New makes a shell that shows "one moment, please". Run brings it to life.
func New(opt Options) *Shell {
	s := &Shell{opt: opt, lang: opt.Lang, taps: make(chan localapi.Intent, maxTaps)}
	if s.lang == "" {
		s.lang = "zh"
	}
	if s.opt.Fail == nil {
		s.opt.Fail = func() {}
	}
	s.post = &poster{do: opt.Do, log: opt.Log, fail: s.opt.Fail, waiting: make(map[string]func())}
	s.screen = screen.New(opt.Look, opt.Now,
		func(a model.Action) { s.post.guard("press", func() { s.act(a) }) },
		func() { s.post.guard("touch", s.touch) })
	s.feed = newFeed(opt.Daemon, opt.Log, func(name string, show func()) { s.post.Post("picture "+name, show) })
	s.render()
	return s
}

// Object is the content of the window.
func (s *Shell) Object() fyne.CanvasObject { return s.screen.Object() }

// Screen is what is shown, for tests.
func (s *Shell) Screen() *screen.Screen { return s.screen }

// Run works until ctx ends and returns when all its goroutines have ended. It may be called on any goroutine but the main
// one, once.
func (s *Shell) Run(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error {
		return s.opt.Daemon.Watch(ctx,
			func(st localapi.State) { s.post.Post("state", func() { s.take(st) }) },
			func(err error) {
				s.opt.Log.Warn("daemon is away", "err", err)
				s.post.Post("state", s.away)
			})
	})
	g.Go(func() error { return s.send(ctx) })
	g.Go(func() error { return s.tick(ctx) })
	g.Go(func() error { return s.feed.run(ctx) })
	err := g.Wait()
	if errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

// take shows a new state.
func (s *Shell) take(st localapi.State) {
	over := s.personal != "" && st.Visit.ID != s.personal
	s.st, s.alive = st, true
	if st.Visit.Lang != "" {
		s.lang = st.Visit.Lang
	}
	if over {
		// Draw nothing of the last visit again, whatever becomes of this process.
		s.local = model.Local{}
		s.screen.Wipe()
		s.feed.forget()
	}
	s.local = s.local.For(st)
	s.render()
	if !s.usable {
		s.usable = true
		if s.opt.Usable != nil {
			s.post.Post("usable", s.opt.Usable) // after the drawing
		}
	}
	if over {
		s.personal = ""
		s.replace()
	}
	if st.Visit.Personal && st.Visit.ID != "" {
		s.personal = st.Visit.ID
	}
}

// replace asks for a fresh process.
func (s *Shell) replace() {
	if s.wanted || s.opt.Keep || s.opt.Replace == nil {
		return
	}
	s.wanted = true
	s.opt.Log.Info("visit is over, a fresh app is wanted")
	s.opt.Replace()
}

// away hides everything while the daemon cannot be reached.
func (s *Shell) away() {
	if !s.alive {
		return
	}
	s.alive = false
	s.local = model.Local{}
	s.screen.Wipe()
	s.feed.forget()
	s.render()
}

// render draws what there is to draw now. Screen.Show leaves alone what has not changed.
func (s *Shell) render() {
	now := s.opt.Now()
	s.clock = now.Format("15:04")
	m := model.Away(s.lang, now)
	if s.alive {
		m = model.Of(s.st, s.local, now)
	}
	before := s.screen.Shown()
	s.screen.Show(m)
	if before.Key != m.Key {
		s.opt.Log.Info("screen shown", "id", m.ID, "step", s.st.Visit.Step)
		if m.Overlay != nil && len(m.Overlay.Buttons) > 0 {
			s.screen.Focus(m.Overlay.Buttons[0].ID)
		}
	}
	s.feed.want(s.screen)
}

// act does what a press means.
func (s *Shell) act(a model.Action) {
	if !s.alive {
		return
	}
	var in *localapi.Intent
	s.local, in = model.Reduce(s.local, a, s.st)
	if in != nil {
		s.tap(*in)
	}
	s.render()
}

// tap queues an intent. When the daemon is so slow that the queue is full, the tap is dropped: the person taps again.
func (s *Shell) tap(in localapi.Intent) {
	select {
	case s.taps <- in:
	default:
		s.opt.Log.Warn("tap dropped, the daemon is slow", "kind", in.Kind)
	}
}

// touch tells the daemon that somebody is here.
func (s *Shell) touch() {
	if !s.alive || s.st.Visit.ID == "" || s.opt.Now().Sub(s.touched) < touchEvery {
		return
	}
	s.touched = s.opt.Now()
	s.tap(localapi.Intent{Kind: localapi.IntentTouch, Step: s.st.Visit.Step})
}

// send sends taps one after the other. A stale one needs nothing: the newer state is on its way.
func (s *Shell) send(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case in := <-s.taps:
			err := s.opt.Daemon.Intent(ctx, in)
			if err != nil && ctx.Err() == nil && !errors.Is(err, localapi.ErrStale) {
				s.opt.Log.Warn("tap was not taken", "kind", in.Kind, "err", err)
			}
		}
	}
}

// tick moves the pictures of the prompts twice a second and the clock once a minute.
func (s *Shell) tick(ctx context.Context) error {
	beat := time.NewTicker(500 * time.Millisecond)
	defer beat.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-beat.C:
			s.post.Post("tick", func() {
				s.screen.Tick()
				if s.opt.Now().Format("15:04") != s.clock {
					s.render()
				}
			})
		}
	}
}
