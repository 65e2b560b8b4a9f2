package settings

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

const sample = "../../packaging/sample/kioskd.json"

func TestSampleLoads(t *testing.T) {
	cfg, err := Load(filepath.FromSlash(sample))
	if err != nil {
		t.Fatal(err)
	}
	if cfg.Remote.Times != StandardTimes {
		t.Errorf("timers that the file leaves out are %+v, want the standard ones", cfg.Remote.Times)
	}
	if cfg.Remote.Hours != (Hours{"08:30", "17:30"}) || cfg.Remote.Volume != 5 || cfg.Remote.Version != 0 {
		t.Errorf("defaults are %+v", cfg.Remote)
	}
	if len(cfg.Devices) == 0 || cfg.Devices[0].Driver != "sdt" || !strings.Contains(string(cfg.Devices[0].Config), "idreader") {
		t.Errorf("devices are %+v", cfg.Devices)
	}
}

func TestStandardHoldsWithoutDefaults(t *testing.T) {
	b := edit(t, func(m map[string]any) { delete(m, "defaults") })
	cfg, err := Parse(b)
	if err != nil {
		t.Fatal(err)
	}
	if cfg.Remote.Times != StandardTimes || cfg.Remote.Volume != Standard.Volume || cfg.Remote.Hours != Standard.Hours {
		t.Errorf("got %+v, want %+v", cfg.Remote, Standard)
	}
	b = edit(t, func(m map[string]any) {
		m["defaults"] = map[string]any{"times": map[string]any{"idle": 2.5}}
	})
	if cfg, err = Parse(b); err != nil {
		t.Fatal(err)
	}
	if cfg.Remote.Times.Idle.D() != 2500*time.Millisecond || cfg.Remote.Times.Home != StandardTimes.Home {
		t.Errorf("one timer changed: %+v", cfg.Remote.Times)
	}
}

// edit changes the sample.
func edit(t *testing.T, change func(map[string]any)) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.FromSlash(sample))
	if err != nil {
		t.Fatal(err)
	}
	var m map[string]any
	if err := json.Unmarshal(b, &m); err != nil {
		t.Fatal(err)
	}
	change(m)
	if b, err = json.Marshal(m); err != nil {
		t.Fatal(err)
	}
	return b
}

func TestLoadSaysWhatIsWrongAndWhere(t *testing.T) {
	device := func(m map[string]any, i int) map[string]any { return m["devices"].([]any)[i].(map[string]any) }
	for _, tt := range []struct {
		name   string
		change func(map[string]any)
		want   string
	}{
		{"unknown member", func(m map[string]any) { m["colour"] = 1 }, `(document): unknown member "colour"`},
		{"unknown member, deep", func(m map[string]any) { device(m, 0)["speed"] = 1 }, `/devices/0: unknown member "speed"`},
		{"missing member", func(m map[string]any) { delete(m, "state") }, `(document): member "state" is missing`},
		{"relative path", func(m map[string]any) { m["state"] = "kiosk" }, `/state: "kiosk" does not fit the pattern ^/`},
		{"path that climbs", func(m map[string]any) { m["state"] = "/var/../etc" }, `/state: "/var/../etc" is not a plain path, write "/etc"`},
		{"relative root", func(m map[string]any) { m["trust"].(map[string]any)["roots"] = "roots.json" }, `/trust/roots: "roots.json"`},
		{"no folder", func(m map[string]any) { m["folders"] = []any{} }, `/folders: `},
		{"same folder", func(m map[string]any) { m["folders"] = []any{"/a", "/a"} }, `/folders: `},
		{"long socket", func(m map[string]any) { m["socket"] = "/" + strings.Repeat("s", 120) }, `/socket: `},
		{"unknown kind", func(m map[string]any) { device(m, 0)["kind"] = "toaster" }, `/devices/0/kind: "toaster" is not one of ["id-card-reader","camera","receipt-printer"]`},
		{"kind twice", func(m map[string]any) { device(m, 1)["kind"] = "id-card-reader" }, `/devices/1/kind: "id-card-reader" is configured at /devices/0 already`},
		{"no Chinese", func(m map[string]any) { m["site"] = map[string]any{"zh": " ", "en": "x"} }, `/site/zh: " " does not fit`},
		{"hours", func(m map[string]any) {
			m["defaults"] = map[string]any{"hours": map[string]any{"from": "24:00", "to": "08:00"}}
		}, `/defaults/hours/from: "24:00" does not fit`},
		{"volume", func(m map[string]any) { m["defaults"] = map[string]any{"volume": 11} }, `/defaults/volume: 11 is more than 10`},
		{"timer", func(m map[string]any) {
			m["defaults"] = map[string]any{"times": map[string]any{"idle": 0}}
		}, `/defaults/times/idle: 0 is less than 1`},
		{"item code", func(m map[string]any) { m["defaults"] = map[string]any{"items": []any{"../x"}} }, `/defaults/items/0: "../x" does not fit`},
		{"version is not local", func(m map[string]any) { m["defaults"] = map[string]any{"version": 3} }, `/defaults: unknown member "version"`},
		{"user id", func(m map[string]any) {
			m["access"] = map[string]any{"app": []any{-1}, "staff": []any{}, "ops": []any{}}
		}, `/access/app/0: -1 is less than 0`},
	} {
		_, err := Parse(edit(t, tt.change))
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s:\n got %v\nwant %s", tt.name, err, tt.want)
		} else if strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: more than one line:\n%v", tt.name, err)
		}
	}
	_, err := Parse(edit(t, func(m map[string]any) { m["colour"] = 1; delete(m, "state"); m["phone"] = "?" }))
	if err == nil || strings.Count(err.Error(), "\n") != 2 {
		t.Errorf("three things are wrong, got:\n%v", err)
	}
}

func TestLoadOfBadFiles(t *testing.T) {
	file := filepath.Join(t.TempDir(), "kioskd.json")
	if _, err := Load(file); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("missing file: %v", err)
	}
	for name, text := range map[string]string{
		"empty": "", "no JSON": "volume = 5", "cut": `{"state":`, "two": "{} {}", "list": "[]",
		"too long": `{"state":"` + strings.Repeat("x", MaxConfig) + `"}`,
	} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Load(file); err == nil || !strings.Contains(err.Error(), file) {
			t.Errorf("%s: %v, want an error that names the file", name, err)
		}
	}
}

func TestCheckAsksTheDrivers(t *testing.T) {
	cfg, err := Load(filepath.FromSlash(sample))
	if err != nil {
		t.Fatal(err)
	}
	if err := Check(cfg, func(Device) error { return nil }); err != nil {
		t.Errorf("all drivers agree: %v", err)
	}
	bad := errors.New("no driver of that name")
	err = Check(cfg, func(d Device) error {
		if d.Driver == "escpos" {
			return bad
		}
		return nil
	})
	if err == nil || !strings.Contains(err.Error(), "/devices/2: no driver of that name") || strings.Contains(err.Error(), "/devices/0") {
		t.Errorf("got %v", err)
	}
}

func FuzzParse(f *testing.F) {
	b, err := os.ReadFile(filepath.FromSlash(sample))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Fuzz(func(t *testing.T, b []byte) {
		cfg, err := Parse(b)
		if err == nil && (!strings.HasPrefix(cfg.State, "/") || cfg.Remote.Times.Idle.D() < time.Second) {
			t.Fatalf("taken: %+v", cfg)
		}
	})
}
