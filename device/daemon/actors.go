package daemon

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"time"
)

// Actor is one long-lived part. Run blocks until its context ends and returns only when its goroutines are gone.
type Actor struct {
	Name string
	Run  func(ctx context.Context) error
}

// slow is how long an actor may take to stop before the log names it.
const slow = 3 * time.Second

// ended is how one actor's Run came back.
type ended struct {
	at  int
	err error
}

// RunActors starts the actors in order and waits. When ctx ends, or one of them ends by itself, all are stopped in
// reverse order, each before the next. It returns nil when ctx ended and all stopped without error; an actor that ends
// by itself is an error, because nobody does its work any more.
func RunActors(ctx context.Context, log *slog.Logger, actors ...Actor) error {
	ends := make(chan ended, len(actors))
	cancels := make([]context.CancelFunc, len(actors))
	done := make([]chan struct{}, len(actors))
	for i, a := range actors {
		// Not ctx itself: the order of stopping is ours.
		own, cancel := context.WithCancel(context.WithoutCancel(ctx))
		cancels[i], done[i] = cancel, make(chan struct{})
		go func() {
			defer close(done[i])
			ends <- ended{i, alive(own, log, a)}
		}()
	}
	var errs []error
	stopping := map[int]bool{}
	note := func(e ended) {
		name := actors[e.at].Name
		switch {
		case e.err != nil && !errors.Is(e.err, context.Canceled):
			errs = append(errs, fmt.Errorf("%s: %w", name, e.err))
		case !stopping[e.at]:
			errs = append(errs, fmt.Errorf("%s: ended by itself", name))
		}
	}
	select {
	case <-ctx.Done():
	case e := <-ends:
		log.Error("a part ended first; stopping the others", "part", actors[e.at].Name, "error", e.err)
		note(e)
	}
	for i := len(actors) - 1; i >= 0; i-- {
		stopping[i] = true
		cancels[i]()
		await(log, actors[i].Name, done[i])
	}
	for {
		select {
		case e := <-ends:
			note(e)
		default:
			return errors.Join(errs...)
		}
	}
}

// await waits for an actor and names it when it is slow.
func await(log *slog.Logger, name string, done <-chan struct{}) {
	late := time.NewTimer(slow)
	defer late.Stop()
	select {
	case <-done:
	case <-late.C:
		log.Warn("part is slow to stop", "part", name)
		<-done
	}
}

// alive makes a panic an error, so that the other parts stop in order.
func alive(ctx context.Context, log *slog.Logger, a Actor) (err error) {
	defer func() {
		if v := recover(); v != nil {
			log.Error("part panicked", "part", a.Name, "stack", string(debug.Stack()))
			err = errors.New("panicked")
		}
	}()
	return a.Run(ctx)
}
