package queue

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"kiosk/device/sealed"
)

// States that the queue knows. All others are the caller's.
const (
	Kept    = "kept"    // waits to be offered
	Damaged = "damaged" // a file of it is missing or damaged in every folder
)

// Entry is what the queue knows of a kept case. Nothing in it is personal.
type Entry struct {
	// These never change.
	Key      string    `json:"key"`
	Terminal string    `json:"terminal"`
	Epoch    int       `json:"epoch"`
	Sequence int       `json:"sequence"`
	KeptAt   time.Time `json:"kept_at"`        // UTC, whole seconds
	Note     []byte    `json:"note,omitempty"` // the caller's; signed, in the envelope's head
	Envelope FileRef   `json:"envelope"`
	Pages    []FileRef `json:"pages,omitempty"` // in order

	// These change by Update.
	State     string    `json:"state"`
	Attempts  int       `json:"attempts"`
	Due       time.Time `json:"due,omitzero"`         // not to be offered before
	LastError string    `json:"last_error,omitempty"` // a stable code
	Result    []byte    `json:"result,omitempty"`     // the far side's answer, opaque
	Outcome   string    `json:"outcome,omitempty"`
}

// FileRef names a kept file.
type FileRef struct {
	Name string        `json:"name"` // without folder
	Size int64         `json:"size"` // of the file, head and body
	Body sealed.Digest `json:"body"` // of the body, as the head says
}

// Files lists all files of the entry, pages first.
func (e Entry) Files() []FileRef { return append(slices.Clone(e.Pages), e.Envelope) }

func (e Entry) clone() Entry {
	e.Note, e.Result, e.Pages = slices.Clone(e.Note), slices.Clone(e.Result), slices.Clone(e.Pages)
	return e
}

func (e Entry) compare(f Entry) int {
	return cmp.Or(e.KeptAt.Compare(f.KeptAt), cmp.Compare(e.Epoch, f.Epoch), cmp.Compare(e.Sequence, f.Sequence), cmp.Compare(e.Key, f.Key))
}

func (e Entry) check() error {
	switch {
	case !sealed.ValidCase(e.Key) || e.Envelope.Name != envelopeName(e.Key) || len(e.Pages) > MaxPages:
		return fmt.Errorf("bad entry: files are not named")
	case e.Sequence < 1 || e.Sequence > MaxSequence:
		return fmt.Errorf("bad entry: sequence %d", e.Sequence)
	case len(e.Note) > MaxNote || len(e.Result) > MaxResult:
		return fmt.Errorf("bad entry: note or result: %w", ErrTooLarge)
	case e.State == "" || len(e.State) > 64 || len(e.LastError) > 256 || len(e.Outcome) > 64:
		return fmt.Errorf("bad entry: state, error or outcome is empty or too long")
	}
	for i, p := range e.Pages {
		if p.Name != pageName(e.Key, i) {
			return fmt.Errorf("bad entry: page %d is not named", i+1)
		}
	}
	return nil
}

// Names in the folder of cases.
const (
	casesDir  = "cases"
	draftsDir = "drafts"
	mending   = ".mend" // ends the name of a copy that is being made
)

func envelopeName(key string) string { return key + ".envelope" }

// pageName names page i, counted from 0; people count from 1.
func pageName(key string, i int) string { return fmt.Sprintf("%s.%03d.page", key, i+1) }

// fileName reports whether name is one that this package gives, and so has no path in it.
func fileName(name string) bool {
	key, rest, _ := strings.Cut(name, ".")
	if !sealed.ValidCase(key) {
		return false
	}
	for i := range MaxPages {
		if name == pageName(key, i) {
			return true
		}
	}
	return rest == "envelope"
}
