package casefile

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"kiosk/device"
)

// State is how far a kept case has come. Kept is this terminal's word and received the platform's; accepted is the authority's alone.
type State string

// States in order.
const (
	Kept     State = "kept"     // 已收存: sealed and fsynced here
	Received State = "received" // 平台已收到: the platform has committed envelope and pages
	Refused  State = "refused"  // the platform will never take it; staff are told
)

// Record is what the terminal knows of a case that it keeps. Nothing in it is personal.
type Record struct {
	Key            Key            `json:"key"`
	Number         Number         `json:"number"`
	Sequence       int            `json:"sequence"`
	Item           string         `json:"item"` // code
	State          State          `json:"state"`
	PlatformNumber string         `json:"platform_number,omitempty"`
	Pages          int            `json:"pages"`
	KeptAt         time.Time      `json:"kept_at"`
	ReceivedAt     time.Time      `json:"received_at,omitzero"`
	Attempts       int            `json:"attempts"`
	LastError      string         `json:"last_error,omitempty"` // stable code, no text from outside
	Receipt        device.Outcome `json:"receipt,omitempty"`    // "" until a receipt was begun
}

// Progress is what the platform says about a case when somebody asks.
type Progress struct {
	Number         Number         `json:"number"`
	PlatformNumber string         `json:"platform_number,omitempty"`
	Item           string         `json:"item"`
	ItemName       ItemName       `json:"item_name"`
	State          string         `json:"state"` // kept, received, accepted, supplement, done, refused
	Events         []ProgressStep `json:"events"`
	AsOf           time.Time      `json:"as_of"` // when this was known
	Local          bool           `json:"local"` // from this terminal's queue, not from the platform
	Contact        string         `json:"contact,omitempty"`
}

// ItemName in both languages.
type ItemName struct {
	ZH string `json:"zh"`
	EN string `json:"en"`
}

// ProgressStep is one line of a case's history.
type ProgressStep struct {
	State string    `json:"state"`
	At    time.Time `json:"at"`
}

// About is what the queue may know of a case in clear. It lies on the disk for as long as the case does.
type About struct {
	Item string `json:"item"` // code
}

// Mark is what is stored of a visit while it runs, so that after a crash the screen can say what was kept and
// what was printed. Nothing in it is personal.
type Mark struct {
	Visit string `json:"visit"`
	Phase string `json:"phase"`
	Item  string `json:"item,omitempty"`
	Key   Key    `json:"key,omitempty"`
	Lang  string `json:"lang,omitempty"`
	// Lookup is the random part of the receipt's code. It is stored here, so that a receipt can be printed after a
	// crash, and goes when the visit ends.
	Lookup  LookupCode `json:"lookup,omitempty"`
	BegunAt time.Time  `json:"begun_at"`
}

// strictJSON decodes one value and refuses unknown members and anything behind it.
func strictJSON(b []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return err
	}
	if _, err := d.Token(); err != io.EOF {
		return fmt.Errorf("more than one value")
	}
	return nil
}

// Errors of looking up a case.
var (
	ErrOffline  = errors.New("platform is away")
	ErrNotFound = errors.New("no such case")
)
