package trust

import (
	"crypto/ecdh"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"net/url"
	"time"
)

// PlatformFormat is the only format of the platform document.
const PlatformFormat = "kiosk-platform/1"

// SuiteP256 is the one suite that cases are sealed with in this build (RFC 9180).
const SuiteP256 = "HPKE-P256-HKDFSHA256-A256GCM"

// Platform says where the platform is and for whom cases are sealed. It is signed under the offline root.
type Platform struct {
	Format     string      `json:"format"`
	URL        string      `json:"url"` // https, without path
	CA         string      `json:"ca"`  // PEM certificates; no other authority is believed for the platform
	Recipients []Recipient `json:"recipients"`
}

// Recipient is one key of the platform. Its private half never comes near a terminal.
type Recipient struct {
	KID       string    `json:"kid"`
	Suite     string    `json:"suite"`
	Key       string    `json:"key"` // uncompressed P-256 point, base64url without padding
	NotBefore time.Time `json:"not_before"`
	NotAfter  time.Time `json:"not_after"`
}

// ValidAt reports whether cases may be sealed for the key at that time.
func (r Recipient) ValidAt(t time.Time) bool { return !t.Before(r.NotBefore) && t.Before(r.NotAfter) }

// Platform verifies a signed platform document and checks each of its members.
func (r *Roots) Platform(compact []byte) (*Platform, error) {
	payload, err := r.Verify(KindPlatform, compact)
	if err != nil {
		return nil, err
	}
	p, err := ParsePlatform(payload)
	if err != nil {
		return nil, fmt.Errorf("cannot read the platform document: %w", err)
	}
	return p, nil
}

// ParsePlatform checks a platform document that has been verified, or one that is about to be signed.
func ParsePlatform(payload []byte) (*Platform, error) {
	var p Platform
	if err := strictJSON(payload, &p); err != nil {
		return nil, err
	}
	if p.Format != PlatformFormat {
		return nil, fmt.Errorf("/format: %q is not %q", p.Format, PlatformFormat)
	}
	u, err := url.Parse(p.URL)
	if err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil || u.Path != "" || u.RawQuery != "" || u.Fragment != "" {
		return nil, fmt.Errorf("/url: want https://host:port and nothing more")
	}
	if err := checkCA(p.CA); err != nil {
		return nil, err
	}
	if len(p.Recipients) == 0 || len(p.Recipients) > maxKeys {
		return nil, fmt.Errorf("/recipients: want 1 to %d, got %d", maxKeys, len(p.Recipients))
	}
	seen := map[string]bool{}
	for i, r := range p.Recipients {
		at := fmt.Sprintf("/recipients/%d", i)
		key, err := base64.RawURLEncoding.Strict().DecodeString(r.Key)
		if err == nil {
			_, err = ecdh.P256().NewPublicKey(key)
		}
		switch {
		case !ValidKID(r.KID):
			return nil, fmt.Errorf("%s/kid: want 1 to 64 of a-z, 0-9 and hyphen", at)
		case seen[r.KID]:
			return nil, fmt.Errorf("%s/kid: %q stands twice", at, r.KID)
		case r.Suite != SuiteP256:
			return nil, fmt.Errorf("%s/suite: %q is unknown, want %q", at, r.Suite, SuiteP256)
		case err != nil:
			return nil, fmt.Errorf("%s/key: want an uncompressed P-256 point in base64url without padding", at)
		case !r.NotBefore.Before(r.NotAfter):
			return nil, fmt.Errorf("%s/not_after: must be after not_before", at)
		}
		seen[r.KID] = true
	}
	return &p, nil
}

func checkCA(text string) error {
	rest, n := []byte(text), 0
	for {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			break
		}
		c, err := x509.ParseCertificate(block.Bytes)
		if err != nil || block.Type != "CERTIFICATE" || !c.IsCA {
			return fmt.Errorf("/ca: entry %d is not the certificate of an authority", n)
		}
		n++
	}
	if n == 0 {
		return fmt.Errorf("/ca: want certificates in PEM")
	}
	return nil
}
