// Package sdtsim is the far end of package sdt's wire: a reader with its security module, for tests, benches
// and demonstrations. It speaks bytes over a pseudo-terminal, a socket or a pipe, and makes its frames by
// itself, so that it does not share a mistake with the driver. It is never part of the product.
package sdtsim

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"slices"
	"sync"
	"syscall"
	"time"
)

// Command is CMD and PARA of a request.
type Command uint16

// Commands that the module knows.
const (
	Reset          Command = 0x10FF
	SelfTest       Command = 0x11FF
	GetNumber      Command = 0x12FF
	Find           Command = 0x2001
	Select         Command = 0x2002
	Read           Command = 0x3001
	ReadNewAddress Command = 0x3003
	ReadFingers    Command = 0x3010
)

// String is the command as the documents print it.
func (c Command) String() string { return fmt.Sprintf("%02X %02X", byte(c>>8), byte(c)) }

// SAM is a module's number.
type SAM struct {
	Maker, Model        uint16
	Date, Serial, Check uint32
}

// Example is an invented number: 05.01-20090401-0003012345-0987654321.
var Example = SAM{Maker: 5, Model: 1, Date: 20090401, Serial: 3012345, Check: 987654321}

// Options of a Sim. The zero value is a reader at 115200 baud that answers at once.
type Options struct {
	SAM   SAM           // zero: Example
	Baud  int           // the module's speed, 0: 115200; on a pseudo-terminal it hears only this one
	Paced bool          // bytes take the time that they take on a line of Baud, 10 bits each
	Split bool          // replies leave in pieces of random size
	Think time.Duration // between request and reply
	Old   bool          // an old module: 30 10 and 30 03 are unknown commands
	Seed  uint64        // of noise and pieces
	// Found is called with the moment at which the first byte of a "card found" reply is written, on Serve's
	// goroutine; Exchanges tells the same moment afterwards.
	Found func(time.Time)
	// Answered is called after each request has been dealt with, on Serve's goroutine.
	Answered func(Exchange)
}

// Exchange is a request and what came of it, without a byte of any card.
type Exchange struct {
	At      time.Time // when the request was whole
	First   time.Time // when the first byte of the reply was written
	Command Command
	Code    byte      // of the reply as it was meant; 0 when there was none
	Fault   FaultKind // what was done to it, if anything
}

// Sim is one reader. All methods may be called by any goroutine; one Serve runs at a time.
type Sim struct {
	opt Options

	mu       sync.Mutex
	rand     *rand.Rand
	sam      SAM
	status   byte // answer to SelfTest, 0x90 as a rule
	card     *card
	found    bool // find said yes, and nothing has failed since
	selected bool
	faults   []*queued
	log      []Exchange
}

type card struct {
	text, newAddress []byte
	fingers          int
	read             bool // and not found again until it is lifted
}

// New makes a reader without a card.
func New(opt Options) *Sim {
	if opt.SAM == (SAM{}) {
		opt.SAM = Example
	}
	if opt.Baud == 0 {
		opt.Baud = 115200
	}
	return &Sim{opt: opt, sam: opt.SAM, status: codeDone, rand: rand.New(rand.NewPCG(opt.Seed, 1))}
}

// Insert lays a person's card on the reader, in the place of any other.
func (s *Sim) Insert(p Person) error {
	text, err := p.Text()
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.card = &card{text: text, newAddress: encode(p.NewAddress), fingers: min(max(p.Fingers, 0), 2)}
	s.found, s.selected = false, false
	return nil
}

// Remove lifts the card, if there is one.
func (s *Sim) Remove() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.card, s.found, s.selected = nil, false, false
}

// Inserted reports whether a card lies there, and whether it has been read.
func (s *Sim) Inserted() (there, read bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.card != nil, s.card != nil && s.card.read
}

// Fault puts a fault at the end of the queue.
func (s *Sim) Fault(f Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = append(s.faults, &queued{Fault: f})
}

// Mend empties the fault queue and makes the self-test pass.
func (s *Sim) Mend() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults, s.status = nil, codeDone
}

// SetStatus sets the answer to the self-test: 90 well, 60 out of order, 66 not authorised. A module that is
// not well answers everything so.
func (s *Sim) SetStatus(code byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.status = code
}

// SetSAM makes it another reader.
func (s *Sim) SetSAM(n SAM) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sam = n
}

// logSize bounds what Exchanges remembers.
const logSize = 4096

// Exchanges are the last requests, oldest first.
func (s *Sim) Exchanges() []Exchange {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.log)
}

func (s *Sim) note(e Exchange) {
	s.mu.Lock()
	if len(s.log) == logSize {
		s.log = slices.Delete(s.log, 0, logSize/2)
	}
	s.log = append(s.log, e)
	s.mu.Unlock()
	if s.opt.Answered != nil {
		s.opt.Answered(e)
	}
}

// reopen is how often a pseudo-terminal that nobody has open is looked at.
const reopen = 10 * time.Millisecond

// Serve answers on rw until ctx ends (nil) or rw does. While nobody has the other side of a pseudo-terminal
// open it waits. rw must know read deadlines (os.File, net.Conn), or be closed to end a Serve whose ctx has ended.
func (s *Sim) Serve(ctx context.Context, rw io.ReadWriter) error {
	if d, ok := rw.(interface{ SetDeadline(time.Time) error }); ok {
		_ = d.SetDeadline(time.Time{}) // a stream without deadlines is closed by its owner
		defer context.AfterFunc(ctx, func() { _ = d.SetDeadline(time.Unix(1, 0)) })()
	}
	var (
		held  []byte
		first time.Time // when the first held byte came
		piece = make([]byte, 512)
	)
	for {
		n, err := rw.Read(piece)
		if ctx.Err() != nil {
			return nil
		}
		if n > 0 {
			if len(held) == 0 {
				first = time.Now()
			}
			held = append(held, piece[:n]...)
		}
		for ctx.Err() == nil {
			request, rest := cut(held)
			held = rest
			if request == nil {
				break
			}
			if b := hostBaud(rw); b != 0 && b != s.opt.Baud {
				continue // garbage at this speed
			}
			if s.opt.Paced {
				sleepUntil(ctx, first.Add(s.wire(len(preamble)+len(request))))
			}
			err := s.answer(ctx, rw, request)
			if err != nil && ctx.Err() == nil && !isAway(rw, err) {
				return err
			}
			first = time.Now()
		}
		switch {
		case isAway(rw, err):
			held = nil
			sleepUntil(ctx, time.Now().Add(reopen))
		case err != nil && ctx.Err() == nil:
			return fmt.Errorf("cannot read a request: %w", err)
		}
	}
}

// isAway reports whether the other side of a pseudo-terminal is not open, now.
func isAway(rw any, err error) bool {
	_, ok := rw.(*os.File)
	return ok && errors.Is(err, syscall.EIO)
}

// answer deals with one request.
func (s *Sim) answer(ctx context.Context, w io.Writer, request []byte) error {
	at := time.Now()
	s.mu.Lock()
	command, code, data := s.obey(request)
	send := frame(code, data)
	fault := s.pick(command, len(send), code == codeFound, len(data) > photoSize)
	var pauseAt int
	var delay time.Duration
	if fault != nil {
		send, pauseAt, delay = s.spoil(fault, command, send)
	}
	s.mu.Unlock()

	e := Exchange{At: at, Command: command, Code: code}
	if fault != nil {
		e.Fault = fault.Kind
		if fault.Kind == Status {
			e.Code = fault.Code
		}
	}
	sleepUntil(ctx, at.Add(s.opt.Think))
	if delay > 0 && pauseAt == 0 {
		sleepUntil(ctx, time.Now().Add(delay))
	}
	e.First = time.Now()
	if e.Code == codeFound && s.opt.Found != nil && len(send) > 0 {
		s.opt.Found(e.First)
	}
	err := s.send(ctx, w, send[:pauseAt])
	if err == nil && pauseAt > 0 {
		sleepUntil(ctx, time.Now().Add(delay))
	}
	if err == nil {
		err = s.send(ctx, w, send[pauseAt:])
	}
	s.note(e)
	return err
}

// spoil does to a reply what a fault says. It returns the bytes to send, and a pause before one of them.
func (s *Sim) spoil(f *Fault, command Command, reply []byte) (send []byte, pauseAt int, delay time.Duration) {
	switch f.Kind {
	case Slow:
		return reply, min(f.At, len(reply)), f.Delay
	case Cut:
		return reply[:min(f.At, len(reply))], 0, 0
	case NoiseBefore:
		return append(s.noise(f.At), reply...), 0, 0
	case NoiseBetween:
		return append(reply, s.noise(f.At)...), 0, 0
	case BadChecksum:
		reply[len(reply)-1] ^= 0x5A
	case BadLength:
		reply[5], reply[6] = 0xFF, 0xFF
	case MalformedShort:
		return []byte{0xAA, 0xAA, 0xAA, 0x96, 0x69, 0x00, 0x05, 0x05, 0x05, 0x05}, 0, 0
	case Torn:
		// The sixth character of the number; its check digit sees every single change.
		at := 14 + 122 + 2*5
		old := reply[at]
		reply[at] = '0' + (old-'0'+1)%10
		reply[len(reply)-1] ^= old ^ reply[at]
	case Status:
		switch command {
		case Find, Select:
			s.found, s.selected = false, false
		case Read, ReadFingers:
			if s.card != nil {
				s.card.read = false // a card that failed can be found again
			}
		}
		return frame(f.Code, nil), 0, 0
	case Silent:
		return nil, 0, 0
	case LiftAfterFind:
		s.card, s.found, s.selected = nil, false, false
	}
	return reply, 0, 0
}

// send writes b, in pieces and at the line's speed if asked to.
func (s *Sim) send(ctx context.Context, w io.Writer, b []byte) error {
	const run = 16 // bytes at a time when paced
	start := time.Now()
	for sent := 0; sent < len(b) && ctx.Err() == nil; {
		n := len(b) - sent
		if s.opt.Paced {
			n = min(n, run)
		}
		if s.opt.Split {
			s.mu.Lock()
			n = 1 + s.rand.IntN(min(n, 64))
			s.mu.Unlock()
		}
		if s.opt.Paced { // bytes are there when their last bit is
			sleepUntil(ctx, start.Add(s.wire(sent+n)))
		}
		if _, err := w.Write(b[sent : sent+n]); err != nil {
			return fmt.Errorf("cannot send a reply: %w", err)
		}
		sent += n
	}
	return nil
}

// wire is the time of n bytes on the line.
func (s *Sim) wire(n int) time.Duration {
	return time.Duration(n) * 10 * time.Second / time.Duration(s.opt.Baud)
}

func sleepUntil(ctx context.Context, at time.Time) {
	d := time.Until(at)
	if d <= 0 {
		return
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}

var preamble = []byte{0xAA, 0xAA, 0xAA, 0x96, 0x69}

// maxRequest bounds LEN of a request; a longer one is answered as a wrong length.
const maxRequest = 256

// cut takes the first request out of b: from LEN to CHK, without preamble.
func cut(b []byte) (request, rest []byte) {
	at := bytes.Index(b, preamble)
	if at < 0 {
		return nil, b[max(0, len(b)-len(preamble)+1):]
	}
	b = b[at:]
	if len(b) < 7 {
		return nil, b
	}
	length := int(binary.BigEndian.Uint16(b[5:]))
	if length > maxRequest {
		return b[5:7], b[7:]
	}
	if len(b) < 7+length {
		return nil, b
	}
	return b[5 : 7+length], b[7+length:]
}

// frame is a whole reply.
func frame(code byte, data []byte) []byte {
	b := append([]byte{}, preamble...)
	b = binary.BigEndian.AppendUint16(b, uint16(len(data)+4))
	b = append(b, 0, 0, code)
	b = append(b, data...)
	var sum byte
	for _, c := range b[len(preamble):] {
		sum ^= c
	}
	return append(b, sum)
}
