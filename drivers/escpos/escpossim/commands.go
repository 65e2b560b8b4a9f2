package escpossim

import "fmt"

// escSkip and the other tables say how many bytes follow a command that changes nothing that could be seen here.
var (
	escSkip = map[byte]int{' ': 1, '$': 2, '%': 1, '2': 0, '=': 1, '?': 1, 'K': 1, 'R': 1, 'S': 0, 'T': 1, 'U': 1, 'V': 1,
		'W': 8, '\\': 2, 'e': 1, 'p': 3, 'r': 1, 't': 1, 'u': 1, '{': 1, 'L': 0, 'M': 1}
	fsSkip = map[byte]int{'!': 1, '-': 1, 'C': 1, 'S': 2, 'W': 1, 'p': 2, 'P': 4}
	gsSkip = map[byte]int{'#': 1, '$': 2, '/': 1, ':': 0, 'B': 1, 'H': 1, 'L': 2, 'P': 2, 'T': 1, 'W': 2, '\\': 2, '^': 3,
		'b': 1, 'c': 0, 'f': 1, 'h': 1, 'w': 1}
)

func (in *interpreter) esc() {
	c := in.next()
	switch c {
	case '@':
		in.reset()
	case '!':
		n := in.next()
		in.style.bold = n&0x08 != 0
		in.style.h, in.style.w = 1+int(n>>4&1), 1+int(n>>5&1)
		in.style.under = n&0x80 != 0
	case '-':
		in.style.under = in.next()&3 != 0
	case 'E', 'G':
		in.style.bold = in.next()&1 != 0
	case '3':
		in.gap = int(in.next())
	case 'a':
		in.align = in.next() & 3
	case 'J':
		in.flush()
		in.feed(int(in.next()))
	case 'd':
		n := int(in.next())
		in.flush()
		in.feed(n * in.gap)
	case 'i', 'm':
		in.cut()
	case 'c':
		in.skip(2)
	case 'D':
		for in.next() != 0 && in.err == nil {
		}
	case 'v':
		in.sim.mu.Lock()
		b := in.sim.buffered(1)
		in.sim.mu.Unlock()
		in.say(b)
	case '*':
		in.bitImage()
	default:
		in.quiet(escSkip, c)
	}
	if c == '2' {
		in.gap = 30
	}
}

func (in *interpreter) fs() {
	switch c := in.next(); c {
	case '&':
		in.hanzi = true
	case '.':
		in.hanzi = false
	default:
		in.quiet(fsSkip, c)
	}
}

func (in *interpreter) gs() {
	switch c := in.next(); c {
	case '!':
		n := in.next()
		in.style.w, in.style.h = int(n>>4&7)+1, int(n&7)+1
	case 'V':
		if m := in.next(); m >= 'A' && m <= 'h' {
			n := int(in.next())
			in.flush()
			in.feed(n)
		}
		in.cut()
	case 'v':
		in.next() // '0'
		mode := in.next()
		x, y := in.word(), in.word()
		in.picture(x, y, mode)
	case '(':
		in.parens(in.next(), in.word())
	case '8':
		fn := in.next()
		n := in.word()
		n |= in.word() << 16
		if fn != 'L' {
			in.unknown()
			return
		}
		in.parens('L', n)
	case 'a':
		n := in.next()
		in.sim.mu.Lock()
		if in.err == nil {
			in.sim.auto = n
		}
		block := in.sim.block()
		in.sim.mu.Unlock()
		if n != 0 {
			in.say(block[:]...)
		}
	case 'r':
		n := in.next() & 3
		in.sim.mu.Lock()
		b := in.sim.buffered(n)
		in.sim.mu.Unlock()
		in.say(b)
	case 'I':
		in.identity(in.next())
	case 'k':
		in.barcode()
	case 'g':
		in.skip(4)
	case '*':
		x, y := int(in.next()), int(in.next())
		in.skip(x * y * 8)
	default:
		in.quiet(gsSkip, c)
	}
}

func (in *interpreter) quiet(table map[byte]int, c byte) {
	n, ok := table[c]
	if !ok {
		in.unknown()
	}
	in.skip(n)
}

// Who the printer says it is.
const (
	Firmware = "1.00 SIM"
	Maker    = "EXAMPLE"
	Model    = "ESCPOS-SIM"
	Serial   = "SIM0000001"
)

func (in *interpreter) identity(n byte) {
	text := func(s string) { in.say(append(append([]byte{0x5F}, s...), 0)...) }
	switch n {
	case 1, '1':
		in.say(0x20)
	case 2, '2', 3, '3':
		in.say(0x02)
	case 'A':
		text(Firmware)
	case 'B':
		text(Maker)
	case 'C':
		text(Model)
	case 'D':
		text(Serial)
	case 'E':
		text("CHINA GB18030")
	default:
		in.unknown()
	}
}

// barcode is only told, not drawn.
func (in *interpreter) barcode() {
	var data []byte
	if m := in.next(); m >= 'A' {
		data = in.take(int(in.next()))
	} else {
		for b := in.next(); b != 0 && in.err == nil && len(data) < 255; b = in.next() {
			data = append(data, b)
		}
	}
	in.flush()
	in.note(fmt.Sprintf("[barcode] %q", data))
	in.feed(80)
}
