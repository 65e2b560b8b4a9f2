// Package trust is the only verifier of signed things. Everything the terminal believes hangs on one offline root:
// the key set that it was installed with. Under it stand the platform's address and recipient keys, the settings,
// and the item packages. Nothing that is online can introduce any of them, and verification cannot be switched off.
//
// Documents are compact JWS (RFC 7515) with EdDSA (RFC 8037), nothing else: the header names exactly "alg", "kid"
// and "typ", and typ says what kind of document it is, so that one can never be taken for another. Manifests of item
// packages are files of their own with a plain Ed25519 signature over a prefix and their bytes.
package trust

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/go-jose/go-jose/v4"
)

// RootsFormat is the only format of a root key set.
const RootsFormat = "kiosk-roots/1"

// Bounds in bytes.
const (
	MaxRoots    = 64 << 10
	MaxDocument = 256 << 10 // compact form
	maxHeader   = 512
	maxKeys     = 16
)

// Kind is the typ of a signed document.
type Kind string

// Kinds of documents.
const (
	KindPlatform Kind = "kiosk-platform+jws"
	KindSettings Kind = "kiosk-settings+jws"
)

// Errors that say why something is not believed. All are final: the same bytes never become right.
var (
	ErrMalformed = errors.New("not a signed document")
	ErrAlgorithm = errors.New("signed with an algorithm that is not taken")
	ErrKind      = errors.New("a document of another kind")
	ErrKey       = errors.New("not signed by a root key")
	ErrSignature = errors.New("signature does not fit")
)

// Roots are the public keys of the offline root, by key id.
type Roots struct {
	keys map[string]ed25519.PublicKey
}

type rootsFile struct {
	Format string    `json:"format"`
	Keys   []rootKey `json:"keys"`
}

type rootKey struct {
	KID string `json:"kid"`
	Key string `json:"key"` // 32 bytes, base64url without padding
}

// LoadRoots reads a root key set from a file.
func LoadRoots(path string) (*Roots, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("cannot read the root keys: %w", err)
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, MaxRoots+1))
	if err != nil {
		return nil, fmt.Errorf("cannot read the root keys: %w", err)
	}
	r, err := ParseRoots(b)
	if err != nil {
		return nil, fmt.Errorf("cannot read the root keys in %q: %w", path, err)
	}
	return r, nil
}

// ParseRoots reads a root key set.
func ParseRoots(b []byte) (*Roots, error) {
	if len(b) > MaxRoots {
		return nil, fmt.Errorf("more than %d bytes", MaxRoots)
	}
	var file rootsFile
	if err := strictJSON(b, &file); err != nil {
		return nil, err
	}
	if file.Format != RootsFormat {
		return nil, fmt.Errorf("format is %q, want %q", file.Format, RootsFormat)
	}
	if len(file.Keys) == 0 || len(file.Keys) > maxKeys {
		return nil, fmt.Errorf("want 1 to %d keys, got %d", maxKeys, len(file.Keys))
	}
	r := &Roots{keys: map[string]ed25519.PublicKey{}}
	for i, k := range file.Keys {
		key, err := base64.RawURLEncoding.Strict().DecodeString(k.Key)
		switch {
		case !ValidKID(k.KID):
			return nil, fmt.Errorf("/keys/%d/kid: want 1 to 64 of a-z, 0-9 and hyphen", i)
		case err != nil || len(key) != ed25519.PublicKeySize:
			return nil, fmt.Errorf("/keys/%d/key: want 32 bytes in base64url without padding", i)
		case r.keys[k.KID] != nil:
			return nil, fmt.Errorf("/keys/%d/kid: %q stands twice", i, k.KID)
		}
		r.keys[k.KID] = key
	}
	return r, nil
}

// ValidKID reports whether a key id has the right form.
func ValidKID(kid string) bool {
	return kid != "" && len(kid) <= 64 && strings.Trim(kid, "abcdefghijklmnopqrstuvwxyz0123456789-") == ""
}

// Verify checks a signed document of that kind and returns its payload. Errors wrap one of this package's.
func (r *Roots) Verify(kind Kind, compact []byte) ([]byte, error) {
	if len(compact) > MaxDocument {
		return nil, fmt.Errorf("cannot verify the document: more than %d bytes: %w", MaxDocument, ErrMalformed)
	}
	kid, err := header(kind, compact)
	if err != nil {
		return nil, fmt.Errorf("cannot verify the document: %w", err)
	}
	key, ok := r.keys[kid]
	if !ok {
		return nil, fmt.Errorf("cannot verify the document: key id %q: %w", kid, ErrKey)
	}
	jws, err := jose.ParseSignedCompact(string(compact), []jose.SignatureAlgorithm{jose.EdDSA})
	if err != nil {
		return nil, fmt.Errorf("cannot verify the document: %w: %w", ErrMalformed, err)
	}
	payload, err := jws.Verify(key)
	if err != nil {
		return nil, fmt.Errorf("cannot verify the document: %w", ErrSignature)
	}
	return payload, nil
}

// header takes the protected header apart before any cryptography: three parts of canonical base64url, and a header of
// exactly three members. It returns the key id.
func header(kind Kind, compact []byte) (string, error) {
	parts := strings.Split(string(compact), ".")
	if len(parts) != 3 || len(parts[0]) > maxHeader {
		return "", ErrMalformed
	}
	var raw []byte
	for i, part := range parts {
		// The decoder passes over line ends, the strict one, too.
		b, err := base64.RawURLEncoding.Strict().DecodeString(part)
		if err != nil || strings.ContainsAny(part, "\r\n") {
			return "", ErrMalformed
		}
		if i == 0 {
			raw = b
		}
	}
	var h struct {
		Alg string `json:"alg"`
		KID string `json:"kid"`
		Typ string `json:"typ"`
	}
	if err := strictJSON(raw, &h); err != nil {
		return "", fmt.Errorf("%w: header: %w", ErrMalformed, err)
	}
	switch {
	case h.Alg != string(jose.EdDSA):
		return "", ErrAlgorithm
	case h.Typ != string(kind):
		return "", ErrKind
	case !ValidKID(h.KID):
		return "", ErrKey
	}
	return h.KID, nil
}

// ManifestPrefix stands before a manifest's bytes when they are signed, so that a signature over a manifest
// fits nothing else.
const ManifestPrefix = "kiosk-item-manifest/1\n"

// VerifyManifest checks the signature over the exact bytes of an item package's manifest.
func (r *Roots) VerifyManifest(manifest []byte, kid string, signature []byte) error {
	key, ok := r.keys[kid]
	if !ok {
		return fmt.Errorf("cannot verify the manifest: %w", ErrKey)
	}
	if !ed25519.Verify(key, append([]byte(ManifestPrefix), manifest...), signature) {
		return fmt.Errorf("cannot verify the manifest: %w", ErrSignature)
	}
	return nil
}

// strictJSON decodes one value and refuses unknown members and anything behind it.
func strictJSON(b []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return err
	}
	if _, err := d.Token(); err != io.EOF {
		return errors.New("more than one value")
	}
	return nil
}
