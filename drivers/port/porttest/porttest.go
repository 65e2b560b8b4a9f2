// Package porttest records a conversation over a line and plays it back, so that a driver is tested
// against bytes that were once exchanged, and fails when it says other ones, fewer or more.
//
// A conversation is text, one step a line:
//
//	# a remark
//	> AA AA AA 96 69 00 03 20 01 22      the driver sends this
//	< AA AA AA 96 69 00 04 00 00 80 84   the device answers this
//
// Blanks between the digits do not count. Never keep the record of a real card, scan or print: it is
// personal data. Record invented people only.
package porttest

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
)

// Step is one side's bytes.
type Step struct {
	Sent  bool // by the driver; else by the device
	Bytes []byte
}

// maxLine bounds one line of a conversation.
const maxLine = 1 << 20

// Parse reads a conversation.
func Parse(r io.Reader) ([]Step, error) {
	var steps []Step
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, maxLine)
	for n := 1; lines.Scan(); n++ {
		text, _, _ := strings.Cut(lines.Text(), "#")
		text = strings.TrimSpace(text)
		if text == "" {
			continue
		}
		side, digits := text[0], strings.Join(strings.Fields(text[1:]), "")
		b, err := hex.DecodeString(digits)
		if err != nil || len(b) == 0 || side != '>' && side != '<' {
			return nil, fmt.Errorf("line %d is not \"> bytes\" or \"< bytes\"", n)
		}
		steps = append(steps, Step{Sent: side == '>', Bytes: b})
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("cannot read the conversation: %w", err)
	}
	return steps, nil
}

// Play returns the driver's end of a line on which the conversation is played. The test fails when the
// driver sends other bytes, sends after the end, or closes before it. The line stays open and silent
// after the last step. Everything is over when the test ends.
func Play(t testing.TB, conversation string) net.Conn {
	t.Helper()
	steps, err := Parse(strings.NewReader(conversation))
	if err != nil {
		t.Fatalf("cannot play: %v", err)
	}
	near, far := net.Pipe()
	p := player{steps: steps, far: far}
	done := make(chan struct{})
	go func() {
		defer close(done)
		p.play()
	}()
	t.Cleanup(func() {
		_ = near.Close()
		<-done
		for _, complaint := range p.complaints {
			t.Error(complaint)
		}
	})
	return near
}

type player struct {
	steps      []Step
	far        net.Conn
	complaints []string
}

func (p *player) complain(format string, args ...any) {
	p.complaints = append(p.complaints, fmt.Sprintf(format, args...))
}

func (p *player) play() {
	defer p.far.Close() // a driver that has left the script must not wait for its time-outs
	for i, s := range p.steps {
		if !s.Sent {
			if n, err := p.far.Write(s.Bytes); err != nil {
				p.complain("step %d: %d of %d bytes of the device were not read, and %d steps are left over",
					i+1, len(s.Bytes)-n, len(s.Bytes), len(p.steps)-i-1)
				return
			}
			continue
		}
		got := make([]byte, len(s.Bytes))
		n, err := io.ReadFull(p.far, got)
		if !bytes.Equal(got[:n], s.Bytes[:n]) {
			p.complain("step %d: the driver sent % X, want % X", i+1, got[:n], s.Bytes)
			return
		}
		if err != nil {
			p.complain("step %d: the driver sent %d of %d bytes, and %d steps are left over",
				i+1, n, len(s.Bytes), len(p.steps)-i-1)
			return
		}
	}
	more, err := io.ReadAll(io.LimitReader(p.far, 64))
	if len(more) > 0 {
		p.complain("the driver sent % X after the end (%v)", more, err)
	}
}

// Record passes everything on to c and writes the conversation to w.
func Record(c net.Conn, w io.Writer) net.Conn { return &recorder{Conn: c, w: w} }

type recorder struct {
	net.Conn
	mu sync.Mutex // reads and writes may overlap
	w  io.Writer
}

func (r *recorder) Read(p []byte) (int, error) {
	n, err := r.Conn.Read(p)
	r.note('<', p[:n])
	return n, err
}

func (r *recorder) Write(p []byte) (int, error) {
	n, err := r.Conn.Write(p)
	r.note('>', p[:n])
	return n, err
}

func (r *recorder) note(side byte, b []byte) {
	if len(b) == 0 {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	_, _ = fmt.Fprintf(r.w, "%c % X\n", side, b) // a record that cannot be written must not disturb the line
}
