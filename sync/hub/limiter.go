package hub

import (
	"math"
	"sync"
	"time"
)

// limiter counts by name: burst at once, then one per interval. It forgets names that have their whole burst back.
type limiter struct {
	burst    float64
	interval time.Duration
	now      func() time.Time

	mu    sync.Mutex
	names map[string]bucket
}

type bucket struct {
	left float64
	at   time.Time
}

const maxNames = 4096

func newLimiter(burst int, interval time.Duration, now func() time.Time) *limiter {
	return &limiter{burst: float64(burst), interval: interval, now: now, names: map[string]bucket{}}
}

// left is how many name has now. The caller holds mu.
func (l *limiter) left(name string, now time.Time) float64 {
	b, ok := l.names[name]
	if !ok {
		return l.burst
	}
	return math.Min(l.burst, b.left+float64(now.Sub(b.at))/float64(l.interval))
}

// wait is how long name must wait before it has one; 0 when it has.
func (l *limiter) wait(name string) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	return time.Duration(math.Max(0, 1-l.left(name, l.now())) * float64(l.interval))
}

// take uses one up.
func (l *limiter) take(name string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	if len(l.names) >= maxNames {
		for n := range l.names {
			if l.left(n, now) >= l.burst {
				delete(l.names, n)
			}
		}
		if len(l.names) >= maxNames { // a flood of names: let none in but those we know
			name = ""
		}
	}
	l.names[name] = bucket{math.Max(0, l.left(name, now)-1), now}
}
