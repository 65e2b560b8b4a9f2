package daemon

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"net/http"
	"reflect"
	"sync"
	"time"

	"kiosk/device/localapi"
)

// How often the state is looked at when nobody has said that it changed, and how streams are kept alive.
const (
	lookAgain  = time.Second
	signOfLife = 15 * time.Second
	writeLimit = 10 * time.Second // for one line or frame; who takes longer is cut off
)

// snapshot is one state, encoded once for all who listen.
type snapshot struct {
	state localapi.State
	full  []byte // for the app
	bare  []byte // for staff and ops: no content of the visit
}

// news holds the newest state. Readers wait for the next one at their own pace and skip what they missed, so
// a slow reader costs nobody anything.
type news struct {
	boot string

	making  sync.Mutex // one state is assembled at a time, so that seq follows what was seen
	mu      sync.Mutex
	now     *snapshot
	changed chan struct{}
}

func newNews() *news { return &news{boot: rand.Text(), changed: make(chan struct{})} }

// look returns the newest snapshot, nil before the first, and a channel that is closed when there is a newer one.
func (n *news) look() (*snapshot, <-chan struct{}) {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.now, n.changed
}

// publish encodes a state and shows it, unless it says the same as the one before.
func (n *news) publish(st localapi.State) (*snapshot, error) {
	before, _ := n.look()
	st.Boot = n.boot
	if before != nil {
		st.Seq = before.state.Seq
		if reflect.DeepEqual(st, before.state) {
			return before, nil
		}
	}
	st.Seq++
	full, err := json.Marshal(st)
	if err != nil {
		return nil, err
	}
	hidden := st
	hidden.Visit = bare(st.Visit)
	without, err := json.Marshal(hidden)
	if err != nil {
		return nil, err
	}
	now := &snapshot{state: st, full: append(full, '\n'), bare: append(without, '\n')}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.now = now
	close(n.changed)
	n.changed = make(chan struct{})
	return now, nil
}

// bare leaves of a visit only where it stands: what a citizen sees is not for staff or ops.
func bare(v localapi.Visit) localapi.Visit {
	return localapi.Visit{
		ID: v.ID, Phase: v.Phase, Step: v.Step, Lang: v.Lang, Item: v.Item, Progress: v.Progress,
		View: localapi.View{Kind: v.View.Kind}, Intents: v.Intents, Warning: v.Warning, Personal: v.Personal,
	}
}

// bytes picks what a caller may see.
func (s *snapshot) bytes(who right) []byte {
	if who&app != 0 {
		return s.full
	}
	return s.bare
}

// refresh assembles the state as it is now. It tells the visit when anything around it changed.
func (s *Server) refresh(p *Parts) (*snapshot, error) {
	s.news.making.Lock()
	defer s.news.making.Unlock()
	before, _ := s.news.look()
	now, err := s.news.publish(s.assemble(p))
	if err != nil {
		return nil, err
	}
	if before == nil || around(before.state, now.state) {
		p.Visit.Poke()
	}
	return now, nil
}

// around reports whether anything but the visit differs.
func around(a, b localapi.State) bool {
	a.Visit, b.Visit, a.Seq, b.Seq = localapi.Visit{}, localapi.Visit{}, 0, 0
	return !reflect.DeepEqual(a, b)
}

// watch keeps the newest state new until ctx ends.
func (s *Server) watch(ctx context.Context) {
	select {
	case <-s.ready:
	case <-ctx.Done():
		return
	}
	p := s.parts.Load()
	tick := time.NewTicker(lookAgain)
	defer tick.Stop()
	for {
		visit, devices := p.Visit.Changed(), p.Peripherals.Changed()
		if _, err := s.refresh(p); err != nil {
			s.cfg.Log.Error("state cannot be told", "error", err)
		}
		select {
		case <-visit:
		case <-devices:
		case <-s.poked:
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// state answers with the state as it is at this moment, so that who tapped and then asks sees what the tap did.
func (s *Server) state(p *Parts, w http.ResponseWriter, r *request) error {
	now, err := s.refresh(p)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(now.bytes(r.who))
	return nil
}

// events sends one line with the whole state now and one at each change.
func (s *Server) events(p *Parts, w http.ResponseWriter, r *request) error {
	if _, err := s.refresh(p); err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/x-ndjson")
	control := http.NewResponseController(w)
	var last []byte
	for {
		now, next := s.news.look()
		line := now.bytes(r.who)
		if bytes.Equal(line, last) {
			line = []byte("\n")
		} else {
			last = line
		}
		_ = control.SetWriteDeadline(time.Now().Add(writeLimit))
		if _, err := w.Write(line); err != nil {
			return nil // the reader is gone
		}
		if control.Flush() != nil {
			return nil
		}
		if !wait(r.Context(), next) {
			return nil
		}
	}
}

// wait blocks until there is news or a sign of life is due. It reports whether ctx still runs.
func wait(ctx context.Context, news <-chan struct{}) bool {
	life := time.NewTimer(signOfLife)
	defer life.Stop()
	select {
	case <-news:
	case <-life.C:
	case <-ctx.Done():
	}
	return ctx.Err() == nil
}
