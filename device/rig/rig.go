// Package rig holds the peripherals of this terminal: opened as the configuration names them, watched,
// leased to one user at a time, and opened again when they were lost. Absent hardware is normal and never
// ends anything; wrong configuration is refused before anything opens. The rig knows no protocol and no visit.
package rig

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"kiosk/device"
	"kiosk/device/casefile"
	"kiosk/device/settings"
)

// Parts is what a rig works with besides its configuration.
type Parts struct {
	Drivers []device.Driver
	Env     device.Env
	// Codes finds QR codes in pictures; without it FindCodes fails.
	Codes device.CodeFinder
	// Lay sets a receipt for a printer that is dots wide; without it Print fails.
	Lay func(receipt casefile.Receipt, dots int) (device.Slip, error)
	// Note takes audit events: device-opened, device-lost, device-fault, device-recovered. It may be nil.
	Note func(id string, fields ...string)
}

// State says whether a configured peripheral is there.
type State string

// States of a peripheral.
const (
	Open   State = "open"
	Absent State = "absent" // tried again with back-off
	Failed State = "failed" // its configuration can not work; tried again rarely
)

// Device is one line of the listing: what was configured and what came of it.
type Device struct {
	Kind   device.Kind
	Driver string
	State  State
	Status device.Status
	Why    string // why it is not open
}

// Rig is all configured peripherals. Its methods may be called by any goroutine.
type Rig struct {
	parts Parts
	slots []*slot // in the order of device.Kinds

	mu      sync.Mutex
	changed chan struct{} // closed and replaced at each change
}

// New checks every device's configuration and opens nothing. Its error wraps device.ErrConfig and
// names the place, for example /devices/1/driver.
func New(cfg []settings.Device, parts Parts) (*Rig, error) {
	if parts.Env.Log == nil {
		parts.Env.Log = slog.New(slog.DiscardHandler)
	}
	if parts.Note == nil {
		parts.Note = func(string, ...string) {}
	}
	r := &Rig{parts: parts, changed: make(chan struct{})}
	var wrong []error
	for i, c := range cfg {
		s, err := r.slot(i, c)
		if err != nil {
			wrong = append(wrong, err)
			continue
		}
		r.slots = append(r.slots, s)
	}
	if err := errors.Join(wrong...); err != nil {
		return nil, err
	}
	slices.SortStableFunc(r.slots, func(a, b *slot) int {
		return slices.Index(device.Kinds, a.driver.Kind) - slices.Index(device.Kinds, b.driver.Kind)
	})
	return r, nil
}

// slot checks one device of the configuration.
func (r *Rig) slot(i int, c settings.Device) (*slot, error) {
	kind := device.Kind(c.Kind)
	if !slices.Contains(device.Kinds, kind) {
		return nil, fmt.Errorf("/devices/%d/kind: %w: unknown kind %q", i, device.ErrConfig, c.Kind)
	}
	if r.of(kind) != nil {
		return nil, fmt.Errorf("/devices/%d/kind: %w: a second %q", i, device.ErrConfig, c.Kind)
	}
	at := slices.IndexFunc(r.parts.Drivers, func(d device.Driver) bool { return d.Name == c.Driver })
	if at < 0 {
		return nil, fmt.Errorf("/devices/%d/driver: %w: unknown driver %q", i, device.ErrConfig, c.Driver)
	}
	d := r.parts.Drivers[at]
	if d.Kind != kind {
		return nil, fmt.Errorf("/devices/%d/driver: %w: %q drives a %s, not a %s", i, device.ErrConfig, d.Name, d.Kind, kind)
	}
	cfg := c.Config
	if len(cfg) == 0 {
		cfg = json.RawMessage("{}")
	}
	if d.Check != nil {
		if err := d.Check(cfg); err != nil {
			if !errors.Is(err, device.ErrConfig) {
				err = fmt.Errorf("%w: %w", device.ErrConfig, err)
			}
			return nil, fmt.Errorf("/devices/%d/config: %w", i, err)
		}
	}
	env := r.parts.Env
	env.Log = env.Log.With("device", c.Kind, "driver", c.Driver)
	return newSlot(d, cfg, env, r.parts.Note, r.notify), nil
}

// Run opens the peripherals and keeps them open until ctx ends; then it closes them and returns nil.
func (r *Rig) Run(ctx context.Context) error {
	var wait sync.WaitGroup
	for _, s := range r.slots {
		wait.Go(func() { s.run(ctx) })
	}
	wait.Wait()
	<-ctx.Done() // also where nothing is configured
	return nil
}

// Changed returns a channel that is closed at the next change of any state or status. Take the channel
// first and look at the rig then, so that no change is missed.
func (r *Rig) Changed() <-chan struct{} {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.changed
}

func (r *Rig) notify() {
	r.mu.Lock()
	defer r.mu.Unlock()
	close(r.changed)
	r.changed = make(chan struct{})
}

// Devices lists what is configured, in the order in which people are shown it.
func (r *Rig) Devices() []Device {
	list := make([]Device, 0, len(r.slots))
	for _, s := range r.slots {
		list = append(list, s.device())
	}
	return list
}

// Status of a kind of device now. A device that is not configured or not open has a bad link.
func (r *Rig) Status(kind device.Kind) device.Status {
	s := r.of(kind)
	if s == nil {
		return device.Status{Link: device.Bad, Faults: []device.FaultID{device.FaultUnplugged}, At: time.Now()}
	}
	return s.device().Status
}

func (r *Rig) of(kind device.Kind) *slot {
	for _, s := range r.slots {
		if s.driver.Kind == kind {
			return s
		}
	}
	return nil
}
