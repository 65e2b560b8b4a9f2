package platform

import (
	"errors"
	"sync"
	"time"
)

// Reach remembers whether the platform answered last. Any answer counts, a refusal too; only silence and
// strangers' answers do not. The zero value says that nobody has asked yet, which counts as away.
type Reach struct {
	mu      sync.Mutex
	online  bool
	since   time.Time
	changed chan struct{}
}

// Note takes the error of a call, nil included.
func (r *Reach) Note(err error) {
	var transport *Transport
	var later *TryLater
	online := err == nil || !errors.As(err, &transport) && !errors.As(err, &later)
	r.mu.Lock()
	defer r.mu.Unlock()
	if online == r.online && !r.since.IsZero() {
		return
	}
	r.online, r.since = online, time.Now()
	if r.changed != nil {
		close(r.changed)
		r.changed = nil
	}
}

// Online reports whether the platform answered last.
func (r *Reach) Online() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.online
}

// Since is when Online changed last; zero while nobody has asked.
func (r *Reach) Since() time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.since
}

// Changed returns a channel that is closed at the next change.
func (r *Reach) Changed() <-chan struct{} {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.changed == nil {
		r.changed = make(chan struct{})
	}
	return r.changed
}
