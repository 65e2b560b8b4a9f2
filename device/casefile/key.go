// Package casefile is a case as it is made on the terminal: the draft of a visit, the immutable
// envelope it becomes, its pages, its numbers and its receipt. "case" is a Go keyword, hence the name.
package casefile

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"encoding/hex"
	"fmt"
	"strings"
)

// Key names a case from the first touch on. The platform takes each key once. 32 hex digits.
type Key string

// NewKey makes a random key of 128 bits.
func NewKey() Key {
	var b [16]byte
	_, _ = rand.Read(b[:])
	return Key(hex.EncodeToString(b[:]))
}

// Valid reports whether k has the form of a key, so that it may be part of a path or URL.
func (k Key) Valid() bool {
	if len(k) != 32 {
		return false
	}
	for i := range len(k) {
		if !strings.ContainsRune("0123456789abcdef", rune(k[i])) {
			return false
		}
	}
	return true
}

// Digest is the SHA-256 of some bytes, 64 hex digits.
type Digest string

// DigestOf hashes b.
func DigestOf(b []byte) Digest {
	sum := sha256.Sum256(b)
	return Digest(hex.EncodeToString(sum[:]))
}

// Valid reports whether d has the form of a digest.
func (d Digest) Valid() bool {
	b, err := hex.DecodeString(string(d))
	return err == nil && len(b) == sha256.Size && strings.ToLower(string(d)) == string(d)
}

// Number is a local number (收存号): 15 digits, 6 terminal + 2 epoch + 6 sequence + check digit.
type Number string

// Numbers in their parts.
type NumberParts struct {
	Terminal string // six digits
	Epoch    int    // 1..99
	Sequence int    // 1..999999
}

// NewNumber writes a local number. It fails when a part does not fit.
func NewNumber(p NumberParts) (Number, error) {
	if len(p.Terminal) != 6 || !digits(p.Terminal) || p.Epoch < 1 || p.Epoch > 99 || p.Sequence < 1 || p.Sequence > 999999 {
		return "", fmt.Errorf("cannot write a local number of terminal %q, epoch %d, sequence %d", p.Terminal, p.Epoch, p.Sequence)
	}
	s := fmt.Sprintf("%s%02d%06d", p.Terminal, p.Epoch, p.Sequence)
	return Number(s + string(rune('0'+mod1110(s)))), nil
}

// ParseNumber checks length, digits and check digit (ISO 7064 MOD 11,10). Blanks and hyphens are taken out first.
func ParseNumber(s string) (Number, NumberParts, error) {
	s = strings.NewReplacer(" ", "", "-", "").Replace(s)
	if len(s) != 15 || !digits(s) {
		return "", NumberParts{}, fmt.Errorf("cannot read a local number: want 15 digits")
	}
	if mod1110(s[:14]) != int(s[14]-'0') {
		return "", NumberParts{}, fmt.Errorf("cannot read a local number: check digit does not fit")
	}
	var p NumberParts
	p.Terminal = s[:6]
	_, _ = fmt.Sscanf(s[6:14], "%02d%06d", &p.Epoch, &p.Sequence)
	if p.Epoch == 0 || p.Sequence == 0 {
		return "", NumberParts{}, fmt.Errorf("cannot read a local number: epoch and sequence begin at 1")
	}
	return Number(s), p, nil
}

// Spaced groups the digits for people: 360001 01 000042 7.
func (n Number) Spaced() string {
	if len(n) != 15 {
		return string(n)
	}
	return string(n[:6] + " " + n[6:8] + " " + n[8:14] + " " + n[14:])
}

func digits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}

// mod1110 is the check digit of ISO 7064 MOD 11,10.
func mod1110(s string) int {
	p := 10
	for i := range len(s) {
		p = (p + int(s[i]-'0')) % 10
		if p == 0 {
			p = 10
		}
		p = p * 2 % 11
	}
	return (11 - p) % 10
}

// LookupCode is the random part of a receipt's QR code: 16 characters of base32, 80 bits.
type LookupCode string

// NewLookupCode makes one.
func NewLookupCode() LookupCode {
	var b [10]byte
	_, _ = rand.Read(b[:])
	return LookupCode(base32.StdEncoding.EncodeToString(b[:]))
}

// Ticket is what the QR code of a receipt says.
type Ticket struct {
	Number Number
	Code   LookupCode
}

const ticketPrefix = "K1."

// String writes "K1.number.code"; these characters fit QR's alphanumeric mode.
func (t Ticket) String() string { return ticketPrefix + string(t.Number) + "." + string(t.Code) }

// ParseTicket reads the text of a receipt's QR code. Text of any other kind is an error, never a command.
func ParseTicket(s string) (Ticket, error) {
	rest, ok := strings.CutPrefix(s, ticketPrefix)
	number, code, ok2 := strings.Cut(rest, ".")
	if !ok || !ok2 || len(s) > 64 {
		return Ticket{}, fmt.Errorf("cannot read the code: not a receipt of this service")
	}
	n, _, err := ParseNumber(number)
	if err != nil {
		return Ticket{}, err
	}
	if b, err := base32.StdEncoding.DecodeString(code); err != nil || len(b) != 10 {
		return Ticket{}, fmt.Errorf("cannot read the code: look-up part is damaged")
	}
	return Ticket{Number: n, Code: LookupCode(code)}, nil
}
