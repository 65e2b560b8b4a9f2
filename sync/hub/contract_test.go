package hub

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"

	"kiosk/sync/platform"
)

// theContract is docs/api/platform.yaml, loaded once.
var theContract = sync.OnceValues(func() (routers.Router, error) {
	doc, err := openapi3.NewLoader().LoadFromFile("../../docs/api/platform.yaml")
	if err != nil {
		return nil, err
	}
	if err := doc.Validate(context.Background()); err != nil {
		return nil, err
	}
	doc.Servers = nil // tests listen anywhere
	for _, mediaType := range []string{"application/pkcs7-mime", "application/pkcs10", "application/jose", "application/zip", "application/offset+octet-stream"} {
		openapi3filter.RegisterBodyDecoder(mediaType, openapi3filter.FileBodyDecoder)
	}
	return gorillamux.NewRouter(doc)
})

// seen are operations that answered, with their status, in this run.
var seen sync.Map

// contract holds each answer against the document, and each request that the hub took: what it accepts must be in
// the contract too.
func contract(t testing.TB) func(http.Handler) http.Handler {
	t.Helper()
	router, err := theContract()
	if err != nil {
		t.Fatal(err)
	}
	options := &openapi3filter.Options{MultiError: true, IncludeResponseStatus: true, AuthenticationFunc: openapi3filter.NoopAuthenticationFunc}
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			body := &tee{ReadCloser: r.Body}
			asked := r.Clone(context.WithoutCancel(r.Context()))
			r.Body = body
			answer := &recorder{ResponseWriter: w, status: http.StatusOK}
			next.ServeHTTP(answer, r)
			route, params, err := router.FindRoute(asked)
			if err != nil {
				if answer.status != http.StatusNotFound && answer.status != http.StatusMethodNotAllowed {
					t.Errorf("%s %s is answered with %d and not in the contract", r.Method, r.URL.Path, answer.status)
				}
				return
			}
			name := fmt.Sprintf("%s %d", route.Operation.OperationID, answer.status)
			seen.Store(name, true)
			asked.Body = io.NopCloser(bytes.NewReader(body.read.Bytes()))
			in := &openapi3filter.RequestValidationInput{Request: asked, PathParams: params, Route: route, Options: options}
			if answer.status < 400 {
				if err := openapi3filter.ValidateRequest(asked.Context(), in); err != nil {
					t.Errorf("request of %s: %v", name, err)
				}
			}
			out := &openapi3filter.ResponseValidationInput{RequestValidationInput: in, Status: answer.status, Header: answer.Header(), Options: options}
			if r.Method == http.MethodHead || answer.status == http.StatusNotModified || answer.status == http.StatusNoContent {
				if answer.body.Len() > 0 {
					t.Errorf("answer of %s has a body", name)
				}
			}
			out.SetBodyBytes(answer.body.Bytes())
			if err := openapi3filter.ValidateResponse(asked.Context(), out); err != nil {
				t.Errorf("answer of %s: %v\n%s", name, err, answer.body.Bytes())
			}
		})
	}
}

type tee struct {
	io.ReadCloser
	read bytes.Buffer
}

func (t *tee) Read(p []byte) (int, error) {
	n, err := t.ReadCloser.Read(p)
	t.read.Write(p[:n])
	return n, err
}

type recorder struct {
	http.ResponseWriter
	status int
	body   bytes.Buffer
}

func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }

func (r *recorder) WriteHeader(status int) {
	r.status = status
	r.ResponseWriter.WriteHeader(status)
}

func (r *recorder) Write(b []byte) (int, error) {
	r.body.Write(b)
	return r.ResponseWriter.Write(b)
}

// TestContractNotices makes sure that the checking itself works: an answer outside the contract fails a test.
func TestContractNotices(t *testing.T) {
	for name, answer := range map[string]http.HandlerFunc{
		"number":  func(w http.ResponseWriter, _ *http.Request) { writeJSON(w, platform.Terminal{Number: "12", Epoch: 1}) },
		"epoch":   func(w http.ResponseWriter, _ *http.Request) { writeJSON(w, platform.Terminal{Number: "360001"}) },
		"content": func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "hello") },
	} {
		inner := &spy{TB: t}
		h := contract(inner)(answer)
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "/v1/terminal", http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		h.ServeHTTP(&statusOnly{header: http.Header{}}, req)
		if inner.failures == 0 {
			t.Errorf("%s: an answer outside the contract was not noticed", name)
		}
	}
}

// spy counts failures instead of failing.
type spy struct {
	testing.TB
	failures int
}

func (s *spy) Errorf(string, ...any) { s.failures++ }
func (s *spy) Helper()               {}
