package sdtsim

import (
	"bytes"
	"encoding/hex"
	"flag"
	"fmt"
	"net"
	"os"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write ../testdata/frames.tsv anew")

// conversation is a row of frames.tsv: what is done to the reader, the request, and whose reply is kept.
type conversation struct {
	name    string
	before  func(*Sim)
	request Command
}

func person(t testing.TB, name string, change func(*Person)) Person {
	t.Helper()
	p, ok := Sample(name)
	if !ok {
		t.Fatalf("no sample %q", name)
	}
	if change != nil {
		change(&p)
	}
	return p
}

// frames plays the far end and returns all its frames: name, tab, size, tab, hexadecimal digits.
func frames(t *testing.T) []byte {
	var out bytes.Buffer
	row := func(name string, b []byte) {
		fmt.Fprintf(&out, "%s\t%d\t%s\n", name, len(b), strings.ToUpper(hex.EncodeToString(b)))
	}
	for _, r := range []struct {
		name string
		c    Command
	}{
		{"find", Find}, {"select", Select}, {"read", Read}, {"read-new-address", ReadNewAddress},
		{"read-fingers", ReadFingers}, {"self-test", SelfTest}, {"number", GetNumber}, {"reset", Reset},
	} {
		row("request/"+r.name, request(r.c))
	}
	selected := func(name string, fingers int) func(*Sim) {
		return func(s *Sim) {
			if err := s.Insert(person(t, name, func(p *Person) { p.Fingers = fingers })); err != nil {
				t.Fatal(err)
			}
			ask(t, s, Find)
			ask(t, s, Select)
		}
	}
	instead := func(code byte) func(*Sim) {
		return func(s *Sim) { s.Fault(Fault{Kind: Status, Code: code}) }
	}
	rows := []conversation{
		{"found", func(s *Sim) { _ = s.Insert(person(t, "resident", nil)) }, Find},
		{"no-card", nil, Find},
		{"selected", func(s *Sim) { _ = s.Insert(person(t, "resident", nil)); ask(t, s, Find) }, Select},
		{"select-failed", nil, Select},
		{"read-failed", nil, Read},
		{"empty", func(s *Sim) { selected("minority", 0)(s); ask(t, s, Read) }, ReadNewAddress},
		{"new-address", func(s *Sim) { selected("resident", 0)(s); ask(t, s, Read) }, ReadNewAddress},
		{"well", nil, SelfTest},
		{"self-test-failed", func(s *Sim) { s.SetStatus(0x60) }, SelfTest},
		{"not-authorised", func(s *Sim) { s.SetStatus(0x66) }, SelfTest},
		{"number", nil, GetNumber},
		{"bad-checksum", instead(0x10), Find},
		{"bad-length", instead(0x11), Find},
		{"unknown-command", nil, 0x3002},
	}
	for _, name := range Samples() {
		rows = append(rows, conversation{"card/" + name, selected(name, 0), Read})
	}
	for n := range 3 {
		rows = append(rows, conversation{fmt.Sprintf("fingers/%d", n), selected("resident", n), ReadFingers})
	}
	for _, r := range rows {
		s := New(Options{})
		if r.before != nil {
			r.before(s)
		}
		row("reply/"+r.name, ask(t, s, r.request))
	}
	return out.Bytes()
}

// request is a frame as a host makes it.
func request(c Command) []byte {
	b := append([]byte{}, preamble...)
	b = append(b, 0, 3, byte(c>>8), byte(c))
	return append(b, 3^byte(c>>8)^byte(c))
}

// ask sends a request over a pipe and returns the whole reply.
func ask(t *testing.T, s *Sim, c Command) []byte {
	t.Helper()
	near, far := net.Pipe()
	done := make(chan error, 1)
	go func() { done <- s.Serve(t.Context(), far) }()
	if _, err := near.Write(request(c)); err != nil {
		t.Fatal(err)
	}
	b := make([]byte, 4096)
	n, err := near.Read(b)
	if err != nil {
		t.Fatal(err)
	}
	_ = near.Close()
	if err := <-done; err == nil {
		t.Error("Serve did not say that its line has ended")
	}
	return b[:n]
}

// The frames in testdata were compared with published ones byte by byte when they were written. The driver's
// codec is tested with them, the far end must go on to make the same.
func TestFrames(t *testing.T) {
	const path = "../testdata/frames.tsv"
	got := frames(t)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	a, b := strings.Split(string(got), "\n"), strings.Split(string(want), "\n")
	if len(a) != len(b) {
		t.Fatalf("%d frames, want %d", len(a), len(b))
	}
	for i := range a {
		if a[i] != b[i] {
			t.Errorf("line %d is\n%.120s…, want\n%.120s…", i+1, a[i], b[i])
		}
	}
}
