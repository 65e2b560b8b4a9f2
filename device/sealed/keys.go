package sealed

import (
	"crypto/ecdh"
	"crypto/hpke"
	"encoding/base64"
	"fmt"
)

const (
	encSize = 65 // an uncompressed point on P-256, SEC 1 §2.3.3
	keySize = 32
)

// Recipient can open what is sealed to it.
type Recipient struct {
	ID  string // names the key in headers; 1 to MaxID of A–Z a–z 0–9 - _ . :
	Key hpke.PublicKey
}

func kem() hpke.KEM { return hpke.DHKEM(ecdh.P256()) }

// GenerateKey makes a recipient's key pair. It belongs on the platform, never on a terminal.
func GenerateKey() (hpke.PrivateKey, error) { return kem().GenerateKey() }

// ParsePublicKey reads the text form of a public key: base64url without padding of the uncompressed point, 87 characters.
func ParsePublicKey(s string) (hpke.PublicKey, error) {
	b, err := keyBytes(s, encSize)
	if err != nil {
		return nil, fmt.Errorf("cannot read a public key: %w", err)
	}
	k, err := kem().NewPublicKey(b)
	if err != nil {
		return nil, fmt.Errorf("cannot read a public key: %w", err)
	}
	return k, nil
}

// MarshalPublicKey writes the text form.
func MarshalPublicKey(k hpke.PublicKey) string {
	return base64.RawURLEncoding.EncodeToString(k.Bytes())
}

// ParsePrivateKey reads the text form of a private key: base64url without padding of the scalar, 43 characters.
// Its errors do not repeat the text.
func ParsePrivateKey(s string) (hpke.PrivateKey, error) {
	b, err := keyBytes(s, keySize)
	if err != nil {
		return nil, fmt.Errorf("cannot read a private key: %w", err)
	}
	k, err := kem().NewPrivateKey(b)
	if err != nil {
		return nil, fmt.Errorf("cannot read a private key: %w", err)
	}
	return k, nil
}

// MarshalPrivateKey writes the text form.
func MarshalPrivateKey(k hpke.PrivateKey) (string, error) {
	b, err := k.Bytes()
	if err != nil {
		return "", fmt.Errorf("cannot write a private key: %w", err)
	}
	return base64.RawURLEncoding.EncodeToString(b), nil
}

func keyBytes(s string, size int) ([]byte, error) {
	b, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil || len(b) != size || base64.RawURLEncoding.EncodeToString(b) != s {
		return nil, fmt.Errorf("want %d bytes as base64url", size)
	}
	return b, nil
}

// sealKey seals a content key to each recipient.
func sealKey(key []byte, h Header, to []Recipient) ([]SealedKey, error) {
	out := make([]SealedKey, 0, len(to))
	for _, r := range to {
		if r.Key == nil || r.Key.KEM().ID() != kem().ID() {
			return nil, fmt.Errorf("cannot seal to %q: not a key on P-256", r.ID)
		}
		enc, sender, err := hpke.NewSender(r.Key, hpke.HKDFSHA256(), hpke.AES256GCM(), h.info())
		if err != nil {
			return nil, fmt.Errorf("cannot seal to %q: %w", r.ID, err)
		}
		sealed, err := sender.Seal(nil, key)
		if err != nil {
			return nil, fmt.Errorf("cannot seal to %q: %w", r.ID, err)
		}
		out = append(out, SealedKey{ID: r.ID, Enc: enc, Key: sealed})
	}
	return out, nil
}

// openKey opens the content key that h seals to kid.
func openKey(h Header, priv hpke.PrivateKey, kid string) ([]byte, error) {
	for _, r := range h.Recipients {
		if r.ID != kid {
			continue
		}
		recipient, err := hpke.NewRecipient(r.Enc, priv, hpke.HKDFSHA256(), hpke.AES256GCM(), h.info())
		if err != nil {
			return nil, err
		}
		key, err := recipient.Open(nil, r.Key)
		if err == nil && len(key) != keySize {
			err = fmt.Errorf("content key of %d bytes", len(key))
		}
		return key, err
	}
	return nil, fmt.Errorf("not sealed to %q", kid)
}
