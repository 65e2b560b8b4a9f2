package ui

import (
	"log/slog"
	"runtime/debug"
	"sync"
)

// maxPanics is how many panics of the drawing are survived; then the process ends and a fresh one takes over.
const maxPanics = 5

// poster brings work to Fyne's main goroutine. Work with the same key that has not begun yet is replaced, so that a
// slow screen gets the newest frame and the newest state only and the toolkit's queue stays short.
type poster struct {
	do   func(func()) // runs on the main goroutine, soon: fyne.Do
	log  *slog.Logger
	fail func() // called after too many panics

	mu      sync.Mutex
	waiting map[string]func()
	panics  int
}

// Post has f run on the main goroutine. It does not wait.
func (p *poster) Post(key string, f func()) {
	p.mu.Lock()
	_, queued := p.waiting[key]
	p.waiting[key] = f
	p.mu.Unlock()
	if queued {
		return
	}
	p.do(func() {
		p.mu.Lock()
		f := p.waiting[key]
		delete(p.waiting, key)
		p.mu.Unlock()
		p.guard(key, f)
	})
}

// guard runs f and survives its panic. The value of a panic may quote what is on the screen: only places are written.
func (p *poster) guard(key string, f func()) {
	defer func() {
		if recover() == nil {
			return
		}
		p.log.Error("screen panicked", "work", key, "stack", string(debug.Stack()))
		p.mu.Lock()
		p.panics++
		over := p.panics >= maxPanics
		p.mu.Unlock()
		if over {
			p.fail()
		}
	}()
	f()
}
