package settings

import "sync"

// Live is the settings document in force, and the one that waits for the current visit to end. Its methods may be called
// from any goroutine.
type Live struct {
	mu      sync.Mutex
	now     Document
	hash    string
	next    *Document
	nextSum string
}

// NewLive begins with a document that holds at once. hash is "" for the terminal's own defaults.
func NewLive(doc Document, hash string) *Live { return &Live{now: doc, hash: hash} }

// Current is the document in force and the hash of its signed form.
func (l *Live) Current() (Document, string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.now, l.hash
}

// Newest is the document that waits, or the one in force when none does.
func (l *Live) Newest() (Document, string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.next != nil {
		return *l.next, l.nextSum
	}
	return l.now, l.hash
}

// Offer takes an accepted document; it comes into force at the next Swap.
func (l *Live) Offer(doc Document, hash string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.next, l.nextSum = &doc, hash
}

// Swap puts a waiting document into force and reports whether there was one. It is called between visits.
func (l *Live) Swap() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.next == nil {
		return false
	}
	l.now, l.hash, l.next, l.nextSum = *l.next, l.nextSum, nil, ""
	return true
}
