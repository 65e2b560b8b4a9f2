package escpossim

import (
	"errors"
	"time"
)

var errPower = errors.New("power is off")

// head is the goroutine that works through the buffer.
func (s *Sim) head() {
	defer close(s.headDone)
	for {
		s.mu.Lock()
		closed, power := s.closed, s.power
		s.mu.Unlock()
		if closed {
			return
		}
		in := &interpreter{sim: s, power: power}
		in.reset()
		for in.command() == nil {
		}
	}
}

// interpreter has the modes that ESC @ and the power switch forget.
type interpreter struct {
	sim   *Sim
	power int
	style style
	align byte
	gap   int // line distance, dots
	line  []cell
	hanzi bool
	lead  byte // first byte of a two-byte character
	graph *raster
	qr    qrModes
	err   error
}

func (in *interpreter) reset() {
	in.style, in.align, in.gap = style{w: 1, h: 1}, 0, 30
	in.line, in.hanzi, in.lead, in.graph = nil, true, 0, nil
	in.qr = qrModes{module: 3}
}

// next takes a byte out of the buffer. It blocks until there is one and the head can work.
func (in *interpreter) next() byte {
	s := in.sim
	s.mu.Lock()
	defer s.mu.Unlock()
	for in.err == nil {
		switch {
		case s.closed || s.power != in.power:
			in.err = errPower
			continue
		case len(s.buf) > 0 && !s.stopped():
			b := s.buf[0]
			s.buf = s.buf[1:]
			s.page.bytes++
			s.idle = false
			s.change.Broadcast() // there is room
			return b
		}
		s.idle = true
		s.change.Broadcast()
		s.change.Wait()
	}
	return 0
}

func (in *interpreter) skip(n int) {
	for i := 0; i < n && in.err == nil; i++ {
		in.next()
	}
}

func (in *interpreter) take(n int) []byte {
	out := make([]byte, 0, min(n, 1<<16))
	for range n {
		b := in.next()
		if in.err != nil {
			return nil
		}
		out = append(out, b)
	}
	return out
}

func (in *interpreter) word() int { lo := in.next(); return int(lo) | int(in.next())<<8 }

// row prints one row of dots, which takes its time and its paper.
func (in *interpreter) row(dots []bool, picture bool) {
	s := in.sim
	s.mu.Lock()
	for in.err == nil && s.stopped() {
		if s.closed || s.power != in.power {
			in.err = errPower
			break
		}
		s.idle = true
		s.change.Broadcast()
		s.change.Wait()
	}
	if in.err == nil && s.power != in.power {
		in.err = errPower
	}
	if in.err != nil {
		s.mu.Unlock()
		return
	}
	s.idle = false
	s.page.row(dots, picture)
	if countdown(&s.outAfterRows) {
		s.change4(func() { s.paper = PaperOut })
	}
	rows := s.page.height()
	var t *torn
	if rows >= maxPage {
		t = s.tear(false)
	}
	s.mu.Unlock()
	if t != nil {
		s.publish(t)
	}
	if s.opts.Paced && rows%24 == 0 {
		time.Sleep(24 * time.Second / rowsPerSec)
	}
}

func (in *interpreter) feed(n int) {
	for i := 0; i < n && in.err == nil; i++ {
		in.row(nil, false)
	}
}

func (in *interpreter) cut() {
	in.flush()
	s := in.sim
	var t *torn
	s.mu.Lock()
	if in.err == nil && s.power == in.power && s.page.used() {
		t = s.tear(true)
	}
	s.mu.Unlock()
	if t != nil {
		s.publish(t)
	}
}

func (in *interpreter) say(b ...byte) {
	s := in.sim
	s.mu.Lock()
	defer s.mu.Unlock()
	if in.err == nil && s.power == in.power {
		s.answer(b)
	}
}

func (in *interpreter) note(line string) {
	s := in.sim
	s.mu.Lock()
	defer s.mu.Unlock()
	if in.err == nil {
		s.page.note(line)
	}
}

func (in *interpreter) unknown() {
	in.sim.mu.Lock()
	in.sim.unknown++
	in.sim.mu.Unlock()
}

// command works on one command or character.
func (in *interpreter) command() error {
	b := in.next()
	if in.err != nil {
		return in.err
	}
	if in.lead != 0 {
		in.character([]byte{in.lead, b})
		in.lead = 0
		return in.err
	}
	switch {
	case b == 0x0A:
		in.newline()
	case b == 0x1B:
		in.esc()
	case b == 0x1C:
		in.fs()
	case b == 0x1D:
		in.gs()
	case b == 0x10:
		in.dle()
	case b < ' ' || b == 0x7F: // CR, HT, NUL …: nothing to see
	case b >= 0x81 && b <= 0xFE && in.hanzi:
		in.lead = b
	default:
		in.character([]byte{b})
	}
	return in.err
}

// dle: the receiver has answered; here the bytes only go by.
func (in *interpreter) dle() {
	switch in.next() {
	case 4, 5:
		in.next()
	case 0x14:
		switch in.next() {
		case 1, 2:
			in.skip(2)
		case 8:
			in.skip(7)
		}
	default:
		in.unknown()
	}
}
