package hub

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"kiosk/device/casefile"
	"kiosk/sync/platform"
)

// clock is a clock that tests set.
type clock struct {
	mu sync.Mutex
	t  time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.t
}

func (c *clock) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(d)
}

func TestEnrolmentCodes(t *testing.T) {
	c := &clock{t: time.Now()}
	s := serve(t, t.TempDir(), func(cfg *Config) { cfg.Now = c.now })
	ctx := t.Context()
	b := &box{t: t, number: "360001", key: newKey(t)}
	b.connect(s)
	newCode := func(ttl time.Duration) string {
		t.Helper()
		code, _, err := s.Hub.NewCode(ctx, "360001", ttl)
		if err != nil {
			t.Fatal(err)
		}
		return code
	}
	wrong := func(name, code string, key *ecdsa.PrivateKey) {
		t.Helper()
		_, err := b.client.Enrol(ctx, "SN-1", code, key)
		var p *platform.Problem
		if !errors.As(err, &p) || p.Status != 401 || p.Code != platform.CodeEnrolment {
			t.Errorf("%s: got %v, want %s", name, err, platform.CodeEnrolment)
		}
	}
	code := newCode(time.Hour)
	wrong("wrong code", "AAAA-BBBB-CCCC-DDDD", b.key)
	wrong("no code", "", b.key)
	chain, err := b.client.Enrol(ctx, "SN-1", strings.ToLower(strings.ReplaceAll(code, "-", " ")), b.key)
	if err != nil {
		t.Fatal(err)
	}
	if leaf := chain[0]; leaf.Subject.CommonName != "360001" || leaf.Subject.SerialNumber != "SN-1" || len(chain) != 2 {
		t.Errorf("certificate names %q, machine %q, chain of %d", leaf.Subject.CommonName, leaf.Subject.SerialNumber, len(chain))
	}
	if _, err := chain[0].Verify(x509.VerifyOptions{Roots: s.Hub.Roots(), KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}}); err != nil {
		t.Errorf("certificate: %v", err)
	}
	wrong("used code, other key", code, newKey(t))
	again, err := b.client.Enrol(ctx, "SN-1", code, b.key)
	if err != nil || !again[0].Equal(chain[0]) {
		t.Errorf("the same request again, as after a lost answer: %v", err)
	}
	expiring := newCode(time.Minute)
	c.add(time.Minute)
	wrong("expired code", expiring, newKey(t))

	b.show(chain)
	if me, err := b.client.Terminal(ctx); err != nil || me.Epoch != 1 {
		t.Errorf("terminal: %+v, %v", me, err)
	}
	later := newKey(t)
	second, err := b.client.Enrol(ctx, "SN-2", newCode(time.Hour), later)
	if err != nil {
		t.Fatal(err)
	}
	_, err = b.client.Terminal(ctx)
	wantProblem(t, err, 403, platform.CodeNotEnrolled)
	wrong("code of the epoch before, by its key", code, b.key)
	b.key = later
	b.show(second)
	if me, err := b.client.Terminal(ctx); err != nil || me.Epoch != 2 {
		t.Errorf("terminal after the second enrolment: %+v, %v", me, err)
	}
}

func TestEnrolmentIsRateLimited(t *testing.T) {
	c := &clock{t: time.Now()}
	s := serve(t, t.TempDir(), func(cfg *Config) { cfg.Now = c.now })
	b := &box{t: t, number: "360001", key: newKey(t)}
	b.connect(s)
	code, _, err := s.Hub.NewCode(t.Context(), "360001", time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 10 {
		_, err := b.client.Enrol(t.Context(), "SN-1", "AAAA", b.key)
		wantProblem(t, err, 401, platform.CodeEnrolment)
		if t.Failed() {
			t.Fatalf("attempt %d", i)
		}
	}
	var later *platform.TryLater
	if _, err := b.client.Enrol(t.Context(), "SN-1", code, b.key); !errors.As(err, &later) || later.Status != 429 || later.After <= 0 || later.After > 6*time.Second {
		t.Fatalf("after ten wrong codes even the right one waits: %v", err)
	}
	c.add(later.After)
	if _, err := b.client.Enrol(t.Context(), "SN-1", code, b.key); err != nil {
		t.Errorf("after the wait: %v", err)
	}
}

func TestBadCertificateRequests(t *testing.T) {
	s := serve(t, t.TempDir())
	b := &box{t: t, number: "360001", key: newKey(t)}
	b.connect(s)
	enrolmentCode, _, err := s.Hub.NewCode(t.Context(), "360001", time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	csr := func(key any) []byte {
		t.Helper()
		der, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{Subject: pkix.Name{CommonName: "x"}}, key)
		if err != nil {
			t.Fatal(err)
		}
		return der
	}
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	p384, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	altered := csr(b.key)
	altered[len(altered)-1] ^= 1
	b64 := func(der []byte) string { return base64.StdEncoding.EncodeToString(der) }
	for _, c := range []struct {
		name, body, mediaType, user, want string
		status                            int
	}{
		{"not base64", "***", "application/pkcs10", "SN", platform.CodeMalformed, 400},
		{"not a request", b64([]byte("hello")), "application/pkcs10", "SN", platform.CodeMalformed, 400},
		{"bad signature", b64(altered), "application/pkcs10", "SN", platform.CodeMalformed, 400},
		{"RSA", b64(csr(rsaKey)), "application/pkcs10", "SN", platform.CodeMalformed, 400},
		{"P-384", b64(csr(p384)), "application/pkcs10", "SN", platform.CodeMalformed, 400},
		{"too long", strings.Repeat("A", maxCSR+1), "application/pkcs10", "SN", platform.CodeTooLarge, 413},
		{"content type", b64(csr(b.key)), "text/plain", "SN", platform.CodeMediaType, 415},
		{"no serial", b64(csr(b.key)), "application/pkcs10", "", platform.CodeMalformed, 400},
		{"long serial", b64(csr(b.key)), "application/pkcs10", strings.Repeat("S", 65), platform.CodeMalformed, 400},
	} {
		basic := "Basic " + b64([]byte(c.user+":"+enrolmentCode))
		res := b.raw(http.MethodPost, "/.well-known/est/simpleenroll", bytes.NewReader([]byte(c.body)), "Content-Type", c.mediaType, "Authorization", basic)
		if got := code(t, res); res.StatusCode != c.status || got != c.want {
			t.Errorf("%s: %d %s, want %d %s", c.name, res.StatusCode, got, c.status, c.want)
		}
	}
	res := b.raw(http.MethodPost, "/.well-known/est/simpleenroll", strings.NewReader(b64(csr(b.key))), "Content-Type", "application/pkcs10")
	if got := code(t, res); res.StatusCode != 401 || got != platform.CodeEnrolment || res.Header.Get("WWW-Authenticate") == "" {
		t.Errorf("without authorization: %d %s", res.StatusCode, got)
	}
	// None of that has used the code up.
	if _, err := b.client.Enrol(t.Context(), "SN", enrolmentCode, b.key); err != nil {
		t.Error(err)
	}
}

func TestStrangersCertificate(t *testing.T) {
	s, other := serve(t, t.TempDir()), serve(t, t.TempDir())
	b := enrolled(t, other, "360001")
	b.connect(s)
	var tr *platform.Transport
	if _, err := b.client.Terminal(t.Context()); !errors.As(err, &tr) {
		t.Errorf("certificate of another CA: %v", err)
	}
}

func TestNewCodeBounds(t *testing.T) {
	s := serve(t, t.TempDir())
	for _, c := range []struct {
		terminal string
		ttl      time.Duration
	}{{"36001", time.Hour}, {"36000a", time.Hour}, {"", time.Hour}, {"360001", 0}, {"360001", 31 * 24 * time.Hour}} {
		if _, _, err := s.Hub.NewCode(t.Context(), c.terminal, c.ttl); err == nil {
			t.Errorf("a code for %q that lives for %v was made", c.terminal, c.ttl)
		}
	}
}

func TestLimiterForgets(t *testing.T) {
	c := &clock{t: time.Now()}
	l := newLimiter(2, time.Second, c.now)
	for i := range maxNames {
		l.take(string(casefile.NewKey()) + string(rune(i)))
	}
	l.take("a")
	l.take("a")
	c.add(time.Minute)
	l.take("b")
	if len(l.names) > 2 {
		t.Errorf("%d names are kept after a minute", len(l.names))
	}
	if l.wait("b") != 0 {
		t.Error("b has one left and must wait")
	}
}
