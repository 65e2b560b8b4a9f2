package session

import (
	"context"
	"io"

	"kiosk/device"
	"kiosk/device/casefile"
	"kiosk/device/identity"
	"kiosk/device/item"
)

// Outbox takes what a visit hands in and never loses it. All calls but Await return soon; they block on the disk.
type Outbox interface {
	// Begin opens room for a draft. Its pages are sealed from their first byte on disk and are noise
	// once the draft is dropped.
	Begin(key casefile.Key) error
	// AddPage seals one page and returns the digest and size of its bytes in clear.
	AddPage(key casefile.Key, page io.Reader) (casefile.Digest, int64, error)
	DropPage(key casefile.Key, digest casefile.Digest) error
	// Keep makes the draft an immutable case: envelope and pages are sealed, named and fsynced, folder and queue too,
	// before it returns. The same key again returns the same record.
	Keep(key casefile.Key, envelope []byte, about casefile.About) (casefile.Record, error)
	// Drop forgets a draft: keys first, then files. Dropping what was kept or never begun does nothing.
	Drop(key casefile.Key)

	Find(key casefile.Key) (casefile.Record, bool)
	// Await blocks until the case is no longer only kept, or ctx ends.
	Await(ctx context.Context, key casefile.Key) (casefile.Record, error)
	// SetReceipt stores what is known of the receipt's paper; it has been fsynced when it returns.
	SetReceipt(key casefile.Key, outcome device.Outcome) error

	// SetMark stores where the visit stands; ClearMark says that it has ended. Both are fsynced.
	SetMark(mark casefile.Mark) error
	ClearMark() error
	// LastMark is the mark of a visit that did not end.
	LastMark() (casefile.Mark, bool)
}

// Progress finds cases. Errors wrap casefile.ErrOffline when the platform is away and the terminal itself
// knows nothing, casefile.ErrNotFound when nobody knows the case.
type Progress interface {
	ByPerson(ctx context.Context, number, name identity.Secret) ([]casefile.Progress, error)
	ByTicket(ctx context.Context, ticket casefile.Ticket) ([]casefile.Progress, error)
	// ByNumber takes a local or a platform number and answers without names.
	ByNumber(ctx context.Context, number string) ([]casefile.Progress, error)
}

// Peripherals are the devices of this terminal as a visit needs them. A lost device is reopened behind this
// seam; calls then return an error that wraps device.ErrGone.
type Peripherals interface {
	ReadCard(ctx context.Context) (identity.Card, error)
	// Look shows the document camera's frames until ctx ends.
	Look(ctx context.Context, show func(device.Frame)) error
	FindCodes(ctx context.Context, jpeg []byte) ([]string, error)
	Print(ctx context.Context, receipt casefile.Receipt) (device.Outcome, error)
	// Status of a kind of device now. Never blocks.
	Status(kind device.Kind) device.Status
}

// Items are the service items that this terminal offers, in the order of the home screen.
type Items interface {
	List() []Offer
}

// Offer is one checked package.
type Offer struct {
	Item   *item.Item
	Digest casefile.Digest // of item.json
	// Rules are the item's compiled conditions.
	Rules *item.Rules
}

// Link says whether the platform answered last.
type Link interface {
	Online() bool
}

// Audit takes one event of the catalogue. Values are codes and counts, never personal data.
type Audit interface {
	Event(id string, fields ...string) // key, value, key, value …
}
