package daemon

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"time"

	"kiosk/device/casefile"
	"kiosk/device/localapi"
)

// problems are title and status of each code.
var problems = map[string]struct {
	title  string
	status int
}{
	localapi.CodeForbidden: {"not allowed", http.StatusForbidden},
	localapi.CodeStale:     {"the step is over", http.StatusConflict},
	localapi.CodeIntent:    {"not possible on this step", http.StatusUnprocessableEntity},
	localapi.CodeTooLarge:  {"request is too large", http.StatusRequestEntityTooLarge},
	localapi.CodeMalformed: {"request is malformed", http.StatusBadRequest},
	localapi.CodeNotFound:  {"not found", http.StatusNotFound},
	localapi.CodeBusy:      {"not now", http.StatusConflict},
	localapi.CodeEnrol:     {"enrolment refused", http.StatusUnprocessableEntity},
	localapi.CodeOffline:   {"the platform is away", http.StatusServiceUnavailable},
	localapi.CodeStarting:  {"the daemon is starting", http.StatusServiceUnavailable},
	localapi.CodeInternal:  {"something went wrong", http.StatusInternalServerError},
}

// problem makes the document of a code.
func problem(code, detail string) *localapi.Problem {
	p := problems[code]
	return &localapi.Problem{Type: "about:blank", Title: p.title, Status: p.status, Code: code, Detail: detail}
}

// asProblem makes any error one. What is not meant for a caller is logged here and kept back.
func asProblem(log *slog.Logger, err error) *localapi.Problem {
	var p *localapi.Problem
	switch {
	case errors.As(err, &p):
		whole := *p
		known, ok := problems[whole.Code]
		if !ok {
			known = problems[localapi.CodeInternal]
		}
		if whole.Type == "" {
			whole.Type = "about:blank"
		}
		if whole.Title == "" {
			whole.Title = known.title
		}
		whole.Status = known.status // one code, one status, whoever made the problem
		return &whole
	case errors.Is(err, casefile.ErrOffline):
		return problem(localapi.CodeOffline, "")
	case errors.Is(err, casefile.ErrNotFound):
		return problem(localapi.CodeNotFound, "")
	}
	log.Error("request failed", "error", err)
	return problem(localapi.CodeInternal, "")
}

// write sends a problem document. Nothing helps when the connection is gone.
func write(w http.ResponseWriter, p *localapi.Problem) {
	b, _ := json.Marshal(p)
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(p.Status)
	_, _ = w.Write(b)
}

// answer sends a JSON value.
func answer(w http.ResponseWriter, v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(b) // the caller may be gone
	return nil
}

// read takes the body of a request strictly: JSON by its type, within maxBody, one value, known members only.
func read(w http.ResponseWriter, r *request, v any) error {
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		return problem(localapi.CodeMalformed, "want application/json")
	}
	control := http.NewResponseController(w)
	_ = control.SetReadDeadline(time.Now().Add(10 * time.Second))
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	_ = control.SetReadDeadline(time.Time{})
	defer clear(body) // it may hold what a citizen typed
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return problem(localapi.CodeTooLarge, "")
	case err != nil:
		return problem(localapi.CodeMalformed, "body cannot be read")
	}
	return decode(body, v)
}

// decode says only that a body is wrong, not what it holds.
func decode(body []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return problem(localapi.CodeMalformed, "not the JSON of this route")
	}
	if _, err := d.Token(); err != io.EOF {
		return problem(localapi.CodeMalformed, "more than one value")
	}
	return nil
}
