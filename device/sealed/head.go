package sealed

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/asn1"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/big"
	"strings"

	jose "github.com/go-jose/go-jose/v4"
)

// Errors that a caller acts on.
var (
	ErrHead      = errors.New("not the head of a sealed file")
	ErrSignature = errors.New("signature of the head is wrong")
)

const magic = "KSEALED1"

// Signer signs heads.
type Signer struct {
	ID string // key id in the JWS: the terminal's number or the key's thumbprint
	// Key is an ECDSA key on P-256: Public is an *ecdsa.PublicKey, Sign takes a SHA-256 digest and gives ASN.1.
	// A key that never leaves its chip fits as well as one from a file.
	Key crypto.Signer
}

// Head is a head block whose form is right and whose signature nobody has checked yet.
type Head struct {
	KeyID string // who is said to have signed
	// Claimed is the header as it stands there. It serves to find the key; believe only what Verify returns.
	Claimed Header

	jws string
}

// ReadHead reads the head block, HeadSize bytes, and leaves r at the body. Errors wrap ErrHead, or are those of r.
func ReadHead(r io.Reader) (Head, error) {
	block := make([]byte, HeadSize)
	if n, err := io.ReadFull(r, block); err != nil {
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return Head{}, fmt.Errorf("cannot read the head: %w: %d bytes only", ErrHead, n)
		}
		return Head{}, fmt.Errorf("cannot read the head: %w", err)
	}
	h, err := parseHead(block)
	if err != nil {
		return Head{}, fmt.Errorf("cannot read the head: %w: %w", ErrHead, err)
	}
	return h, nil
}

// Verify checks the signature by the terminal's public key, an *ecdsa.PublicKey on P-256. The error wraps ErrSignature.
func (h Head) Verify(key crypto.PublicKey) (Header, error) {
	pub, ok := key.(*ecdsa.PublicKey)
	if !ok || pub == nil || pub.Curve != elliptic.P256() {
		return Header{}, fmt.Errorf("cannot verify the head: not an ECDSA key on P-256")
	}
	jws, err := jose.ParseSignedCompact(h.jws, []jose.SignatureAlgorithm{jose.ES256})
	if err != nil {
		return Header{}, fmt.Errorf("cannot verify the head: %w", ErrSignature)
	}
	payload, err := jws.Verify(pub)
	if err != nil {
		return Header{}, fmt.Errorf("cannot verify the head: %w", ErrSignature)
	}
	header, err := parseHeader(payload)
	if err != nil {
		return Header{}, fmt.Errorf("cannot verify the head: %w", err)
	}
	return header, nil
}

func parseHead(block []byte) (Head, error) {
	if len(block) != HeadSize || string(block[:len(magic)]) != magic {
		return Head{}, errors.New("magic is missing")
	}
	rest := block[len(magic):]
	n := binary.BigEndian.Uint32(rest)
	rest = rest[4:]
	if n > uint32(len(rest)) {
		return Head{}, fmt.Errorf("length %d is out of bounds", n)
	}
	for _, b := range rest[n:] {
		if b != 0 {
			return Head{}, errors.New("padding is not zero")
		}
	}
	h := Head{jws: string(rest[:n])}
	parts := strings.Split(h.jws, ".")
	if len(parts) != 3 {
		return Head{}, errors.New("not a compact JWS")
	}
	var raw [3][]byte
	for i, part := range parts {
		var err error
		// Decoders let line ends and spare bits pass. One signature has one spelling here.
		if raw[i], err = base64.RawURLEncoding.DecodeString(part); err != nil || base64.RawURLEncoding.EncodeToString(raw[i]) != part {
			return Head{}, errors.New("not a compact JWS")
		}
	}
	var protected protectedHeader
	if err := strictJSON(raw[0], &protected); err != nil || protected.Alg != string(jose.ES256) || !validID(protected.Kid) {
		return Head{}, errors.New("unknown JWS header")
	}
	h.KeyID = protected.Kid
	var err error
	h.Claimed, err = parseHeader(raw[1])
	return h, err
}

// protectedHeader is all that may stand in the JWS header.
type protectedHeader struct {
	Alg string `json:"alg"`
	Kid string `json:"kid"`
}

func parseHeader(b []byte) (Header, error) {
	var h Header
	if err := strictJSON(b, &h); err != nil {
		return Header{}, err
	}
	return h, h.check()
}

// strictJSON takes only the spelling that this package writes: no unknown, doubled, renamed or reordered member, no blanks.
func strictJSON(b []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return err
	}
	if again, err := json.Marshal(v); err != nil || !bytes.Equal(again, b) {
		return errors.New("JSON is not in the one allowed spelling")
	}
	return nil
}

// headBlock signs h and lays out the head block.
func headBlock(h Header, s Signer) ([]byte, error) {
	if err := h.check(); err != nil {
		return nil, err
	}
	if !validID(s.ID) {
		return nil, errors.New("bad key id of the signer")
	}
	payload, err := json.Marshal(h)
	if err != nil {
		return nil, err
	}
	opaque, err := newOpaque(s)
	if err != nil {
		return nil, err
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: opaque}, nil)
	if err != nil {
		return nil, err
	}
	jws, err := signer.Sign(payload)
	if err != nil {
		return nil, err
	}
	text, err := jws.CompactSerialize()
	if err != nil {
		return nil, err
	}
	if len(text) > HeadSize-len(magic)-4 {
		return nil, fmt.Errorf("head of %d characters does not fit", len(text))
	}
	block := make([]byte, 0, HeadSize)
	block = append(block, magic...)
	block = binary.BigEndian.AppendUint32(block, uint32(len(text)))
	block = append(block, text...)
	return block[:HeadSize], nil
}

// opaque lets go-jose sign with any crypto.Signer.
type opaque struct {
	Signer
	pub *ecdsa.PublicKey
}

func newOpaque(s Signer) (opaque, error) {
	if s.Key == nil {
		return opaque{}, errors.New("no key to sign with")
	}
	pub, ok := s.Key.Public().(*ecdsa.PublicKey)
	if !ok || pub.Curve != elliptic.P256() {
		return opaque{}, errors.New("the key to sign with is not ECDSA on P-256")
	}
	return opaque{s, pub}, nil
}

func (o opaque) Public() *jose.JSONWebKey {
	return &jose.JSONWebKey{Key: o.pub, KeyID: o.ID, Algorithm: string(jose.ES256)}
}

func (o opaque) Algs() []jose.SignatureAlgorithm { return []jose.SignatureAlgorithm{jose.ES256} }

// SignPayload turns the ASN.1 that a crypto.Signer gives into JWS's form (RFC 7518 §3.4): r and s, 32 bytes each.
func (o opaque) SignPayload(payload []byte, _ jose.SignatureAlgorithm) ([]byte, error) {
	hash := crypto.SHA256.New()
	hash.Write(payload)
	der, err := o.Key.Sign(rand.Reader, hash.Sum(nil), crypto.SHA256)
	if err != nil {
		return nil, err
	}
	var sig struct{ R, S *big.Int }
	if rest, err := asn1.Unmarshal(der, &sig); err != nil || len(rest) > 0 || sig.R.Sign() < 1 || sig.S.Sign() < 1 ||
		sig.R.BitLen() > 256 || sig.S.BitLen() > 256 {
		return nil, errors.New("the signer gave no ECDSA signature")
	}
	out := make([]byte, 64)
	sig.R.FillBytes(out[:32])
	sig.S.FillBytes(out[32:])
	return out, nil
}
