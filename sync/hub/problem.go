package hub

import (
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"strconv"
	"time"

	"kiosk/sync/platform"
)

// problem is an answer that is not a success. It is also the error that handlers return.
type problem struct {
	status int
	code   string
	title  string
	after  time.Duration // Retry-After, when not 0
}

func (p *problem) Error() string { return p.code }

// refused is a last word.
func refused(code platform.RefusalCode, title string) *problem {
	return &problem{status: http.StatusUnprocessableEntity, code: string(code), title: title}
}

func bad(title string) *problem {
	return &problem{status: http.StatusBadRequest, code: platform.CodeMalformed, title: title}
}

var (
	errNotEnrolled = &problem{status: http.StatusForbidden, code: platform.CodeNotEnrolled, title: "no certificate of an enrolled terminal"}
	errConflict    = &problem{status: http.StatusConflict, code: platform.CodeKeyConflict, title: "known with other bytes"}
	errUnknownCase = &problem{status: http.StatusNotFound, code: platform.CodeUnknownCase, title: "no such case, or no such page of it"}
	errNone        = &problem{status: http.StatusNotFound, code: platform.CodeNotFound, title: "not found"}
	errTooLarge    = &problem{status: http.StatusRequestEntityTooLarge, code: platform.CodeTooLarge, title: "body is too large"}
	errMediaType   = &problem{status: http.StatusUnsupportedMediaType, code: platform.CodeMediaType, title: "another content type belongs here"}
)

func (h *Hub) writeProblem(w http.ResponseWriter, r *http.Request, err error) {
	var p *problem
	if !errors.As(err, &p) {
		// Whatever keeps us from answering may pass; the terminal keeps what it has.
		h.log.ErrorContext(r.Context(), "cannot answer", "route", r.Pattern, "error", err)
		p = &problem{status: http.StatusServiceUnavailable, code: platform.CodeTryLater, title: "cannot answer now", after: 5 * time.Second}
	}
	writeProblem(w, r, p)
}

func writeProblem(w http.ResponseWriter, r *http.Request, p *problem) {
	if p.after > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int((p.after+time.Second-1)/time.Second)))
	}
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(p.status)
	if r.Method != http.MethodHead {
		_ = json.NewEncoder(w).Encode(platform.Problem{Type: "about:blank", Title: p.title, Status: p.status, Code: p.code})
	}
}

func writeJSON(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	_ = json.NewEncoder(w).Encode(v)
}

// How long a body may take: a while for the line to wake up, and then as slow as a thin one.
const (
	bodyStart = 30 * time.Second
	bodySpeed = 4 << 10 // bytes a second
)

// readBody reads a body of that content type, whole, at most max bytes. A sender that is slower than bodySpeed is cut off.
func readBody(w http.ResponseWriter, r *http.Request, mediaType string, max int64) ([]byte, error) {
	if got, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || got != mediaType {
		return nil, errMediaType
	}
	deadline := http.NewResponseController(w)
	_ = deadline.SetReadDeadline(time.Now().Add(bodyStart + time.Duration(max/bodySpeed)*time.Second)) // of the connection, so by its clock
	b, err := io.ReadAll(http.MaxBytesReader(w, r.Body, max))
	_ = deadline.SetReadDeadline(time.Time{})
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return nil, errTooLarge
	case err != nil:
		return nil, bad("body is cut off")
	}
	return b, nil
}

// readJSON reads a JSON body. Members of a newer contract are passed over.
func readJSON(w http.ResponseWriter, r *http.Request, max int64, v any) error {
	b, err := readBody(w, r, "application/json", max)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(b, v); err != nil {
		return bad("body is not JSON of this contract")
	}
	return nil
}

// plainProblems turns the mux's own 404 and 405 into problem documents.
func plainProblems(mux *http.ServeMux) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, pattern := mux.Handler(r); pattern != "" {
			mux.ServeHTTP(w, r)
			return
		}
		probe := &statusOnly{header: http.Header{}}
		mux.ServeHTTP(probe, r)
		p := errNone
		if probe.status == http.StatusMethodNotAllowed {
			p = &problem{status: probe.status, code: platform.CodeMethod, title: "no such method here"}
			w.Header().Set("Allow", probe.header.Get("Allow"))
		}
		writeProblem(w, r, p)
	})
}

type statusOnly struct {
	header http.Header
	status int
}

func (s *statusOnly) Header() http.Header         { return s.header }
func (s *statusOnly) Write(b []byte) (int, error) { return len(b), nil }
func (s *statusOnly) WriteHeader(status int)      { s.status = status }
