package platform

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/smallstep/pkcs7"
)

const testKey = "00112233445566778899aabbccddeeff"

// far is a platform that answers as a test says.
func far(t testing.TB, answer http.HandlerFunc, change ...func(*Options)) *Client {
	t.Helper()
	s := httptest.NewUnstartedServer(answer)
	s.TLS = &tls.Config{MinVersion: tls.VersionTLS13}
	s.StartTLS()
	roots := x509.NewCertPool()
	roots.AddCert(s.Certificate())
	o := Options{URL: s.URL, Roots: roots, Timeout: 10 * time.Second}
	for _, f := range change {
		f(&o)
	}
	c, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		c.Close()
		s.Close()
	})
	return c
}

// says answers always the same.
func says(status int, mediaType, body string, headers ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", mediaType)
		for i := 0; i < len(headers); i += 2 {
			w.Header().Set(headers[i], headers[i+1])
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

func problemText(status int, code string) string {
	return fmt.Sprintf(`{"type":"about:blank","title":"t","status":%d,"code":%q}`, status, code)
}

// kind names the type of an error and what a caller sees in it.
func kind(err error) string {
	var refused *Refused
	var conflict *Conflict
	var later *TryLater
	var transport *Transport
	var problem *Problem
	switch {
	case err == nil:
		return "ok"
	case errors.As(err, &refused):
		return "refused " + string(refused.Code)
	case errors.As(err, &conflict):
		return "conflict " + conflict.Code
	case errors.As(err, &later):
		return fmt.Sprintf("later %d %v", later.Status, later.After)
	case errors.As(err, &transport):
		return "transport"
	case errors.As(err, &problem):
		return fmt.Sprintf("problem %d %s", problem.Status, problem.Code)
	}
	return fmt.Sprintf("untyped: %v", err)
}

func TestAnswersToACase(t *testing.T) {
	const problemType, jsonType = "application/problem+json", "application/json"
	endless := func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", jsonType)
		part := strings.Repeat(" ", 1<<16)
		for {
			if _, err := io.WriteString(w, part); err != nil {
				return
			}
		}
	}
	for _, c := range []struct {
		name   string
		answer http.HandlerFunc
		want   string
	}{
		{"awaiting", says(200, jsonType, `{"state":"awaiting-pages","missing":["a"]}`), "ok"},
		{"received", says(200, jsonType, `{"state":"received","missing":[],"platform_number":"360000000014"}`), "ok"},
		{"member of a newer contract", says(200, "application/json; charset=utf-8", `{"state":"received","missing":[],"platform_number":"1","later":{}}`), "ok"},
		{"received without number", says(200, jsonType, `{"state":"received","missing":[]}`), "transport"},
		{"number before it is received", says(200, jsonType, `{"state":"awaiting-pages","missing":[],"platform_number":"1"}`), "transport"},
		{"unknown state", says(200, jsonType, `{"state":"lost","missing":[]}`), "transport"},
		{"empty", says(200, jsonType, ``), "transport"},
		{"half", says(200, jsonType, `{"state":`), "transport"},
		{"portal", says(200, "text/html", `<html>`), "transport"},
		{"JSON called text", says(200, "text/plain", `{"state":"awaiting-pages","missing":[]}`), "transport"},
		{"204", says(204, "", ""), "transport"},
		{"304", says(304, "", ""), "transport"},
		{"redirect", says(302, "text/html", "", "Location", "https://portal.example/"), "transport"},
		{"endless", endless, "transport"},
		{"cut", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, "transport"},
		{"refused", says(422, problemType, problemText(422, "bad-signature")), "refused bad-signature"},
		{"422 with a code of nobody", says(422, problemType, problemText(422, "no-mood")), "problem 422 no-mood"},
		{"422 of a portal", says(422, "text/html", "no"), "transport"},
		{"422 without code", says(422, problemType, `{"title":"x"}`), "transport"},
		{"conflict", says(409, problemType, problemText(409, "key-conflict")), "conflict key-conflict"},
		{"conflict of a proxy", says(409, "text/plain", "x"), "transport"},
		{"403", says(403, problemType, problemText(403, "not-enrolled")), "problem 403 not-enrolled"},
		{"404 of a proxy", says(404, "text/html", "x"), "transport"},
		{"status in the body differs", says(403, problemType, problemText(422, "bad-signature")), "problem 403 bad-signature"},
		{"503", says(503, "text/html", "x", "Retry-After", "120"), "later 503 2m0s"},
		{"429", says(429, problemType, problemText(429, "too-many"), "Retry-After", "3"), "later 429 3s"},
		{"500", says(500, "", ""), "later 500 0s"},
		{"502", says(502, "", "", "Retry-After", "soon"), "later 502 0s"},
		{"504", says(504, "", "", "Retry-After", "-5"), "later 504 0s"},
	} {
		t.Run(c.name, func(t *testing.T) {
			client := far(t, c.answer)
			for name, call := range map[string]func() (CaseAnswer, error){
				"put":    func() (CaseAnswer, error) { return client.PutCase(t.Context(), testKey, []byte("file")) },
				"commit": func() (CaseAnswer, error) { return client.CommitCase(t.Context(), testKey) },
			} {
				a, err := call()
				if got := kind(err); got != c.want {
					t.Errorf("%s: %s, want %s (%v)", name, got, c.want, err)
				}
				if err != nil && (a.State != "" || a.PlatformNumber != "") {
					t.Errorf("%s: error and answer %+v at once", name, a)
				}
				if err != nil && strings.Contains(err.Error(), testKey) {
					t.Errorf("%s: error names the case key: %v", name, err)
				}
			}
		})
	}
}

func TestNeverEndingAnswer(t *testing.T) {
	stuck := func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, "{")
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
	}
	silent := func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }
	for name, answer := range map[string]http.HandlerFunc{"stuck": stuck, "silent": silent} {
		c := far(t, answer, func(o *Options) { o.Timeout = 100 * time.Millisecond })
		_, err := c.Terminal(t.Context())
		if kind(err) != "transport" || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%s: %v", name, err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := c.Terminal(ctx); !errors.Is(err, context.Canceled) {
			t.Errorf("%s, cancelled: %v", name, err)
		}
	}
}

func TestWrongPlatform(t *testing.T) {
	c := far(t, says(200, "application/json", "{}"), func(o *Options) { o.Roots = x509.NewCertPool() })
	if _, err := c.Terminal(t.Context()); kind(err) != "transport" {
		t.Errorf("platform of another CA: %v", err)
	}
	c = far(t, says(200, "application/json", "{}"), func(o *Options) {
		o.Dial = func(context.Context, string, string) (net.Conn, error) { return nil, errors.New("no network") }
	})
	if _, err := c.Terminal(t.Context()); kind(err) != "transport" || !strings.Contains(err.Error(), "no network") {
		t.Errorf("without network: %v", err)
	}
	old := httptest.NewUnstartedServer(says(200, "application/json", "{}"))
	old.TLS = &tls.Config{MaxVersion: tls.VersionTLS12}
	old.StartTLS()
	defer old.Close()
	roots := x509.NewCertPool()
	roots.AddCert(old.Certificate())
	if c, err := New(Options{URL: old.URL, Roots: roots}); err != nil {
		t.Error(err)
	} else if _, err := c.Terminal(t.Context()); kind(err) != "transport" {
		t.Errorf("TLS 1.2: %v", err)
	}
	for _, u := range []string{"", "http://a", "https://", "https://a/b", "a:1"} {
		if _, err := New(Options{URL: u, Roots: roots}); err == nil {
			t.Errorf("address %q was taken", u)
		}
	}
	if _, err := New(Options{URL: "https://a"}); err == nil {
		t.Error("a client without CA was made")
	}
}

func TestOtherAnswers(t *testing.T) {
	for _, c := range []struct {
		name   string
		answer http.HandlerFunc
		call   func(*Client) error
		want   string
	}{
		{"terminal", says(200, "application/json", `{"number":"360001","epoch":2}`), func(c *Client) error { _, err := c.Terminal(t.Context()); return err }, "ok"},
		{"terminal, short number", says(200, "application/json", `{"number":"36","epoch":2}`), func(c *Client) error { _, err := c.Terminal(t.Context()); return err }, "transport"},
		{"terminal, epoch 100", says(200, "application/json", `{"number":"360001","epoch":100}`), func(c *Client) error { _, err := c.Terminal(t.Context()); return err }, "transport"},
		{"beat without next", says(200, "application/json", `{"hints":[]}`), func(c *Client) error { _, err := c.Heartbeat(t.Context(), Heartbeat{}); return err }, "transport"},
		{"catalogue", says(200, "application/json", `{}`), func(c *Client) error { _, _, _, err := c.Catalogue(t.Context(), ""); return err }, "transport"},
		{"settings as HTML", says(200, "text/html", `x`), func(c *Client) error { _, _, _, err := c.Settings(t.Context(), ""); return err }, "transport"},
		{"package not there", says(404, "application/problem+json", problemText(404, "not-found")), func(c *Client) error { _, err := c.Package(t.Context(), "x", 1); return err }, "problem 404 not-found"},
		{"package unchanged", says(304, "", ""), func(c *Client) error { _, err := c.Package(t.Context(), "x", 1); return err }, "transport"},
		{"progress", says(200, "application/json", `{"cases":[]}`), func(c *Client) error { _, err := c.Progress(t.Context(), ProgressQuery{By: ByNumber}); return err }, "ok"},
		{"enrolment", says(401, "application/problem+json", problemText(401, CodeEnrolment)), enrol, "problem 401 bad-enrolment-code"},
		{"enrolment, not base64", says(200, "application/pkcs7-mime", "***"), enrol, "transport"},
		{"enrolment, not PKCS#7", says(200, "application/pkcs7-mime", "aGVsbG8="), enrol, "transport"},
		{"enrolment, endless", says(200, "application/pkcs7-mime", strings.Repeat("A", maxChainText+1)), enrol, "transport"},
		{"enrolment, certificate of another key", says(200, "application/pkcs7-mime", strangersCertificate(t)), enrol, "transport"},
	} {
		if got := kind(c.call(far(t, c.answer))); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

func enrol(c *Client) error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	_, err = c.Enrol(context.Background(), "SN", "CODE", key)
	return err
}

// strangersCertificate is a good certs-only answer with the test server's own certificate.
func strangersCertificate(t *testing.T) string {
	t.Helper()
	s := httptest.NewTLSServer(http.NotFoundHandler())
	defer s.Close()
	p7, err := pkcs7.DegenerateCertificate(s.Certificate().Raw)
	if err != nil {
		t.Fatal(err)
	}
	return base64.StdEncoding.EncodeToString(p7)
}

func TestHeartbeatSendsLists(t *testing.T) {
	var got []byte
	c := far(t, func(w http.ResponseWriter, r *http.Request) {
		got, _ = io.ReadAll(r.Body)
		says(200, "application/json", `{"at":"2026-11-21T00:00:00Z","next":30,"hints":["settings"]}`)(w, r)
	})
	a, err := c.Heartbeat(t.Context(), Heartbeat{})
	if err != nil || len(a.Hints) != 1 || a.Hints[0] != HintSettings {
		t.Errorf("%+v, %v", a, err)
	}
	for _, want := range []string{`"devices":[]`, `"items":[]`} {
		if !bytes.Contains(got, []byte(want)) {
			t.Errorf("%s is missing in %s", want, got)
		}
	}
}

// tusServer keeps one upload in memory and misbehaves on purpose.
type tusServer struct {
	data     []byte
	location string
	lie      func(offset int64) string // what PATCH answers as the offset
	forget   int                       // bytes that it loses after each PATCH but the last
	patches  int
}

func (s *tusServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch r.Method {
	case http.MethodPost:
		w.Header().Set("Location", s.location)
		w.WriteHeader(http.StatusCreated)
	case http.MethodHead:
		w.Header().Set("Upload-Offset", strconv.Itoa(len(s.data)))
	case http.MethodPatch:
		s.patches++
		if r.Header.Get("Upload-Offset") != strconv.Itoa(len(s.data)) {
			_, _ = io.Copy(io.Discard, r.Body)
			says(409, "application/problem+json", problemText(409, CodeOffsetConflict))(w, r)
			return
		}
		b, _ := io.ReadAll(r.Body)
		s.data = append(s.data, b...)
		offset := strconv.Itoa(len(s.data))
		if s.lie != nil {
			offset = s.lie(int64(len(s.data)))
		}
		if s.forget > 0 && len(b) == Chunk {
			s.data = s.data[:len(s.data)-s.forget]
		}
		w.Header().Set("Upload-Offset", offset)
		w.WriteHeader(http.StatusNoContent)
	}
}

const goodPlace = "/v1/uploads/" + testKey

func TestUpload(t *testing.T) {
	file := make([]byte, 2*Chunk+5)
	_, _ = rand.Read(file)
	for _, c := range []struct {
		name   string
		server *tusServer
		want   string
	}{
		{"from nothing", &tusServer{location: goodPlace}, "ok"},
		{"from the middle", &tusServer{location: goodPlace, data: bytes.Clone(file[:100])}, "ok"},
		{"all there", &tusServer{location: goodPlace, data: bytes.Clone(file)}, "ok"},
		{"server lost a part: its word counts", &tusServer{location: goodPlace, forget: 10}, "ok"},
		{"a wrong offset is put right by asking", &tusServer{location: goodPlace, lie: func(int64) string { return "0" }}, "ok"},
		{"no progress", &tusServer{location: goodPlace, forget: Chunk, lie: func(int64) string { return "0" }}, "transport"},
		{"offset beyond the end", &tusServer{location: goodPlace, lie: func(int64) string { return "99999999" }}, "transport"},
		{"offset is nonsense", &tusServer{location: goodPlace, lie: func(int64) string { return "x" }}, "transport"},
		{"no location", &tusServer{}, "transport"},
		{"location on another host", &tusServer{location: "https://other.example" + goodPlace}, "transport"},
		{"location elsewhere", &tusServer{location: "/v1/cases/" + testKey}, "transport"},
		{"location climbs", &tusServer{location: goodPlace + "/.."}, "transport"},
	} {
		t.Run(c.name, func(t *testing.T) {
			client := far(t, c.server.ServeHTTP)
			err := client.Upload(t.Context(), testKey, strings.Repeat("a", 64), bytes.NewReader(file), int64(len(file)))
			if got := kind(err); got != c.want {
				t.Fatalf("%s, want %s (%v)", got, c.want, err)
			}
			if err == nil && !bytes.Equal(c.server.data, file) {
				t.Errorf("%d bytes arrived after %d patches, not the file's %d", len(c.server.data), c.server.patches, len(file))
			}
			if c.server.patches > 50 {
				t.Errorf("%d patches", c.server.patches)
			}
		})
	}
	gone := far(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			w.Header().Set("Location", goodPlace)
			w.WriteHeader(http.StatusCreated)
			return
		}
		says(404, "application/problem+json", "")(w, r)
	})
	if err := gone.Upload(t.Context(), testKey, strings.Repeat("a", 64), bytes.NewReader(file), 10); kind(err) != "problem 404 not-found" {
		t.Errorf("an upload that is gone: %v", err)
	}
}

func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)
	for s, want := range map[string]time.Duration{
		"": 0, "0": 0, "7": 7 * time.Second, "-1": 0, "x": 0, "1e9": 0, "99999999999999999999": 0,
		"2000000000":                    24 * time.Hour,
		"Sat, 21 Nov 2026 09:00:30 GMT": 30 * time.Second,
		"Sat, 21 Nov 2026 08:00:00 GMT": 0,
		"Sat, 21 Nov 2099 08:00:00 GMT": 24 * time.Hour,
	} {
		if got := retryAfter(s, now); got != want {
			t.Errorf("%q: %v, want %v", s, got, want)
		}
	}
}

// FuzzAnswer gives foreign bytes as the answer to a case; the only good answers are those of the contract.
func FuzzAnswer(f *testing.F) {
	var status int
	var mediaType, body string
	c := far(f, func(w http.ResponseWriter, r *http.Request) { says(status, mediaType, body, "Retry-After", body)(w, r) })
	f.Add(uint16(200), "application/json", `{"state":"received","missing":[],"platform_number":"360000000014"}`)
	f.Add(uint16(422), "application/problem+json", problemText(422, "cannot-open"))
	f.Add(uint16(503), "", "12")
	f.Add(uint16(200), "application/pkcs7-mime", "MAA=")
	f.Fuzz(func(t *testing.T, s uint16, m, b string) {
		status, mediaType, body = 200+int(s%400), m, b
		a, err := c.CommitCase(context.Background(), testKey)
		if err == nil && (a.State == CaseReceived) != (a.PlatformNumber != "") {
			t.Errorf("%d %q %q gives %+v", status, m, b, a)
		}
		if got := kind(err); strings.HasPrefix(got, "untyped") {
			t.Errorf("%d %q %q: %s", status, m, b, got)
		}
		if _, err := c.CACerts(context.Background()); strings.HasPrefix(kind(err), "untyped") {
			t.Errorf("%d %q %q: %v", status, m, b, err)
		}
	})
}
