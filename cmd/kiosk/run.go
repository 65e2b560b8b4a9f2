package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"syscall"
	"time"
)

// Times of the supervisor.
const (
	firstPause  = 200 * time.Millisecond // before a show that crashed is started again
	lastPause   = 5 * time.Second
	steady      = 3 * time.Second  // a show that lived so long has not failed at its start
	takeoverMax = 15 * time.Second // a fresh show must be usable by then, or the old one goes anyway
	endMax      = 5 * time.Second  // between asking a show to end and killing it
)

// Words of a show to its supervisor, one a line on descriptor 3.
const (
	saysUsable  = "usable"  // the first screen of the daemon is drawn
	saysReplace = "replace" // a fresh process is wanted
	saysClosed  = "closed"  // its window was closed: that is the end of all; only a window on a desk can be closed
)

// errClosed means that nobody wants to see the screens any more.
var errClosed = errors.New("window closed")

type runCmd struct {
	flags
}

func (r *runCmd) Run() error {
	if _, _, err := r.size(); err != nil {
		return err
	}
	exe, err := os.Executable()
	if err != nil {
		return fmt.Errorf("cannot find my own program: %w", err)
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	s := supervisor{log: r.logger(), start: func() *exec.Cmd {
		cmd := exec.Command(exe, r.args()...)
		cmd.Env = append(os.Environ(), toolkit...)
		cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
		return cmd
	}}
	return s.run(ctx)
}

// supervisor keeps one show running, two for a moment while a fresh one takes over.
type supervisor struct {
	log   *slog.Logger
	start func() *exec.Cmd // makes the command of a show
}

// show is one running child.
type show struct {
	cmd   *exec.Cmd
	begun time.Time
	says  chan string // closed when it says no more
	ended chan error  // holds its end, once
}

// run blocks until ctx ends and all children have ended.
func (s *supervisor) run(ctx context.Context) error {
	// A child gets a signal when the thread that started it ends: this one stays.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()

	wait := firstPause
	for ctx.Err() == nil {
		now, err := s.begin()
		if err == nil {
			err = s.watch(ctx, &now)
			if time.Since(now.begun) >= steady {
				wait = firstPause
			}
		}
		if ctx.Err() != nil || errors.Is(err, errClosed) {
			break
		}
		if err == nil { // it ended by itself in good order
			continue
		}
		s.log.Error("screens ended, they are started again", "err", err, "after", wait)
		t := time.NewTimer(wait)
		select {
		case <-t.C:
		case <-ctx.Done():
			t.Stop()
		}
		wait = min(2*wait, lastPause)
	}
	return nil
}

// watch follows a show, and those that take over from it, until one ends by itself or ctx ends.
func (s *supervisor) watch(ctx context.Context, now **show) error {
	var fresh *show
	var late <-chan time.Time
	end := func(x *show) {
		if x != nil {
			x.end()
		}
	}
	for {
		var freshSays chan string
		var freshEnded chan error
		if fresh != nil {
			freshSays, freshEnded = fresh.says, fresh.ended
		}
		select {
		case <-ctx.Done():
			end(fresh)
			(*now).end()
			return nil
		case err := <-(*now).ended:
			if (*now).lastWord() == saysClosed {
				end(fresh)
				return errClosed
			}
			if fresh != nil { // it went before its time; the fresh one is there already
				*now, fresh, late = fresh, nil, nil
				continue
			}
			return err
		case word, ok := <-(*now).says:
			if !ok {
				(*now).says = nil
			}
			if word == saysClosed {
				end(fresh)
				(*now).end()
				return errClosed
			}
			if word != saysReplace || fresh != nil {
				continue
			}
			var err error
			if fresh, err = s.begin(); err != nil {
				(*now).end() // what it has shown must not stay in memory
				return err
			}
			late = time.After(takeoverMax)
		case word, ok := <-freshSays:
			if !ok {
				fresh.says = nil
			}
			if word == saysUsable {
				(*now).end()
				*now, fresh, late = fresh, nil, nil
			}
		case <-late:
			(*now).end()
			*now, fresh, late = fresh, nil, nil
		case err := <-freshEnded:
			(*now).end()
			return errors.Join(errors.New("cannot take over"), err)
		}
	}
}

// begin starts a show.
func (s *supervisor) begin() (*show, error) {
	r, w, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("cannot make a pipe: %w", err)
	}
	x := &show{cmd: s.start(), begun: time.Now(), says: make(chan string, 4), ended: make(chan error, 1)}
	x.cmd.ExtraFiles = []*os.File{w}
	x.cmd.Env = append(x.cmd.Env, supervised+"=3")
	x.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM}
	err = x.cmd.Start()
	w.Close()
	if err != nil {
		r.Close()
		return nil, fmt.Errorf("cannot start the screens: %w", err)
	}
	go func() {
		defer r.Close()
		x.listen(r)
	}()
	go func() { x.ended <- x.cmd.Wait() }()
	return x, nil
}

// listen passes the words of a show on until it ends. Words that nobody waits for are dropped.
func (x *show) listen(r io.Reader) {
	defer close(x.says)
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 256)
	for lines.Scan() {
		select {
		case x.says <- lines.Text():
		default:
		}
	}
}

// lastWord is the last that a show said before it ended, "" when all has been heard.
func (x *show) lastWord() (word string) {
	if x.says != nil {
		for w := range x.says {
			word = w
		}
	}
	return word
}

// end asks a show to end and waits for it.
func (x *show) end() {
	_ = x.cmd.Process.Signal(syscall.SIGTERM)
	t := time.NewTimer(endMax)
	defer t.Stop()
	select {
	case <-x.ended:
	case <-t.C:
		_ = x.cmd.Process.Kill()
		<-x.ended
	}
}
