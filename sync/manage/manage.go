// Package manage is how operations reach the terminal from far away: it beats to the platform with the state of every
// device, fetches the signed settings document and new item packages, and reports what it took and what it refused.
// Nothing is believed because the platform sent it; only the offline root's signature counts.
package manage

import (
	"context"
	"errors"
	"log/slog"
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
	Audit    interface {
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
	// Every is the time between beats until the platform says otherwise, and after a failure; zero means 15 s.
	Every time.Duration
}

// Agent beats and fetches.
type Agent struct {
	cfg     Config
	wake    chan struct{}
	mu      sync.Mutex
	refused platform.SettingsRefusal
	tagS    string
	tagC    string
}

// New makes an agent. Run starts it.
func New(cfg Config) *Agent {
	if cfg.Every == 0 {
		cfg.Every = 15 * time.Second
	}
	return &Agent{cfg: cfg, wake: make(chan struct{}, 1)}
}

// Refused reports whether the last settings document was refused.
func (a *Agent) Refused() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.refused.Code != ""
}

// Soon asks for a beat now, for example when new settings have come into force.
func (a *Agent) Soon() {
	select {
	case a.wake <- struct{}{}:
	default:
	}
}

// Run beats until ctx ends.
func (a *Agent) Run(ctx context.Context) error {
	for ctx.Err() == nil {
		wait := a.round(ctx)
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
		case <-timer.C:
		case <-a.wake:
		}
		timer.Stop()
	}
	return nil
}

// round does everything once and returns the time until the next.
func (a *Agent) round(ctx context.Context) time.Duration {
	a.fetchSettings(ctx)
	a.fetchItems(ctx)
	answer, err := a.cfg.Platform.Heartbeat(ctx, a.beat())
	a.note(ctx, err)
	if err != nil {
		return a.cfg.Every
	}
	return min(time.Duration(answer.Next)*time.Second, a.cfg.Every)
}

func (a *Agent) note(ctx context.Context, err error) {
	if ctx.Err() != nil {
		return
	}
	was := a.cfg.Reach.Online()
	a.cfg.Reach.Note(err)
	if now := a.cfg.Reach.Online(); now != was {
		a.cfg.Log.Info("platform reach changed", "online", now)
		a.cfg.Changed()
	}
}

func (a *Agent) beat() platform.Heartbeat {
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

// fetchSettings takes a new document if it is signed under the root, for this terminal, newer and in range. It comes
// into force between visits; a refused one leaves the old one and is reported with the reason.
func (a *Agent) fetchSettings(ctx context.Context) {
	signed, tag, changed, err := a.cfg.Platform.Settings(ctx, a.tagS)
	a.note(ctx, err)
	if err != nil || !changed {
		return
	}
	a.tagS = tag
	newest, hash := a.cfg.Live.Newest()
	if settings.Hash(signed) == hash {
		a.setRefused(platform.SettingsRefusal{})
		return
	}
	doc, hash, err := settings.Apply(newest, signed, a.cfg.Roots, a.cfg.Terminal)
	if err == nil {
		err = a.cfg.Settings.Save(signed)
	}
	if err != nil {
		code := string(settings.RefusalCode(err))
		if code == "" { // the disk, not the document: ask again
			a.tagS = ""
			a.cfg.Log.Error("cannot save settings", "err", err)
			return
		}
		a.cfg.Log.Warn("settings refused", "code", code, "err", err)
		a.cfg.Audit.Event("settings-refused", "code", code)
		a.setRefused(platform.SettingsRefusal{Code: code, Detail: detail(err)})
		return
	}
	a.setRefused(platform.SettingsRefusal{})
	a.cfg.Live.Offer(doc, hash)
	a.cfg.Changed()
}

// detail is at most what the contract takes.
func detail(err error) string {
	r := []rune(err.Error())
	return string(r[:min(len(r), 200)])
}

func (a *Agent) setRefused(r platform.SettingsRefusal) {
	a.mu.Lock()
	a.refused = r
	a.mu.Unlock()
}

// fetchItems takes new versions of packages. One that is refused leaves the old one in place; the rest goes on.
func (a *Agent) fetchItems(ctx context.Context) {
	list, tag, changed, err := a.cfg.Platform.Catalogue(ctx, a.tagC)
	a.note(ctx, err)
	if err != nil || !changed {
		return
	}
	a.tagC = tag
	for _, e := range list {
		if have, ok := a.cfg.Items.Find(e.Code); ok && have.Item.Version >= e.Version {
			continue
		}
		zip, err := a.cfg.Platform.Package(ctx, e.Code, e.Version)
		if err != nil {
			a.tagC = "" // ask again with the next beat
			a.note(ctx, err)
			continue
		}
		if _, err := a.cfg.Items.Install(zip); err != nil {
			var refusal *item.Refusal
			code := "damaged"
			if errors.As(err, &refusal) {
				code = string(refusal.Code)
			}
			a.cfg.Log.Warn("item package refused", "item", e.Code, "code", code, "err", err)
			a.cfg.Audit.Event("item-refused", "item", e.Code, "code", code)
			continue
		}
		a.cfg.Audit.Event("item-installed", "item", e.Code)
		a.cfg.Changed()
	}
}
