package sdtsim

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"os"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/sys/unix"
)

// code is SW3 of a reply in one piece, 0 when it is none.
func code(reply []byte) byte {
	if len(reply) < 11 {
		return 0
	}
	return reply[9]
}

func TestStates(t *testing.T) {
	s := New(Options{})
	say := func(want byte, cs ...Command) {
		t.Helper()
		for _, c := range cs {
			if got := code(ask(t, s, c)); got != want {
				t.Errorf("%v answers %02X, want %02X", c, got, want)
			}
		}
	}
	say(codeNoCard, Find)
	say(codeNotSelected, Select)
	say(codeReadFailed, Read, ReadNewAddress)
	if err := s.Insert(person(t, "resident", nil)); err != nil {
		t.Fatal(err)
	}
	say(codeReadFailed, Read)      // without find and select
	say(codeNotSelected, Select)   // without find
	say(codeFound, Find, Find)     // as often as one likes
	say(codeReadFailed, Read)      // without select
	say(codeDone, Select)          // find still holds
	say(codeDone, Read)            //
	say(codeReadFailed, Read)      // each reading needs its own find and select
	say(codeDone, ReadNewAddress)  //
	say(codeNoCard, Find, Find)    // until the card is lifted
	say(codeNotSelected, Select)   //
	say(codeDone, Reset)           // or the field goes off
	say(codeFound, Find)           //
	say(codeDone, Select)          //
	say(codeDone, ReadFingers)     //
	say(codeUnknown, 0x3002, 0x60) //
	s.Remove()
	say(codeNoCard, Find)
	s.SetStatus(0x66)
	say(0x66, SelfTest, Find, GetNumber)
	if there, read := s.Inserted(); there || read {
		t.Error("a card is there")
	}
}

func TestOldModule(t *testing.T) {
	s := New(Options{Old: true})
	for _, c := range []Command{ReadFingers, ReadNewAddress} {
		if got := code(ask(t, s, c)); got != codeUnknown {
			t.Errorf("%v answers %02X", c, got)
		}
	}
}

// talk sends bytes and returns what comes within a virtual minute of silence.
func talk(t *testing.T, s *Sim, b []byte) []byte {
	t.Helper()
	near, far := net.Pipe()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- s.Serve(ctx, far) }()
	go func() { _, _ = near.Write(b) }()
	var got []byte
	for {
		piece := make([]byte, 4096)
		_ = near.SetReadDeadline(time.Now().Add(time.Minute))
		n, err := near.Read(piece)
		got = append(got, piece[:n]...)
		if err != nil {
			break
		}
	}
	cancel()
	if err := <-done; err != nil {
		t.Errorf("Serve ended with %v", err)
	}
	_ = near.Close()
	return got
}

func TestHurtRequests(t *testing.T) {
	find := request(Find)
	hurt := bytes.Clone(find)
	hurt[9] ^= 1
	long := append(bytes.Clone(find[:5]), 0, 4, 0x20, 0x01, 0, 0x25)
	for _, c := range []struct {
		name string
		send []byte
		want []byte // codes in order
	}{
		{"noise before", append([]byte("noise\xAA\xAA\xAA"), find...), []byte{codeNoCard}},
		{"two at once", append(bytes.Clone(find), find...), []byte{codeNoCard, codeNoCard}},
		{"half", find[:7], nil},
		{"checksum", hurt, []byte{codeBadChecksum}},
		{"checksum, then a good one", append(bytes.Clone(hurt), find...), []byte{codeBadChecksum, codeNoCard}},
		{"length", long, []byte{codeBadLength}},
		{"length FFFF", []byte{0xAA, 0xAA, 0xAA, 0x96, 0x69, 0xFF, 0xFF}, []byte{codeBadLength}},
		{"length 0", []byte{0xAA, 0xAA, 0xAA, 0x96, 0x69, 0, 0}, []byte{codeBadLength}},
	} {
		synctest.Test(t, func(t *testing.T) {
			got := talk(t, New(Options{}), c.send)
			var want []byte
			for _, w := range c.want {
				want = append(want, frame(w, nil)...)
			}
			if !bytes.Equal(got, want) {
				t.Errorf("%s: % X, want % X", c.name, got, want)
			}
		})
	}
}

func TestFaults(t *testing.T) {
	whole := frame(codeNoCard, nil)
	for _, c := range []struct {
		fault Fault
		ok    func(first, second []byte, took time.Duration) bool // replies to two finds
	}{
		{Fault{Kind: Slow}, func(a, b []byte, took time.Duration) bool { return bytes.Equal(a, whole) && took == 2*time.Second }},
		{Fault{Kind: Slow, At: 5, Delay: time.Second}, func(a, b []byte, took time.Duration) bool { return bytes.Equal(a, whole) && took == time.Second }},
		{Fault{Kind: Cut, At: 3}, func(a, b []byte, _ time.Duration) bool { return bytes.Equal(a, whole[:3]) && bytes.Equal(b, whole) }},
		{Fault{Kind: Cut}, func(a, b []byte, _ time.Duration) bool { return bytes.Equal(a, whole[:5]) }},
		{Fault{Kind: NoiseBefore, At: 20}, func(a, b []byte, _ time.Duration) bool { return len(a) == 31 && bytes.HasSuffix(a, whole) }},
		{Fault{Kind: NoiseBetween}, func(a, b []byte, _ time.Duration) bool { return len(a) == 20 && bytes.HasPrefix(a, whole) }},
		{Fault{Kind: BadChecksum}, func(a, b []byte, _ time.Duration) bool {
			return len(a) == 11 && a[10] != whole[10] && bytes.Equal(b, whole)
		}},
		{Fault{Kind: BadLength}, func(a, b []byte, _ time.Duration) bool { return a[5] == 0xFF && a[6] == 0xFF }},
		{Fault{Kind: MalformedShort}, func(a, b []byte, _ time.Duration) bool { return len(a) == 10 }},
		{Fault{Kind: Torn}, func(a, b []byte, _ time.Duration) bool { return bytes.Equal(a, whole) }}, // only readings
		{Fault{Kind: Status, Code: 0x47}, func(a, b []byte, _ time.Duration) bool { return code(a) == 0x47 && bytes.Equal(b, whole) }},
		{Fault{Kind: Silent}, func(a, b []byte, _ time.Duration) bool { return len(a) == 0 && bytes.Equal(b, whole) }},
		{Fault{Kind: Silent, Times: Always}, func(a, b []byte, _ time.Duration) bool { return len(a) == 0 && len(b) == 0 }},
		{Fault{Kind: Silent, Nth: 2}, func(a, b []byte, _ time.Duration) bool { return bytes.Equal(a, whole) && len(b) == 0 }},
		{Fault{Kind: Silent, On: Select}, func(a, b []byte, _ time.Duration) bool { return bytes.Equal(a, whole) && bytes.Equal(b, whole) }},
		{Fault{Kind: LiftAfterFind}, func(a, b []byte, _ time.Duration) bool { return bytes.Equal(a, whole) }}, // nothing was found
	} {
		synctest.Test(t, func(t *testing.T) {
			s := New(Options{Seed: 5})
			s.Fault(c.fault)
			began := time.Now()
			first := talk(t, s, request(Find))
			took := time.Since(began) - time.Minute
			if second := talk(t, s, request(Find)); !c.ok(first, second, took) {
				t.Errorf("%+v: % X after %v, then % X", c.fault, first, took, second)
			}
			if n := len(s.Exchanges()); n != 2 {
				t.Errorf("%d exchanges are remembered", n)
			}
		})
	}
}

func TestPace(t *testing.T) {
	for _, split := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			var found time.Time
			s := New(Options{Paced: true, Baud: 9600, Split: split, Found: func(at time.Time) { found = at }})
			if err := s.Insert(person(t, "resident", nil)); err != nil {
				t.Fatal(err)
			}
			began := time.Now()
			if got := talk(t, s, request(Find)); len(got) != 15 {
				t.Fatalf("got %d bytes", len(got))
			}
			// Ten bits a byte: ten bytes there, fifteen back.
			there, back := 10*10*time.Second/9600, 15*10*time.Second/9600
			if took := time.Since(began) - time.Minute; took != there+back {
				t.Errorf("it took %v, want %v", took, there+back)
			}
			if found.Sub(began) != there || s.Exchanges()[0].First != found {
				t.Errorf("found after %v, want %v", found.Sub(began), there)
			}
		})
	}
}

func TestPersonsThatNoCardHolds(t *testing.T) {
	for name, change := range map[string]func(*Person){
		"name of 16":    func(p *Person) { p.Name = "一二三四五六七八九十一二三四五六" },
		"unknown kind":  func(p *Person) { p.Kind = "passport" },
		"long birth":    func(p *Person) { p.Birth = "1949123100" },
		"long marker":   func(p *Person) { p.Marker = "II" },
		"long surname":  func(p *Person) { p.Name = "\U00020BB7一二三四五六七八九十一二三四" },
		"long validity": func(p *Person) { p.ValidTo = "for ever and ever" },
	} {
		if err := New(Options{}).Insert(person(t, "resident", change)); err == nil {
			t.Errorf("%s: the card was made", name)
		}
	}
	if _, ok := Sample("nobody"); ok || len(Samples()) != 5 {
		t.Errorf("samples are %v", Samples())
	}
}

func TestPseudoTerminal(t *testing.T) {
	path, master, err := OpenPTY()
	if err != nil {
		t.Fatal(err)
	}
	s := New(Options{Baud: 57600})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- s.Serve(ctx, master) }()

	// One owner after another; a wrong speed is not heard.
	for range 3 {
		slave, err := os.OpenFile(path, os.O_RDWR|unix.O_NOCTTY|unix.O_NONBLOCK, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct {
			baud uint32
			want int
		}{{unix.B115200, 0}, {unix.B57600, 11}} {
			speed(t, slave, c.baud)
			if _, err := slave.Write(request(SelfTest)); err != nil {
				t.Fatal(err)
			}
			wait := 5 * time.Second
			if c.want == 0 {
				wait = 50 * time.Millisecond
			}
			_ = slave.SetReadDeadline(time.Now().Add(wait))
			got := make([]byte, 11)
			if n, err := io.ReadFull(slave, got); n != c.want {
				t.Errorf("at speed %x: %d bytes, %v", c.baud, n, err)
			}
		}
		_ = slave.Close()
	}
	cancel()
	if err := <-done; err != nil {
		t.Errorf("Serve ended with %v", err)
	}
	go func() { done <- s.Serve(t.Context(), master) }() // the same line again
	_ = master.Close()
	if err := <-done; !errors.Is(err, os.ErrClosed) {
		t.Errorf("Serve on a closed line ended with %v", err)
	}
}

func speed(t *testing.T, f *os.File, baud uint32) {
	t.Helper()
	raw, err := f.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	err = raw.Control(func(fd uintptr) {
		s, err := unix.IoctlGetTermios(int(fd), unix.TCGETS)
		if err != nil {
			t.Error(err)
			return
		}
		s.Cflag = s.Cflag&^unix.CBAUD | baud
		if err := unix.IoctlSetTermios(int(fd), unix.TCSETS, s); err != nil {
			t.Error(err)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
}
