// Package settings is the terminal's configuration: the local file that names devices, folders and
// rights, read once at start, and the remote document that operations may change while it runs.
// Both are JSON with a schema in docs/api; a wrong value is refused with its place.
package settings

import (
	"encoding/json"
	"time"
)

// Config is the local file, /etc/kiosk/kioskd.json.
type Config struct {
	State   string   `json:"state"`   // folder: bbolt, keys, enrolment, settings, items
	Folders []string `json:"folders"` // sealed files; more than one for a second disk
	Socket  string   `json:"socket"`  // the local API
	Site    Text     `json:"site"`
	Place   Text     `json:"place"`
	Phone   string   `json:"phone"`
	Serial  string   `json:"serial"` // of the machine
	Access  Access   `json:"access"`
	Trust   Trust    `json:"trust"`
	Items   string   `json:"items"` // folder of signed packages shipped with the terminal
	Fonts   []string `json:"fonts,omitempty"`
	Devices []Device `json:"devices"`
	Remote  Document `json:"defaults"` // what holds until the platform says otherwise; Version 0
}

// Text in both languages.
type Text struct {
	ZH string `json:"zh"`
	EN string `json:"en"`
}

// Access says which users may call which routes, by the kernel's word on the socket.
type Access struct {
	App   []uint32 `json:"app"` // user ids
	Staff []uint32 `json:"staff"`
	Ops   []uint32 `json:"ops"`
}

// Trust names the files that say what is believed.
type Trust struct {
	Roots    string `json:"roots"`    // public keys of the offline root
	Platform string `json:"platform"` // signed: hub address, its CA, recipient keys
}

// Device names one peripheral. At most one of each kind.
type Device struct {
	Kind   string          `json:"kind"`
	Driver string          `json:"driver"`
	Config json.RawMessage `json:"config"`
}

// Document is the remote settings document: signed under the offline root, one per terminal, applied between visits.
type Document struct {
	Format   string   `json:"format,omitempty"` // "kiosk-settings/1"
	Terminal string   `json:"terminal,omitempty"`
	Version  int      `json:"version"`
	Times    Times    `json:"times"`
	Volume   int      `json:"volume"` // 0..10
	Hours    Hours    `json:"hours"`
	Items    []string `json:"items"` // codes, in the order of the home screen; empty: all there are
}

// Hours of service each day, "HH:MM". From equal to To means around the clock.
type Hours struct {
	From string `json:"from"`
	To   string `json:"to"`
}

// Times are the timers of a visit, in seconds in JSON. The bounds are in the schema.
type Times struct {
	Home      Seconds `json:"home"`      // home idle → attract
	Idle      Seconds `json:"idle"`      // visit idle → warning
	Countdown Seconds `json:"countdown"` // warning → end
	CardHint  Seconds `json:"card_hint"`
	CardOther Seconds `json:"card_other"` // → other ways
	Capture   Seconds `json:"capture"`    // idle time on the capture screen
	Result    Seconds `json:"result"`     // result screen → goodbye
	Platform  Seconds `json:"platform"`   // wait for the platform's answer before the receipt
	Take      Seconds `json:"take"`       // "please take it"
	Goodbye   Seconds `json:"goodbye"`
	Help      Seconds `json:"help"` // a call for help holds the clock for as long
}

// Seconds is a duration written as a JSON number of seconds, fractions allowed.
type Seconds time.Duration

// D is the duration.
func (s Seconds) D() time.Duration { return time.Duration(s) }

// MarshalJSON writes seconds.
func (s Seconds) MarshalJSON() ([]byte, error) { return json.Marshal(time.Duration(s).Seconds()) }

// UnmarshalJSON reads seconds.
func (s *Seconds) UnmarshalJSON(b []byte) error {
	var f float64
	if err := json.Unmarshal(b, &f); err != nil {
		return err
	}
	*s = Seconds(f * float64(time.Second))
	return nil
}

// StandardTimes are the timers for standard size.
var StandardTimes = Times{
	Home: sec(60), Idle: sec(120), Countdown: sec(30), CardHint: sec(30), CardOther: sec(90), Capture: sec(180),
	Result: sec(30), Platform: sec(20), Take: sec(30), Goodbye: sec(8), Help: sec(300),
}

func sec(n int) Seconds { return Seconds(time.Duration(n) * time.Second) }
