package sdtsim

import "time"

// FaultKind is what goes wrong with a reply.
type FaultKind string

// What can go wrong.
const (
	Slow           FaultKind = "slow"            // a pause of Delay before byte At; Delay 0 is 2 s
	Cut            FaultKind = "cut"             // only the first At bytes are sent; At 0 is half of them
	NoiseBefore    FaultKind = "noise-before"    // At bytes of noise before the preamble
	NoiseBetween   FaultKind = "noise-between"   // At bytes of noise after the reply
	BadChecksum    FaultKind = "bad-checksum"    //
	BadLength      FaultKind = "bad-length"      // LEN is FFFF
	MalformedShort FaultKind = "malformed-short" // the short frame of one maker's board
	Torn           FaultKind = "torn"            // readings only: right checksum, wrong digit in the number
	Status         FaultKind = "status"          // Code instead of the reply; Code 0 is 24, unknown error
	Silent         FaultKind = "silent"          // nothing
	LiftAfterFind  FaultKind = "lift-after-find" // the card leaves right after it was found
)

// FaultKinds lists all.
var FaultKinds = []FaultKind{Slow, Cut, NoiseBefore, NoiseBetween, BadChecksum, BadLength, MalformedShort, Torn,
	Status, Silent, LiftAfterFind}

// Fault is one entry of the fault queue. The first entry that fits a reply is played on it.
type Fault struct {
	Kind  FaultKind     `json:"kind"`
	On    Command       `json:"on,omitempty"`    // only replies to this command; 0: to any
	At    int           `json:"at,omitempty"`    // byte of the reply, or number of bytes, see the kinds; noise: 0 is 9
	Code  byte          `json:"code,omitempty"`  // Status
	Delay time.Duration `json:"delay,omitempty"` // Slow
	Nth   int           `json:"nth,omitempty"`   // lets Nth-1 fitting replies pass first, each time
	Times int           `json:"times,omitempty"` // how often; 0 is once, negative always
}

// usual fills in what a fault that only names its kind leaves open.
func (f Fault) usual(size int) Fault {
	switch {
	case f.Kind == Slow && f.Delay == 0:
		f.Delay = 2 * time.Second
	case f.Kind == Cut && f.At == 0:
		f.At = size / 2
	case f.Kind == Status && f.Code == 0:
		f.Code = 0x24
	}
	return f
}

// Always is Times of a fault that never wears off.
const Always = -1

// queued is a fault with its counters.
type queued struct {
	Fault
	seen, played int
}

// pick returns the fault to play on a reply of that size, if any, and takes it out of the queue when it has worn off.
func (s *Sim) pick(c Command, size int, isFound, isReading bool) *Fault {
	for i, q := range s.faults {
		switch {
		case q.On != 0 && q.On != c, q.Kind == LiftAfterFind && !isFound, q.Kind == Torn && !isReading:
			continue
		}
		q.seen++
		if q.seen < q.Nth {
			continue
		}
		q.seen = 0
		q.played++
		if q.Times >= 0 && q.played >= max(q.Times, 1) {
			s.faults = append(s.faults[:i:i], s.faults[i+1:]...)
		}
		f := q.usual(size)
		return &f
	}
	return nil
}

// noise is n bytes, with many that look like the beginning of a preamble, and a false one among long noise.
func (s *Sim) noise(n int) []byte {
	if n <= 0 {
		n = 9
	}
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(s.rand.Uint32())
		if s.rand.IntN(3) == 0 {
			b[i] = 0xAA
		}
	}
	if n >= 7 {
		copy(b[s.rand.IntN(n-6):], []byte{0xAA, 0xAA, 0xAA, 0x96, 0x69, 0xFF, 0xFF})
	}
	return b
}
