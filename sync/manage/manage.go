// Package manage is how operations reach the terminal from far away: it beats to the platform with the state of every
// device, fetches the signed settings document and new item packages, and reports what it took and what it refused.
// Nothing is believed because the platform sent it; only the offline root's signature counts.
package manage

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	"kiosk/device/item"
	"kiosk/device/settings"
	"kiosk/device/trust"
	"kiosk/sync/platform"
)

// Platform is what of the platform's API management needs; *platform.Client is one.
type Platform interface {
	Heartbeat(ctx context.Context, beat platform.Heartbeat) (platform.HeartbeatAnswer, error)
	Settings(ctx context.Context, etag string) (jws []byte, newTag string, changed bool, err error)
	Catalogue(ctx context.Context, etag string) (list []platform.CatalogueEntry, newTag string, changed bool, err error)
	Package(ctx context.Context, code string, version int) ([]byte, error)
}

// Config is what management works with.
type Config struct {
	Platform Platform
	Reach    *platform.Reach
	Log      *slog.Logger
	// Audit takes events of the catalogue.
	Audit interface {
		Event(id string, fields ...string)
	}
	Terminal string // six digits
	Roots    *trust.Roots
	Settings *settings.Store
	Live     *settings.Live
	Items    *item.Catalogue
	// Beat fills devices, queue, version and boot; the rest is added here.
	Beat func() platform.Heartbeat
	// Changed is called when items or settings may look different on the screen.
	Changed func()
	// Every is the time between two looks for settings and packages, and between two beats until the platform says
	// otherwise and after a failure; zero means 15 s.
	Every time.Duration
}

// Agent beats and fetches.
type Agent struct {
	cfg    Config
	beat   chan struct{} // has room for one: beat now
	look   chan struct{} // has room for one: there is something to fetch
	wanted wanted        // the fetching goroutine's own

	mu      sync.Mutex
	refused platform.SettingsRefusal
	said    map[string]string // by call, the code of its last error
}

// New makes an agent. Run starts it.
func New(cfg Config) *Agent {
	if cfg.Every == 0 {
		cfg.Every = 15 * time.Second
	}
	return &Agent{
		cfg: cfg, beat: make(chan struct{}, 1), look: make(chan struct{}, 1), said: map[string]string{},
		wanted: wanted{left: map[platform.CatalogueEntry]left{}},
	}
}

// Refused reports whether the last settings document was refused.
func (a *Agent) Refused() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.refused.Code != ""
}

// Soon asks for a beat now, for example when new settings have come into force.
func (a *Agent) Soon() { poke(a.beat) }

func poke(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// Run beats and fetches until ctx ends. Fetching may take long on a thin line, and beats do not wait for it.
func (a *Agent) Run(ctx context.Context) error {
	var all sync.WaitGroup
	all.Go(func() { a.watchReach(ctx) })
	all.Go(func() {
		for ctx.Err() == nil {
			rest(ctx, a.fetch(ctx), a.look)
		}
	})
	for ctx.Err() == nil {
		rest(ctx, a.beatOnce(ctx), a.beat)
	}
	all.Wait()
	return nil
}

// rest waits, a little less than told, so that terminals that were switched on together do not stay together.
func rest(ctx context.Context, wait time.Duration, wake <-chan struct{}) {
	timer := time.NewTimer(wait - rand.N(wait/10+1))
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	case <-wake:
	}
}

// watchReach tells the audit log when the platform is lost and when it is back.
func (a *Agent) watchReach(ctx context.Context) {
	const online = "online"
	told := ""
	for {
		changed := a.cfg.Reach.Changed() // asked for before looking
		now := a.cfg.Reach.Trouble()
		if a.cfg.Reach.Online() {
			now = online
		}
		if now != told {
			switch now {
			case "":
			case online:
				a.cfg.Log.Info("platform answers")
				a.cfg.Audit.Event("platform-online")
			default:
				a.cfg.Log.Warn("platform is away", "code", now)
				a.cfg.Audit.Event("platform-trouble", "code", now)
			}
			told = now
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return
		}
	}
}

// beatOnce tells how the terminal is and returns the time until the next beat.
func (a *Agent) beatOnce(ctx context.Context) time.Duration {
	answer, err := a.cfg.Platform.Heartbeat(ctx, a.report())
	if ctx.Err() == nil {
		a.cfg.Reach.Note(err) // here only: a long document that is cut says little about who is there
	}
	a.heard(ctx, "heartbeat", err)
	if err != nil {
		return a.later(err)
	}
	if len(answer.Hints) > 0 {
		poke(a.look)
	}
	return time.Duration(answer.Next) * time.Second
}

// later is the time until the next attempt; what the platform asks for is obeyed.
func (a *Agent) later(err error) time.Duration {
	if asked := platform.RetryAfter(err); asked > 0 {
		return asked + asked/8 // rest takes a tenth off at most
	}
	return a.cfg.Every
}

// heard logs the error of a call when it is another than last time.
func (a *Agent) heard(ctx context.Context, call string, err error) {
	if ctx.Err() != nil {
		return
	}
	code := platform.Code(err)
	a.mu.Lock()
	before := a.said[call]
	a.said[call] = code
	a.mu.Unlock()
	if code != "" && code != before {
		a.cfg.Log.Warn("platform did not answer as it should", "call", call, "code", code, "err", err)
	}
}

func (a *Agent) report() platform.Heartbeat {
	b := a.cfg.Beat()
	doc, hash := a.cfg.Live.Current()
	a.mu.Lock()
	b.Settings = platform.SettingsReport{Version: doc.Version, Sha256: hash, Refused: a.refused}
	a.mu.Unlock()
	for _, p := range a.cfg.Items.List() {
		b.Items = append(b.Items, platform.ItemVersion{Code: p.Item.Code, Version: p.Item.Version})
	}
	b.SentAt = time.Now().UTC()
	return b
}

// fetch looks for settings and packages and returns the time until the next look.
func (a *Agent) fetch(ctx context.Context) time.Duration {
	return max(a.later(a.fetchSettings(ctx)), a.later(a.fetchItems(ctx)))
}
