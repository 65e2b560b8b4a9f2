package sdt

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"kiosk/device"
	"kiosk/device/identity"
	"kiosk/drivers/port"
)

// Driver is this driver's line of drivers.All.
var Driver = device.Driver{
	Name: "sdt",
	Kind: device.KindIDCardReader,
	Check: func(raw json.RawMessage) error {
		_, err := ParseConfig(raw)
		return err
	},
	Open: func(ctx context.Context, env device.Env, raw json.RawMessage) (device.Peripheral, error) {
		cfg, err := ParseConfig(raw)
		if err != nil {
			return nil, err
		}
		r, err := Open(ctx, env, cfg)
		if err != nil {
			return nil, err
		}
		return r, nil
	},
}

// Errors beside those of package device.
var (
	// ErrKind is a card that is none of the four kinds: another contactless card, or a layout not known yet.
	ErrKind = fmt.Errorf("kind of card is not supported: %w", device.ErrKind)
	// ErrOutOfOrder is a module that says itself that it cannot work; Status says why. It stays open: a
	// module that recovers is noticed.
	ErrOutOfOrder = errors.New("reader says that it is out of order")
)

// lost is an error that wraps device.ErrGone and knows which fault of the closed list it is.
type lost struct {
	fault device.FaultID
	cause error
}

func (e *lost) Error() string         { return "reader is lost: " + e.cause.Error() }
func (e *lost) Unwrap() []error       { return []error{device.ErrGone, e.cause} }
func (e *lost) Fault() device.FaultID { return e.fault }

var (
	errSilent  = errors.New("no answer")
	errGarbled = errors.New("answers make no sense")
	errSwapped = errors.New("another module answers")
	errClosed  = errors.New("closed")
)

// Reader is one open reader. It implements device.IDCardReader.
type Reader struct {
	cfg  Config
	log  *slog.Logger
	line line // owned by the goroutine own

	jobs chan job
	busy chan struct{} // holds a token while a Read is under way
	end  context.CancelFunc
	done chan struct{} // closed when own has ended

	mu     sync.Mutex
	status device.Status
}

var _ device.IDCardReader = (*Reader)(nil)

type job struct {
	ctx    context.Context
	result chan<- result // has room for one
}

type result struct {
	card identity.Card
	err  error
}

// idle is the pause between two checks of the module while nobody reads.
const idle = 3 * time.Second

// Open opens the port, finds the module's speed and asks for its state and number; on a silent line that
// takes some four seconds. A module that is out of order opens: its Status says so.
func Open(ctx context.Context, env device.Env, cfg Config) (*Reader, error) {
	log := env.Log
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	conn, err := port.Open(ctx, env, cfg.Port, cfg.Baud)
	if err != nil {
		return nil, fmt.Errorf("cannot open reader: %w", err)
	}
	r := &Reader{
		cfg:    cfg,
		log:    log,
		line:   line{conn: conn, baud: cfg.Baud},
		jobs:   make(chan job),
		busy:   make(chan struct{}, 1),
		done:   make(chan struct{}),
		status: device.Status{Model: "SDT"},
	}
	if err := r.greet(ctx); err != nil {
		_ = conn.Close()
		return nil, fmt.Errorf("cannot open reader at %q: %w", cfg.Port, err)
	}
	life, end := context.WithCancel(context.Background())
	r.end = end
	go r.own(life)
	return r, nil
}

// Read implements device.IDCardReader. It returns within some milliseconds of ctx's end. A second Read
// while one is under way gets device.ErrBusy.
func (r *Reader) Read(ctx context.Context) (identity.Card, error) {
	select {
	case r.busy <- struct{}{}:
		defer func() { <-r.busy }()
	default:
		return identity.Card{}, fmt.Errorf("cannot read card: %w", device.ErrBusy)
	}
	res := make(chan result, 1)
	select {
	case r.jobs <- job{ctx, res}:
	case <-ctx.Done():
		return identity.Card{}, fmt.Errorf("cannot read card: %w", ctx.Err())
	case <-r.done:
		return identity.Card{}, fmt.Errorf("cannot read card: %w", &lost{device.FaultUnplugged, errClosed})
	}
	answer := <-res // own always answers, soon after ctx's end
	if answer.err != nil {
		return identity.Card{}, fmt.Errorf("cannot read card: %w", answer.err)
	}
	return answer.card, nil
}

// Status implements device.Peripheral. Once Link is bad the Reader is only good to close.
func (r *Reader) Status() device.Status {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := r.status
	s.Faults = append([]device.FaultID(nil), s.Faults...)
	return s
}

// Close ends a Read that is under way, waits for the owner of the port and frees the port.
func (r *Reader) Close() error {
	r.end()
	<-r.done
	if err := r.line.conn.Close(); err != nil {
		return fmt.Errorf("cannot close reader: %w", err)
	}
	return nil
}

// own is the one goroutine that uses the port after Open.
func (r *Reader) own(life context.Context) {
	defer close(r.done)
	defer r.line.wipe()
	check := time.NewTimer(idle)
	defer check.Stop()
	var gone error // once set, nothing more is asked
	note := func(err error) {
		if gone == nil && errors.Is(err, device.ErrGone) {
			gone = err
			r.saw(err)
		}
	}
	for {
		select {
		case <-life.Done():
			return
		case <-check.C:
			if gone == nil {
				note(r.guard(func() error { return r.checkUp(life) }))
			}
		case j := <-r.jobs:
			if gone != nil {
				j.result <- result{err: gone}
				continue
			}
			var card identity.Card
			err := r.guard(func() (err error) {
				card, err = r.serve(life, j.ctx)
				return err
			})
			note(err)
			j.result <- result{card, err}
		}
		check.Reset(idle)
	}
}

// serve reads a card for one Read, and ends with it or with the Reader.
func (r *Reader) serve(life, ctx context.Context) (identity.Card, error) {
	both, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(life, cancel)()
	card, err := r.wait(both)
	if err != nil && life.Err() != nil && ctx.Err() == nil {
		err = &lost{device.FaultUnplugged, errClosed}
	}
	return card, err
}

// guard makes a panic a loss of the reader. The panic's value is not told: it may hold bytes of a card.
func (r *Reader) guard(f func() error) (err error) {
	defer func() {
		if recover() != nil {
			r.log.Error("ID card driver panicked")
			err = &lost{device.FaultOther, errors.New("driver panicked")}
		}
	}()
	return f()
}

// saw keeps for Status that the reader is lost.
func (r *Reader) saw(err error) {
	fault := device.FaultUnplugged
	if l := (*lost)(nil); errors.As(err, &l) {
		fault = l.fault
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	s := &r.status
	s.Link, s.Device, s.Data = device.Bad, device.Unknown, device.Unknown
	s.Faults, s.At = []device.FaultID{fault}, time.Now()
}

// state keeps what the module said of itself, and how the line has been since.
func (r *Reader) state(code Code) {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := &r.status
	s.Link, s.Device, s.Data, s.Faults, s.At = device.Good, device.Good, device.Good, nil, time.Now()
	if r.line.poor() {
		s.Data = device.Poor
	}
	switch code {
	case CodeDone:
		return
	case CodeSelfTest:
		s.Faults = []device.FaultID{device.FaultSelfTest}
	case CodeUnlicensed:
		s.Faults = []device.FaultID{device.FaultUnlicensed}
	default:
		s.Faults = []device.FaultID{device.FaultOther}
	}
	s.Device = device.Bad
}
