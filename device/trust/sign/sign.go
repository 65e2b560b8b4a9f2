// Package sign is the offline root's own side: it makes root keys and signs what trust verifies. It belongs on a
// machine without network; the terminal never links it.
package sign

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"os"

	"github.com/go-jose/go-jose/v4"

	"kiosk/device/trust"
)

const pemType = "PRIVATE KEY" // PKCS #8

// Key is a root key and its id.
type Key struct {
	KID     string
	private ed25519.PrivateKey
}

// Generate makes a key. The id is 1 to 64 of a-z, 0-9 and hyphen.
func Generate(kid string) (*Key, error) {
	if !trust.ValidKID(kid) {
		return nil, fmt.Errorf("cannot make a key: id %q is not 1 to 64 of a-z, 0-9 and hyphen", kid)
	}
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("cannot make a key: %w", err)
	}
	return &Key{kid, private}, nil
}

// Save writes the private key as PKCS #8 in PEM, readable by its owner only. It never replaces a file.
func (k *Key) Save(path string) error {
	der, err := x509.MarshalPKCS8PrivateKey(k.private)
	if err != nil {
		return fmt.Errorf("cannot save the key: %w", err)
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("cannot save the key: %w", err)
	}
	err = errors.Join(pem.Encode(f, &pem.Block{Type: pemType, Bytes: der}), f.Sync(), f.Close())
	if err != nil {
		return fmt.Errorf("cannot save the key: %w", err)
	}
	return nil
}

// Load reads a key that Save wrote, or any Ed25519 key in PKCS #8 and PEM. The file does not say the id.
func Load(path, kid string) (*Key, error) {
	if !trust.ValidKID(kid) {
		return nil, fmt.Errorf("cannot load the key: id %q is not 1 to 64 of a-z, 0-9 and hyphen", kid)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("cannot load the key: %w", err)
	}
	block, _ := pem.Decode(b)
	if block == nil || block.Type != pemType {
		return nil, fmt.Errorf("cannot load the key: %q holds no PEM block %q", path, pemType)
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("cannot load the key: %w", err)
	}
	private, ok := parsed.(ed25519.PrivateKey)
	if !ok {
		return nil, fmt.Errorf("cannot load the key: %q is not an Ed25519 key", path)
	}
	return &Key{kid, private}, nil
}

// Roots writes the public halves as a root key set, the file that terminals are installed with.
func Roots(keys ...*Key) ([]byte, error) {
	type entry struct {
		KID string `json:"kid"`
		Key string `json:"key"`
	}
	file := struct {
		Format string  `json:"format"`
		Keys   []entry `json:"keys"`
	}{Format: trust.RootsFormat}
	for _, k := range keys {
		public := k.private.Public().(ed25519.PublicKey)
		file.Keys = append(file.Keys, entry{k.KID, base64.RawURLEncoding.EncodeToString(public)})
	}
	b, err := json.MarshalIndent(file, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("cannot write the root keys: %w", err)
	}
	b = append(b, '\n')
	if _, err := trust.ParseRoots(b); err != nil {
		return nil, fmt.Errorf("cannot write the root keys: %w", err)
	}
	return b, nil
}

// Document signs a document of that kind: compact JWS. The payload is not looked at.
func (k *Key) Document(kind trust.Kind, payload []byte) ([]byte, error) {
	opts := (&jose.SignerOptions{}).WithType(jose.ContentType(kind)).WithHeader("kid", k.KID)
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.EdDSA, Key: k.private}, opts)
	if err != nil {
		return nil, fmt.Errorf("cannot sign the document: %w", err)
	}
	jws, err := signer.Sign(payload)
	if err != nil {
		return nil, fmt.Errorf("cannot sign the document: %w", err)
	}
	compact, err := jws.CompactSerialize()
	if err != nil {
		return nil, fmt.Errorf("cannot sign the document: %w", err)
	}
	return []byte(compact), nil
}

// Manifest signs the exact bytes of an item package's manifest.
func (k *Key) Manifest(manifest []byte) []byte {
	return ed25519.Sign(k.private, append([]byte(trust.ManifestPrefix), manifest...))
}
