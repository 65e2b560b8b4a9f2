// Package sealed is the file form in which a terminal keeps what citizens handed in, and in which it travels to the
// platform. The terminal can write such a file and cannot read it back: only the holders of the recipients' private
// keys can. What the file belongs to is said in clear and signed by the terminal, so that anybody between can check,
// order and forward it.
//
//	offset 0     head block, 4096 bytes: magic "KSEALED1", length of the JWS (4 bytes, big endian),
//	             compact JWS (RFC 7515, ES256 by the terminal's key), zeros to the end
//	offset 4096  body: the plaintext in chunks of 64 KiB, each AES-256-GCM sealed with its 16-byte tag
//
// The body is the STREAM construction (Hoang, Reyhanitabar, Rogaway, Vizár: "Online Authenticated-Encryption and its
// Nonce-Reuse Misuse-Resistance", 2015): the nonce is seven zero bytes, the chunk's number from 0 in four bytes, big
// endian, and one byte that is 1 on the last chunk only. The zero prefix is safe because each file has its own random key.
// An empty plaintext is one empty chunk; otherwise no chunk is empty and only the last is short.
//
// The JWS payload is the Header as JSON. The content key is sealed to each recipient by HPKE (RFC 9180, base mode,
// DHKEM(P-256, HKDF-SHA256), HKDF-SHA256, AES-256-GCM); the HPKE info binds format, terminal, case and kind. All digests are
// SHA-256 of sealed bytes: a digest of plaintext would let a guess be tested.
//
// There is one variant. A change of any of this is a new format name and a new magic.
package sealed

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"time"
)

// Format is the only format of this build.
const Format = "kiosk-sealed/1"

// Suite names the algorithms of recipients and body.
const Suite = "HPKE-P256-HKDFSHA256-A256GCM"

// Sizes in bytes, and counts. Together the largest of each fit into the head block.
const (
	HeadSize      = 4096
	ChunkSize     = 64 << 10 // of plaintext
	MaxPlain      = 32 << 20 // of one file
	MaxBody       = MaxPlain + MaxPlain/ChunkSize*tagSize
	MaxPages      = 36 // of one case
	MaxRecipients = 2  // the platform's key of today and the one that follows it
	MaxNote       = 256
	MaxID         = 64 // of a key id

	tagSize = 16
)

// Kind says what a file holds.
type Kind string

// The kinds. A case is one envelope and no or more pages.
const (
	Envelope Kind = "envelope"
	Page     Kind = "page"
)

// Header is what a file says in clear, signed. Nothing in it is personal.
type Header struct {
	Format     string      `json:"format"`
	Terminal   string      `json:"terminal"` // six digits
	Epoch      int         `json:"epoch"`    // 1..99
	Sequence   int         `json:"sequence"` // 1..999999, the same for all files of a case
	Case       string      `json:"case"`     // key of the case, 32 hex digits
	Kind       Kind        `json:"kind"`
	At         time.Time   `json:"at"` // when the case was kept; UTC, whole seconds
	Suite      string      `json:"suite"`
	Recipients []SealedKey `json:"recipients"`
	Chunk      int         `json:"chunk"`           // ChunkSize
	Size       int64       `json:"size"`            // of the body, bytes
	Body       Digest      `json:"body"`            // of the body
	Pages      []Digest    `json:"pages,omitempty"` // envelope only: the bodies of the case's pages in order
	Note       Bytes       `json:"note,omitempty"`  // envelope only: the keeper's own remark, not personal
}

// SealedKey is the content key sealed to one recipient.
type SealedKey struct {
	ID  string `json:"kid"`
	Enc Bytes  `json:"enc"` // HPKE encapsulated key, an uncompressed point, 65 bytes
	Key Bytes  `json:"key"` // 32 bytes and their tag
}

// Digest is a SHA-256. Its text form, also in JSON, is base64url without padding: 43 characters, fit for a URL.
type Digest [sha256.Size]byte

// String is the text form.
func (d Digest) String() string { return base64.RawURLEncoding.EncodeToString(d[:]) }

// Hex is the digest as 64 hex digits.
func (d Digest) Hex() string { return hex.EncodeToString(d[:]) }

// MarshalText writes the text form.
func (d Digest) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads the text form.
func (d *Digest) UnmarshalText(b []byte) error {
	p, err := ParseDigest(string(b))
	if err == nil {
		*d = p
	}
	return err
}

// ParseDigest reads the text form and no other.
func ParseDigest(s string) (Digest, error) {
	var d Digest
	b, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil || len(b) != len(d) || base64.RawURLEncoding.EncodeToString(b) != s {
		return d, fmt.Errorf("cannot read a digest: want 43 characters of base64url")
	}
	copy(d[:], b)
	return d, nil
}

// ParseHex reads what Hex wrote: 64 hex digits, small letters.
func ParseHex(s string) (Digest, error) {
	var d Digest
	b, err := hex.DecodeString(s)
	if err != nil || len(b) != len(d) || hex.EncodeToString(b) != s {
		return d, fmt.Errorf("cannot read a digest: want 64 hex digits")
	}
	copy(d[:], b)
	return d, nil
}

// Bytes are written as base64url without padding, as everything binary in a header.
type Bytes []byte

// MarshalText writes base64url.
func (b Bytes) MarshalText() ([]byte, error) {
	return base64.RawURLEncoding.AppendEncode(nil, b), nil
}

// UnmarshalText reads base64url.
func (b *Bytes) UnmarshalText(text []byte) error {
	p, err := base64.RawURLEncoding.AppendDecode(nil, text)
	if err == nil {
		*b = p
	}
	return err
}

// CheckPage says whether page is the header of the case's page i, counted from 0, of which h is the envelope.
func (h Header) CheckPage(i int, page Header) error {
	switch {
	case h.Kind != Envelope || page.Kind != Page:
		return fmt.Errorf("cannot match page %d: kinds are %q and %q", i, h.Kind, page.Kind)
	case i < 0 || i >= len(h.Pages):
		return fmt.Errorf("cannot match page %d: the envelope names %d", i, len(h.Pages))
	case h.Terminal != page.Terminal || h.Epoch != page.Epoch || h.Sequence != page.Sequence || h.Case != page.Case:
		return fmt.Errorf("cannot match page %d: it belongs to another case", i)
	case h.Pages[i] != page.Body:
		return fmt.Errorf("cannot match page %d: the envelope names another body", i)
	}
	return nil
}

// check refuses what this format does not allow.
func (h Header) check() error {
	bad := func(what string) error { return fmt.Errorf("bad header: %s", what) }
	switch {
	case h.Format != Format:
		return bad("unknown format")
	case len(h.Terminal) != 6 || !all(h.Terminal, "0123456789"):
		return bad("terminal is not six digits")
	case h.Epoch < 1 || h.Epoch > 99:
		return bad("epoch is not within 1 to 99")
	case h.Sequence < 1 || h.Sequence > 999999:
		return bad("sequence is not within 1 to 999999")
	case !ValidCase(h.Case):
		return bad("case key is not 32 hex digits")
	case h.Kind != Envelope && h.Kind != Page:
		return bad("unknown kind")
	case h.At.Location() != time.UTC || h.At.Nanosecond() != 0 || h.At.Year() < 2000 || h.At.Year() > 9999:
		return bad("time is not whole seconds in UTC")
	case h.Suite != Suite:
		return bad("unknown suite")
	case h.Chunk != ChunkSize:
		return bad("unknown chunk size")
	case !validSize(h.Size):
		return bad("no body has this size")
	case len(h.Recipients) < 1 || len(h.Recipients) > MaxRecipients:
		return bad("wrong number of recipients")
	case h.Kind == Page && (len(h.Pages) > 0 || len(h.Note) > 0):
		return bad("a page has no pages and no note")
	case len(h.Pages) > MaxPages:
		return bad("too many pages")
	case len(h.Note) > MaxNote:
		return bad("note is too long")
	}
	for i, r := range h.Recipients {
		if !validID(r.ID) || len(r.Enc) != encSize || len(r.Key) != keySize+tagSize || i > 0 && r.ID == h.Recipients[0].ID {
			return bad("recipient is not whole")
		}
	}
	return nil
}

// info is what HPKE binds the content key to. None of the parts can contain the separator.
func (h Header) info() []byte {
	return []byte(h.Format + "\n" + h.Terminal + "\n" + h.Case + "\n" + string(h.Kind))
}

// BodySize is the size of the body that plain bytes of plaintext give.
func BodySize(plain int64) int64 {
	chunks := max(1, (plain+ChunkSize-1)/ChunkSize)
	return plain + chunks*tagSize
}

func validSize(body int64) bool {
	if body < tagSize || body > MaxBody {
		return false
	}
	rest := body % (ChunkSize + tagSize)
	return rest == 0 || rest > tagSize || body == tagSize
}

// ValidCase reports whether s has the form of a case key, so that it may be part of a path.
func ValidCase(s string) bool { return len(s) == 32 && all(s, "0123456789abcdef") }

func validID(s string) bool {
	return len(s) >= 1 && len(s) <= MaxID &&
		all(s, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_.:")
}

// all reports whether s is made of the characters of set only.
func all(s, set string) bool {
	for i := range len(s) {
		found := false
		for j := range len(set) {
			found = found || s[i] == set[j]
		}
		if !found {
			return false
		}
	}
	return true
}
