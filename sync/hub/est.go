package hub

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"

	"github.com/smallstep/pkcs7"

	"kiosk/sync/platform"
)

const (
	maxCSR    = 16 << 10 // base64
	maxSerial = 64
)

// canonCode makes a code as typed the code as made: capitals, no blanks or hyphens.
func canonCode(s string) string {
	return strings.NewReplacer("-", "", " ", "").Replace(strings.ToUpper(s))
}

func (h *Hub) caCerts(w http.ResponseWriter, r *http.Request) {
	h.writeCertificates(w, r, h.keys.caCert.Raw)
}

func (h *Hub) simpleEnroll(w http.ResponseWriter, r *http.Request) {
	cert, err := h.enrolTerminal(w, r)
	if err != nil {
		h.writeProblem(w, r, err)
		return
	}
	h.writeCertificates(w, r, cert, h.keys.caCert.Raw)
}

// writeCertificates answers PKCS#7 certs-only in base64, the leaf first.
func (h *Hub) writeCertificates(w http.ResponseWriter, r *http.Request, der ...[]byte) {
	var all []byte
	for _, d := range der {
		all = append(all, d...)
	}
	p7, err := pkcs7.DegenerateCertificate(all)
	if err != nil {
		h.writeProblem(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "application/pkcs7-mime; smime-type=certs-only")
	w.Header().Set("Content-Transfer-Encoding", "base64")
	_, _ = io.WriteString(w, base64.StdEncoding.EncodeToString(p7))
}

func (h *Hub) enrolTerminal(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	address, _, _ := net.SplitHostPort(r.RemoteAddr)
	if wait := h.enrol.wait(address); wait > 0 {
		return nil, &problem{status: http.StatusTooManyRequests, code: platform.CodeTooMany, title: "too many wrong codes", after: wait}
	}
	wrongCode := func() error {
		h.enrol.take(address)
		w.Header().Set("WWW-Authenticate", `Basic realm="enrolment"`)
		return &problem{status: http.StatusUnauthorized, code: platform.CodeEnrolment, title: "code is unknown, used or expired"}
	}
	serial, code, ok := r.BasicAuth()
	if !ok {
		return nil, wrongCode()
	}
	if serial == "" || len(serial) > maxSerial || strings.ContainsFunc(serial, func(c rune) bool { return c < ' ' || c > '~' }) {
		return nil, bad("serial number is not 1 to 64 plain characters")
	}
	body, err := readBody(w, r, "application/pkcs10", maxCSR)
	if err != nil {
		return nil, err
	}
	pub, err := csrKey(body)
	if err != nil {
		return nil, err
	}
	spki, err := x509.MarshalPKIXPublicKey(pub)
	if err != nil {
		return nil, err
	}
	now := h.now()
	// The code is looked for by its keyed hash, so the time that takes says nothing about any other code.
	t, err := h.store.Enrol(r.Context(), Enrolment{CodeHash: h.keys.hash("code", canonCode(code)), PublicKey: spki, Serial: serial, At: now},
		func(terminal string, epoch int) ([]byte, error) {
			return h.keys.issue(terminal, epoch, serial, pub, now)
		})
	if errors.Is(err, ErrNoCode) {
		return nil, wrongCode()
	}
	if err != nil {
		return nil, err
	}
	h.log.InfoContext(r.Context(), "terminal enrolled", "terminal", t.Number, "epoch", t.Epoch, "serial", serial)
	return t.Cert, nil
}

// csrKey takes the key out of a request that its own key has signed.
func csrKey(body []byte) (*ecdsa.PublicKey, error) {
	der, err := io.ReadAll(base64.NewDecoder(base64.StdEncoding, strings.NewReader(string(body))))
	if err != nil {
		return nil, bad("certificate request is not base64")
	}
	csr, err := x509.ParseCertificateRequest(der)
	if err != nil || csr.CheckSignature() != nil {
		return nil, bad("certificate request is not whole")
	}
	pub, ok := csr.PublicKey.(*ecdsa.PublicKey)
	if !ok || pub.Curve != elliptic.P256() {
		return nil, bad("certificate request is not for an ECDSA key on P-256")
	}
	return pub, nil
}
