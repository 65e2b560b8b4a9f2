package porttest

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
)

// judge stands in for a test that is expected to fail.
type judge struct {
	testing.TB
	cleanups []func()
	errors   []string
}

func (j *judge) Helper()          {}
func (j *judge) Cleanup(f func()) { j.cleanups = append(j.cleanups, f) }
func (j *judge) Error(args ...any) {
	j.errors = append(j.errors, fmt.Sprint(args...))
}

func (j *judge) end() {
	for _, f := range j.cleanups {
		f()
	}
}

const talk = `
# find, no card
> AA 01
< BB 02 03
> CC
`

func TestPlay(t *testing.T) {
	for _, c := range []struct {
		name   string
		driver func(net.Conn)
		want   string // part of the complaint
	}{
		{"as written", func(c net.Conn) {
			_, _ = c.Write([]byte{0xAA})
			_, _ = c.Write([]byte{0x01}) // pieces do not matter
			_, _ = io.ReadFull(c, make([]byte, 3))
			_, _ = c.Write([]byte{0xCC})
		}, ""},
		{"other bytes", func(c net.Conn) { _, _ = c.Write([]byte{0xAA, 0x02}) }, "step 1: the driver sent AA 02, want AA 01"},
		{"fewer", func(c net.Conn) { _, _ = c.Write([]byte{0xAA}) }, "sent 1 of 2 bytes, and 2 steps are left over"},
		{"nothing", func(net.Conn) {}, "sent 0 of 2 bytes"},
		{"answer not read", func(c net.Conn) {
			_, _ = c.Write([]byte{0xAA, 0x01})
			_, _ = c.Read(make([]byte, 1))
		}, "2 of 3 bytes of the device were not read"},
		{"more", func(c net.Conn) {
			_, _ = c.Write([]byte{0xAA, 0x01})
			_, _ = io.ReadFull(c, make([]byte, 3))
			_, _ = c.Write([]byte{0xCC, 0xDD})
		}, "sent DD after the end"},
	} {
		t.Run(c.name, func(t *testing.T) {
			j := &judge{TB: t}
			c.driver(Play(j, talk))
			j.end()
			got := strings.Join(j.errors, "; ")
			if (c.want == "") != (got == "") || !strings.Contains(got, c.want) {
				t.Errorf("complaint is %q, want %q", got, c.want)
			}
		})
	}
}

func TestRecordedIsPlayable(t *testing.T) {
	var record bytes.Buffer
	c := Record(Play(t, talk), &record)
	if _, err := c.Write([]byte{0xAA, 0x01}); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(c, make([]byte, 3)); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Write([]byte{0xCC}); err != nil {
		t.Fatal(err)
	}
	if want := "> AA 01\n< BB 02 03\n> CC\n"; record.String() != want {
		t.Errorf("recorded %q, want %q", record.String(), want)
	}
}

func TestParseRefuses(t *testing.T) {
	for _, text := range []string{"AA 01", "> A", ">", "= AA", "> AA\n< zz"} {
		if _, err := Parse(strings.NewReader(text)); err == nil {
			t.Errorf("%q was taken", text)
		}
	}
}
