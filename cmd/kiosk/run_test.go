package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"os/signal"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/alecthomas/kong"
)

// role tells this test program to play a show.
const role = "KIOSK_TEST_ROLE"

func TestMain(m *testing.M) {
	if r := os.Getenv(role); r != "" {
		play(r)
	}
	os.Exit(m.Run())
}

// play is a show of the kind that the role names: it prints when it begins and when it is asked to end.
func play(r string) {
	term := make(chan os.Signal, 1)
	signal.Notify(term, syscall.SIGTERM)
	kind, n, _ := strings.Cut(r, " ")
	fd, _ := strconv.Atoi(os.Getenv(supervised))
	boss := os.NewFile(uintptr(fd), "boss")
	fmt.Println("begin", n)
	switch kind {
	case "crash":
		os.Exit(3)
	case "end":
		os.Exit(0)
	case "replace":
		fmt.Fprintln(boss, saysUsable)
		fmt.Fprintln(boss, saysReplace)
	case "closed":
		fmt.Fprintln(boss, saysUsable)
		fmt.Fprintln(boss, saysClosed)
		os.Exit(0)
	case "steady":
		fmt.Fprintln(boss, saysUsable)
	}
	<-term
	fmt.Println("asked", n)
	os.Exit(0)
}

// supervise runs shows of these kinds one after the other, the last one again and again, and gives their lines.
func supervise(t *testing.T, kinds ...string) (lines <-chan string, stop func()) {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	var n atomic.Int32
	s := supervisor{log: slog.New(slog.NewTextHandler(io.Discard, nil)), start: func() *exec.Cmd {
		i := int(n.Add(1)) - 1
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), fmt.Sprintf("%s=%s %d", role, kinds[min(i, len(kinds)-1)], i))
		cmd.Stdout, cmd.Stderr = w, os.Stderr
		return cmd
	}}
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	ended := make(chan error, 1)
	go func() {
		ended <- s.run(ctx)
		w.Close()
	}()
	out := make(chan string, 100)
	go func() {
		defer close(out)
		for sc := bufio.NewScanner(r); sc.Scan(); {
			out <- sc.Text()
		}
	}()
	stop = func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("run = %v", err)
		}
	}
	t.Cleanup(func() { cancel(); r.Close() })
	return out, stop
}

// expect reads lines until all of these have come, in any order between the groups but in order inside one.
func expect(t *testing.T, lines <-chan string, want ...string) {
	t.Helper()
	late := time.After(20 * time.Second)
	for _, w := range want {
		select {
		case got, ok := <-lines:
			if !ok || got != w {
				t.Fatalf("%q, want %q of %q", got, w, want)
			}
		case <-late:
			t.Fatalf("%q never came", w)
		}
	}
}

func TestShowIsStartedAgain(t *testing.T) {
	lines, stop := supervise(t, "crash", "end", "crash", "steady")
	expect(t, lines, "begin 0", "begin 1", "begin 2", "begin 3")
	stop()
	expect(t, lines, "asked 3")
}

// A fresh show is there before the old one is asked to end.
func TestFreshShowTakesOver(t *testing.T) {
	lines, stop := supervise(t, "replace", "steady")
	expect(t, lines, "begin 0", "begin 1", "asked 0")
	stop()
	expect(t, lines, "asked 1")
}

// Whatever becomes of the fresh one, the old one goes: what it has shown must not stay in memory.
func TestOldShowGoesThoughTheFreshOneFails(t *testing.T) {
	lines, stop := supervise(t, "replace", "crash", "steady")
	expect(t, lines, "begin 0", "begin 1", "asked 0", "begin 2")
	stop()
	expect(t, lines, "asked 2")
}

// Closing the window ends the program: the lines end although nobody stops it.
func TestClosedWindowIsTheEnd(t *testing.T) {
	for range 5 {
		lines, stop := supervise(t, "closed")
		expect(t, lines, "begin 0")
		select {
		case line, more := <-lines:
			if more && line != "asked 0" {
				t.Errorf("after the window was closed: %q", line)
			}
		case <-time.After(10 * time.Second):
			t.Fatal("it goes on after its window was closed")
		}
		stop()
	}
}

func TestEndDuringTakeover(t *testing.T) {
	lines, stop := supervise(t, "replace", "silent")
	expect(t, lines, "begin 0", "begin 1")
	stop()
	var rest []string
	for l := range lines {
		rest = append(rest, l)
	}
	slices.Sort(rest)
	if !slices.Equal(rest, []string{"asked 0", "asked 1"}) {
		t.Errorf("at the end %q, want both asked to end", rest)
	}
}

func TestFlags(t *testing.T) {
	parse := func(args ...string) (cli, error) {
		var c cli
		k, err := kong.New(&c, kong.Vars{"socket": "/run/default"})
		if err != nil {
			t.Fatal(err)
		}
		_, err = k.Parse(args)
		return c, err
	}
	c, err := parse("--socket", "/s", "--window", "540x960", "--lang", "en", "--keep")
	if err != nil {
		t.Fatal(err)
	}
	if w, h, err := c.Run.size(); w != 540 || h != 960 || err != nil {
		t.Errorf("window %d by %d, %v", w, h, err)
	}
	again, err := parse(c.Run.args()...)
	if err != nil || again.Show.flags != c.Run.flags {
		t.Errorf("a child would get %+v, %v, want %+v", again.Show.flags, err, c.Run.flags)
	}
	if c, err = parse(); err != nil || c.Run.Socket != "/run/default" || c.Run.Lang != "zh" {
		t.Errorf("no flags give %+v, %v", c.Run, err)
	}
	if _, err = parse("--lang", "fr"); err == nil {
		t.Error("a language without words is taken")
	}
	for _, bad := range []string{"x", "1080", "0x0", "-5x100", "99999x1"} {
		if _, _, err := (flags{Window: bad}).size(); err == nil {
			t.Errorf("window %q is taken", bad)
		}
	}
}
