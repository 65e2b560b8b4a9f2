package hub

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"kiosk/device/trust"
	"kiosk/sync/platform"
)

const maxBeat = 256 << 10

// terminalOnly lets in who shows the present certificate of an enrolled terminal.
func (h *Hub) terminalOnly(serve func(http.ResponseWriter, *http.Request, Terminal) error) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		t, err := h.caller(r)
		if err == nil {
			err = serve(w, r, t)
		}
		if err != nil {
			h.writeProblem(w, r, err)
		}
	})
}

func (h *Hub) caller(r *http.Request) (Terminal, error) {
	if r.TLS == nil || len(r.TLS.VerifiedChains) == 0 {
		return Terminal{}, errNotEnrolled
	}
	cert := r.TLS.PeerCertificates[0]
	t, err := h.store.Terminal(r.Context(), cert.Subject.CommonName)
	if errors.Is(err, ErrNotFound) || (err == nil && !bytes.Equal(t.Cert, cert.Raw)) {
		return Terminal{}, errNotEnrolled
	}
	return t, err
}

func (h *Hub) getTerminal(w http.ResponseWriter, _ *http.Request, t Terminal) error {
	writeJSON(w, platform.Terminal{Number: t.Number, Epoch: t.Epoch})
	return nil
}

func (h *Hub) heartbeat(w http.ResponseWriter, r *http.Request, t Terminal) error {
	var beat platform.Heartbeat
	if err := readJSON(w, r, maxBeat, &beat); err != nil {
		return err
	}
	if len(beat.Devices) > 64 || len(beat.Items) > 5000 || len(beat.Version) > 64 {
		return bad("heartbeat is out of bounds")
	}
	now := h.now()
	stored, err := json.Marshal(beat)
	if err != nil {
		return err
	}
	if err := h.store.Saw(r.Context(), t.Number, now, stored); err != nil {
		return err
	}
	hints, err := h.hints(r, t, beat)
	if err != nil {
		return err
	}
	writeJSON(w, platform.HeartbeatAnswer{At: now.UTC(), Next: 15, Hints: hints})
	return nil
}

// hints compares what a terminal reports with what is wanted.
func (h *Hub) hints(r *http.Request, t Terminal, beat platform.Heartbeat) ([]platform.Hint, error) {
	hints := []platform.Hint{}
	switch wanted, err := h.store.Settings(r.Context(), t.Number); {
	case errors.Is(err, ErrNotFound):
	case err != nil:
		return nil, err
	case wanted.Version > beat.Settings.Version && wanted.Version != beat.Settings.Refused.Version:
		hints = append(hints, platform.HintSettings)
	}
	all, err := h.store.Packages(r.Context())
	if err != nil {
		return nil, err
	}
	for _, p := range all {
		if !slices.ContainsFunc(beat.Items, func(v platform.ItemVersion) bool { return v.Code == p.Code && v.Version >= p.Version }) {
			hints = append(hints, platform.HintCatalogue)
			break
		}
	}
	return hints, nil
}

// unchanged answers 304 when the caller has what etag names.
func unchanged(w http.ResponseWriter, r *http.Request, etag string) bool {
	w.Header().Set("ETag", etag)
	w.Header().Set("Cache-Control", "no-cache")
	if r.Header.Get("If-None-Match") != etag {
		return false
	}
	w.WriteHeader(http.StatusNotModified)
	return true
}

func (h *Hub) getSettings(w http.ResponseWriter, r *http.Request, t Terminal) error {
	d, err := h.store.Settings(r.Context(), t.Number)
	if errors.Is(err, ErrNotFound) {
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	if err != nil {
		return err
	}
	if !unchanged(w, r, `"`+d.SHA256+`"`) {
		w.Header().Set("Content-Type", "application/jose")
		_, _ = w.Write(d.JWS)
	}
	return nil
}

func (h *Hub) getCatalogue(w http.ResponseWriter, r *http.Request, _ Terminal) error {
	all, err := h.store.Packages(r.Context())
	if err != nil {
		return err
	}
	list := []platform.CatalogueEntry{}
	sum := sha256.New()
	for _, p := range all {
		list = append(list, platform.CatalogueEntry{Code: p.Code, Version: p.Version, Sha256: p.SHA256})
		fmt.Fprintf(sum, "%s %d %s\n", p.Code, p.Version, p.SHA256)
	}
	if !unchanged(w, r, `"`+hex.EncodeToString(sum.Sum(nil))+`"`) {
		writeJSON(w, list)
	}
	return nil
}

func (h *Hub) getPackage(w http.ResponseWriter, r *http.Request, _ Terminal) error {
	version, err := strconv.Atoi(r.PathValue("version"))
	if err != nil {
		return errNone
	}
	p, err := h.store.Package(r.Context(), r.PathValue("code"), version)
	if errors.Is(err, ErrNotFound) {
		return errNone
	}
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/zip")
	w.Header().Set("Content-Length", strconv.Itoa(len(p.Zip)))
	_, _ = w.Write(p.Zip)
	return nil
}

// readSettings reads what the hub needs to know of a signed settings document.
func readSettings(terminal string, jws []byte) (Settings, error) {
	jws = bytes.TrimSpace(jws)
	if len(jws) > trust.MaxDocument {
		return Settings{}, fmt.Errorf("more than %d bytes", trust.MaxDocument)
	}
	parts := bytes.Split(jws, []byte("."))
	if len(parts) != 3 {
		return Settings{}, errors.New("not a compact JWS")
	}
	payload, err := base64.RawURLEncoding.DecodeString(string(parts[1]))
	if err != nil {
		return Settings{}, errors.New("not a compact JWS")
	}
	var d struct {
		Terminal string `json:"terminal"`
		Version  int    `json:"version"`
	}
	if err := json.Unmarshal(payload, &d); err != nil {
		return Settings{}, fmt.Errorf("payload is not a settings document: %w", err)
	}
	if d.Terminal != terminal || d.Version < 1 {
		return Settings{}, fmt.Errorf("document is for terminal %q, version %d, wanted for %q", d.Terminal, d.Version, terminal)
	}
	sum := sha256.Sum256(jws)
	return Settings{Terminal: terminal, Version: d.Version, SHA256: hex.EncodeToString(sum[:]), JWS: jws}, nil
}

const maxItemJSON = 1 << 20

var itemCode = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$`)

// readPackage reads what the hub needs to know of an item package. Anything else in it is between its author and the terminal.
func readPackage(b []byte) (Package, error) {
	if len(b) > platform.MaxPackage {
		return Package{}, fmt.Errorf("more than %d bytes", platform.MaxPackage)
	}
	z, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		return Package{}, fmt.Errorf("not a zip: %w", err)
	}
	if s, err := z.Open("manifest.sig"); err != nil {
		return Package{}, errors.New("not signed: no terminal would take it")
	} else if err := s.Close(); err != nil {
		return Package{}, err
	}
	f, err := z.Open("item.json")
	if err != nil {
		return Package{}, fmt.Errorf("no item.json: %w", err)
	}
	text, err := io.ReadAll(io.LimitReader(f, maxItemJSON+1))
	if err = errors.Join(err, f.Close()); err != nil {
		return Package{}, fmt.Errorf("item.json: %w", err)
	}
	type words struct {
		ZH string `json:"zh"`
		EN string `json:"en"`
	}
	var it struct {
		Code    string `json:"code"`
		Version int    `json:"version"`
		Names   struct {
			Everyday words `json:"everyday"`
		} `json:"names"`
		Guide struct {
			Contact words `json:"contact"`
		} `json:"guide"`
	}
	if len(text) > maxItemJSON || json.Unmarshal(text, &it) != nil {
		return Package{}, errors.New("item.json cannot be read")
	}
	name, english := it.Names.Everyday.ZH, it.Names.Everyday.EN
	if !itemCode.MatchString(it.Code) || it.Version < 1 || name == "" {
		return Package{}, errors.New("item.json names no code, version or name")
	}
	if english == "" {
		english = name
	}
	sum := sha256.Sum256(b)
	return Package{Code: it.Code, Version: it.Version, SHA256: hex.EncodeToString(sum[:]), Zip: b,
		NameZH: shorten(name, 200), NameEN: shorten(english, 200), Contact: shorten(it.Guide.Contact.ZH, 200)}, nil
}

func shorten(s string, n int) string {
	if r := []rune(strings.ToValidUTF8(s, "")); len(r) > n {
		return string(r[:n])
	}
	return s
}
