package sdt

import (
	"bytes"
	"encoding/hex"
	"errors"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"kiosk/drivers/sdt/sdtsim"
)

// frames reads testdata/frames.tsv: name, size, hexadecimal digits.
func frames(t testing.TB) map[string][]byte {
	t.Helper()
	text, err := os.ReadFile("testdata/frames.tsv")
	if err != nil {
		t.Fatal(err)
	}
	all := map[string][]byte{}
	for line := range strings.Lines(string(text)) {
		f := strings.Split(strings.TrimSpace(line), "\t")
		if len(f) != 3 {
			t.Fatalf("not three columns: %.40s", line)
		}
		b, err := hex.DecodeString(f[2])
		if err != nil || strconv.Itoa(len(b)) != f[1] {
			t.Fatalf("%s: %v, %d bytes", f[0], err, len(b))
		}
		all[f[0]] = b
	}
	return all
}

func TestRequests(t *testing.T) {
	all := frames(t)
	for name, c := range map[string]Command{
		"find": CmdFind, "select": CmdSelect, "read": CmdRead, "read-new-address": CmdNewAddress,
		"self-test": CmdStatus, "number": CmdNumber,
	} {
		if got := AppendRequest(nil, c); !bytes.Equal(got, all["request/"+name]) {
			t.Errorf("%s: % X, want % X", name, got, all["request/"+name])
		}
	}
}

func TestReplies(t *testing.T) {
	all := frames(t)
	codes := map[string]Code{
		"found": CodeFound, "no-card": CodeNoCard, "selected": CodeDone, "select-failed": CodeSelect,
		"read-failed": CodeRead, "empty": CodeEmpty, "new-address": CodeDone, "well": CodeDone,
		"self-test-failed": CodeSelfTest, "not-authorised": CodeUnlicensed, "number": CodeDone,
		"bad-checksum": CodeChecksum, "bad-length": CodeLength, "unknown-command": CodeUnknownCmd,
	}
	seen := 0
	for name, frame := range all {
		name, ok := strings.CutPrefix(name, "reply/")
		if !ok {
			continue
		}
		seen++
		want, ok := codes[name]
		if !ok {
			want = CodeDone // cards
		}
		r, err := decodeWhole(frame)
		if err != nil || r.Code != want || r.SW != [2]byte{} || len(r.Data) != len(frame)-11 {
			t.Errorf("%s: %v, %v, %d bytes of data", name, err, r.Code, len(r.Data))
		}
	}
	if seen < 22 {
		t.Errorf("only %d replies", seen)
	}
}

// decodeWhole decodes one frame that comes in one piece.
func decodeWhole(frame []byte) (Reply, error) {
	d := new(Decoder)
	d.Took(copy(d.Free(), frame))
	return d.Next()
}

func TestReadings(t *testing.T) {
	all := frames(t)
	for _, name := range sdtsim.Samples() {
		r, err := decodeWhole(all["reply/card/"+name])
		if err != nil {
			t.Fatal(err)
		}
		reading, err := ParseReading(r.Data, false)
		if err != nil {
			t.Fatal(err)
		}
		card, err := DecodeText(reading.Text)
		if err != nil {
			t.Fatal(err)
		}
		p, _ := sdtsim.Sample(name)
		compare(t, card, p)
		if _, err := ParseReading(r.Data, true); !errors.Is(err, ErrReading) {
			t.Errorf("%s: read as one with fingerprints it gave %v", name, err)
		}
	}
	for n, size := range []int{1297, 1809, 2321} {
		frame := all["reply/fingers/"+strconv.Itoa(n)]
		r, err := decodeWhole(frame)
		if err != nil || len(frame) != size {
			t.Fatalf("%d fingers: %v, %d bytes", n, err, len(frame))
		}
		reading, err := ParseReading(r.Data, true)
		if err != nil || len(reading.Fingers) != n*fingerSize || string(reading.Photo[:3]) != "WLf" {
			t.Errorf("%d fingers: %v, %d bytes of them", n, err, len(reading.Fingers))
		}
	}
	for _, data := range [][]byte{nil, {1}, {1, 0, 4}, {1, 0, 4, 0}, {0xFF, 0xFF, 0xFF, 0xFF}, make([]byte, 4+TextSize+PhotoSize)} {
		if _, err := ParseReading(data, false); !errors.Is(err, ErrReading) {
			t.Errorf("%d bytes: %v", len(data), err)
		}
	}
}

func TestNumber(t *testing.T) {
	r, err := decodeWhole(frames(t)["reply/number"])
	if err != nil {
		t.Fatal(err)
	}
	n, err := ParseNumber(r.Data)
	if err != nil || n.String() != "05.01-20090401-0003012345-0987654321" {
		t.Errorf("%v, %v", n, err)
	}
	if _, err := ParseNumber(r.Data[1:]); !errors.Is(err, ErrLength) {
		t.Errorf("a short number gave %v", err)
	}
}

// naive finds the first reply in b by trying every place: the Decoder's oracle for bytes that are all here.
func naive(b []byte) (frame []byte) {
	for at := range b {
		rest := b[at:]
		if !bytes.HasPrefix(rest, preamble[:]) || len(rest) < overhead {
			continue
		}
		length := int(rest[5])<<8 | int(rest[6])
		if length < minReplyLen || length > MaxReplyLen || len(rest) < overhead+length {
			continue
		}
		var sum byte
		for _, c := range rest[preambleSize : overhead+length] {
			sum ^= c
		}
		if sum == 0 {
			return rest[:overhead+length]
		}
	}
	return nil
}

// feed gives b to a Decoder in pieces and returns the first reply, whole; the rest of b is never given.
func feed(b []byte, piece func(most int) int) (data []byte, code Code, err error) {
	d := new(Decoder)
	for len(b) > 0 {
		n := min(len(b), len(d.Free()), max(1, piece(len(b))))
		d.Took(copy(d.Free(), b[:n]))
		b = b[n:]
		r, err := d.Next()
		if err == nil {
			return bytes.Clone(r.Data), r.Code, nil
		}
	}
	r, err := d.Stalled()
	return bytes.Clone(r.Data), r.Code, err
}

func TestPiecesAndNoise(t *testing.T) {
	all := frames(t)
	rnd := rand.New(rand.NewPCG(1, 2))
	for name, frame := range all {
		if !strings.HasPrefix(name, "reply/") {
			continue
		}
		for range 50 {
			noise := make([]byte, rnd.IntN(40))
			for i := range noise {
				noise[i] = []byte{0xAA, 0x96, 0x69, 0x00, byte(rnd.Uint32())}[rnd.IntN(5)]
			}
			b := append(noise, frame...)
			if !bytes.Equal(naive(b), frame) {
				continue // the noise happens to be a reply of its own
			}
			data, code, err := feed(b, func(most int) int { return 1 + rnd.IntN(most) })
			if err != nil || code != Code(frame[9]) || !bytes.Equal(data, frame[10:len(frame)-1]) {
				t.Fatalf("%s after %d bytes of noise: %v", name, len(noise), err)
			}
		}
	}
}

func TestPreambleInsideThePhoto(t *testing.T) {
	frame := bytes.Clone(frames(t)["reply/card/resident"])
	inner := frames(t)["reply/no-card"]
	at := 14 + TextSize + 100
	for i, c := range inner { // a whole reply inside the photo, and the outer checksum made right again
		frame[len(frame)-1] ^= frame[at+i] ^ c
		frame[at+i] = c
	}
	data, code, err := feed(frame, func(int) int { return 64 })
	if err != nil || code != CodeDone || len(data) != 4+TextSize+PhotoSize {
		t.Errorf("%v, %v, %d bytes", err, code, len(data))
	}
}

func TestNoReply(t *testing.T) {
	good := frames(t)["reply/found"]
	bad := bytes.Clone(good)
	bad[len(bad)-1] ^= 1
	for _, c := range []struct {
		name string
		b    []byte
		want error
	}{
		{"nothing", nil, ErrMore},
		{"half a preamble", good[:3], ErrMore},
		{"no length", good[:6], ErrMore},
		{"one byte short", good[:len(good)-1], ErrMore},
		{"checksum", bad, ErrChecksum},
		{"length FFFF", []byte{0xAA, 0xAA, 0xAA, 0x96, 0x69, 0xFF, 0xFF}, ErrLength},
		{"length one too long", []byte{0xAA, 0xAA, 0xAA, 0x96, 0x69, 0x09, 0x0B}, ErrLength},
		{"length 3", []byte{0xAA, 0xAA, 0xAA, 0x96, 0x69, 0, 3, 0, 0}, ErrLength},
		{"short frame of one board", []byte{0xAA, 0xAA, 0xAA, 0x96, 0x69, 0, 5, 5, 5, 5}, ErrMore},
		{"noise", []byte("hello, this is a scanner"), ErrMore},
	} {
		if _, err := decodeWhole(c.b); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
	}
	// A candidate that never gets its bytes hides the reply behind it only until the line is quiet.
	b := append([]byte{0xAA, 0xAA, 0xAA, 0x96, 0x69, 0x01, 0x00}, good...)
	if _, code, err := feed(b, func(int) int { return 5 }); err != nil || code != CodeFound {
		t.Errorf("behind a false length: %v, %v", code, err)
	}
}

func TestWireTime(t *testing.T) {
	for _, c := range []struct {
		bytes, baud int
		want        time.Duration
	}{
		{1295, 115200, 112413194}, {2321, 9600, 2417708333}, {0, 115200, 0}, {1, 9600, 1041666}, {5, 0, 0},
	} {
		if got := WireTime(c.bytes, c.baud); got != c.want {
			t.Errorf("%d bytes at %d baud take %v, want %v", c.bytes, c.baud, got, c.want)
		}
	}
}

// FuzzFrame feeds any bytes in any pieces: the Decoder never holds more than one reply of the largest size,
// always has room for the next bytes, and finds what the naive search finds.
func FuzzFrame(f *testing.F) {
	for _, frame := range frames(f) {
		f.Add(frame, uint8(64))
	}
	f.Add([]byte{0xAA, 0xAA, 0xAA, 0x96, 0x69, 0, 5, 5, 5, 5}, uint8(1))
	f.Fuzz(func(t *testing.T, b []byte, piece uint8) {
		if len(b) > 4*MaxReply {
			return
		}
		want := naive(b)
		d, rest := new(Decoder), b
		for len(rest) > 0 {
			room := d.Free()
			if len(room) == 0 {
				t.Fatal("no room for the next bytes")
			}
			n := min(len(rest), len(room), int(piece)+1)
			d.Took(copy(room, rest[:n]))
			rest = rest[n:]
			for {
				r, err := d.Next()
				if err != nil {
					break
				}
				if want != nil && len(r.Data) <= MaxReply {
					return // some reply: which one comes first depends on the pieces
				}
				t.Fatalf("found a reply where there is none")
			}
		}
		if _, err := d.Stalled(); (err == nil) != (want != nil) {
			t.Fatalf("%v, but the naive search found %d bytes", err, len(want))
		}
	})
}

// FuzzReply decodes any data as the answer to each command. Nothing may panic, and nothing may come out that
// does not hold together.
func FuzzReply(f *testing.F) {
	for _, frame := range frames(f) {
		f.Add(frame[7:])
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > MaxReply {
			return
		}
		for _, fingers := range []bool{false, true} {
			r, err := ParseReading(data, fingers)
			if err == nil && (len(r.Text) != TextSize || len(r.Photo) != PhotoSize || len(r.Fingers) > 2*fingerSize) {
				t.Fatal("impossible sizes")
			}
		}
		if n, err := ParseNumber(data); (err == nil) != (len(data) == numberSize) || len(n.String()) > 60 {
			t.Fatalf("number %v, %v", n, err)
		}
		if s, err := DecodeNewAddress(data); err == nil && len(s.Bytes()) > 3*AddressSize/2 {
			t.Fatal("address is too long")
		}
	})
}
