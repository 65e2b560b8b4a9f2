package identity

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
)

// Secret holds personal text. It shows itself to nobody: every fmt verb, slog and
// encoding/json get a mask or an error, so a value reaches a log only through Reveal,
// which is easy to search for. Copies of a Secret share one buffer; Wipe zeroes it for all.
// The zero value is empty. A Secret is not safe for use while Wipe runs.
type Secret struct{ b []byte }

// NewSecret takes ownership of b.
func NewSecret(b []byte) Secret { return Secret{b: b} }

// SecretString copies s, for literals in tests and values that arrive as JSON strings.
func SecretString(s string) Secret { return Secret{b: []byte(s)} }

// Reveal returns the text. The caller promises not to keep it beyond the visit.
func (s Secret) Reveal() string { return string(s.b) }

// Bytes returns the buffer itself, UTF-8; it is zeroed by Wipe.
func (s Secret) Bytes() []byte { return s.b }

// Empty reports whether there is no text.
func (s Secret) Empty() bool { return len(s.b) == 0 }

// Equal compares two texts.
func (s Secret) Equal(o Secret) bool { return bytes.Equal(s.b, o.b) }

// Clone copies the text into a buffer of its own.
func (s Secret) Clone() Secret { return Secret{b: bytes.Clone(s.b)} }

// Wipe zeroes the buffer. The text of every copy is gone afterwards.
func (s Secret) Wipe() { clear(s.b) }

const hidden = "[personal]"

// String returns a constant, whatever the text is.
func (s Secret) String() string { return hidden }

// Format writes the same constant for every verb.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(hidden)) }

// LogValue keeps the text out of structured logs.
func (s Secret) LogValue() slog.Value { return slog.StringValue(hidden) }

// MarshalJSON refuses: personal text leaves only where Reveal is called on purpose.
func (s Secret) MarshalJSON() ([]byte, error) {
	return nil, errors.New("cannot encode personal text without Reveal")
}
