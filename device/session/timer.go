package session

import (
	"context"
	"time"

	"kiosk/device/identity"
	"kiosk/device/localapi"
)

// Names of timers. One of each can run.
const (
	timerIdle   = "idle"   // no touch for long: warn, or end where nothing can be lost
	timerWarn   = "warn"   // the countdown of the warning, second by second
	timerHint   = "hint"   // nothing on the reader or under the camera: say it again
	timerOther  = "other"  // still nothing: other ways
	timerAuto   = "auto"   // a screen that goes on by itself
	timerReveal = "reveal" // mask again, second by second
	timerLong   = "long"   // "still working"
	timerAgain  = "again"  // try a lost device again
	timerHelp   = "help"   // the help sheet has held the clock long enough
)

func (v *Visit) after(name string, d time.Duration) { v.timers[name] = time.Now().Add(d) }
func (v *Visit) stopTimer(name string)              { delete(v.timers, name) }

func (v *Visit) nextTimer() (string, time.Time) {
	var name string
	var due time.Time
	for n, t := range v.timers {
		if name == "" || t.Before(due) || t.Equal(due) && n < name {
			name, due = n, t
		}
	}
	return name, due
}

// touched is called for everything a person does: the clock begins anew and a warning goes away.
func (v *Visit) touched() {
	v.warned = false
	v.stopTimer(timerWarn)
	v.restartIdle()
}

// restartIdle sets the idle clock as the current screen wants it. Device work, printing and a call for help hold it.
func (v *Visit) restartIdle() {
	v.stopTimer(timerIdle)
	if d := v.idleTime(); d > 0 && !v.help {
		v.after(timerIdle, d)
	}
}

func (v *Visit) idleTime() time.Duration {
	switch v.phase {
	case Choosing:
		return v.times.Home.D()
	case InSteps:
		switch v.step.screen {
		case localapi.ViewCard, localapi.ViewScanCode:
			if _, waiting := v.timers[timerOther]; waiting {
				return 0 // its own, longer time runs first
			}
		case localapi.ViewCapture, localapi.ViewReview:
			return v.times.Capture.D()
		}
		return v.times.Idle.D()
	case Result:
		return v.times.Result.D()
	case Trouble, Interrupted:
		return v.times.Idle.D()
	case Taking:
		return v.times.Take.D()
	case Ending:
		return v.times.Goodbye.D()
	case Closed:
		return 0
	}
	return 0
}

// fired handles a timer.
func (v *Visit) fired(name string) {
	switch name {
	case timerIdle:
		if v.phase != InSteps {
			v.move(EvTimeout, event{})
			return
		}
		v.warned = true
		v.warnEnd = time.Now().Add(v.times.Countdown.D())
		v.after(timerWarn, time.Second)
	case timerWarn:
		if time.Until(v.warnEnd) <= 0 {
			v.warned = false
			v.move(EvTimeout, event{})
			return
		}
		v.after(timerWarn, min(time.Second, time.Until(v.warnEnd)))
	case timerReveal:
		if time.Until(v.step.revealEnd) <= 0 {
			v.step.revealed = false
			return
		}
		v.after(timerReveal, min(time.Second, time.Until(v.step.revealEnd)))
	case timerHelp:
		v.help = false
		v.restartIdle()
	case timerLong:
		v.result.long = true
	default:
		if v.phase == InSteps {
			v.stepTimer(name)
		}
	}
}

func (v *Visit) warning() *localapi.IdleWarning {
	if !v.warned {
		return nil
	}
	left := time.Until(v.warnEnd)
	return &localapi.IdleWarning{Seconds: int((left + time.Second - 1) / time.Second)}
}

// start runs work beside the actor under a name, one at a time for each name. fn's result comes back as
// an event unless the task was stopped first; it is then discarded, so that nothing personal is left over.
func (v *Visit) start(name string, fn func(ctx context.Context) (any, error)) {
	v.stop(name)
	v.taskID++
	ctx, cancel := context.WithCancel(context.WithValue(v.ctx, taskKey{}, v.taskID))
	t := &task{id: v.taskID, cancel: cancel}
	v.running[name] = t
	v.work.Go(func() {
		defer cancel()
		data, err := fn(ctx)
		select {
		case v.events <- event{task: name, id: t.id, data: data, err: err}:
		case <-ctx.Done():
			discard(data)
		}
	})
}

// discard zeroes a result that nobody waits for any more.
func discard(data any) {
	switch d := data.(type) {
	case identity.Card:
		d.Wipe()
	case []byte:
		clear(d)
	case sealed:
		clear(d.thumb)
	}
}

type taskKey struct{}

// taskIDOf is the id of the task that ctx belongs to, for events it sends before its end.
func (v *Visit) taskIDOf(ctx context.Context) int {
	id, _ := ctx.Value(taskKey{}).(int)
	return id
}

func (v *Visit) stop(name string) {
	if t := v.running[name]; t != nil {
		t.cancel()
		delete(v.running, name)
	}
}

func (v *Visit) stopAll() {
	for name := range v.running {
		v.stop(name)
	}
}

func now() time.Time { return time.Now().Round(0) }
