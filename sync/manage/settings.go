package manage

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"

	"kiosk/device/settings"
	"kiosk/sync/platform"
)

// maxVersion is the highest version that a document can have.
const maxVersion = 999999

// fetchSettings asks for the wanted document. Its error is that of the call.
func (a *Agent) fetchSettings(ctx context.Context) error {
	signed, tag, changed, err := a.cfg.Platform.Settings(ctx, a.wanted.settingsTag)
	a.heard(ctx, "settings", err)
	if err == nil && changed {
		if !a.take(bytes.TrimSpace(signed)) {
			tag = "" // the disk, not the document: ask again
		}
		a.wanted.settingsTag = tag
	}
	return err
}

// take takes a new document if it is signed under the root, for this terminal, newer and in range. It comes into force
// between visits; a refused one leaves the old one and is reported with the reason. It returns false when the terminal could
// not keep what it would have taken.
func (a *Agent) take(signed []byte) bool {
	hash := settings.Hash(signed)
	newest, holds := a.cfg.Live.Newest()
	if hash == holds {
		a.setRefused(platform.SettingsRefusal{})
		a.wanted.refused = ""
		return true
	}
	if hash == a.wanted.refused {
		return true // as before; one report is enough
	}
	doc, hash, err := settings.Apply(newest, signed, a.cfg.Roots, a.cfg.Terminal)
	if err == nil {
		err = a.cfg.Settings.Save(signed)
	}
	if code := settings.RefusalCode(err); code != "" {
		version := claimed(signed)
		a.cfg.Log.Warn("settings refused", "code", code, "version", version, "err", err)
		a.cfg.Audit.Event("settings-refused", "code", string(code), "version", fmt.Sprint(version))
		a.setRefused(platform.SettingsRefusal{Code: string(code), Version: version, Detail: detail(err)})
		a.wanted.refused = settings.Hash(signed)
		a.Soon()
		return true
	}
	if err != nil {
		a.cfg.Log.Error("cannot keep new settings", "err", err)
		return false
	}
	a.setRefused(platform.SettingsRefusal{})
	a.wanted.refused = ""
	a.cfg.Live.Offer(doc, hash)
	a.cfg.Changed()
	return true
}

// claimed is the version that a document says it is, 0 when it says none. Nothing of it has been verified; it only tells the
// platform which of its documents was refused.
func claimed(signed []byte) int {
	parts := bytes.Split(signed, []byte("."))
	if len(parts) != 3 {
		return 0
	}
	payload, err := base64.RawURLEncoding.DecodeString(string(parts[1]))
	var d struct {
		Version int `json:"version"`
	}
	if err != nil || json.Unmarshal(payload, &d) != nil || d.Version < 0 || d.Version > maxVersion {
		return 0
	}
	return d.Version
}

// detail is for operators and stays short.
func detail(err error) string {
	r := []rune(err.Error())
	return string(r[:min(len(r), 200)])
}

func (a *Agent) setRefused(r platform.SettingsRefusal) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.refused = r
}
