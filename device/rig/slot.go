package rig

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"kiosk/device"
)

// How a lost peripheral is opened again, and how it is watched meanwhile.
const (
	firstWait = 100 * time.Millisecond
	lastWait  = 10 * time.Second
	settled   = time.Second      // open for as long: the next loss is tried again at once
	openLimit = 15 * time.Second // for one attempt
	rescan    = time.Second      // between looks at a status that costs no hardware call
	leaseWait = 2 * time.Second  // for the user before to let go
	closeWait = 5 * time.Second  // for a user who does not hear that the terminal stops
)

// slot is one configured peripheral. Only its run opens and closes it.
type slot struct {
	driver device.Driver
	cfg    json.RawMessage
	env    device.Env
	note   func(id string, fields ...string)
	notify func()

	lease  chan struct{} // holds one token while somebody uses the peripheral
	gone   chan device.Peripheral
	kicked chan struct{}

	mu    sync.Mutex
	open  device.Peripheral // nil unless state is Open
	state State
	why   string
	last  device.Status // as it was last told to watchers
}

func newSlot(d device.Driver, cfg json.RawMessage, env device.Env, note func(string, ...string), notify func()) *slot {
	return &slot{
		driver: d, cfg: cfg, env: env, note: note, notify: notify,
		lease: make(chan struct{}, 1), gone: make(chan device.Peripheral, 1), kicked: make(chan struct{}, 1),
		state: Absent, why: "not opened yet", last: away(device.Status{}, nil),
	}
}

// away is the status of a peripheral that is not open; what it said it was stays known. An error that knows which fault of
// the list it is says so; any other means that nothing is there.
func away(before device.Status, why error) device.Status {
	fault := device.FaultUnplugged
	var known interface{ Fault() device.FaultID }
	if errors.As(why, &known) {
		fault = known.Fault()
	}
	return device.Status{
		Link: device.Bad, Faults: []device.FaultID{fault},
		Model: before.Model, Serial: before.Serial, At: time.Now(),
	}
}

// run opens the peripheral, watches it and opens it again, until ctx ends.
func (s *slot) run(ctx context.Context) {
	var wait time.Duration
	for s.pause(ctx, wait) {
		p, err := s.attempt(ctx)
		if err != nil {
			if ctx.Err() != nil {
				return
			}
			s.absent(err)
			wait = longer(wait)
			if errors.Is(err, device.ErrConfig) {
				wait = lastWait
			}
			continue
		}
		began := time.Now()
		s.opened(p)
		s.watch(ctx, p)
		if time.Since(began) >= settled {
			wait = 0
		} else {
			wait = longer(wait)
		}
	}
}

func longer(wait time.Duration) time.Duration {
	return min(max(2*wait, firstWait), lastWait)
}

// pause waits; a kick shortens it to firstWait. It reports whether ctx still runs.
func (s *slot) pause(ctx context.Context, wait time.Duration) bool {
	soon := time.NewTimer(min(wait, firstWait))
	defer soon.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-soon.C:
	}
	late := time.NewTimer(wait - min(wait, firstWait))
	defer late.Stop()
	select {
	case <-ctx.Done():
	case <-late.C:
	case <-s.kicked:
	}
	return ctx.Err() == nil
}

// kick asks for an attempt soon, because somebody needs the peripheral now.
func (s *slot) kick() {
	select {
	case s.kicked <- struct{}{}:
	default:
	}
}

func (s *slot) attempt(ctx context.Context) (p device.Peripheral, err error) {
	ctx, cancel := context.WithTimeout(ctx, openLimit)
	defer cancel()
	err = s.guard(func() error {
		p, err = s.driver.Open(ctx, s.env, s.cfg)
		return err
	})
	if err == nil && p == nil {
		err = fmt.Errorf("driver opened nothing: %w", device.ErrConfig)
	}
	return p, err
}

// watch returns when p is lost or ctx ends; p is closed then.
func (s *slot) watch(ctx context.Context, p device.Peripheral) {
	look := time.NewTicker(rescan)
	defer look.Stop()
	for {
		select {
		case lost := <-s.gone:
			s.shut(lost)
			return
		case <-look.C:
			s.refresh()
			if p.Status().Link != device.Bad {
				continue
			}
			// A user inside a call hears of the loss by himself, and his word then arrives at gone.
			if s.take(ctx, 0) != nil {
				continue
			}
			s.end(p, errors.New("link is down"))
			<-s.lease
			return
		case <-ctx.Done():
			leased := s.take(context.WithoutCancel(ctx), closeWait) == nil
			s.end(p, errors.New("terminal stops"))
			if leased {
				<-s.lease
			}
			return
		}
	}
}

// end takes p out of use and closes it, unless a user has reported its loss meanwhile.
func (s *slot) end(p device.Peripheral, why error) {
	s.lost(p, why)
	select {
	case p = <-s.gone:
		s.shut(p)
	default:
	}
}

func (s *slot) shut(p device.Peripheral) {
	if err := s.guard(p.Close); err != nil {
		s.env.Log.Warn("peripheral closed with an error", "error", err)
	}
}

// take gets the lease, waiting at most for the given time.
func (s *slot) take(ctx context.Context, atMost time.Duration) error {
	select {
	case s.lease <- struct{}{}:
		return nil
	default:
	}
	if atMost == 0 {
		return device.ErrBusy
	}
	late := time.NewTimer(atMost)
	defer late.Stop()
	select {
	case s.lease <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-late.C:
		return device.ErrBusy
	}
}

// use gives the open peripheral to f under the lease. When f reports ErrGone, the peripheral is opened again.
func (s *slot) use(ctx context.Context, f func(device.Peripheral) error) error {
	if err := s.take(ctx, leaseWait); err != nil {
		return err
	}
	defer func() { <-s.lease }()
	s.mu.Lock()
	p := s.open
	s.mu.Unlock()
	if p == nil {
		s.kick()
		return device.ErrGone
	}
	err := s.guard(func() error { return f(p) })
	if errors.Is(err, device.ErrGone) {
		s.lost(p, err)
	} else {
		s.refresh()
	}
	return err
}

// opened makes p usable.
func (s *slot) opened(p device.Peripheral) {
	now := p.Status()
	s.mu.Lock()
	before := s.last
	s.open, s.state, s.why, s.last = p, Open, "", now
	s.mu.Unlock()
	s.env.Log.Info("peripheral is open")
	s.note("device-opened", "kind", string(s.driver.Kind))
	s.faults(before.Faults, now.Faults)
	s.notify()
}

// lost takes p out of use at once and hands it to run, which closes it. Only the first word counts.
func (s *slot) lost(p device.Peripheral, why error) {
	s.mu.Lock()
	if s.open != p {
		s.mu.Unlock()
		return
	}
	now := away(s.last, why)
	s.open, s.state, s.why, s.last = nil, Absent, why.Error(), now
	s.gone <- p // has room: one peripheral is open at a time and run takes each out before the next
	s.mu.Unlock()
	s.env.Log.Warn("peripheral is gone", "error", why)
	s.note("device-lost", "kind", string(s.driver.Kind))
	s.faults(nil, now.Faults)
	s.notify()
}

// absent notes a failed attempt. The same reason is told once.
func (s *slot) absent(err error) {
	state := Absent
	if errors.Is(err, device.ErrConfig) {
		state = Failed
	}
	s.mu.Lock()
	same := s.state == state && s.why == err.Error()
	before, now := s.last, away(s.last, err)
	s.state, s.why, s.last = state, err.Error(), now
	s.mu.Unlock()
	if same {
		return
	}
	s.env.Log.Warn("peripheral cannot be opened", "error", err)
	s.faults(before.Faults, now.Faults)
	s.notify()
}

// refresh tells watchers when the status differs from what they were told last.
func (s *slot) refresh() {
	s.mu.Lock()
	if s.open == nil {
		s.mu.Unlock()
		return
	}
	now := s.open.Status()
	before := s.last
	s.last = now
	s.mu.Unlock()
	if !equal(before, now) {
		if now.Data == device.Poor && before.Data != device.Poor {
			s.note("device-garbled", "kind", string(s.driver.Kind))
		}
		s.faults(before.Faults, now.Faults)
		s.notify()
	}
}

// faults notes those that came and those that went. That nothing is plugged in is said by device-lost and device-opened.
func (s *slot) faults(before, now []device.FaultID) {
	for _, f := range now {
		if f != device.FaultUnplugged && !slices.Contains(before, f) {
			s.note("device-fault", "kind", string(s.driver.Kind), "fault", string(f))
		}
	}
	for _, f := range before {
		if f != device.FaultUnplugged && !slices.Contains(now, f) {
			s.note("device-recovered", "kind", string(s.driver.Kind), "fault", string(f))
		}
	}
}

func (s *slot) device() Device {
	s.mu.Lock()
	defer s.mu.Unlock()
	d := Device{Kind: s.driver.Kind, Driver: s.driver.Name, State: s.state, Status: s.last, Why: s.why}
	if s.open != nil {
		d.Status = s.open.Status()
	}
	return d
}

// equal compares two statuses but for when they were learned.
func equal(a, b device.Status) bool {
	return a.Link == b.Link && a.Device == b.Device && a.Supplies == b.Supplies && a.Data == b.Data &&
		a.Model == b.Model && a.Serial == b.Serial && slices.Equal(a.Faults, b.Faults)
}

// guard makes a driver's panic a loss of its device: the rest of the terminal goes on.
func (s *slot) guard(f func() error) (err error) {
	defer func() {
		if v := recover(); v != nil {
			// The panic's value may hold bytes of a card, so only the stack's places are written.
			s.env.Log.Error("driver panicked", "stack", string(debug.Stack()))
			err = fmt.Errorf("driver panicked: %w", device.ErrGone)
		}
	}()
	return f()
}
