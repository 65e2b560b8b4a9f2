package hub

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/hpke"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"kiosk/device/sealed"
)

// Files in a hub's folder, beside hub.db.
const (
	aboutFile     = "hub.json"
	keysDir       = "keys" // 0700
	caKeyFile     = "ca.key.pem"
	caCertFile    = "ca.pem"
	recipientFile = "recipient.key" // HPKE
	lookupFile    = "lookup.key"    // HMAC over what is looked up
	pagesDir      = "pages"
)

// How long certificates live. A terminal's is long because renewal is not offered yet.
const (
	caLife       = 20 * 365 * 24 * time.Hour
	terminalLife = 10 * 365 * 24 * time.Hour
	serverLife   = 2 * 365 * 24 * time.Hour
	clockSlack   = 24 * time.Hour // a terminal's clock may be behind
)

// about is hub.json.
type about struct {
	URL    string `json:"url"`
	Prefix string `json:"prefix"` // of platform numbers, two digits
}

// Init makes a hub's folder: hub.json, CA, recipient key, look-up key. prefix is the two digits that its platform numbers
// begin with. It never replaces what is there.
func Init(dir, address, prefix string) error {
	if len(prefix) != 2 || strings.Trim(prefix, "0123456789") != "" {
		return fmt.Errorf("cannot make a hub with prefix %q: want two digits", prefix)
	}
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "https" || u.Host == "" || u.Path != "" || u.RawQuery != "" || u.User != nil {
		return fmt.Errorf("cannot make a hub at %q: want https://host[:port]", address)
	}
	if _, err := os.Stat(filepath.Join(dir, aboutFile)); err == nil {
		return fmt.Errorf("cannot make a hub in %q: there is one", dir)
	}
	for _, d := range []string{dir, filepath.Join(dir, keysDir), filepath.Join(dir, pagesDir)} {
		if err := os.MkdirAll(d, 0o700); err != nil {
			return fmt.Errorf("cannot make a hub: %w", err)
		}
	}
	files, err := newKeys()
	if err != nil {
		return fmt.Errorf("cannot make the hub's keys: %w", err)
	}
	for name, b := range files {
		if err := writeFile(filepath.Join(dir, keysDir, name), b); err != nil {
			return fmt.Errorf("cannot store the hub's keys: %w", err)
		}
	}
	b, err := json.MarshalIndent(about{URL: address, Prefix: prefix}, "", "  ")
	if err == nil {
		err = writeFile(filepath.Join(dir, aboutFile), append(b, '\n')) // last: it says that the rest is whole
	}
	if err != nil {
		return fmt.Errorf("cannot make a hub: %w", err)
	}
	return nil
}

func readAbout(dir string) (about, error) {
	var a about
	b, err := os.ReadFile(filepath.Join(dir, aboutFile))
	if err != nil {
		return a, fmt.Errorf("cannot open the hub: %w", err)
	}
	if err := json.Unmarshal(b, &a); err != nil {
		return a, fmt.Errorf("cannot read %s: %w", aboutFile, err)
	}
	if len(a.Prefix) != 2 || strings.Trim(a.Prefix, "0123456789") != "" {
		return a, fmt.Errorf("cannot read %s: prefix is not two digits", aboutFile)
	}
	return a, nil
}

func newKeys() (map[string][]byte, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	now := time.Now()
	template := &x509.Certificate{
		SerialNumber: newSerial(), Subject: pkix.Name{CommonName: "kioskhub CA"},
		NotBefore: now.Add(-clockSlack).Truncate(time.Second), NotAfter: now.Add(caLife).Truncate(time.Second),
		IsCA: true, BasicConstraintsValid: true, MaxPathLenZero: true,
		KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
	}
	cert, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, err
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	recipient, err := sealed.GenerateKey()
	if err != nil {
		return nil, err
	}
	text, err := sealed.MarshalPrivateKey(recipient)
	if err != nil {
		return nil, err
	}
	lookup := make([]byte, 32)
	_, _ = rand.Read(lookup)
	return map[string][]byte{
		caKeyFile:     pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}),
		caCertFile:    pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert}),
		recipientFile: []byte(text),
		lookupFile:    []byte(hex.EncodeToString(lookup)),
	}, nil
}

// keys are what the hub can prove and open.
type keys struct {
	caKey     *ecdsa.PrivateKey
	caCert    *x509.Certificate
	caPEM     []byte
	pool      *x509.CertPool
	recipient hpke.PrivateKey
	kid       string // of recipient, a part of the hash of its public half
	lookup    []byte
}

func loadKeys(dir string) (*keys, error) {
	k, err := readKeys(filepath.Join(dir, keysDir))
	if err != nil {
		return nil, fmt.Errorf("cannot load the hub's keys: %w", err)
	}
	return k, nil
}

func readKeys(dir string) (*keys, error) {
	k := &keys{pool: x509.NewCertPool()}
	der, err := readPEM(filepath.Join(dir, caKeyFile), "PRIVATE KEY")
	if err != nil {
		return nil, err
	}
	parsed, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", caKeyFile, err)
	}
	var ok bool
	if k.caKey, ok = parsed.(*ecdsa.PrivateKey); !ok {
		return nil, fmt.Errorf("%s: not an ECDSA key", caKeyFile)
	}
	if der, err = readPEM(filepath.Join(dir, caCertFile), "CERTIFICATE"); err != nil {
		return nil, err
	}
	if k.caCert, err = x509.ParseCertificate(der); err != nil {
		return nil, fmt.Errorf("%s: %w", caCertFile, err)
	}
	if !k.caKey.PublicKey.Equal(k.caCert.PublicKey) {
		return nil, errors.New("CA key and certificate do not belong together")
	}
	k.caPEM = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	k.pool.AddCert(k.caCert)
	text, err := os.ReadFile(filepath.Join(dir, recipientFile))
	if err != nil {
		return nil, err
	}
	if k.recipient, err = sealed.ParsePrivateKey(string(text)); err != nil {
		return nil, fmt.Errorf("%s: %w", recipientFile, err)
	}
	sum := sha256.Sum256(k.recipient.PublicKey().Bytes())
	k.kid = "platform-" + hex.EncodeToString(sum[:6])
	if text, err = os.ReadFile(filepath.Join(dir, lookupFile)); err != nil {
		return nil, err
	}
	if k.lookup, err = hex.DecodeString(string(text)); err != nil || len(k.lookup) != 32 {
		return nil, fmt.Errorf("%s: want 64 hex digits", lookupFile)
	}
	return k, nil
}

func readPEM(path, kind string) ([]byte, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(b)
	if block == nil || block.Type != kind {
		return nil, fmt.Errorf("%s: no PEM block %q", filepath.Base(path), kind)
	}
	return block.Bytes, nil
}

// hash is HMAC-SHA256 under the look-up key. What it is of is bound in by name and lengths.
func (k *keys) hash(what string, parts ...string) []byte {
	m := hmac.New(sha256.New, k.lookup)
	fmt.Fprintf(m, "%s", what)
	for _, p := range parts {
		fmt.Fprintf(m, "\x00%d\x00%s", len(p), p)
	}
	return m.Sum(nil)
}

// issue makes a terminal's certificate.
func (k *keys) issue(terminal string, epoch int, machine string, pub *ecdsa.PublicKey, now time.Time) ([]byte, error) {
	return x509.CreateCertificate(rand.Reader, &x509.Certificate{
		SerialNumber: newSerial(),
		Subject:      pkix.Name{CommonName: terminal, SerialNumber: machine, OrganizationalUnit: []string{fmt.Sprintf("epoch %d", epoch)}},
		NotBefore:    now.Add(-clockSlack), NotAfter: now.Add(terminalLife),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
		BasicConstraintsValid: true,
	}, k.caCert, pub, k.caKey)
}

// tlsConfig is the server's: a certificate made for this start, TLS 1.3, clients' certificates checked when they show one.
func (k *keys) tlsConfig(now time.Time, hosts ...string) (*tls.Config, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{
		SerialNumber: newSerial(), Subject: pkix.Name{CommonName: "kioskhub"},
		NotBefore: now.Add(-clockSlack), NotAfter: now.Add(serverLife),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		BasicConstraintsValid: true,
	}
	for _, h := range hosts {
		if ip := net.ParseIP(h); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else if h != "" {
			template.DNSNames = append(template.DNSNames, h)
		}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, k.caCert, key.Public(), k.caKey)
	if err != nil {
		return nil, err
	}
	return &tls.Config{
		MinVersion:   tls.VersionTLS13,
		Certificates: []tls.Certificate{{Certificate: [][]byte{der, k.caCert.Raw}, PrivateKey: key}},
		ClientAuth:   tls.VerifyClientCertIfGiven,
		ClientCAs:    k.pool,
		NextProtos:   []string{"http/1.1"},
	}, nil
}

func newSerial() *big.Int {
	var b [16]byte
	_, _ = rand.Read(b[:])
	b[0] &= 0x7f
	return new(big.Int).SetBytes(b[:])
}

// writeFile writes a new file, whole or not at all, and has fsynced it and its folder when it returns.
func writeFile(path string, b []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".new-*") // 0600
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return syncDir(filepath.Dir(path))
}

func syncDir(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
