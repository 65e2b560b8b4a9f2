// Package session is one citizen's visit: who is served, where the visit stands, what may be pressed next. It is
// one actor that takes one thing at a time: a tap, an answer of a device, a timer. Its outer machine
// (phase.go) is the same for every item; inside it an interpreter (steps.go) walks the steps of the item's package.
//
// What a visit learns about a person lives in one draft and is wiped at every end of the visit by one function
// (wipe.go). What must survive goes through the Outbox, sealed, and nowhere else.
package session

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"kiosk/device"
	"kiosk/device/casefile"
	"kiosk/device/item"
	"kiosk/device/localapi"
	"kiosk/device/settings"
)

// Config is what a visit works with. All members are required unless they say otherwise.
type Config struct {
	Outbox      Outbox // nil until the terminal is enrolled; see SetStore
	Progress    Progress
	Peripherals Peripherals
	Items       Items
	Link        Link
	Audit       Audit
	Log         *slog.Logger
	Software    string // version of the daemon
	// Site is what stands on receipts.
	Site, Place localapi.Text
	Phone       string
	// Times are asked once at the start of each visit, so that new settings apply between visits.
	Times func() settings.Times
	// Gate says why nobody may be served now: "", "unenrolled", "closed", "broken".
	Gate func() string
	// Closes says what beside devices and network closes an item now, in plain words; empty when nothing does. May be nil.
	Closes func(*item.Item) localapi.Text
	// Enrol is called with the one-time code typed on the pairing screen.
	Enrol func(ctx context.Context, code string) error
	// Pairing is what the pairing screen shows.
	Pairing localapi.Pairing
}

// Visit is the actor. Its methods may be called from any goroutine.
type Visit struct {
	cfg    Config
	calls  chan call
	events chan event
	poke   chan struct{}
	work   sync.WaitGroup

	// Published for readers.
	shown       atomic.Pointer[localapi.Visit]
	mu          sync.Mutex // guards what follows
	changed     chan struct{}
	frame       []byte
	frameNew    chan struct{}
	pictures    map[string][]byte
	newOutbox   Outbox // brought by SetStore, not yet taken
	newProgress Progress
	shoot       atomic.Bool // the camera's next frame is the page

	// Everything below belongs to the actor's goroutine.
	ctx      context.Context
	times    settings.Times
	timers   map[string]time.Time
	running  map[string]*task
	taskID   int
	stepN    uint64
	stepKey  string
	seen     []string // ids of the last intents
	why      string   // how the visit ended
	id       string
	phase    Phase
	lang     string
	personal bool
	help     bool
	warned   bool
	warnEnd  time.Time
	item     *item.Item
	rules    *item.Rules
	draft    *casefile.Draft
	at       position
	back     bool // an edit from the check screen returns there
	step     stepState
	trouble  *localapi.Trouble // stands over the current step until it is mended
	roomless bool              // the store gave no room for the draft
	result   outcome
	pairing  localapi.Pairing
}

// outcome is what is known of a case after it was kept. Nothing in it is personal.
type outcome struct {
	record   casefile.Record
	item     item.Item
	itemName localapi.Text
	kept     bool
	waited   bool // the wait for the platform is over
	long     bool
	printed  device.Outcome
	fault    error
	lookup   casefile.LookupCode
	takeBy   string // YYYY-MM-DD, as the envelope and the receipt say it
}

type call struct {
	intent localapi.Intent
	done   chan *localapi.Problem
}

// event is something that happened elsewhere.
type event struct {
	task string
	id   int
	data any
	err  error
}

type task struct {
	id     int
	cancel context.CancelFunc
}

// New makes a visit; Run starts it.
func New(cfg Config) *Visit {
	v := &Visit{
		cfg: cfg, calls: make(chan call), events: make(chan event), poke: make(chan struct{}, 1),
		changed: make(chan struct{}), frameNew: make(chan struct{}), pictures: map[string][]byte{},
		timers: map[string]time.Time{}, running: map[string]*task{}, phase: Idle, lang: "zh", pairing: cfg.Pairing,
	}
	v.shown.Store(&localapi.Visit{Phase: "starting", Step: "starting", Lang: "zh", View: localapi.View{Kind: localapi.ViewClosed}})
	return v
}

// Run serves visits until ctx ends. It returns when all its goroutines have.
func (v *Visit) Run(ctx context.Context) error {
	v.ctx = ctx
	v.times = v.cfg.Times()
	v.begin()
	v.publish()
	for {
		var timer <-chan time.Time
		name, due := v.nextTimer()
		if name != "" {
			t := time.NewTimer(time.Until(due))
			timer = t.C
			v.loop(timer, name)
			t.Stop()
		} else {
			v.loop(nil, "")
		}
		if ctx.Err() != nil {
			v.stopAll()
			v.wipe()
			v.work.Wait()
			return nil
		}
		v.publish()
	}
}

// loop takes one thing.
func (v *Visit) loop(timer <-chan time.Time, name string) {
	select {
	case <-v.ctx.Done():
	case c := <-v.calls:
		problem := v.intent(c.intent)
		v.publish() // whoever asks after the answer sees what the tap has done
		c.done <- problem
	case e := <-v.events:
		v.happened(e)
	case <-v.poke:
		v.gate()
	case <-timer:
		delete(v.timers, name)
		v.fired(name)
	}
}

// Do asks for an intent. It returns a *localapi.Problem when the intent is stale or not valid here.
func (v *Visit) Do(ctx context.Context, in localapi.Intent) error {
	c := call{in, make(chan *localapi.Problem, 1)}
	select {
	case v.calls <- c:
	case <-ctx.Done():
		return fmt.Errorf("cannot reach the visit: %w", ctx.Err())
	}
	if p := <-c.done; p != nil {
		return p
	}
	return nil
}

// Poke tells the visit that gate, items, devices or the link may have changed.
func (v *Visit) Poke() {
	select {
	case v.poke <- struct{}{}:
	default:
	}
}

// View is the visit as it is shown now.
func (v *Visit) View() localapi.Visit { return *v.shown.Load() }

// Changed returns a channel that is closed at the next change of View.
func (v *Visit) Changed() <-chan struct{} {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.changed
}

// Picture returns a captured page's preview by the id that the view names, until the visit ends.
func (v *Visit) Picture(id string) ([]byte, bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	b, ok := v.pictures[id]
	return append([]byte(nil), b...), ok
}

// Preview calls show with the newest camera frame, again for each newer one, until ctx ends or no camera screen is
// shown. A slow show skips frames.
func (v *Visit) Preview(ctx context.Context, show func(jpeg []byte) error) error {
	for {
		v.mu.Lock()
		frame, next := append([]byte(nil), v.frame...), v.frameNew
		v.mu.Unlock()
		if len(frame) > 0 {
			if err := show(frame); err != nil {
				return err
			}
		}
		select {
		case <-ctx.Done():
			return nil
		case <-next:
		}
		switch v.View().View.Kind {
		case localapi.ViewCapture, localapi.ViewScanCode:
		default:
			return nil
		}
	}
}

// begin looks for a visit that was cut off.
func (v *Visit) begin() {
	v.takeStore()
	if v.cfg.Outbox != nil {
		if mark, ok := v.cfg.Outbox.LastMark(); ok && mark.Key != "" {
			v.interrupted(mark)
			return
		}
	}
	v.phase = Idle
	v.gate()
	v.toIdle(event{})
}

// SetStore gives the visit its outbox and progress once the terminal is enrolled. Nobody is served before.
func (v *Visit) SetStore(o Outbox, p Progress) {
	v.mu.Lock()
	v.newOutbox, v.newProgress = o, p
	v.mu.Unlock()
	v.Poke()
}

// takeStore hands what SetStore has brought to the actor.
func (v *Visit) takeStore() {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.newOutbox != nil {
		v.cfg.Outbox, v.cfg.Progress = v.newOutbox, v.newProgress
		v.newOutbox, v.newProgress = nil, nil
	}
}

// shut says why nobody may be served now, "" when somebody may.
func (v *Visit) shut() string {
	if why := v.cfg.Gate(); why != "" {
		return why
	}
	if v.cfg.Outbox == nil {
		return "starting"
	}
	return ""
}

// gate opens or closes the terminal between visits.
func (v *Visit) gate() {
	v.takeStore()
	ev := EvGateOpen
	if v.shut() != "" {
		ev = EvGateShut
	}
	v.move(ev, event{})
}

// move takes one event of the outer machine.
func (v *Visit) move(ev Event, e event) {
	from := v.phase
	m := table[from][ev]
	if m.effect == nil {
		return
	}
	v.phase = m.next
	m.effect(v, e)
	if v.phase != from {
		v.cfg.Audit.Event("visit-phase", "from", string(from), "to", string(v.phase), "event", string(ev))
	}
}
