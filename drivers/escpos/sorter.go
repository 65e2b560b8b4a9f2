package escpos

// maxInfo bounds a text of GS I.
const maxInfo = 80

// kind says what a reply answers.
type kind int

const (
	realTime kind = iota // DLE EOT n, one byte
	buffered             // GS r, one byte
	auto                 // automatic status, four bytes
	info                 // GS I, text
)

// reply is one whole thing that the printer said.
type reply struct {
	kind kind
	b    byte    // realTime, buffered
	auto [4]byte // auto
	text string  // info
}

// sorter parts the bytes that come back into replies by their first byte. It keeps nothing but a block
// that has begun, never gets out of step for longer than one block, and takes any bytes at all.
type sorter struct {
	block [4]byte
	have  int    // bytes of block
	text  []byte // nil when no text has begun
	waste int    // bytes that were none of these
}

// Feed takes what was read and calls emit for each reply that is whole.
func (s *sorter) Feed(p []byte, emit func(reply)) {
	for _, c := range p {
		s.feed(c, emit)
	}
}

func (s *sorter) feed(c byte, emit func(reply)) {
	switch {
	case s.text != nil:
		switch {
		case c == 0:
			emit(reply{kind: info, text: string(s.text)})
			s.text = nil
		case c < ' ' || c > '~' || len(s.text) == maxInfo:
			s.waste += len(s.text) + 1
			s.text = nil
		default:
			s.text = append(s.text, c)
		}
		return
	case s.have > 0 && c&0x90 == 0:
		s.block[s.have] = c
		if s.have++; s.have == len(s.block) {
			emit(reply{kind: auto, auto: s.block})
			s.have = 0
		}
		return
	case s.have > 0: // bits 4 and 7 are 0 inside a block: this is the start of something else
		s.waste += s.have
		s.have = 0
	}
	switch {
	case c == 0x11 || c == 0x13: // XON, XOFF
	case c == 0x5F:
		s.text = []byte{}
	case c&0x93 == 0x12:
		emit(reply{kind: realTime, b: c})
	case c&0x93 == 0x10:
		s.block[0], s.have = c, 1
	case c&0x90 == 0:
		emit(reply{kind: buffered, b: c})
	default:
		s.waste++
	}
}
