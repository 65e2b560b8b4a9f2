package uplink

import (
	"context"
	"crypto/ecdsa"
	"errors"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"kiosk/device/casefile"
	"kiosk/device/sealed"
	"kiosk/sync/platform"
	"kiosk/sync/queue"
)

func quietLog() *slog.Logger { return slog.New(slog.DiscardHandler) }

// far is a platform that answers as a test says, and remembers when it was asked for what.
type far struct {
	mu     sync.Mutex
	calls  []call
	put    func(key string) (platform.CaseAnswer, error)
	commit func(key string) (platform.CaseAnswer, error)
	upload func(ctx context.Context, file io.ReaderAt) error
}

type call struct {
	key string
	at  time.Time
}

var received = platform.CaseAnswer{State: platform.CaseReceived, PlatformNumber: "360000000014"}

func (f *far) PutCase(_ context.Context, key string, _ []byte) (platform.CaseAnswer, error) {
	f.mu.Lock()
	f.calls = append(f.calls, call{key, time.Now()})
	put := f.put
	f.mu.Unlock()
	return put(key)
}

// says changes the answer to envelopes.
func (f *far) says(a platform.CaseAnswer, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.put = func(string) (platform.CaseAnswer, error) { return a, err }
}

func (f *far) CommitCase(_ context.Context, key string) (platform.CaseAnswer, error) {
	return f.commit(key)
}

func (f *far) Upload(ctx context.Context, _, _ string, file io.ReaderAt, _ int64) error {
	return f.upload(ctx, file)
}

func (f *far) Progress(context.Context, platform.ProgressQuery) ([]platform.ProgressCase, error) {
	return nil, nil
}

// asked returns the calls since the last time.
func (f *far) asked() []call {
	f.mu.Lock()
	defer f.mu.Unlock()
	c := f.calls
	f.calls = nil
	return c
}

// Made outside of the bubbles: making keys is no part of any test.
var (
	farKey, farErr = sealed.GenerateKey()
	silence        = &platform.Transport{Err: errors.New("no route")}
)

// paced opens a lane over f with the waits of the product.
func paced(t *testing.T, f *far, key *ecdsa.PrivateKey) *lane {
	t.Helper()
	if farErr != nil {
		t.Fatal(farErr)
	}
	return openLane(t, t.TempDir(), f, queue.Config{
		Terminal: "360001", Epoch: 1, Recipients: []sealed.Recipient{{ID: "p", Key: farKey.PublicKey()}}, Signer: sealed.Signer{ID: "t", Key: key},
	}, 0, 0)
}

// inBubble runs a test in virtual time.
func inBubble(t *testing.T, f *far, test func(t *testing.T, l *lane)) {
	t.Helper()
	key := newKey(t)
	synctest.Test(t, func(t *testing.T) { test(t, paced(t, f, key)) })
}

// pass lets time pass until all is at rest again.
func pass(d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}

func TestBackoffGrowsWithJitter(t *testing.T) {
	f := &far{put: func(string) (platform.CaseAnswer, error) { return platform.CaseAnswer{}, silence }}
	inBubble(t, f, func(t *testing.T, l *lane) {
		l.keep(t)
		l.run(t)
		pass(6 * time.Hour)
		l.stop()
		calls := f.asked()
		if len(calls) < 60 || len(calls) > 1000 {
			t.Errorf("%d attempts in six hours", len(calls))
		}
		gaps := map[time.Duration]bool{}
		for i := 1; i < len(calls); i++ {
			gap := calls[i].at.Sub(calls[i-1].at)
			// Two waits hold, the case's own and that of the line; both are drawn from the same range.
			if top := min(5*time.Minute, 2*time.Second<<min(i-1, 20)); gap <= 0 || gap > top+10*time.Millisecond {
				t.Errorf("gap %d is %v, at most %v", i, gap, top)
			}
			gaps[gap] = true
		}
		if len(gaps) < len(calls)*9/10 {
			t.Errorf("only %d different gaps between %d attempts", len(gaps), len(calls))
		}
	})
}

func TestWaitIsFullJitter(t *testing.T) {
	u := New(Config{})
	for _, c := range []struct {
		attempts int
		err      error
		low, top time.Duration
	}{
		{1, nil, 0, 2 * time.Second}, {2, silence, 0, 4 * time.Second}, {8, nil, 0, 256 * time.Second}, {9, nil, 0, 5 * time.Minute},
		{1 << 40, nil, 0, 5 * time.Minute},
		{9, &platform.TryLater{After: time.Minute}, time.Minute, 62 * time.Second},
	} {
		var least, most time.Duration
		for i := range 2000 {
			w := u.wait(c.attempts, c.err)
			if w <= c.low || w > c.top+time.Millisecond {
				t.Fatalf("attempt %d: %v is not within %v and %v", c.attempts, w, c.low, c.top)
			}
			if i == 0 {
				least, most = w, w
			}
			least, most = min(least, w), max(most, w)
		}
		if width := c.top - c.low; least > c.low+width/10 || most < c.top-width/10 {
			t.Errorf("attempt %d: waits from %v to %v do not fill %v", c.attempts, least, most, width)
		}
	}
}

// TestOutage: with many cases waiting, a line that is dead for a day is asked as seldom as with one; when it is back, all go up
// at once and in order.
func TestOutage(t *testing.T) {
	f := &far{}
	f.says(platform.CaseAnswer{}, silence)
	inBubble(t, f, func(t *testing.T, l *lane) {
		for range 40 {
			l.keep(t)
		}
		l.run(t)
		pass(24 * time.Hour)
		if n := len(f.asked()); n < 200 || n > 1500 {
			t.Errorf("%d attempts in a day of silence", n)
		}
		f.says(received, nil)
		l.reach.Note(nil) // a beat was answered
		pass(3 * time.Second)
		if n := len(f.asked()); n != 40 {
			t.Errorf("%d of 40 cases went up when the line was back", n)
		}
		l.stop()
		if n := len(l.events(t, "", "case-received")); n != 40 {
			t.Errorf("%d receptions", n)
		}
	})
}

// TestNewCaseIsTriedAtOnce: somebody stands at the terminal, so a dead line is asked again. Quiet that the platform asked for
// is kept even then, and when a beat is answered.
func TestNewCaseIsTriedAtOnce(t *testing.T) {
	f := &far{}
	f.says(platform.CaseAnswer{}, silence)
	inBubble(t, f, func(t *testing.T, l *lane) {
		l.keep(t)
		l.run(t)
		pass(time.Hour)
		f.asked()
		h := l.keep(t)
		synctest.Wait()
		if calls := f.asked(); len(calls) != 1 || calls[0].key != string(h.key) {
			t.Errorf("after a new case: %v", calls)
		}
		f.says(platform.CaseAnswer{}, &platform.TryLater{After: 10 * time.Minute, Status: 503})
		pass(10 * time.Minute)
		told := f.asked()
		last := told[len(told)-1].at
		f.says(received, nil)
		l.keep(t)
		l.reach.Note(nil)
		pass(time.Until(last.Add(10*time.Minute - time.Second)))
		if calls := f.asked(); len(calls) != 0 {
			t.Errorf("asked %d times in the time of quiet", len(calls))
		}
		pass(10 * time.Second)
		if calls := f.asked(); len(calls) < 2 || slices.ContainsFunc(calls, func(c call) bool { return c.at.Sub(last) < 10*time.Minute }) {
			t.Errorf("after the time of quiet: %v, told at %v", calls, last)
		}
	})
}

// TestStubbornCase: a case that the platform cannot work on while it answers all else waits alone, longer and longer, whatever
// the beats say.
func TestStubbornCase(t *testing.T) {
	var stubborn casefile.Key
	f := &far{}
	f.put = func(key string) (platform.CaseAnswer, error) {
		if key == string(stubborn) {
			return platform.CaseAnswer{}, &platform.TryLater{Status: 500}
		}
		return received, nil
	}
	inBubble(t, f, func(t *testing.T, l *lane) {
		stubborn = l.keep(t).key
		good := l.keep(t)
		l.run(t)
		for range 4 * 60 {
			pass(15 * time.Second)
			l.reach.Note(nil)
		}
		if r, _ := l.up.Find(good.key); r.State != casefile.Received {
			t.Errorf("the other case is %s", r.State)
		}
		r, _ := l.up.Find(stubborn)
		if r.State != casefile.Kept || r.LastError != platform.TryAgain || r.Attempts < 12 || r.Attempts > 60 {
			t.Errorf("after an hour: %+v", r)
		}
	})
}

func TestDiskThatRefusesIsNotPressed(t *testing.T) {
	f := &far{put: func(string) (platform.CaseAnswer, error) { return received, nil }}
	inBubble(t, f, func(t *testing.T, l *lane) {
		h := l.keep(t)
		if err := l.queue.Close(); err != nil { // nothing can be stored any more
			t.Fatal(err)
		}
		l.run(t)
		pass(time.Hour)
		l.stop()
		if n := len(f.asked()); n < 2 || n > 16 {
			t.Errorf("%d attempts in an hour", n)
		}
		if r, _ := l.up.Find(h.key); r.State != casefile.Kept {
			t.Errorf("a case whose outcome was not stored is %s", r.State)
		}
		if len(l.events(t, "", "store-trouble")) == 0 || len(l.events(t, "", "case-received")) != 0 {
			t.Error("the audit log tells another story")
		}
	})
}

// TestClockPutBack: a case whose time was set by a clock that ran ahead goes up.
func TestClockPutBack(t *testing.T) {
	f := &far{put: func(string) (platform.CaseAnswer, error) { return received, nil }}
	inBubble(t, f, func(t *testing.T, l *lane) {
		h := l.keep(t)
		err := l.queue.Update(string(h.key), func(e *queue.Entry) error { e.Due = time.Now().AddDate(10, 0, 0); return nil })
		if err != nil {
			t.Fatal(err)
		}
		l.run(t)
		synctest.Wait()
		if r, _ := l.up.Find(h.key); r.State != casefile.Received {
			t.Errorf("%+v", r)
		}
	})
}

// TestStopInTheMiddle: a stop is no attempt, holds no file and loses nothing.
func TestStopInTheMiddle(t *testing.T) {
	var file io.ReaderAt
	f := &far{}
	started := make(chan struct{}, 1)
	f.upload = func(ctx context.Context, r io.ReaderAt) error {
		file = r
		started <- struct{}{}
		<-ctx.Done()
		return &platform.Transport{Err: ctx.Err()}
	}
	l := paced(t, f, newKey(t))
	h := l.keep(t, noise(100))
	e, _ := l.queue.Find(string(h.key))
	f.says(platform.CaseAnswer{State: platform.CaseAwaitingPages, Missing: []string{e.Pages[0].Body.Hex()}}, nil)
	l.run(t)
	<-started
	l.stop()
	if r, _ := l.up.Find(h.key); r.Attempts != 0 || r.LastError != "" || r.State != casefile.Kept {
		t.Errorf("%+v", r)
	}
	if _, err := file.ReadAt(make([]byte, 1), 0); !errors.Is(err, os.ErrClosed) {
		t.Errorf("the page's file is open still: %v", err)
	}
	if !l.reach.Online() {
		t.Error("the platform counts as away because this terminal stopped")
	}
	l.whole(t, h)
}

// TestOddAnswers: what no platform should say harms no case.
func TestOddAnswers(t *testing.T) {
	odd := platform.CaseAnswer{State: platform.CaseAwaitingPages, Missing: []string{"", "x", string(casefile.DigestOf(nil))}}
	disk := &platform.Transport{Err: &fs.PathError{Op: "read", Path: "page", Err: errors.New("input/output error")}}
	for name, c := range map[string]struct {
		f    *far
		code string
	}{
		"misses pages that are nobody's": {&far{
			put:    func(string) (platform.CaseAnswer, error) { return odd, nil },
			commit: func(string) (platform.CaseAnswer, error) { return odd, nil },
			upload: func(context.Context, io.ReaderAt) error { panic("there is nothing to send") },
		}, codeMissing},
		"page that cannot be read": {&far{
			put:    func(string) (platform.CaseAnswer, error) { return odd, nil },
			commit: func(string) (platform.CaseAnswer, error) { return platform.CaseAnswer{}, disk },
		}, codeDisk},
		"error of nobody": {&far{put: func(string) (platform.CaseAnswer, error) { return odd, errors.New("x") }}, codeOther},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, c.f, func(t *testing.T, l *lane) {
				h := l.keep(t, noise(10))
				l.run(t)
				synctest.Wait()
				if r, _ := l.up.Find(h.key); r.State != casefile.Kept || r.Attempts != 1 || r.LastError != c.code {
					t.Errorf("%+v, want it kept with %q", r, c.code)
				}
				if !l.reach.Online() {
					t.Error("the platform has answered and counts as away")
				}
			})
		})
	}
}
