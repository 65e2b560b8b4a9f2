package localapi

import "time"

// Device is one peripheral, as GET /v1/devices lists them.
type Device struct {
	Kind     string    `json:"kind"`
	Driver   string    `json:"driver"`
	State    string    `json:"state"` // "open", "absent", "failed"
	Link     string    `json:"link"`  // "", good, poor, bad; the same for the next three
	Device   string    `json:"device"`
	Supplies string    `json:"supplies"`
	Data     string    `json:"data"`
	Faults   []Fault   `json:"faults,omitempty"`
	Model    string    `json:"model,omitempty"`
	Serial   string    `json:"serial,omitempty"`
	At       time.Time `json:"at,omitzero"`
	Why      string    `json:"why,omitempty"` // why it could not be opened
}

// Fault of a device in words.
type Fault struct {
	ID   string `json:"id"`
	Text Text   `json:"text"`
	Do   Text   `json:"do"`
	Who  string `json:"who"`
}

// Entry is one case of the queue, as GET /v1/queue lists them, oldest first. Nothing in it is personal.
type Entry struct {
	Number         string    `json:"number"`
	PlatformNumber string    `json:"platform_number,omitempty"`
	Item           string    `json:"item"`
	State          string    `json:"state"`
	Receipt        string    `json:"receipt"` // "", yes, no, not-known
	Pages          int       `json:"pages"`
	KeptAt         time.Time `json:"kept_at"`
	ReceivedAt     time.Time `json:"received_at,omitzero"`
	Attempts       int       `json:"attempts"`
	LastError      string    `json:"last_error,omitempty"`
}

// Event is one audit event, as GET /v1/audit lists them, oldest first.
type Event struct {
	At     time.Time         `json:"at"`
	ID     string            `json:"id"` // of the catalogue, docs/api/events.json
	Fields map[string]string `json:"fields,omitempty"`
}

// Problem is an RFC 9457 problem document with a stable code.
type Problem struct {
	Type   string `json:"type"`
	Title  string `json:"title"`
	Status int    `json:"status"`
	Code   string `json:"code"`
	Detail string `json:"detail,omitempty"`
}

// Error makes a Problem an error.
func (p *Problem) Error() string {
	if p.Detail != "" {
		return p.Title + ": " + p.Detail
	}
	return p.Title
}

// Codes of problems.
const (
	CodeForbidden = "forbidden"     // the caller has no right to this route
	CodeStale     = "stale-step"    // the tap was made on a step that is over
	CodeIntent    = "bad-intent"    // not valid on this step
	CodeTooLarge  = "too-large"     // body above the limit
	CodeMalformed = "malformed"     // not JSON, unknown member, wrong type
	CodeNotFound  = "not-found"     //
	CodeEnrol     = "enrol-refused" // wrong or used code
	CodeBusy      = "busy"          // not while somebody is being served
	CodeOffline   = "offline"       // needs the platform
	CodeStarting  = "starting"      // the daemon is not ready yet; ask again soon
	CodeInternal  = "internal"      //
)
