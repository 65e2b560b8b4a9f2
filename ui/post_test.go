package ui

import (
	"io"
	"log/slog"
	"testing"
)

func TestPost(t *testing.T) {
	var queue []func()
	failed := 0
	p := &poster{do: func(f func()) { queue = append(queue, f) }, log: slog.New(slog.NewTextHandler(io.Discard, nil)),
		fail: func() { failed++ }, waiting: map[string]func(){}}
	ran := ""
	work := func(s string) func() { return func() { ran += s } }
	p.Post("frame", work("1"))
	p.Post("state", work("s"))
	p.Post("frame", work("2"))
	p.Post("frame", work("3"))
	if len(queue) != 2 {
		t.Errorf("%d pieces of work are queued, want one for each key", len(queue))
	}
	run := func() {
		for _, f := range queue {
			f()
		}
		queue = nil
	}
	run()
	if ran != "3s" {
		t.Errorf("ran %q, want the newest of each key", ran)
	}
	for i := range maxPanics {
		if failed != 0 {
			t.Fatalf("given up after %d panics", i)
		}
		p.Post("frame", func() { panic("drawing") })
		run()
	}
	if failed != 1 {
		t.Errorf("given up %d times after %d panics", failed, maxPanics)
	}
	p.Post("frame", work("!"))
	run()
	if ran != "3s!" {
		t.Error("no work is done after a panic")
	}
}
