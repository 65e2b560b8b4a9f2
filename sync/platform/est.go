package platform

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/smallstep/pkcs7"
)

// Bounds of an enrolment answer.
const (
	maxChain     = 4
	maxChainText = 64 << 10
)

// Enrol asks for a certificate for key, which must be ECDSA P-256, with a one-time code (EST simpleenroll, RFC 7030 §4.2).
// It returns the certificate, leaf first, and what the platform put beside it. A code that is wrong, used or expired gives a
// Problem with CodeEnrolment. Idle connections are dropped, so that the next call shows the new certificate.
func (c *Client) Enrol(ctx context.Context, serial, code string, key crypto.Signer) ([]*x509.Certificate, error) {
	pub, ok := key.Public().(*ecdsa.PublicKey)
	if !ok {
		return nil, errors.New("cannot enrol: the key is not ECDSA")
	}
	if serial == "" || strings.ContainsAny(serial, ":\r\n") {
		return nil, errors.New("cannot enrol: the serial number cannot be a user name")
	}
	csr, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{Subject: pkix.Name{CommonName: serial}}, key)
	if err != nil {
		return nil, fmt.Errorf("cannot make the certificate request: %w", err)
	}
	text := base64.StdEncoding.EncodeToString(csr)
	var chain []*x509.Certificate
	err = c.call(ctx, 0, func(ctx context.Context) (*http.Response, error) {
		return c.requests.EstSimpleEnrollWithBody(ctx, "application/pkcs10", strings.NewReader(text), func(_ context.Context, r *http.Request) error {
			r.SetBasicAuth(serial, code)
			r.Header.Set("Content-Transfer-Encoding", "base64")
			return nil
		})
	}, func(res *http.Response) error {
		var err error
		if chain, err = certificates(res); err != nil {
			return &Transport{err}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if leaf, ok := chain[0].PublicKey.(*ecdsa.PublicKey); !ok || !leaf.Equal(pub) {
		return nil, &Transport{errors.New("certificate is for another key")}
	}
	c.Close()
	return chain, nil
}

// CACerts fetches the CA's certificates (RFC 7030 §4.1). They are no more trusted than the connection they came over.
func (c *Client) CACerts(ctx context.Context) ([]*x509.Certificate, error) {
	var chain []*x509.Certificate
	err := c.call(ctx, 0, func(ctx context.Context) (*http.Response, error) { return c.requests.EstCaCerts(ctx) },
		func(res *http.Response) error {
			var err error
			if chain, err = certificates(res); err != nil {
				return &Transport{err}
			}
			return nil
		})
	return chain, err
}

// certificates reads a PKCS#7 certs-only answer in base64.
func certificates(res *http.Response) ([]*x509.Certificate, error) {
	if res.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("status %d", res.StatusCode)
	}
	text, err := body(res, "application/pkcs7-mime", maxChainText)
	if err != nil {
		return nil, err
	}
	der, err := io.ReadAll(base64.NewDecoder(base64.StdEncoding, strings.NewReader(string(text))))
	if err != nil {
		return nil, errors.New("certificates are not base64")
	}
	p7, err := pkcs7.Parse(der)
	if err != nil {
		return nil, fmt.Errorf("cannot read the certificates: %w", err)
	}
	if n := len(p7.Certificates); n < 1 || n > maxChain {
		return nil, fmt.Errorf("%d certificates where 1 to %d belong", n, maxChain)
	}
	return p7.Certificates, nil
}

// Certificate gives Options.Certificate what Enrol returned.
func Certificate(chain []*x509.Certificate, key crypto.Signer) func() (*tls.Certificate, error) {
	c := &tls.Certificate{PrivateKey: key, Leaf: chain[0]}
	for _, x := range chain {
		c.Certificate = append(c.Certificate, x.Raw)
	}
	return func() (*tls.Certificate, error) { return c, nil }
}
