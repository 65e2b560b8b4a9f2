// Package escpossim is the far end of an ESC/POS line: a printer with an 80 mm (or other) roll that takes bytes, answers
// as the Epson dialect does, and lays what it printed into a folder as pictures and text.
//
// It has two halves, as real ones have. The receiver takes bytes into a buffer of 64 KiB and answers real-time
// questions at once, inside picture data too. The head works through the buffer, and stands still while
// there is no paper, the cover is open or something is stuck: then the buffer fills up, and when
// it is full nothing more is read. Switching the power off forgets buffer, modes and everything unprinted.
package escpossim

import (
	"context"
	"errors"
	"fmt"
	"image"
	"io"
	"sync"
	"time"

	"kiosk/device/paper"
)

// Paper is the state of the roll.
type Paper string

// States of the roll.
const (
	PaperOK  Paper = "ok"
	PaperLow Paper = "low"
	PaperOut Paper = "out"
)

const (
	bufferSize = 64 << 10
	rowsPerSec = 1200 // 150 mm/s, when paced
	keptInMind = 64   // papers
)

// Options are fixed when the printer is made. The zero value prints 576 dots as fast as it can and keeps no files.
type Options struct {
	Dots  int      // a row, 576 when 0
	Dir   string   // folder of what was printed, "" for none; made if it is not there
	Paced bool     // print at 150 mm/s
	Fonts []string // for text mode, see paper.OpenFonts
	Now   func() time.Time
}

// Faults of the line, not of the printer.
type Faults struct {
	Blocked bool // stops reading
	Mute    bool // never answers
	Behind  bool // each answer comes only after the next question
}

// Sim is one printer. Its power is on when it is made. All methods are safe for use by several goroutines.
type Sim struct {
	opts  Options
	fonts *paper.Fonts

	mu     sync.Mutex
	change *sync.Cond // anything below
	closed bool
	power  int // counts power cycles
	buf    []byte
	idle   bool // the head waits for bytes, or stands still

	paper                   Paper
	cover, jam, cutter, hot bool
	faults                  Faults
	outAfterRows            int // 0: never
	outAfterBytes           int
	cutLinkAfter            int

	link     io.Writer // who gets answers; nil when nobody is there
	held     []byte    // Behind: the answer that waits
	auto     byte      // GS a
	received int
	unknown  int
	dots     int // bytes of picture data that reached the head

	page   *page
	n      int // of the page that is in the printer
	papers []Printed
	next   int // papers since the start
	files  error

	headDone chan struct{}
}

// ErrCut is Serve's end when CutLinkAfter struck.
var ErrCut = errors.New("link was cut")

// New makes a printer with paper in it and starts its head. Close ends it.
func New(o Options) (*Sim, error) {
	if o.Dots == 0 {
		o.Dots = 576
	}
	if o.Dots < 8 || o.Dots > 1024 {
		return nil, fmt.Errorf("cannot make a printer of %d dots", o.Dots)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	fonts, err := paper.OpenFonts(o.Fonts)
	if err != nil {
		return nil, err
	}
	s := &Sim{opts: o, fonts: fonts, paper: PaperOK, headDone: make(chan struct{})}
	s.change = sync.NewCond(&s.mu)
	if s.n, err = firstNumber(o.Dir); err != nil {
		_ = fonts.Close()
		return nil, err
	}
	s.page = newPage(o.Dots)
	go s.head()
	return s, nil
}

// Close switches the printer off for good and waits for its head.
func (s *Sim) Close() error {
	s.PowerOff()
	s.mu.Lock()
	s.closed = true
	s.change.Broadcast()
	s.mu.Unlock()
	<-s.headDone
	_ = s.fonts.Close()
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.files
}

// set changes the printer's state and tells who waits, and who has automatic status on.
func (s *Sim) set(f func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.change4(f)
}

// change4 runs f and sends the four bytes if f changed them. Called with mu held.
func (s *Sim) change4(f func()) {
	before := s.block()
	f()
	if s.auto != 0 && s.block() != before {
		b := s.block()
		s.answer(b[:])
	}
	s.change.Broadcast()
}

// SetPaper changes the roll. New paper also ends a jam.
func (s *Sim) SetPaper(p Paper) {
	s.set(func() {
		s.paper = p
		if p == PaperOK {
			s.jam = false
		}
	})
}

// SetCover opens or closes the cover.
func (s *Sim) SetCover(open bool) { s.set(func() { s.cover = open }) }

// SetJam makes a paper jam, or frees it.
func (s *Sim) SetJam(on bool) { s.set(func() { s.jam = on }) }

// SetCutter makes the knife stick.
func (s *Sim) SetCutter(stuck bool) { s.set(func() { s.cutter = stuck }) }

// SetHot makes the head too hot to print.
func (s *Sim) SetHot(on bool) { s.set(func() { s.hot = on }) }

// SetFaults changes the faults of the line.
func (s *Sim) SetFaults(f Faults) { s.set(func() { s.faults = f }) }

// OutAfterRows takes the paper away after n more rows have been printed.
func (s *Sim) OutAfterRows(n int) { s.set(func() { s.outAfterRows = n }) }

// OutAfterBytes takes the paper away after n more bytes have come.
func (s *Sim) OutAfterBytes(n int) { s.set(func() { s.outAfterBytes = n }) }

// CutLinkAfter ends Serve with ErrCut when n more bytes have come; the byte after is never seen.
func (s *Sim) CutLinkAfter(n int) { s.set(func() { s.cutLinkAfter = n }) }

// Stray sends bytes that nobody asked for.
func (s *Sim) Stray(b ...byte) { s.set(func() { s.say(b) }) }

// PowerOff forgets the buffer and all modes; the paper that was being printed is torn off unfinished. The power is on again at once.
func (s *Sim) PowerOff() {
	var t *torn
	s.set(func() {
		s.power++
		s.buf, s.held, s.auto = nil, nil, 0
		if s.page.used() {
			t = s.tear(false)
		}
	})
	if t != nil {
		s.publish(t)
	}
}

// Stats are counts since the printer was made.
type Stats struct {
	Received     int // bytes
	PictureBytes int // of these, picture data that the head has taken
	Pending      int // bytes in the buffer
	Unknown      int // commands that it does not know
}

// Stats returns the counts.
func (s *Sim) Stats() Stats {
	s.mu.Lock()
	defer s.mu.Unlock()
	return Stats{Received: s.received, PictureBytes: s.dots, Pending: len(s.buf), Unknown: s.unknown}
}

// State is what people see on the printer.
type State struct {
	Paper     Paper  `json:"paper"`
	Cover     bool   `json:"cover_open"`
	Jam       bool   `json:"jam"`
	Cutter    bool   `json:"cutter_stuck"`
	Hot       bool   `json:"hot"`
	Faults    Faults `json:"line"`
	Connected bool   `json:"connected"`
}

// State returns it.
func (s *Sim) State() State {
	s.mu.Lock()
	defer s.mu.Unlock()
	return State{Paper: s.paper, Cover: s.cover, Jam: s.jam, Cutter: s.cutter, Hot: s.hot, Faults: s.faults, Connected: s.link != nil}
}

// Settle blocks until the head has nothing to do or stands still, or ctx ends.
func (s *Sim) Settle(ctx context.Context) error {
	return s.wait(ctx, func() bool { return s.idle && (len(s.buf) == 0 || s.stopped()) })
}

// AwaitDots blocks until the head has taken n bytes of picture data since the start, or ctx ends.
func (s *Sim) AwaitDots(ctx context.Context, n int) error {
	return s.wait(ctx, func() bool { return s.dots >= n })
}

// Await blocks until n papers have been printed since the start, finished or torn, and returns the nth.
func (s *Sim) Await(ctx context.Context, n int) (Printed, error) {
	if err := s.wait(ctx, func() bool { return s.next >= n }); err != nil {
		return Printed{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if i := len(s.papers) - 1 - (s.next - n); i >= 0 {
		return s.papers[i], nil
	}
	return Printed{}, fmt.Errorf("cannot show paper %d: only %d are kept in mind", n, keptInMind)
}

func (s *Sim) wait(ctx context.Context, ready func() bool) error {
	stop := context.AfterFunc(ctx, func() { s.set(func() {}) })
	defer stop()
	s.mu.Lock()
	defer s.mu.Unlock()
	for !ready() {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		s.change.Wait()
	}
	return nil
}

// Printed is one paper that came out.
type Printed struct {
	N        int
	At       time.Time
	Bytes    int  // that made it
	Complete bool // it was cut
	Text     string
	Image    *image.Gray
	Pictures []*image.Gray // rasters as they were sent, in order
}

// Printed returns the last papers, oldest first.
func (s *Sim) Printed() []Printed {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Printed(nil), s.papers...)
}

// Serve is one connection: it takes bytes from rw and answers until rw ends (nil), ctx ends (its error; the caller closes rw to
// end a Read), or CutLinkAfter strikes (ErrCut). One at a time: a newer one gets the answers.
func (s *Sim) Serve(ctx context.Context, rw io.ReadWriter) error {
	s.mu.Lock()
	s.link, s.held = rw, nil
	s.mu.Unlock()
	stop := context.AfterFunc(ctx, func() { s.set(func() {}) })
	defer stop()
	err := s.receive(ctx, rw)
	s.mu.Lock()
	if s.link == rw {
		s.link, s.held, s.auto = nil, nil, 0
	}
	s.mu.Unlock()
	if serr := s.Settle(ctx); serr == nil {
		s.snapshot()
	}
	return err
}

func (s *Sim) receive(ctx context.Context, rw io.Reader) error {
	var rt realTimeScan
	chunk := make([]byte, 4096)
	for {
		n, err := rw.Read(chunk)
		for i := range n {
			if err := s.take(ctx, &rt, chunk[i]); err != nil {
				return err
			}
		}
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil:
			return nil // EOF, EIO of a pty, closed socket: the other side has gone
		}
	}
}

// take puts one byte into the buffer, when there is room and nothing holds it up.
func (s *Sim) take(ctx context.Context, rt *realTimeScan, b byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for s.faults.Blocked || len(s.buf) >= bufferSize {
		if ctx.Err() != nil || s.closed {
			return context.Cause(ctx)
		}
		s.change.Wait()
	}
	s.received++
	s.buf = append(s.buf, b)
	if n, ok := rt.feed(b); ok {
		s.answer([]byte{s.status(n)})
	}
	if countdown(&s.outAfterBytes) {
		s.change4(func() { s.paper = PaperOut })
	}
	s.change.Broadcast()
	if countdown(&s.cutLinkAfter) {
		return ErrCut
	}
	return nil
}

// countdown takes one off and says whether that was the last.
func countdown(n *int) bool {
	if *n == 0 {
		return false
	}
	*n--
	return *n == 0
}
