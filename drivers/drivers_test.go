package drivers

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"kiosk/device"
	"kiosk/device/settings"
)

// Each driver is complete, has a name of its own, and takes the sample in its folder.
func TestAll(t *testing.T) {
	seen := map[string]bool{}
	for _, d := range All {
		if d.Name == "" || d.Kind == "" || d.Check == nil || d.Open == nil || seen[d.Name] {
			t.Errorf("driver %q is not complete, or is there twice", d.Name)
		}
		seen[d.Name] = true
		if found, ok := Find(d.Name); !ok || found.Name != d.Name {
			t.Errorf("Find does not find %q", d.Name)
		}
		raw, err := os.ReadFile(filepath.Join(d.Name, "sample.json"))
		if err != nil {
			t.Fatal(err)
		}
		var entry settings.Device
		if err := json.Unmarshal(raw, &entry); err != nil {
			t.Fatal(err)
		}
		if entry.Driver != d.Name || entry.Kind != string(d.Kind) {
			t.Errorf("sample of %q is for %q, a %q", d.Name, entry.Driver, entry.Kind)
		}
		if err := d.Check(entry.Config); err != nil {
			t.Errorf("sample of %q: %v", d.Name, err)
		}
		if err := d.Check(json.RawMessage(`{"colour":"red"}`)); !errors.Is(err, device.ErrConfig) {
			t.Errorf("%q takes a configuration that it cannot know: %v", d.Name, err)
		}
	}
	if _, ok := Find("toaster"); ok {
		t.Error("there is a driver for a toaster")
	}
}
