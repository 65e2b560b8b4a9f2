package sdt

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"time"
)

// Sizes of frames, in bytes.
const (
	preambleSize = 5
	overhead     = preambleSize + 2 // preamble and LEN, which LEN does not count
	minReplyLen  = 4                // three status bytes and CHK
	// MaxReplyLen is the largest LEN of any reply: 30 10 with two fingerprints.
	MaxReplyLen = 0x090A
	// MaxReply is the largest whole reply.
	MaxReply = MaxReplyLen + overhead
)

var preamble = [preambleSize]byte{0xAA, 0xAA, 0xAA, 0x96, 0x69}

// Command is CMD and PARA of a request.
type Command uint16

// Commands of the module that are in use here.
const (
	CmdStatus     Command = 0x11FF // self-test
	CmdNumber     Command = 0x12FF // module number
	CmdFind       Command = 0x2001
	CmdSelect     Command = 0x2002
	CmdRead       Command = 0x3001 // text and photo
	CmdNewAddress Command = 0x3003 // latest additional address
)

// String is the command as the documents print it.
func (c Command) String() string { return fmt.Sprintf("%02X %02X", byte(c>>8), byte(c)) }

// requestSize is the size of a request without data; none of ours has any.
const requestSize = overhead + 3

// AppendRequest appends the whole frame of a command without data.
func AppendRequest(b []byte, c Command) []byte {
	b = append(b, preamble[:]...)
	body := len(b)
	b = append(b, 0, 3, byte(c>>8), byte(c))
	return append(b, checksum(b[body:]))
}

func checksum(b []byte) (sum byte) {
	for _, c := range b {
		sum ^= c
	}
	return sum
}

// Reply is one whole reply whose length and checksum fit. Data aliases the Decoder's buffer.
type Reply struct {
	SW   [2]byte // the card's word
	Code Code    // the module's word
	Data []byte
}

// What is wrong with bytes that came. They name no byte.
var (
	ErrMore     = errors.New("reply is not whole yet")
	ErrLength   = errors.New("reply has an impossible length")
	ErrChecksum = errors.New("reply's checksum does not fit")
)

// Decoder cuts replies out of what a line delivers, in pieces of any size and with noise around them. It
// holds at most one reply of the largest size. The zero value is ready.
type Decoder struct {
	buf [MaxReply]byte
	n   int // bytes held
	cut int // of them, those of the reply that Next returned last
}

// Free is where the next bytes may be read into; Took then says how many were. It is never empty once
// Next has said ErrMore. It invalidates the last Reply.
func (d *Decoder) Free() []byte {
	d.drop(d.cut)
	d.cut = 0
	return d.buf[d.n:]
}

// Took takes n bytes that were put into Free.
func (d *Decoder) Took(n int) { d.n += n }

// Held reports whether bytes lie here that are no reply yet.
func (d *Decoder) Held() bool { return d.n > d.cut }

// Next returns the next reply. ErrMore means that the bytes so far may be the beginning of one; the other
// errors mean that something with a preamble was no reply, and that no other one lies in the bytes so far.
//
// Bytes are counted by LEN: a preamble inside a photo is photo. Only a candidate that fails is searched
// for another preamble, one byte after its own.
func (d *Decoder) Next() (Reply, error) {
	d.drop(d.cut)
	d.cut = 0
	var wrong error
	for {
		d.seek()
		if d.n < overhead {
			break
		}
		length := int(binary.BigEndian.Uint16(d.buf[preambleSize:]))
		if length < minReplyLen || length > MaxReplyLen {
			wrong = ErrLength
			d.drop(1)
			continue
		}
		size := length + overhead
		if d.n < size {
			break
		}
		if checksum(d.buf[preambleSize:size]) != 0 {
			wrong = ErrChecksum
			d.drop(1)
			continue
		}
		d.cut = size
		return Reply{
			SW:   [2]byte(d.buf[overhead:]),
			Code: Code(d.buf[overhead+2]),
			Data: d.buf[overhead+3 : size-1],
		}, nil
	}
	if wrong != nil && d.n < preambleSize {
		return Reply{}, wrong
	}
	return Reply{}, ErrMore
}

// Stalled is Next for when no more bytes will come: a candidate that waits for them hides no reply behind it.
func (d *Decoder) Stalled() (Reply, error) {
	for {
		r, err := d.Next()
		if err == nil || d.n == 0 {
			return r, err
		}
		d.drop(1)
	}
}

// seek drops what cannot be the beginning of a reply.
func (d *Decoder) seek() {
	at := bytes.Index(d.buf[:d.n], preamble[:])
	if at < 0 {
		// Keep a tail that may be the beginning of a preamble.
		at = max(0, d.n-preambleSize+1)
		for at < d.n && !bytes.HasPrefix(preamble[:], d.buf[at:d.n]) {
			at++
		}
	}
	d.drop(at)
}

// drop forgets the first n bytes and leaves no second copy of the others.
func (d *Decoder) drop(n int) {
	if n == 0 {
		return
	}
	left := copy(d.buf[:], d.buf[n:d.n])
	clear(d.buf[left:d.n])
	d.n = left
}

// Wipe zeroes and forgets all bytes.
func (d *Decoder) Wipe() {
	clear(d.buf[:])
	d.n, d.cut = 0, 0
}

// Code is SW3, what the module says.
type Code byte

// Codes that come over the wire.
const (
	CodeChecksum   Code = 0x10 // the host's checksum was wrong
	CodeLength     Code = 0x11 // the host's length was wrong
	CodeUnknownCmd Code = 0x21
	CodeForbidden  Code = 0x23
	CodeError      Code = 0x24
	CodeCardRefuse Code = 0x31 // the card refused the module
	CodeSAMRefuse  Code = 0x32 // the module refused the card
	CodeCardCheck  Code = 0x33 // data check failed
	CodeKind       Code = 0x40 // another kind of contactless card
	CodeRead       Code = 0x41 // read failed, the card moved
	CodeRandom     Code = 0x47 // random number failed
	CodeSelfTest   Code = 0x60 // module's self-test failed; it accepts nothing more
	CodeUnlicensed Code = 0x66 // module is not authorised
	CodeNoCard     Code = 0x80
	CodeSelect     Code = 0x81 // select failed
	CodeDone       Code = 0x90
	CodeEmpty      Code = 0x91 // this item is empty on the card
	CodeFound      Code = 0x9F
)

var codeTexts = map[Code]string{
	CodeChecksum: "request's checksum was wrong", CodeLength: "request's length was wrong",
	CodeUnknownCmd: "unknown command", CodeForbidden: "not permitted", CodeError: "unknown error",
	CodeCardRefuse: "card refused the reader", CodeSAMRefuse: "reader refused the card",
	CodeCardCheck: "card's data check failed", CodeKind: "card kind not recognised", CodeRead: "read failed",
	CodeRandom: "random number failed", CodeSelfTest: "self-test failed", CodeUnlicensed: "not authorised",
	CodeNoCard: "no card", CodeSelect: "select failed", CodeDone: "done", CodeEmpty: "empty", CodeFound: "card found",
}

// String is the code with its meaning.
func (c Code) String() string {
	if text, ok := codeTexts[c]; ok {
		return fmt.Sprintf("%s (%02X)", text, byte(c))
	}
	return fmt.Sprintf("code %02X", byte(c))
}

// Sizes of the blocks of a reading.
const (
	TextSize   = 256
	PhotoSize  = 1024
	fingerSize = 512
)

// Reading is what a read reply carries. The blocks alias the reply.
type Reading struct {
	Text    []byte // TextSize bytes
	Photo   []byte // PhotoSize bytes
	Fingers []byte // up to two templates, only in answers to 30 10
}

// ErrReading says that a read reply's lengths are not those of a card.
var ErrReading = errors.New("reading has impossible lengths")

// ParseReading takes the data of an answer to 30 01, or to 30 10 when fingers is set.
func ParseReading(data []byte, fingers bool) (Reading, error) {
	head := 4
	if fingers {
		head = 6
	}
	if len(data) < head {
		return Reading{}, ErrReading
	}
	text := int(binary.BigEndian.Uint16(data))
	photo := int(binary.BigEndian.Uint16(data[2:]))
	finger := 0
	if fingers {
		finger = int(binary.BigEndian.Uint16(data[4:]))
	}
	if text != TextSize || photo != PhotoSize || finger%fingerSize != 0 || finger > 2*fingerSize ||
		len(data) != head+text+photo+finger {
		return Reading{}, ErrReading
	}
	data = data[head:]
	return Reading{Text: data[:text], Photo: data[text : text+photo], Fingers: data[text+photo:]}, nil
}

// Number is a module's number: which reader this is, for audit and asset lists. It says nothing of a person.
type Number struct {
	Maker, Model uint16
	Date         uint32 // YYYYMMDD as a number
	Serial       uint32
	Check        uint32
}

const numberSize = 16

// ParseNumber takes the data of an answer to 12 FF: five little-endian numbers.
func ParseNumber(data []byte) (Number, error) {
	if len(data) != numberSize {
		return Number{}, fmt.Errorf("module number: %w", ErrLength)
	}
	le := binary.LittleEndian
	return Number{
		Maker: le.Uint16(data), Model: le.Uint16(data[2:]),
		Date: le.Uint32(data[4:]), Serial: le.Uint32(data[8:]), Check: le.Uint32(data[12:]),
	}, nil
}

// String is aa.bb-YYYYMMDD-nnnnnnnnnn-nnnnnnnnnn.
func (n Number) String() string {
	return fmt.Sprintf("%02d.%02d-%08d-%010d-%010d", n.Maker, n.Model, n.Date, n.Serial, n.Check)
}

// WireTime is how long a line of baud takes for so many bytes: 10 bits each, with start and stop bit.
func WireTime(bytes, baud int) time.Duration {
	if baud <= 0 {
		return 0
	}
	return time.Duration(int64(bytes) * 10 * int64(time.Second) / int64(baud))
}
