package manage

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"time"

	"kiosk/device/casefile"
	"kiosk/device/item"
	"kiosk/sync/platform"
)

// Bounds of what a platform can make a terminal fetch and keep.
const (
	maxEntries = 5000 // of a catalogue, as the contract has it
	maxItems   = 200  // packages on a terminal
	longest    = 10 * time.Minute
)

// Codes of packages that are not taken, beside those of item.Refusal.
const (
	codeEntry    = "bad-entry"    // the catalogue names what no package can be
	codeOther    = "other"        // what came is not what the catalogue names
	codeTooMany  = "too-many"     // the terminal has as many as it keeps
	codeNotKept  = "not-kept"     // the disk refused; asked again later
	codeTransfer = "not-received" // asked again later
)

// itemCode is what an item may call itself (docs/api/item.schema.json).
var itemCode = regexp.MustCompile(`^[a-z][a-z0-9-]{0,31}$`)

// wanted is what the platform wants the terminal to have, and how far that has come.
type wanted struct {
	settingsTag string
	refused     string // hash of the settings document that was refused last

	catalogueTag string
	catalogue    []platform.CatalogueEntry
	left         map[platform.CatalogueEntry]left // what is not fetched, as long as the catalogue names it
}

// left says how long an entry is left alone.
type left struct {
	until time.Time // zero: for good, the same bytes do not become right
	tries int
}

// fetchItems takes new versions of packages. One that is refused leaves the old one in place; the rest goes on. Its error is
// that of the call for the catalogue.
func (a *Agent) fetchItems(ctx context.Context) error {
	w := &a.wanted
	list, tag, changed, err := a.cfg.Platform.Catalogue(ctx, w.catalogueTag)
	a.heard(ctx, "catalogue", err)
	if err != nil {
		return err
	}
	if changed {
		w.catalogue, w.catalogueTag = list[:min(len(list), maxEntries)], tag
		still := map[platform.CatalogueEntry]left{}
		for _, e := range w.catalogue {
			if l, ok := w.left[e]; ok {
				still[e] = l
			}
		}
		w.left = still
	}
	for _, e := range w.catalogue {
		if ctx.Err() != nil {
			return nil
		}
		if a.lacks(e) {
			a.fetchItem(ctx, e)
		}
	}
	return nil
}

// lacks reports whether the package of an entry is to be fetched now.
func (a *Agent) lacks(e platform.CatalogueEntry) bool {
	if l, ok := a.wanted.left[e]; ok && (l.until.IsZero() || time.Until(l.until) > 0) {
		return false
	}
	if !itemCode.MatchString(e.Code) || e.Version < 1 || e.Version > maxVersion || !casefile.Digest(e.Sha256).Valid() {
		a.wanted.left[e] = left{}
		a.cfg.Log.Warn("catalogue names what no item package can be", "code", codeEntry)
		return false
	}
	have, ok := a.cfg.Items.Find(e.Code)
	if !ok && len(a.cfg.Items.List()) >= maxItems {
		a.leave(e, codeTooMany, fmt.Errorf("more than %d packages", maxItems))
		return false
	}
	return !ok || have.Item.Version < e.Version
}

func (a *Agent) fetchItem(ctx context.Context, e platform.CatalogueEntry) {
	zip, err := a.cfg.Platform.Package(ctx, e.Code, e.Version)
	a.heard(ctx, "package", err)
	switch {
	case ctx.Err() != nil:
		return
	case err != nil:
		a.again(e, codeTransfer, err)
		return
	case string(casefile.DigestOf(zip)) != e.Sha256:
		a.again(e, codeTransfer, errors.New("not the bytes that the catalogue names"))
		return
	}
	p, err := item.Read(zip, a.cfg.Roots)
	if err == nil && (p.Item.Code != e.Code || p.Item.Version != e.Version) {
		a.leave(e, codeOther, fmt.Errorf("it is version %d of %q", p.Item.Version, p.Item.Code))
		return
	}
	if err == nil {
		_, err = a.cfg.Items.Install(zip)
	}
	switch code := item.RefusalCode(err); {
	case code != "":
		a.leave(e, string(code), err)
	case err != nil:
		a.again(e, codeNotKept, err)
	default:
		delete(a.wanted.left, e)
		a.cfg.Log.Info("item package installed", "item", e.Code, "version", e.Version)
		a.cfg.Audit.Event("item-installed", "item", e.Code, "version", fmt.Sprint(e.Version))
		a.cfg.Changed()
		a.Soon()
	}
}

// leave leaves an entry alone for as long as the catalogue names it.
func (a *Agent) leave(e platform.CatalogueEntry, code string, err error) {
	a.wanted.left[e] = left{}
	a.cfg.Log.Warn("item package refused", "item", e.Code, "version", e.Version, "code", code, "err", err)
	a.cfg.Audit.Event("item-refused", "item", e.Code, "code", code)
}

// again leaves an entry alone for a while, each time for longer.
func (a *Agent) again(e platform.CatalogueEntry, code string, err error) {
	l := a.wanted.left[e]
	wait := a.cfg.Every
	for range l.tries {
		if wait *= 2; wait >= longest {
			break
		}
	}
	a.wanted.left[e] = left{time.Now().Add(min(wait, longest)), l.tries + 1}
	a.cfg.Log.Warn("item package not taken yet", "item", e.Code, "version", e.Version, "code", code, "tries", l.tries+1, "err", err)
}
