package daemon

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func testContext() (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.Background(), 30*time.Second)
}

// diary notes who stopped.
type diary struct {
	mu    sync.Mutex
	lines []string
}

func (d *diary) note(s string) { d.mu.Lock(); defer d.mu.Unlock(); d.lines = append(d.lines, s) }

func (d *diary) actor(name string, takes time.Duration) Actor {
	return Actor{name, func(ctx context.Context) error {
		<-ctx.Done()
		time.Sleep(takes) // virtual
		d.note(name)
		return ctx.Err()
	}}
}

func TestActorsStopInReverseOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var d diary
		var out bytes.Buffer
		log := slog.New(slog.NewTextHandler(&out, nil))
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() {
			done <- RunActors(ctx, log, d.actor("queue", 0), d.actor("uplink", 2*slow), d.actor("server", 0))
		}()
		synctest.Wait()
		cancel()
		if err := <-done; err != nil {
			t.Errorf("got %v", err)
		}
		if want := []string{"server", "uplink", "queue"}; !slices.Equal(d.lines, want) {
			t.Errorf("stopped %v, want %v", d.lines, want)
		}
		if !strings.Contains(out.String(), "slow to stop") || !strings.Contains(out.String(), "part=uplink") {
			t.Errorf("the log does not name the slow one: %s", out.String())
		}
	})
}

func TestOneActorThatEndsStopsAll(t *testing.T) {
	broken := errors.New("disk is gone")
	for _, c := range []struct {
		name string
		run  func(context.Context) error
		want string
	}{
		{"error", func(context.Context) error { return broken }, "queue: disk is gone"},
		{"silent", func(context.Context) error { return nil }, "queue: ended by itself"},
		{"panic", func(context.Context) error { panic("示例") }, "queue: panicked"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var d diary
			var out bytes.Buffer
			log := slog.New(slog.NewTextHandler(&out, nil))
			err := RunActors(t.Context(), log, Actor{"queue", c.run}, d.actor("server", 0))
			if err == nil || err.Error() != c.want {
				t.Errorf("got %v, want %s", err, c.want)
			}
			if !slices.Equal(d.lines, []string{"server"}) {
				t.Errorf("stopped %v", d.lines)
			}
			if !strings.Contains(out.String(), "part=queue") || strings.Contains(out.String(), "示例") {
				t.Errorf("log is %s", out.String())
			}
		})
	}
}
