// Package device is the terminal's side of its peripherals: one small contract per kind of
// peripheral, what each may answer, and how it says that it cannot. Drivers stand outside and
// implement these; the terminal is their only user.
package device

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"log/slog"
	"net"
	"time"

	"kiosk/device/identity"
)

// Kind is a kind of peripheral, as configuration and item packages name it.
type Kind string

// The kinds that exist.
const (
	KindIDCardReader   Kind = "id-card-reader"
	KindReceiptPrinter Kind = "receipt-printer"
	KindCamera         Kind = "camera" // document camera, 高拍仪
)

// Kinds lists all kinds in the order in which people are shown them.
var Kinds = []Kind{KindIDCardReader, KindCamera, KindReceiptPrinter}

// Driver is one line of drivers.All.
type Driver struct {
	Name string // as the configuration says it: "sdt"
	Kind Kind   // what Open returns
	// Check says whether cfg is right, without touching any hardware. Its error wraps ErrConfig.
	Check func(cfg json.RawMessage) error
	// Open opens the peripheral and asks it who it is. It returns an error that wraps ErrConfig
	// when the configuration can never work, ErrGone when the hardware is not there now.
	Open func(ctx context.Context, env Env, cfg json.RawMessage) (Peripheral, error)
}

// Env is what a driver gets from its surroundings.
type Env struct {
	Log  *slog.Logger
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
}

// Peripheral is what all have in common. Status never blocks on hardware.
type Peripheral interface {
	Status() Status
	Close() error
}

// Errors that a caller acts on. Everything else is retried once and counted.
var (
	ErrGone   = errors.New("device is gone")           // the rig closes and opens again
	ErrMedia  = errors.New("paper or card is missing") // shown to the person, who can mend it
	ErrConfig = errors.New("wrong configuration")      // stops the start
	ErrBusy   = errors.New("device is in use")
	// ErrKind is an ErrMedia that trying again does not mend: another kind of card.
	ErrKind = fmt.Errorf("card of another kind: %w", ErrMedia)
)

// Status is the state of a peripheral in four layers, so that "the cable is out" and "the
// paper is out" never look alike.
type Status struct {
	Link     Level     `json:"link"`     // cable, port, socket
	Device   Level     `json:"device"`   // the device's own word about itself
	Supplies Level     `json:"supplies"` // paper
	Data     Level     `json:"data"`     // what came over the wire made sense
	Faults   []FaultID `json:"faults,omitempty"`
	Model    string    `json:"model,omitempty"` // what it says it is
	Serial   string    `json:"serial,omitempty"`
	At       time.Time `json:"at"` // when this was last learned from the device
}

// Usable reports whether work may be given to the peripheral.
func (s Status) Usable() bool {
	return s.Link != Bad && s.Device != Bad && s.Supplies != Bad && s.Data != Bad
}

// Level grades one layer.
type Level string

// Levels. The zero value means nobody has asked yet.
const (
	Unknown Level = ""
	Good    Level = "good"
	Poor    Level = "poor" // works, needs attention: paper low, many retries
	Bad     Level = "bad"
)

// Outcome of something that moved paper, a card or money. There are three ends, not two.
type Outcome string

// Outcomes. NotKnown has its own way on: nobody may be told "printed" or "not printed".
const (
	Yes      Outcome = "yes"
	No       Outcome = "no"
	NotKnown Outcome = "not-known"
)

// IDCardReader waits for cards. Read blocks until one card has been read whole, ctx ends, or the
// reader is gone (ErrGone). It never returns half a card. A card that was felt but not read gives an
// error that wraps ErrMedia after the driver's own retries: the person should lay it down again.
// One Read at a time.
type IDCardReader interface {
	Peripheral
	Read(ctx context.Context) (identity.Card, error)
}

// Frame is one picture as the camera made it. JPEG is owned by the receiver.
type Frame struct {
	JPEG []byte
	At   time.Time // monotonic
}

// Camera gives JPEG frames while somebody looks. Stream blocks until ctx ends (nil error) or the
// camera is gone (ErrGone) and calls show for each frame on one goroutine; a slow show skips
// frames, it does not queue them. No light is on and no frame is kept outside Stream.
// Only frames that begin FF D8, end FF D9 and are within the driver's size limit are shown.
type Camera interface {
	Peripheral
	Stream(ctx context.Context, show func(Frame)) error
}

// Slip is a receipt as dots: Width dots a row, 1 bit a dot in 8-bit cells (0 black, 255 white).
type Slip struct {
	Image *image.Gray
	Cut   bool
}

// PaperWidth is told by printers whose width the layout must follow.
type PaperWidth interface {
	// Dots a row, at 203 dpi (8 dots/mm).
	Dots() int
}

// ReceiptPrinter prints one slip. Print blocks until the printer has said that it is done, ctx
// ends, or a fault stops it. The outcome is Yes only when the printer confirmed the end
// after the last byte, No when not a byte of the picture was sent, and NotKnown otherwise;
// the error says why. One Print at a time. ctx ends do not cut a picture in half: the bytes announced are finished
// or the link is closed.
type ReceiptPrinter interface {
	Peripheral
	PaperWidth
	Print(ctx context.Context, slip Slip) (Outcome, error)
}

// CodeFinder finds QR codes in a picture. It returns no texts and no error when there is none.
type CodeFinder interface {
	Find(ctx context.Context, jpeg []byte) ([]string, error)
}
