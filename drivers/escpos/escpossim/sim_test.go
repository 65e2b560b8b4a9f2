package escpossim

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"image/png"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/encoding/simplifiedchinese"
)

func printer(t testing.TB, o Options) *Sim {
	t.Helper()
	s, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// session sends bytes and returns what came back when the head has settled.
func session(t testing.TB, s *Sim, in []byte) []byte {
	t.Helper()
	near, far := net.Pipe()
	want := s.Stats().Received + len(in)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	served := make(chan error, 1)
	go func() { served <- s.Serve(ctx, far) }()
	heard := make(chan []byte, 1)
	go func() {
		b, _ := io.ReadAll(near)
		heard <- b
	}()
	if _, err := near.Write(in); err != nil {
		t.Fatal(err)
	}
	if err := s.wait(ctx, func() bool { return s.received == want }); err != nil {
		t.Fatal(err)
	}
	if err := s.Settle(ctx); err != nil {
		t.Fatal(err)
	}
	_ = near.Close()
	if err := <-served; err != nil {
		t.Error(err)
	}
	_ = far.Close()
	return <-heard
}

// script reads bytes as people write them: hex in words, text in quotes (as GB18030).
func script(t testing.TB, lines ...string) []byte {
	t.Helper()
	var out []byte
	for _, line := range lines {
		for i, part := range strings.Split(line, `"`) {
			if i%2 == 1 {
				b, err := simplifiedchinese.GB18030.NewEncoder().Bytes([]byte(part))
				if err != nil {
					t.Fatal(err)
				}
				out = append(out, b...)
				continue
			}
			b, err := hex.DecodeString(strings.ReplaceAll(part, " ", ""))
			if err != nil {
				t.Fatal(err)
			}
			out = append(out, b...)
		}
	}
	return out
}

const cut = "1d 56 41 00"

func TestPapers(t *testing.T) {
	for _, c := range []struct {
		name   string
		in     []string
		text   string
		height int // 0: not looked at
	}{
		{"text", []string{`1b40 "Hello" 0a`, cut}, "Hello\n", 30},
		{"Chinese", []string{`1c26 "政务服务" 0a 1c2e`, cut}, "政务服务\n", 30},
		{"sizes and styles", []string{`1d21 11 1b45 01 "大" 0a 1d21 00 1b45 00 1b2d 01 "u" 0a`, cut}, "大\nu\n", 78},
		{"aligned", []string{`1b61 01 "middle" 0a 1b61 02 "right" 0a`, cut}, "middle\nright\n", 60},
		{"a long line wraps", []string{`"` + strings.Repeat("x", 50) + `" 0a`, cut}, strings.Repeat("x", 48) + "\nxx\n", 60},
		{"a line without end", []string{`"open"`, cut}, "open\n", 30},
		{"feeds", []string{`1b4a 10 1b64 02`, cut}, "", 16 + 60},
		{"line distance", []string{`1b33 50 "a" 0a 1b32`, cut}, "a\n", 80},
		{"raster", []string{`1d763000 0100 0200 f00f`, cut}, "[picture 576x2]\n", 2},
		{"raster, twice as large", []string{`1d763003 0100 0200 f00f`, cut}, "[picture 576x4]\n", 4},
		{"bands are one picture", []string{`1d763000 0100 0100 f0 1d763000 0100 0100 0f`, cut}, "[picture 576x2]\n", 2},
		{"text between pictures", []string{`1d763000 0100 0100 f0 "t" 0a 1d763000 0100 0100 0f`, cut}, "[picture 576x1]\nt\n[picture 576x1]\n", 32},
		{"GS ( L", []string{`1d284c 0c00 30 70 30 01 01 31 0800 0200 f00f 1d284c 0200 3032`, cut}, "[picture 576x2]\n", 2},
		{"GS 8 L", []string{`1d384c 0c000000 30 70 30 01 01 31 0800 0200 f00f 1d284c 0200 3032`, cut}, "[picture 576x2]\n", 2},
		{"ESC *", []string{`1b2a 00 0200 f00f`, cut}, "[picture 576x8]\n", 8},
		{"QR", []string{`1d286b 0400 31413200 1d286b 0300 314304 1d286b 0300 314531 1d286b 0c00 315030 "CASE-0001" 1d286b 0300 315130`, cut},
			"[QR] CASE-0001\n", 21 * 4},
		{"bar code", []string{`1d6b 49 08 7b42 "CASE01"`, cut}, "[barcode] \"{BCASE01\"\n", 80},
		{"quiet commands", []string{`1b7030 3c78 1b6335 01 1d4c 0000 1d57 4002 1b7400 1b5200 "k" 0a`, cut}, "k\n", 30},
		{"older cut", []string{`"a" 0a 1b69`}, "a\n", 30},
	} {
		s := printer(t, Options{})
		session(t, s, script(t, c.in...))
		papers := s.Printed()
		if len(papers) != 1 || !papers[0].Complete {
			t.Errorf("%s: %d papers", c.name, len(papers))
			continue
		}
		p := papers[0]
		if p.Text != c.text || c.height != 0 && p.Image.Rect.Dy() != c.height {
			t.Errorf("%s: %q, %d rows; want %q, %d", c.name, p.Text, p.Image.Rect.Dy(), c.text, c.height)
		}
		if st := s.Stats(); st.Unknown != 0 || p.Bytes != len(script(t, c.in...)) {
			t.Errorf("%s: %+v, paper of %d bytes", c.name, st, p.Bytes)
		}
	}
}

func TestRasterDots(t *testing.T) {
	s := printer(t, Options{Dots: 16})
	session(t, s, script(t, `1d763000 0300 0200 800001 018000`, cut)) // wider than the paper: cut at its edge
	img := s.Printed()[0].Image
	var black []int
	for i, v := range img.Pix {
		if v == 0 {
			black = append(black, i)
		}
	}
	if len(black) != 3 || black[0] != 0 || black[1] != 16+7 || black[2] != 16+8 {
		t.Errorf("black dots are %v", black)
	}
}

func TestAnswers(t *testing.T) {
	for _, c := range []struct {
		name string
		set  func(*Sim)
		in   string
		want string
	}{
		{"idle", nil, "100401 100402 100403 100404 1d7201 1d7202", "12121212 00 00"},
		{"low", func(s *Sim) { s.SetPaper(PaperLow) }, "100401 100404 1d7201", "12 1e 03"},
		{"out", func(s *Sim) { s.SetPaper(PaperOut) }, "100401 100402 100403 100404 1d7201", "1a 32 12 7e"},
		{"cover", func(s *Sim) { s.SetCover(true) }, "100401 100402 1d7201", "1a 16"},
		{"jam", func(s *Sim) { s.SetJam(true) }, "100402 100403", "52 16"},
		{"cutter", func(s *Sim) { s.SetCutter(true) }, "100402 100403", "52 1a"},
		{"hot", func(s *Sim) { s.SetHot(true) }, "100402 100403", "52 52"},
		{"who", nil, "1d4942", "5f" + hex.EncodeToString([]byte(Maker)) + "00"},
		{"inside a picture", nil, "1d763000 0100 0800 ff 100401", "12"},
		{"mute", func(s *Sim) { s.SetFaults(Faults{Mute: true}) }, "100401 1d7201", ""},
		{"behind", func(s *Sim) { s.SetFaults(Faults{Behind: true}); s.SetPaper(PaperLow) }, "100401 100404 100401", "12 1e"},
		{"automatic", func(s *Sim) { s.SetPaper(PaperLow) }, "1d61ff", "1000030f"},
		{"ESC v", nil, "1b76", "00"},
	} {
		s := printer(t, Options{})
		if c.set != nil {
			c.set(s)
		}
		got := hex.EncodeToString(session(t, s, script(t, c.in)))
		if want := strings.ReplaceAll(c.want, " ", ""); got != want {
			t.Errorf("%s: %s, want %s", c.name, got, want)
		}
	}
}

func TestAutomaticStatus(t *testing.T) {
	s := printer(t, Options{})
	near, far := net.Pipe()
	go func() { _ = s.Serve(t.Context(), far) }()
	defer func() { _ = near.Close(); _ = far.Close() }()
	if _, err := near.Write(script(t, "1d61ff")); err != nil {
		t.Fatal(err)
	}
	expect := func(want string) {
		t.Helper()
		var b [4]byte
		if _, err := io.ReadFull(near, b[:]); err != nil || hex.EncodeToString(b[:]) != want {
			t.Errorf("got %x, %v; want %s", b, err, want)
		}
	}
	expect("1000000f")
	go s.SetCover(true)
	expect("3800000f")
	go s.SetCover(false)
	expect("1000000f")
	go s.SetPaper(PaperOut)
	expect("18000f0f")
}

func TestFiles(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "printed")
	now := time.Date(2026, 11, 21, 8, 0, 0, 0, time.UTC)
	first := printer(t, Options{Dir: dir, Now: func() time.Time { return now }})
	session(t, first, script(t, `"one" 0a`, cut))
	session(t, first, script(t, `"two" 0a`)) // and the link is lost
	look := func(name string, there bool) {
		t.Helper()
		if _, err := os.Stat(filepath.Join(dir, name)); (err == nil) != there {
			t.Errorf("%s: %v", name, err)
		}
	}
	look("receipt-1.png", true)
	look("receipt-2.partial.png", true)
	session(t, first, script(t, `"more" 0a`, cut)) // the printer had its power all the time
	look("receipt-2.png", true)
	look("receipt-2.partial.png", false)
	session(t, first, script(t, `"three" 0a`))
	first.PowerOff()
	look("receipt-3.partial.png", true)
	if err := first.Close(); err != nil {
		t.Error(err)
	}

	second := printer(t, Options{Dir: dir, Now: func() time.Time { return now }})
	session(t, second, script(t, `1c26 "四" 0a`, cut))
	txt, err := os.ReadFile(filepath.Join(dir, "receipt-4.txt"))
	if err != nil || string(txt) != "四\n" {
		t.Errorf("receipt-4.txt: %q, %v", txt, err)
	}
	raw, err := os.ReadFile(filepath.Join(dir, "receipt-4.png"))
	if err != nil {
		t.Fatal(err)
	}
	if img, err := png.Decode(bytes.NewReader(raw)); err != nil || img.Bounds() != second.Printed()[0].Image.Rect {
		t.Errorf("receipt-4.png: %v", err)
	}
	log, err := os.ReadFile(filepath.Join(dir, "papers.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	var complete []bool
	for i, line := range strings.Split(strings.TrimSpace(string(log)), "\n") {
		var l logLine
		if err := json.Unmarshal([]byte(line), &l); err != nil || l.N != i+1 || !l.Time.Equal(now) || l.Bytes == 0 {
			t.Errorf("line %d: %s, %v", i+1, line, err)
		}
		complete = append(complete, l.Complete)
	}
	if len(complete) != 4 || !complete[0] || !complete[1] || complete[2] || !complete[3] {
		t.Errorf("papers.jsonl: %s", log)
	}
	left, err := filepath.Glob(filepath.Join(dir, "*.tmp"))
	if err != nil || len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
}

// Any bytes at all: it ends, keeps its bounds and prints the next paper.
func FuzzStream(f *testing.F) {
	f.Add(script(f, `1b40 1c26 "政务" 0a 1d763000 0100 0200 f00f`, cut))
	f.Add(script(f, `1d284c 0c00 30 70 30 01 01 31 0800 0200 f00f 1d284c 0200 3032`))
	f.Add(script(f, `1d286b 0300 315130 1d6b 04 4142 00 1b2a 21 0100 ffffff`))
	f.Add([]byte{0x1D, '(', 'L', 0xFF, 0xFF, 0x1D, 'v', '0', 0, 0xFF, 0xFF, 0xFF, 0xFF})
	sim := printer(f, Options{Dots: 64})
	f.Fuzz(func(t *testing.T, in []byte) {
		if len(in) > 4096 {
			return
		}
		sim.PowerOff()
		session(t, sim, in)
		sim.PowerOff()
		before := sim.next
		session(t, sim, script(t, `"ok" 0a`, cut))
		if sim.next != before+1 || sim.Printed()[len(sim.Printed())-1].Text != "ok\n" {
			t.Errorf("after % x the next paper is wrong", in)
		}
	})
}
