package hub

import (
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"time"

	"kiosk/sync/platform"
)

// The admin answers show what the console shows. They are no part of the platform API.

// AdminTerminal is one terminal, as GET /admin/terminals lists them.
type AdminTerminal struct {
	Number   string             `json:"number"`
	Epoch    int                `json:"epoch"`
	Serial   string             `json:"serial"`
	SeenAt   time.Time          `json:"seen_at,omitzero"`
	Wanted   int                `json:"settings_wanted"` // version; 0: none
	Reported platform.Heartbeat `json:"reported"`
}

// AdminCase is one case, as GET /admin/cases lists them, newest first.
type AdminCase struct {
	Number         string    `json:"number"`
	PlatformNumber string    `json:"platform_number,omitempty"`
	Terminal       string    `json:"terminal"`
	Item           string    `json:"item"`
	ItemVersion    int       `json:"item_version"`
	ItemName       string    `json:"item_name"`
	State          string    `json:"state"`
	Name           string    `json:"name_masked"`
	Pages          int       `json:"pages"`
	Missing        int       `json:"missing"`
	SubmittedAt    time.Time `json:"submitted_at"`
	TakenAt        time.Time `json:"taken_at"`
	ReceivedAt     time.Time `json:"received_at,omitzero"`
}

// NewCodeRequest is the body of POST /admin/codes.
type NewCodeRequest struct {
	Terminal   string `json:"terminal"`
	TTLSeconds int    `json:"ttl_seconds"` // 0: an hour
}

// NewCodeAnswer is its answer. The code is told once.
type NewCodeAnswer struct {
	Terminal  string    `json:"terminal"`
	Code      string    `json:"code"`
	ExpiresAt time.Time `json:"expires_at"`
}

// StateRequest is the body of POST /admin/cases/{number}/state.
type StateRequest struct {
	State platform.ProgressState `json:"state"`
}

// AdminHandler serves operators on this machine: the console and the same as JSON. Nobody is asked who he is, so it
// must be reachable from loopback only; it refuses other hosts' names and pages of other sites.
func (h *Hub) AdminHandler() http.Handler {
	mux := http.NewServeMux()
	for pattern, serve := range map[string]func(http.ResponseWriter, *http.Request) error{
		"GET /admin/terminals":             h.adminTerminals,
		"GET /admin/cases":                 h.adminCases,
		"POST /admin/codes":                h.adminCode,
		"POST /admin/settings":             h.adminSettings,
		"POST /admin/packages":             h.adminPackage,
		"POST /admin/cases/{number}/state": h.adminState,
		"GET /console/{$}":                 h.console,
		"GET /console/style.css":           consoleStyle,
		"GET /{$}": func(w http.ResponseWriter, r *http.Request) error {
			http.Redirect(w, r, "/console/", http.StatusSeeOther)
			return nil
		},
	} {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			if err := serve(w, r); err != nil {
				h.writeProblem(w, r, err)
			}
		})
	}
	guarded := http.NewCrossOriginProtection().Handler(plainProblems(mux))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host, _, err := net.SplitHostPort(r.Host)
		if err != nil {
			host = r.Host
		}
		if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
			writeProblem(w, r, &problem{status: http.StatusMisdirectedRequest, code: "wrong-host", title: "this is for operators on this machine"})
			return
		}
		w.Header().Set("X-Content-Type-Options", "nosniff")
		guarded.ServeHTTP(w, r)
	})
}

func (h *Hub) listTerminals(r *http.Request) ([]AdminTerminal, error) {
	all, err := h.store.Terminals(r.Context())
	if err != nil {
		return nil, err
	}
	out := []AdminTerminal{}
	for _, t := range all {
		a := AdminTerminal{Number: t.Number, Epoch: t.Epoch, Serial: t.Serial, SeenAt: t.SeenAt}
		if t.Beat != nil {
			if err := json.Unmarshal(t.Beat, &a.Reported); err != nil {
				return nil, err
			}
		}
		wanted, err := h.store.Settings(r.Context(), t.Number)
		if err != nil && !errors.Is(err, ErrNotFound) {
			return nil, err
		}
		a.Wanted = wanted.Version
		out = append(out, a)
	}
	return out, nil
}

func (h *Hub) listCases(r *http.Request) ([]AdminCase, error) {
	all, err := h.Cases(r.Context())
	if err != nil {
		return nil, err
	}
	names, err := h.itemNames(r.Context())
	if err != nil {
		return nil, err
	}
	out := []AdminCase{}
	for _, c := range all {
		a := AdminCase{Number: c.Number, PlatformNumber: c.PlatformNumber, Terminal: c.Terminal, Item: c.Item, ItemVersion: c.ItemVersion, ItemName: c.Item,
			State: c.State, Name: c.NameMasked, Pages: len(c.Pages), Missing: len(c.Missing()),
			SubmittedAt: c.SubmittedAt, TakenAt: c.TakenAt, ReceivedAt: c.ReceivedAt}
		if p, ok := names[c.Item]; ok {
			a.ItemName = p.NameZH
		}
		out = append(out, a)
	}
	return out, nil
}

func (h *Hub) adminTerminals(w http.ResponseWriter, r *http.Request) error {
	all, err := h.listTerminals(r)
	if err == nil {
		writeJSON(w, all)
	}
	return err
}

func (h *Hub) adminCases(w http.ResponseWriter, r *http.Request) error {
	all, err := h.listCases(r)
	if err == nil {
		writeJSON(w, all)
	}
	return err
}

func (h *Hub) adminCode(w http.ResponseWriter, r *http.Request) error {
	var q NewCodeRequest
	if err := readJSON(w, r, 4<<10, &q); err != nil {
		return err
	}
	if q.TTLSeconds == 0 {
		q.TTLSeconds = 3600
	}
	code, expires, err := h.NewCode(r.Context(), q.Terminal, time.Duration(q.TTLSeconds)*time.Second)
	if err != nil {
		return operatorError(err)
	}
	writeJSON(w, NewCodeAnswer{Terminal: q.Terminal, Code: code, ExpiresAt: expires.UTC().Truncate(time.Second)})
	return nil
}

func (h *Hub) adminSettings(w http.ResponseWriter, r *http.Request) error {
	jws, err := readBody(w, r, "application/jose", platform.MaxJSON)
	if err != nil {
		return err
	}
	if err := h.PutSettings(r.Context(), r.URL.Query().Get("terminal"), jws); err != nil {
		return operatorError(err)
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func (h *Hub) adminPackage(w http.ResponseWriter, r *http.Request) error {
	zip, err := readBody(w, r, "application/zip", platform.MaxPackage)
	if err != nil {
		return err
	}
	p, err := h.PutPackage(r.Context(), zip)
	if err != nil {
		return operatorError(err)
	}
	writeJSON(w, platform.CatalogueEntry{Code: p.Code, Version: p.Version, Sha256: p.SHA256})
	return nil
}

func (h *Hub) adminState(w http.ResponseWriter, r *http.Request) error {
	var q StateRequest
	if err := readJSON(w, r, 4<<10, &q); err != nil {
		return err
	}
	if err := h.SetCaseState(r.Context(), r.PathValue("number"), q.State); err != nil {
		return operatorError(err)
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// operatorError tells an operator what was wrong with what he gave.
func operatorError(err error) error {
	switch {
	case errors.Is(err, ErrNotFound):
		return &problem{status: http.StatusNotFound, code: platform.CodeNotFound, title: err.Error()}
	case errors.Is(err, ErrConflict):
		return &problem{status: http.StatusConflict, code: platform.CodeKeyConflict, title: err.Error()}
	case errors.Is(err, io.ErrUnexpectedEOF):
		return err
	}
	return bad(err.Error())
}
