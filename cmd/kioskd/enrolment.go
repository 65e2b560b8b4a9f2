package main

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"kiosk/device/durable"
	"kiosk/device/localapi"
	"kiosk/sync/platform"
)

// Files of a terminal's identity in its state folder.
const (
	keyFile         = "keys/terminal.pem" // ECDSA P-256, PKCS #8; made at the first start
	certificateFile = "keys/terminal.crt" // the certificate and its chain, PEM
	enrolmentFile   = "enrolment.json"    // number and epoch, once the platform has said them
)

// maxIdentity bounds each of these files, in bytes.
const maxIdentity = 64 << 10

// enrolment is what the platform gave this terminal.
type enrolment struct {
	Number string `json:"number"` // six digits
	Epoch  int    `json:"epoch"`  // 1..99; raised by each enrolment
}

// identity is who the terminal is: its key from the first start on, a certificate and a number once it is enrolled.
type identity struct {
	state string
	key   crypto.Signer

	mu       sync.Mutex
	chain    []*x509.Certificate // leaf first
	enrolled enrolment           // zero until the number is known
	changed  chan struct{}       // closed when enrolled has been set
}

// openIdentity reads what there is and makes the key when there is none. A certificate for another key, and an enrolment
// without a certificate, are as if they were not there.
func openIdentity(state string) (*identity, error) {
	if err := os.MkdirAll(filepath.Join(state, "keys"), 0o700); err != nil {
		return nil, fmt.Errorf("cannot make the folder of keys: %w", err)
	}
	id := &identity{state: state, changed: make(chan struct{})}
	var err error
	if id.key, err = openKey(filepath.Join(state, keyFile)); err != nil {
		return nil, err
	}
	if id.chain, err = readChain(filepath.Join(state, certificateFile), id.key.Public()); err != nil {
		return nil, err
	}
	if len(id.chain) == 0 {
		return id, nil
	}
	b, err := readSmall(filepath.Join(state, enrolmentFile))
	if errors.Is(err, fs.ErrNotExist) {
		return id, nil
	}
	if err != nil {
		return nil, fmt.Errorf("cannot read the enrolment: %w", err)
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	var e enrolment
	if err := d.Decode(&e); err != nil || !e.whole() {
		return id, nil // the platform is asked again
	}
	id.enrolled = e
	close(id.changed)
	return id, nil
}

func (e enrolment) whole() bool { return len(e.Number) == 6 && e.Epoch >= 1 && e.Epoch <= 99 }

// openKey reads the terminal's key, or makes one that its owner alone can read.
func openKey(file string) (crypto.Signer, error) {
	b, err := readSmall(file)
	if errors.Is(err, fs.ErrNotExist) {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			return nil, fmt.Errorf("cannot make the terminal's key: %w", err)
		}
		der, err := x509.MarshalPKCS8PrivateKey(key)
		if err != nil {
			return nil, fmt.Errorf("cannot make the terminal's key: %w", err)
		}
		b = pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
		if err := durable.WriteFile(file, b, 0o600); err != nil {
			return nil, fmt.Errorf("cannot keep the terminal's key: %w", err)
		}
		return key, nil
	}
	if err != nil {
		return nil, fmt.Errorf("cannot read the terminal's key: %w", err)
	}
	block, _ := pem.Decode(b)
	if block == nil {
		return nil, fmt.Errorf("cannot read the terminal's key: no PEM in %q", file)
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("cannot read the terminal's key: %w", err)
	}
	key, ok := parsed.(*ecdsa.PrivateKey)
	if !ok || key.Curve != elliptic.P256() {
		return nil, fmt.Errorf("cannot read the terminal's key: %q holds no P-256 key", file)
	}
	return key, nil
}

// readChain reads the certificate of a key; none when there is none for it.
func readChain(file string, key crypto.PublicKey) ([]*x509.Certificate, error) {
	b, err := readSmall(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("cannot read the terminal's certificate: %w", err)
	}
	var chain []*x509.Certificate
	for block, rest := pem.Decode(b); block != nil; block, rest = pem.Decode(rest) {
		c, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, fmt.Errorf("cannot read the terminal's certificate: %w", err)
		}
		chain = append(chain, c)
	}
	if own, ok := key.(*ecdsa.PublicKey); len(chain) == 0 || !ok || !own.Equal(chain[0].PublicKey) {
		return nil, nil
	}
	return chain, nil
}

func readSmall(file string) ([]byte, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxIdentity+1))
	if err == nil && len(b) > maxIdentity {
		err = fmt.Errorf("%q has more than %d bytes", file, maxIdentity)
	}
	return b, err
}

// certificate is what the platform is shown at each handshake; nil while there is none.
func (id *identity) certificate() (*tls.Certificate, error) {
	id.mu.Lock()
	defer id.mu.Unlock()
	if len(id.chain) == 0 {
		return nil, nil
	}
	c := &tls.Certificate{PrivateKey: id.key, Leaf: id.chain[0]}
	for _, one := range id.chain {
		c.Certificate = append(c.Certificate, one.Raw)
	}
	return c, nil
}

// ends is when the certificate does; zero while there is none.
func (id *identity) ends() time.Time {
	id.mu.Lock()
	defer id.mu.Unlock()
	if len(id.chain) == 0 {
		return time.Time{}
	}
	return id.chain[0].NotAfter
}

// now returns the enrolment; ok is false until the number is known.
func (id *identity) now() (e enrolment, ok bool) {
	id.mu.Lock()
	defer id.mu.Unlock()
	return id.enrolled, id.enrolled.whole()
}

// certified reports whether the platform has taken a code already, whether or not the number is known.
func (id *identity) certified() bool {
	id.mu.Lock()
	defer id.mu.Unlock()
	return len(id.chain) > 0
}

// platformSide is what of the platform's API enrolment needs.
type platformSide interface {
	Enrol(ctx context.Context, serial, code string, key crypto.Signer) ([]*x509.Certificate, error)
	Terminal(ctx context.Context) (platform.Terminal, error)
}

// enrol trades the one-time code for a certificate. The certificate is on disk before anything else is asked, because
// the code is used up with it.
func (id *identity) enrol(ctx context.Context, p platformSide, serial, code string) error {
	chain, err := p.Enrol(ctx, serial, code, id.key)
	if err != nil {
		return refusal(err)
	}
	var b bytes.Buffer
	for _, c := range chain {
		_ = pem.Encode(&b, &pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})
	}
	if err := durable.WriteFile(filepath.Join(id.state, certificateFile), b.Bytes(), 0o600); err != nil {
		return fmt.Errorf("cannot keep the terminal's certificate: %w", err)
	}
	id.mu.Lock()
	id.chain = chain
	id.mu.Unlock()
	return id.settle(ctx, p)
}

// settle asks for number and epoch and keeps them.
func (id *identity) settle(ctx context.Context, p platformSide) error {
	t, err := p.Terminal(ctx)
	if err != nil {
		return refusal(err)
	}
	e := enrolment{Number: t.Number, Epoch: t.Epoch}
	if !e.whole() {
		return errors.New("cannot take the enrolment: number or epoch is out of bounds")
	}
	b, err := json.Marshal(e)
	if err != nil {
		return fmt.Errorf("cannot keep the enrolment: %w", err)
	}
	if err := durable.WriteFile(filepath.Join(id.state, enrolmentFile), append(b, '\n'), 0o600); err != nil {
		return fmt.Errorf("cannot keep the enrolment: %w", err)
	}
	id.mu.Lock()
	defer id.mu.Unlock()
	if !id.enrolled.whole() {
		close(id.changed)
	}
	id.enrolled = e
	return nil
}

// refusal says a platform's error in the words of the local API.
func refusal(err error) error {
	var transport *platform.Transport
	var later *platform.TryLater
	var problem *platform.Problem
	switch {
	case errors.As(err, &transport), errors.As(err, &later):
		return fmt.Errorf("%w: %w", &localapi.Problem{Title: "the platform is away", Code: localapi.CodeOffline}, err)
	case errors.As(err, &problem) && problem.Code == platform.CodeEnrolment:
		return &localapi.Problem{Title: "the code is wrong, used or expired", Code: localapi.CodeEnrol}
	case errors.As(err, &problem):
		return &localapi.Problem{Title: "the platform refuses this terminal", Code: localapi.CodeEnrol, Detail: problem.Code}
	}
	return err
}
