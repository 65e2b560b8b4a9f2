package platform

import (
	"errors"
	"net/http"
	"sync"
	"time"
)

// Reach remembers whether the platform answered last. A refusal is an answer, too, and so is "you ask too often"; silence,
// strangers' answers and a platform that fails are none. The zero value says that nobody has asked yet, which counts as away.
type Reach struct {
	mu      sync.Mutex
	online  bool
	code    string
	since   time.Time
	changed chan struct{}
}

// Note takes the error of a call, nil included. An error that came from the terminal itself says nothing and is not noted.
func (r *Reach) Note(err error) {
	var transport *Transport
	var later *TryLater
	failed := errors.As(err, &later) && later.Status != http.StatusTooManyRequests
	online := !failed && !errors.As(err, &transport)
	r.mu.Lock()
	defer r.mu.Unlock()
	if online == r.online && !r.since.IsZero() {
		return
	}
	r.online, r.code, r.since = online, "", time.Now()
	if !online {
		r.code = Code(err)
	}
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

// Trouble is the code of the error that took the platform away; "" while it answers, and while nobody has asked.
func (r *Reach) Trouble() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.code
}

// Since is when Online changed last; zero while nobody has asked.
func (r *Reach) Since() time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.since
}

// Changed returns a channel that is closed at the next change. Ask for it before looking, then nothing is missed.
func (r *Reach) Changed() <-chan struct{} {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.changed == nil {
		r.changed = make(chan struct{})
	}
	return r.changed
}
