package settings

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"sync"

	"kiosk/device/schema"
)

// MaxConfig bounds the local file in bytes.
const MaxConfig = 256 << 10

// Standard is what holds where the local file says nothing: standard timers, half volume, around the clock, all items.
var Standard = Document{Times: StandardTimes, Volume: 5, Hours: Hours{From: "00:00", To: "00:00"}}

var localContract = sync.OnceValues(func() (*schema.Schema, error) { return schema.Load("kioskd.schema.json") })

// Load reads the local file and checks all of it but the drivers, which Check asks. Its error has a line for each
// thing that is wrong, with its place as a JSON pointer.
func Load(file string) (Config, error) {
	f, err := os.Open(file)
	if err != nil {
		return Config{}, fmt.Errorf("cannot read the configuration: %w", err)
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, MaxConfig+1))
	if err != nil {
		return Config{}, fmt.Errorf("cannot read the configuration: %w", err)
	}
	cfg, err := Parse(b)
	if err != nil {
		return Config{}, fmt.Errorf("cannot read the configuration %q: %w", file, err)
	}
	return cfg, nil
}

// Parse is Load for the file's content.
func Parse(b []byte) (Config, error) {
	if len(b) > MaxConfig {
		return Config{}, fmt.Errorf("more than %d bytes", MaxConfig)
	}
	s, err := localContract()
	if err != nil {
		return Config{}, err
	}
	cfg := Config{Remote: Standard}
	if err := s.Decode(b, &cfg); err != nil {
		return Config{}, err
	}
	var ps schema.Problems
	kinds := map[string]int{}
	for i, d := range cfg.Devices {
		if first, ok := kinds[d.Kind]; ok {
			ps.Add(fmt.Sprintf("/devices/%d/kind", i), "%q is configured at /devices/%d already", d.Kind, first)
			continue
		}
		kinds[d.Kind] = i
	}
	for place, p := range cfg.paths() {
		if path.Clean(p) != p {
			ps.Add(place, "%q is not a plain path, write %q", p, path.Clean(p))
		}
	}
	if err := ps.Err(); err != nil {
		return Config{}, err
	}
	return cfg, nil
}

func (c *Config) paths() map[string]string {
	all := map[string]string{
		"/state": c.State, "/socket": c.Socket, "/items": c.Items,
		"/trust/roots": c.Trust.Roots, "/trust/platform": c.Trust.Platform,
	}
	for i, f := range c.Folders {
		all[fmt.Sprintf("/folders/%d", i)] = f
	}
	for i, f := range c.Fonts {
		all[fmt.Sprintf("/fonts/%d", i)] = f
	}
	return all
}

// Check asks driver about each configured device. Driver returns an error when there is no driver of that name for that
// kind, or when its configuration is wrong. All errors are returned, each with its place.
func Check(cfg Config, driver func(Device) error) error {
	var ps schema.Problems
	for i, d := range cfg.Devices {
		if err := driver(d); err != nil {
			ps.Add(fmt.Sprintf("/devices/%d", i), "%v", err)
		}
	}
	if len(ps) == 0 {
		return nil
	}
	return errors.Join(errors.New("cannot take the configuration"), ps)
}
