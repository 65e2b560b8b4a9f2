package escpos

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"image"
	"slices"
	"strings"
	"testing"

	"kiosk/device"
)

func dots(rows ...string) *image.Gray {
	img := image.NewGray(image.Rect(0, 0, len(rows[0]), len(rows)))
	for y, row := range rows {
		for x := range row {
			if row[x] == '.' {
				img.Pix[y*img.Stride+x] = 255
			}
		}
	}
	return img
}

func TestCommands(t *testing.T) {
	line := func(s string) []byte {
		b, err := TextLine(s)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	for _, c := range []struct {
		name string
		got  []byte
		want string
	}{
		{"raster of the manuals", bands(dots("####....", "....####"))[0], "1d763000 0100 0200 f00f"},
		{"a width that is no multiple of 8", bands(dots("#.#......#"))[0], "1d763000 0200 0100 a040"},
		{"status", ask(4), "100404"},
		{"full cut", end(CutFull), "1d564100"},
		{"partial cut", end(CutPartial), "1d564200"},
		{"no knife", end(CutNone), "1b4a80"},
		{"name", askInfo('C'), "1d4943"},
		{"Chinese", line("政务"), "1c26 d5fe cef1 0a"},
		{"Latin", line("A1"), "1c26 4131 0a"},
		{"a character of four bytes", line("𫖯A"), "1c26 a1fe 41 0a"},
	} {
		want, err := hex.DecodeString(strings.ReplaceAll(c.want, " ", ""))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(c.got, want) {
			t.Errorf("%s: %x, want %x", c.name, c.got, want)
		}
	}
	for _, bad := range []string{"a\nb", "\x1b@", strings.Repeat("长", 200)} {
		if _, err := TextLine(bad); err == nil {
			t.Errorf("a line of %d bytes is taken", len(bad))
		}
	}
}

func TestBands(t *testing.T) {
	img := noise(1, 384, 3*BandRows+5).Image
	list := bands(img)
	if len(list) != 4 {
		t.Fatalf("%d bands", len(list))
	}
	rows := 0
	for _, b := range list {
		n := int(b[6]) | int(b[7])<<8
		if stride := int(b[4]) | int(b[5])<<8; stride != 48 || n > BandRows || len(b) != bandHead+stride*n {
			t.Errorf("a band of %d rows of %d bytes has %d bytes", n, stride, len(b))
		}
		rows += n
	}
	if rows != img.Rect.Dy() {
		t.Errorf("%d rows in all, want %d", rows, img.Rect.Dy())
	}
}

// No picture may contain a real-time command, and none loses a dot by that.
func TestPackHasNoCommands(t *testing.T) {
	img := image.NewGray(image.Rect(0, 0, 64, 32))
	want := []byte{0x10, 0x04, 0x01, 0x10, 0x05, 0x02, 0x10, 0x14}
	for y := range 32 {
		for i, v := range want {
			for bit := range 8 {
				if v&(0x80>>bit) == 0 {
					img.Pix[y*64+i*8+bit] = 255
				}
			}
		}
	}
	got := pack(img, 0, 32, 8)
	for i, v := range got {
		if i > 0 && got[i-1] == 0x10 && (v == 4 || v == 5 || v == 0x14) {
			t.Fatalf("byte %d is the second of a command", i)
		}
		if w := want[i%8]; v&w != w {
			t.Fatalf("byte %d is %02x: it lost dots of %02x", i, v, w)
		}
	}
}

func TestSorter(t *testing.T) {
	rt := func(b byte) reply { return reply{kind: realTime, b: b} }
	bf := func(b byte) reply { return reply{kind: buffered, b: b} }
	at := func(b ...byte) reply { return reply{kind: auto, auto: [4]byte(b)} }
	for _, c := range []struct {
		name  string
		in    string
		want  []reply
		waste int
	}{
		{"idle", "12 12 12 12", []reply{rt(0x12), rt(0x12), rt(0x12), rt(0x12)}, 0},
		{"drawer pin high, low, out", "16 1e 72 7e", []reply{rt(0x16), rt(0x1e), rt(0x72), rt(0x7e)}, 0},
		{"off-line", "1a", []reply{rt(0x1a)}, 0},
		{"GS r", "00 03 0c", []reply{bf(0), bf(3), bf(0x0c)}, 0},
		{"automatic", "10 00 00 00 14 00 00 0f 18 00 0c 00 38 00 00 00 3c 00 00 00",
			[]reply{at(0x10, 0, 0, 0), at(0x14, 0, 0, 0xf), at(0x18, 0, 0xc, 0), at(0x38, 0, 0, 0), at(0x3c, 0, 0, 0)}, 0},
		{"answer behind a block", "10 00 00 00 12", []reply{at(0x10, 0, 0, 0), rt(0x12)}, 0},
		{"a block that breaks off", "10 00 12 00", []reply{rt(0x12), bf(0)}, 2},
		{"a block that begins again", "10 00 10 00 00 00", []reply{at(0x10, 0, 0, 0)}, 2},
		{"text", "5f 45 50 00 12", []reply{{kind: info, text: "EP"}, rt(0x12)}, 0},
		{"text with a broken byte", "5f 45 ff 12", []reply{rt(0x12)}, 2},
		{"flow control", "11 12 13", []reply{rt(0x12)}, 0},
		{"noise", "ff 80 12", []reply{rt(0x12)}, 2},
	} {
		raw, err := hex.DecodeString(strings.ReplaceAll(c.in, " ", ""))
		if err != nil {
			t.Fatal(err)
		}
		for piece := 1; piece <= len(raw); piece++ {
			var s sorter
			var got []reply
			for chunk := range slices.Chunk(raw, piece) {
				s.Feed(chunk, func(r reply) { got = append(got, r) })
			}
			if !slices.Equal(got, c.want) || s.waste != c.waste {
				t.Errorf("%s, %d at a time: %+v, waste %d; want %+v, %d", c.name, piece, got, s.waste, c.want, c.waste)
			}
		}
	}
}

// FuzzSorter: any bytes, in any pieces, give the same replies, and after four bytes of zero (the longest rest of a block) an answer is heard.
func FuzzSorter(f *testing.F) {
	f.Add([]byte{0x10, 0, 0, 0, 0x12}, 1)
	f.Add([]byte{0x5F, 'a', 'b', 0, 0x1A}, 3)
	f.Fuzz(func(t *testing.T, in []byte, at int) {
		var whole, parts sorter
		var a, b []reply
		whole.Feed(in, func(r reply) { a = append(a, r) })
		cut := 0
		if len(in) > 0 {
			cut = (at%len(in) + len(in)) % len(in)
		}
		parts.Feed(in[:cut], func(r reply) { b = append(b, r) })
		parts.Feed(in[cut:], func(r reply) { b = append(b, r) })
		if !slices.Equal(a, b) {
			t.Fatalf("cut at %d: %v, whole: %v", cut, b, a)
		}
		heard := false
		whole.Feed([]byte{0, 0, 0, 0, 0x12}, func(r reply) { heard = r == reply{kind: realTime, b: 0x12} })
		if !heard {
			t.Fatal("it is out of step")
		}
		if len(whole.text) > maxInfo {
			t.Fatal("a text has no bound")
		}
	})
}

func TestState(t *testing.T) {
	for _, c := range []struct {
		name     string
		st       state
		faults   []device.FaultID
		dev, sup device.Level
		ready    bool
		media    bool
	}{
		{"idle", state{0x12, 0x12, 0x12, 0x12}, nil, device.Good, device.Good, true, false},
		{"drawer pin high", state{0x16, 0x12, 0x12, 0x12}, nil, device.Good, device.Good, true, false},
		{"near end", state{0x12, 0x12, 0x12, 0x1E}, []device.FaultID{device.FaultPaperLow}, device.Good, device.Poor, true, false},
		{"out", state{0x1A, 0x32, 0x12, 0x72}, []device.FaultID{device.FaultPaperOut}, device.Good, device.Bad, false, true},
		{"out with near end", state{0x1E, 0x32, 0x12, 0x7E}, []device.FaultID{device.FaultPaperOut}, device.Good, device.Bad, false, true},
		{"cover", state{0x1A, 0x16, 0x12, 0x12}, []device.FaultID{device.FaultCoverOpen}, device.Bad, device.Good, false, true},
		{"cover, no paper", state{0x1A, 0x36, 0x12, 0x72}, []device.FaultID{device.FaultCoverOpen, device.FaultPaperOut}, device.Bad, device.Bad, false, true},
		{"jam", state{0x1A, 0x52, 0x16, 0x12}, []device.FaultID{device.FaultPaperJam}, device.Bad, device.Good, false, true},
		{"cutter", state{0x1A, 0x52, 0x1A, 0x12}, []device.FaultID{device.FaultCutter}, device.Bad, device.Good, false, false},
		{"unrecoverable", state{0x1A, 0x52, 0x32, 0x12}, []device.FaultID{device.FaultSelfTest}, device.Bad, device.Good, false, false},
		{"hot", state{0x1A, 0x52, 0x52, 0x12}, []device.FaultID{device.FaultHot}, device.Bad, device.Good, false, false},
		{"off-line for no reason", state{0x1A, 0x12, 0x12, 0x12}, []device.FaultID{device.FaultOther}, device.Bad, device.Good, false, false},
		{"button", state{0x52, 0x12, 0x12, 0x12}, nil, device.Good, device.Good, true, false},
	} {
		dev, sup := c.st.levels()
		err := c.st.ready()
		if !slices.Equal(c.st.faults(), c.faults) || dev != c.dev || sup != c.sup || (err == nil) != c.ready || errors.Is(err, device.ErrMedia) != c.media {
			t.Errorf("%s: faults %v, device %s, supplies %s, ready %v", c.name, c.st.faults(), dev, sup, err)
		}
	}
}

func TestConfig(t *testing.T) {
	for _, c := range []struct{ in, member string }{
		{`{"tcp":"127.0.0.1:9100"}`, ""},
		{`{"serial":"/dev/ttyS0"}`, ""},
		{`{"serial":"/dev/ttyS0","baud":9600,"profile":{"dots":384,"cut":"partial","dialect":"epson"}}`, ""},
		{`{}`, "tcp"},
		{`{"tcp":"a:1","serial":"/dev/ttyS0"}`, "serial"},
		{`{"tcp":"a:1","baud":9600}`, "baud"},
		{`{"tcp":"no port"}`, "tcp"},
		{`{"serial":"ttyS0"}`, "serial"},
		{`{"serial":"/dev/ttyS0","baud":7}`, "baud"},
		{`{"tcp":"a:1","profile":{"dots":100}}`, "profile.dots"},
		{`{"tcp":"a:1","profile":{"dots":579}}`, "profile.dots"},
		{`{"tcp":"a:1","profile":{"cut":"half"}}`, "profile.cut"},
		{`{"tcp":"a:1","profile":{"dialect":"reliance"}}`, "profile.dialect"},
		{`{"tcp":"a:1","profile":{"width":1}}`, "width"},
		{`{"tcp":7}`, "tcp"},
		{`{"tcp":"a:1"} {}`, "more than one"},
	} {
		err := check(json.RawMessage(c.in))
		switch {
		case c.member == "" && err != nil:
			t.Errorf("%s: %v", c.in, err)
		case c.member != "" && (!errors.Is(err, device.ErrConfig) || !strings.Contains(err.Error(), c.member)):
			t.Errorf("%s: %v; want an error about %q", c.in, err, c.member)
		}
	}
	raw, err := parse(json.RawMessage(`{"serial":"/dev/ttyS0"}`))
	if err != nil || raw.Baud != 115200 || raw.Profile != (Profile{Dots: 576, Cut: CutFull, Dialect: "epson"}) {
		t.Errorf("defaults are %+v, %v", raw, err)
	}
}
