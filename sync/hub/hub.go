// Package hub is the platform's side of the platform API (docs/api/platform.yaml): enrolment of terminals, their
// heartbeats, wanted settings and item packages, the intake of cases, and a console for operators. What it answers it has committed
// before. It can sign nothing that a terminal believes: settings and packages pass through as they were signed offline.
//
// Personal data lies in the database only, inside the opened envelopes; pages lie beside it as they came, sealed. The console, the
// admin answers and the logs never show more of a person than a masked name.
package hub

import (
	"context"
	"crypto/rand"
	"crypto/x509"
	"encoding/base32"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"path/filepath"
	"sync"
	"time"

	"kiosk/device/casefile"
	"kiosk/device/sealed"
	"kiosk/device/trust"
	"kiosk/sync/platform"
)

// Config of a Hub.
type Config struct {
	Dir string           // made by Init
	Log *slog.Logger     // nil: nothing is logged
	Now func() time.Time // nil: time.Now

	fresh bool                            // make the hub when there is none
	wrap  func(http.Handler) http.Handler // tests look at every request and answer here
}

// Hub answers terminals and operators. It is made by New and has no goroutines of its own.
type Hub struct {
	about   about
	keys    *keys
	store   Store
	log     *slog.Logger
	now     func() time.Time
	enrol   *limiter // failed enrolments by address
	lookups *limiter // progress queries by terminal
	pages   pageFiles
	wrap    func(http.Handler) http.Handler

	mu    sync.Mutex
	fault *Fault
}

// New opens the hub in a folder that Init has made.
func New(c Config) (*Hub, error) {
	h := &Hub{log: c.Log, now: c.Now, wrap: c.wrap}
	if h.log == nil {
		h.log = slog.New(slog.DiscardHandler)
	}
	if h.now == nil {
		h.now = time.Now
	}
	if h.wrap == nil {
		h.wrap = func(next http.Handler) http.Handler { return next }
	}
	h.enrol = newLimiter(10, 6*time.Second, h.now)
	h.lookups = newLimiter(60, time.Second, h.now)
	h.pages.dir = filepath.Join(c.Dir, pagesDir)
	var err error
	if h.about, err = readAbout(c.Dir); err != nil {
		return nil, err
	}
	if h.keys, err = loadKeys(c.Dir); err != nil {
		return nil, err
	}
	if h.store, err = OpenSQLite(filepath.Join(c.Dir, "hub.db")); err != nil {
		return nil, err
	}
	return h, nil
}

// Close closes the store. Servers are stopped before.
func (h *Hub) Close() error { return h.store.Close() }

// Handler serves the platform API. It wants TLS as TLSConfig says.
func (h *Hub) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/est/cacerts", h.caCerts)
	mux.HandleFunc("POST /.well-known/est/simpleenroll", h.simpleEnroll)
	for pattern, serve := range map[string]func(http.ResponseWriter, *http.Request, Terminal) error{
		"GET /v1/terminal":                   h.getTerminal,
		"POST /v1/terminal/heartbeat":        h.heartbeat,
		"GET /v1/terminal/settings":          h.getSettings,
		"GET /v1/catalogue":                  h.getCatalogue,
		"GET /v1/catalogue/{code}/{version}": h.getPackage,
		"PUT /v1/cases/{key}":                h.putCase,
		"POST /v1/cases/{key}/commit":        h.commitCase,
		"OPTIONS /v1/uploads":                h.optionsUploads,
		"POST /v1/uploads":                   h.createUpload,
		"HEAD /v1/uploads/{id}":              h.headUpload,
		"PATCH /v1/uploads/{id}":             h.patchUpload,
		"POST /v1/progress":                  h.progress,
	} {
		mux.Handle(pattern, h.terminalOnly(serve))
	}
	return h.faulty(h.wrap(plainProblems(mux)))
}

// NewCode makes a one-time code with which the terminal of that number, six digits, can enrol until ttl has passed.
// Only its hash is kept.
func (h *Hub) NewCode(ctx context.Context, terminal string, ttl time.Duration) (string, time.Time, error) {
	if _, err := casefile.NewNumber(casefile.NumberParts{Terminal: terminal, Epoch: 1, Sequence: 1}); err != nil {
		return "", time.Time{}, fmt.Errorf("cannot make a code: terminal number %q is not six digits", terminal)
	}
	if ttl <= 0 || ttl > 30*24*time.Hour {
		return "", time.Time{}, fmt.Errorf("cannot make a code that lives for %v: want up to 30 days", ttl)
	}
	var b [10]byte
	_, _ = rand.Read(b[:])
	text := base32.StdEncoding.EncodeToString(b[:])
	code := text[:4] + "-" + text[4:8] + "-" + text[8:12] + "-" + text[12:]
	expires := h.now().Add(ttl)
	if err := h.store.AddCode(ctx, Code{Hash: h.keys.hash("code", canonCode(code)), Terminal: terminal, Expires: expires}); err != nil {
		return "", time.Time{}, fmt.Errorf("cannot store the code: %w", err)
	}
	return code, expires, nil
}

// PutSettings sets the document wanted for a terminal, a compact JWS. The hub reads which version it is and leaves
// the judgement to the terminal. A version must be newer than the one before.
func (h *Hub) PutSettings(ctx context.Context, terminal string, jws []byte) error {
	d, err := readSettings(terminal, jws)
	if err != nil {
		return fmt.Errorf("cannot take the settings: %w", err)
	}
	d.At = h.now()
	if err := h.store.PutSettings(ctx, d); err != nil {
		return fmt.Errorf("cannot store the settings: %w", err)
	}
	return nil
}

// PutPackage adds an item package, a zip of at most platform.MaxPackage bytes. Its signature is the terminal's to judge.
func (h *Hub) PutPackage(ctx context.Context, zip []byte) (Package, error) {
	p, err := readPackage(zip)
	if err != nil {
		return Package{}, fmt.Errorf("cannot take the package: %w", err)
	}
	if err := h.store.PutPackage(ctx, p); err != nil {
		return Package{}, fmt.Errorf("cannot store the package: %w", err)
	}
	return p, nil
}

// CaseStates are what the authority may say of a received case.
var CaseStates = []platform.ProgressState{platform.ProgressAccepted, platform.ProgressSupplement, platform.ProgressDone, platform.ProgressRefused}

// SetCaseState adds the authority's word about a received case, found by its local or platform number.
func (h *Hub) SetCaseState(ctx context.Context, number string, state platform.ProgressState) error {
	for _, s := range CaseStates {
		if s == state {
			if err := h.store.AddEvent(ctx, number, string(state), h.now()); err != nil {
				return fmt.Errorf("cannot set the state of the case: %w", err)
			}
			return nil
		}
	}
	return fmt.Errorf("cannot set state %q: want one of %v", state, CaseStates)
}

// maxCases is how many cases one list shows.
const maxCases = 500

// Cases lists the newest cases first.
func (h *Hub) Cases(ctx context.Context) ([]Case, error) { return h.store.Cases(ctx, maxCases) }

// Envelope is the opened envelope of a case. It is personal: for the authority's own systems and for tests, never for a console.
func (h *Hub) Envelope(ctx context.Context, key string) (*casefile.Envelope, error) {
	b, err := h.store.Envelope(ctx, key)
	if err != nil {
		return nil, err
	}
	return casefile.DecodeEnvelope(b)
}

// Terminals lists all terminals by number.
func (h *Hub) Terminals(ctx context.Context) ([]Terminal, error) { return h.store.Terminals(ctx) }

// URL is the address that terminals are told.
func (h *Hub) URL() string { return h.about.URL }

// Roots are what a client believes of this hub.
func (h *Hub) Roots() *x509.CertPool { return h.keys.pool }

// PlatformDocument is the document to be signed offline: where the platform is, its CA, and for whom cases are sealed.
func (h *Hub) PlatformDocument() ([]byte, error) { return platformDocument(h.about, h.keys) }

// PlatformDocument reads the same from a folder that Init has made, without opening its store.
func PlatformDocument(dir string) ([]byte, error) {
	a, err := readAbout(dir)
	if err != nil {
		return nil, err
	}
	k, err := loadKeys(dir)
	if err != nil {
		return nil, err
	}
	return platformDocument(a, k)
}

func platformDocument(a about, k *keys) ([]byte, error) {
	doc := trust.Platform{Format: trust.PlatformFormat, URL: a.URL, CA: string(k.caPEM), Recipients: []trust.Recipient{{
		KID: k.kid, Suite: trust.SuiteP256, Key: sealed.MarshalPublicKey(k.recipient.PublicKey()),
		NotBefore: k.caCert.NotBefore.UTC(), NotAfter: k.caCert.NotAfter.UTC(),
	}}}
	b, err := json.MarshalIndent(doc, "", "  ")
	if err == nil {
		_, err = trust.ParsePlatform(b)
	}
	if err != nil {
		return nil, fmt.Errorf("cannot write the platform document: %w", err)
	}
	return append(b, '\n'), nil
}
