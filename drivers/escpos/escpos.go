package escpos

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"kiosk/device"
	"kiosk/drivers/port"
)

// Driver is the line for drivers.All.
var Driver = device.Driver{
	Name: "escpos", Kind: device.KindReceiptPrinter, Check: check,
	Open: func(ctx context.Context, env device.Env, cfg json.RawMessage) (device.Peripheral, error) {
		p, err := Open(ctx, env, cfg)
		if err != nil {
			return nil, err
		}
		return p, nil
	},
}

// times are how long things may take.
type times struct {
	answer  time.Duration // DLE EOT, answered past the buffer
	quiet   time.Duration // after which a late answer is not expected any more
	sync    time.Duration // GS r of an idle printer
	stall   time.Duration // a write that goes no further
	finish  time.Duration // to end a band that nobody wants any more
	settle  time.Duration // the end of a slip, besides its length
	poll    time.Duration // between questions while idle
	tick    time.Duration // between questions while a slip comes to its end
	patient int           // polls without answer until the link is given up
}

var usual = times{
	answer: 700 * time.Millisecond, quiet: 150 * time.Millisecond, sync: 1500 * time.Millisecond, stall: 10 * time.Second,
	finish: 2 * time.Second, settle: 6 * time.Second, poll: 3 * time.Second, tick: 400 * time.Millisecond, patient: 4,
}

// slowest is the paper's speed in rows a second when nobody knows better: 60 mm/s.
const slowest = 480

var errSilent = errors.New("printer does not answer")

// Printer is one printer on one line. Two goroutines belong to it, the reader and the poll; Close ends them.
type Printer struct {
	cfg   Config
	conn  *port.Conn
	log   *slog.Logger
	times times

	printing atomic.Bool
	line     chan struct{} // holds one token: whose turn it is to ask and write
	replies  chan reply
	gone     chan struct{} // closed with the link
	goneOnce sync.Once
	stop     context.CancelFunc
	ctx      context.Context
	wg       sync.WaitGroup
	waste    atomic.Int64 // bytes that made no sense

	// With the line's token:
	late    bool   // an answer may still be under way
	answers bool   // it has answered before
	synced  bool   // it is known to be between commands
	askEnd  []byte // cmdGSr or cmdESCv, whichever it knows
	owed    int    // answers to these that have not come
	flushed int    // how often zeros were sent to bring it back into step
	dirty   bool   // part of a slip has been printed and not been cut off
	fresh   bool   // nothing printed yet: what the last user of the printer left behind is not known
	silent  int    // polls without answer

	mu     sync.Mutex
	status device.Status
}

var _ device.ReceiptPrinter = (*Printer)(nil)

// Open connects to the printer, asks for its state and, when it is on-line, who it is. A printer on TCP that says nothing
// is opened as one that does not tell its state; on a serial line, where nothing else shows
// that a printer is there, as silent, until it speaks.
func Open(ctx context.Context, env device.Env, cfg json.RawMessage) (*Printer, error) {
	return open(ctx, env, cfg, usual)
}

func open(ctx context.Context, env device.Env, raw json.RawMessage, t times) (*Printer, error) {
	cfg, err := parse(raw)
	if err != nil {
		return nil, err
	}
	conn, err := port.Open(ctx, env, cfg.address(), cfg.Baud)
	if err != nil {
		return nil, fmt.Errorf("cannot open the printer: %w", err)
	}
	p := &Printer{
		cfg: cfg, conn: conn, log: env.Log, times: t,
		askEnd: cmdGSr,
		line:   make(chan struct{}, 1), replies: make(chan reply, 64), gone: make(chan struct{}),
	}
	if p.log == nil {
		p.log = slog.New(slog.DiscardHandler)
	}
	p.status = device.Status{Link: device.Good, At: time.Now()}
	p.ctx, p.stop = context.WithCancel(context.Background())
	p.wg.Go(p.read)
	if err := p.greet(ctx); err != nil {
		_ = p.Close()
		return nil, fmt.Errorf("cannot open the printer: %w", err)
	}
	p.line <- struct{}{}
	p.wg.Go(p.poll)
	return p, nil
}

// greet learns state and name. Only a lost link and the context are errors.
func (p *Printer) greet(ctx context.Context) error {
	p.late, p.fresh = true, true // whatever the last user of the line did not wait for
	st, err := p.askAll(ctx)
	switch {
	case errors.Is(err, errSilent):
		p.noteSilent()
		return nil
	case err != nil:
		return err
	}
	if st.ready() == nil {
		if err := p.getInStep(ctx); err != nil && !errors.Is(err, errSilent) {
			return err
		}
	}
	p.note(st)
	return nil
}

// Dots a row.
func (p *Printer) Dots() int { return p.cfg.Profile.Dots }

// Status is what the last question said.
func (p *Printer) Status() device.Status {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := p.status
	s.Faults = append([]device.FaultID(nil), s.Faults...)
	return s
}

// Close ends the link and both goroutines. A slip that is being printed ends as not known.
func (p *Printer) Close() error {
	p.stop()
	p.lose(device.FaultUnplugged)
	p.wg.Wait()
	return nil
}

// lose gives the link up. All calls end with device.ErrGone.
func (p *Printer) lose(why device.FaultID) {
	p.goneOnce.Do(func() {
		p.mu.Lock()
		p.status.Link, p.status.Device, p.status.Supplies = device.Bad, device.Unknown, device.Unknown
		p.status.Faults, p.status.At = []device.FaultID{why}, time.Now()
		p.mu.Unlock()
		close(p.gone)
		_ = p.conn.Close()
	})
}

// note stores what the printer said about itself. A printer that answers past its buffer and never through it is
// stuck inside something that was never finished; switching it off and on is what helps.
func (p *Printer) note(st state) {
	dev, supplies := st.levels()
	faults := st.faults()
	p.answers, p.silent = true, 0
	if st.ready() == nil && !p.synced {
		dev, faults = device.Bad, []device.FaultID{device.FaultSilent}
	}
	data := device.Good
	if p.waste.Swap(0) > 0 {
		data = device.Poor
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.status.Link == device.Bad {
		return
	}
	p.status.Device, p.status.Supplies, p.status.Data = dev, supplies, data
	p.status.Faults, p.status.At = faults, time.Now()
}

// noteSilent stores that it said nothing, or nothing that makes sense.
func (p *Printer) noteSilent() {
	p.silent++
	level, data, fault := device.Bad, device.Unknown, device.FaultSilent
	switch {
	case p.waste.Swap(0) > 0:
		data, fault = device.Bad, device.FaultGarbled
	case !p.answers && p.cfg.TCP != "":
		level, fault = device.Poor, device.FaultNotAnswered
	case p.answers && p.silent == 1:
		return // once is no news
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.status.Link == device.Bad {
		return
	}
	p.status.Device, p.status.Supplies, p.status.Data = level, device.Unknown, data
	p.status.Faults, p.status.At = []device.FaultID{fault}, time.Now()
}

// mute reports whether this is a printer that never told its state and is used all the same.
func (p *Printer) mute() bool { return !p.answers && p.cfg.TCP != "" }

// poll asks for the state while nobody prints.
func (p *Printer) poll() {
	t := time.NewTicker(p.times.poll)
	defer t.Stop()
	for {
		select {
		case <-p.gone:
			return
		case <-t.C:
		}
		if p.printing.Load() {
			continue
		}
		select {
		case <-p.line:
			p.pollOnce()
			p.line <- struct{}{}
		default:
		}
	}
}

func (p *Printer) pollOnce() {
	st, err := p.askAll(p.ctx)
	switch {
	case errors.Is(err, errSilent):
		p.noteSilent()
		if p.answers && p.silent >= p.times.patient {
			p.log.Warn("printer fell silent, giving its link up", "polls", p.silent)
			p.lose(device.FaultSilent)
		}
		return
	case err != nil:
		return // the reader has noted it
	}
	defer func() { p.note(st) }()
	if st.ready() != nil || p.printing.Load() {
		return
	}
	if !p.synced {
		_ = p.getInStep(p.ctx) // note shows what became of it
	}
	if p.synced && p.dirty {
		_ = p.tidy(p.ctx) // the next question does
	}
}
