package localapi_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"kiosk/device/localapi"
)

// serve starts a daemon's stand-in on a unix socket and returns a client for it.
func serve(t *testing.T, h http.Handler) *localapi.Client {
	t.Helper()
	socket := filepath.Join(t.TempDir(), "s")
	listen(t, socket, h)
	c := &localapi.Client{Socket: socket}
	t.Cleanup(func() { c.Close() })
	return c
}

func listen(t *testing.T, socket string, h http.Handler) *httptest.Server {
	t.Helper()
	l, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewUnstartedServer(h)
	s.Listener.Close()
	s.Listener = l
	s.Start()
	t.Cleanup(func() { s.CloseClientConnections(); s.Close() })
	return s
}

func writeProblem(w http.ResponseWriter, p localapi.Problem) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(p.Status)
	json.NewEncoder(w).Encode(p)
}

func TestIntent(t *testing.T) {
	var got []localapi.Intent
	mux := http.NewServeMux()
	mux.HandleFunc("POST "+localapi.PathIntents, func(w http.ResponseWriter, r *http.Request) {
		var in localapi.Intent
		if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
			t.Error(err)
		}
		got = append(got, in)
		switch in.Kind {
		case localapi.IntentBack:
			writeProblem(w, localapi.Problem{Title: "the step is over", Status: 409, Code: localapi.CodeStale})
		case localapi.IntentRetry:
			http.Error(w, "<html>", http.StatusBadGateway)
		default:
			w.WriteHeader(http.StatusNoContent)
		}
	})
	c := serve(t, mux)

	if err := c.Intent(t.Context(), localapi.Intent{Step: "7", Kind: localapi.IntentNext}); err != nil {
		t.Fatal(err)
	}
	if got[0].ID == "" || got[0].Step != "7" {
		t.Errorf("sent %+v, want an id and the step", got[0])
	}
	if err := c.Intent(t.Context(), localapi.Intent{Step: "6", Kind: localapi.IntentBack}); !errors.Is(err, localapi.ErrStale) {
		t.Errorf("stale intent: %v, want ErrStale", err)
	}
	err := c.Intent(t.Context(), localapi.Intent{Kind: localapi.IntentRetry})
	var p *localapi.Problem
	if !errors.As(err, &p) || p.Status != http.StatusBadGateway || errors.Is(err, localapi.ErrStale) {
		t.Errorf("refusal without a problem document: %v, want a *Problem of status 502", err)
	}
	if got[0].ID == got[1].ID {
		t.Error("two taps have the same id")
	}
}

func TestIntentIsSentAgainWithTheSameID(t *testing.T) {
	ids := make(chan string, 2)
	mux := http.NewServeMux()
	mux.HandleFunc("POST "+localapi.PathIntents, func(w http.ResponseWriter, r *http.Request) {
		var in localapi.Intent
		json.NewDecoder(r.Body).Decode(&in)
		ids <- in.ID
		if len(ids) == 1 {
			panic(http.ErrAbortHandler) // taken, but the answer is lost
		}
	})
	c := serve(t, mux)
	if err := c.Intent(t.Context(), localapi.Intent{Kind: localapi.IntentSubmit}); err != nil {
		t.Fatal(err)
	}
	if a, b := <-ids, <-ids; a != b {
		t.Errorf("ids %q and %q, want the same", a, b)
	}
}

func TestAway(t *testing.T) {
	c := &localapi.Client{Socket: filepath.Join(t.TempDir(), "nobody")}
	if _, err := c.State(t.Context()); !errors.Is(err, localapi.ErrAway) {
		t.Errorf("no daemon: %v, want ErrAway", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := c.State(ctx); !errors.Is(err, context.Canceled) || errors.Is(err, localapi.ErrAway) {
		t.Errorf("cancelled: %v, want context.Canceled only", err)
	}
}

func TestQuestions(t *testing.T) {
	mux := http.NewServeMux()
	answer := func(path, body string) {
		mux.HandleFunc("GET "+path, func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, body) })
	}
	answer("/v1/state", `{"seq":3,"boot":"b","visit":{"view":{"kind":"home"}},"later":1}`)
	answer("/v1/devices", `[{"kind":"camera","state":"open"}]`)
	answer("/v1/queue", `[{"number":"1"},{"number":"2"}]`)
	answer("/v1/cases/{number}", `{"number":"90000101000001X"}`)
	answer("/v1/audit", `[{"id":"case.kept"}]`)
	answer("/v1/visit/pictures/{id}", "\xff\xd8picture\xff\xd9")
	mux.HandleFunc("POST /v1/enrol", func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		if string(b) != `{"code":"good"}` {
			writeProblem(w, localapi.Problem{Title: "wrong code", Status: 403, Code: localapi.CodeEnrol})
		}
	})
	c := serve(t, mux)
	ctx := t.Context()
	if s, err := c.State(ctx); err != nil || s.Seq != 3 || s.Visit.View.Kind != localapi.ViewHome {
		t.Errorf("State = %+v, %v", s, err)
	}
	if l, err := c.Devices(ctx); err != nil || len(l) != 1 || l[0].Kind != "camera" {
		t.Errorf("Devices = %+v, %v", l, err)
	}
	if l, err := c.Queue(ctx); err != nil || len(l) != 2 || l[1].Number != "2" {
		t.Errorf("Queue = %+v, %v", l, err)
	}
	if v, err := c.Case(ctx, "9/0"); err != nil || v.Number == "" {
		t.Errorf("Case = %+v, %v", v, err)
	}
	if l, err := c.Audit(ctx, 5); err != nil || len(l) != 1 {
		t.Errorf("Audit = %+v, %v", l, err)
	}
	if b, err := c.Picture(ctx, "p1"); err != nil || len(b) != 11 {
		t.Errorf("Picture = %q, %v", b, err)
	}
	if err := c.Enrol(ctx, "good"); err != nil {
		t.Errorf("Enrol: %v", err)
	}
	var p *localapi.Problem
	if err := c.Enrol(ctx, "bad"); !errors.As(err, &p) || p.Code != localapi.CodeEnrol {
		t.Errorf("Enrol with a wrong code: %v, want %s", err, localapi.CodeEnrol)
	}
}

func TestWatch(t *testing.T) {
	socket := filepath.Join(t.TempDir(), "s")
	stream := func(lines ...string) http.Handler {
		mux := http.NewServeMux()
		mux.HandleFunc("GET /v1/events", func(w http.ResponseWriter, r *http.Request) {
			for _, l := range lines {
				io.WriteString(w, l+"\n")
			}
			w.(http.Flusher).Flush()
			<-r.Context().Done()
		})
		return mux
	}
	line := func(boot string, seq int) string { return fmt.Sprintf(`{"boot":%q,"seq":%d}`, boot, seq) }

	c := &localapi.Client{Socket: socket}
	defer c.Close()
	ctx, cancel := context.WithCancel(t.Context())
	seen, gone, done := make(chan string, 16), make(chan error, 16), make(chan error)
	go func() {
		done <- c.Watch(ctx, func(s localapi.State) { seen <- fmt.Sprint(s.Boot, s.Seq) }, func(err error) { gone <- err })
	}()
	if err := <-gone; !errors.Is(err, localapi.ErrAway) {
		t.Fatalf("away with %v, want ErrAway", err)
	}
	first := listen(t, socket, stream(line("a", 4), "", line("a", 5), line("a", 5), line("a", 2), line("a", 6)))
	for _, want := range []string{"a4", "a5", "a6"} {
		if got := <-seen; got != want {
			t.Fatalf("saw %s, want %s", got, want)
		}
	}
	first.CloseClientConnections()
	first.Close()
	<-gone
	listen(t, socket, stream(line("b", 1)))
	if got := <-seen; got != "b1" {
		t.Fatalf("after the daemon's restart saw %s, want b1", got)
	}
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("Watch = %v, want context.Canceled", err)
	}
}

// pipes is a listener within the process, so that time can be virtual.
type pipes chan net.Conn

func (p pipes) Accept() (net.Conn, error) {
	if c, ok := <-p; ok {
		return c, nil
	}
	return nil, net.ErrClosed
}
func (p pipes) Close() error   { return nil }
func (p pipes) Addr() net.Addr { return &net.UnixAddr{Name: "pipe", Net: "unix"} }

// A daemon that hangs keeps its connection open. Its silence gives it away.
func TestWatchNoticesSilence(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := make(pipes)
		s := http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			io.WriteString(w, `{"boot":"a","seq":1}`+"\n")
			for range 20 { // lives for five minutes, then hangs
				<-time.After(15 * time.Second)
				io.WriteString(w, "\n")
				w.(http.Flusher).Flush()
			}
			<-r.Context().Done()
		})}
		go s.Serve(l)
		c := &localapi.Client{Dial: func(context.Context) (net.Conn, error) {
			a, b := net.Pipe()
			l <- b
			return a, nil
		}}
		ctx, cancel := context.WithCancel(t.Context())
		var shown int
		begin := time.Now()
		err := c.Watch(ctx, func(localapi.State) { shown++ }, func(error) { cancel() })
		if lived := time.Since(begin); shown != 1 || lived < 5*time.Minute || lived > 6*time.Minute || !errors.Is(err, context.Canceled) {
			t.Errorf("%d states, given up after %v: %v", shown, lived, err)
		}
		c.Close()
		close(l)
		s.Close()
	})
}

func TestPreview(t *testing.T) {
	whole := "\xff\xd8frame\xff\xd9"
	shown := make(chan string, 4)
	mux := http.NewServeMux()
	mux.HandleFunc("GET /v1/cameras/{name}/preview", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "multipart/x-mixed-replace; boundary=frame")
		fmt.Fprintf(w, "--frame\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n%s", len(whole), whole)
		w.(http.Flusher).Flush()
		<-shown // the frame is shown before the next boundary is sent
		fmt.Fprintf(w, "\r\n--frame\r\n\r\nhalf a frame\r\n--frame\r\n\r\n%s\r\n--frame--\r\n", whole)
	})
	c := serve(t, mux)
	n := 0
	err := c.Preview(t.Context(), "document", func(jpeg []byte) {
		n++
		if string(jpeg) != whole {
			t.Errorf("frame %q", jpeg)
		}
		shown <- ""
	})
	if n != 2 || !errors.Is(err, localapi.ErrAway) {
		t.Errorf("%d frames and %v, want 2 whole frames and the end of the stream", n, err)
	}
}

func TestBounds(t *testing.T) {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /v1/visit/pictures/{id}", func(w http.ResponseWriter, r *http.Request) {
		w.Write(make([]byte, localapi.MaxPicture+1))
	})
	mux.HandleFunc("GET /v1/cameras/{name}/preview", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "multipart/x-mixed-replace; boundary=frame")
		fmt.Fprintf(w, "--frame\r\nContent-Length: %d\r\n\r\n", localapi.MaxFrame+1)
	})
	c := serve(t, mux)
	if _, err := c.Picture(t.Context(), "p"); err == nil {
		t.Error("a picture above the limit was taken")
	}
	if err := c.Preview(t.Context(), "document", func([]byte) { t.Error("shown") }); err == nil {
		t.Error("a frame above the limit was taken")
	}
}

func FuzzReadStates(f *testing.F) {
	f.Add(`{"boot":"a","seq":1}` + "\n\n" + `{"seq":2}`)
	f.Add(`{`)
	f.Add(strings.Repeat(" ", 1<<10))
	f.Fuzz(func(t *testing.T, s string) {
		if localapi.ReadStates(strings.NewReader(s), func() {}, func(localapi.State) {}) == nil {
			t.Error("the stream ended without a reason")
		}
	})
}

func FuzzReadFrames(f *testing.F) {
	f.Add("--b\r\nContent-Length: 4\r\n\r\n\xff\xd8\xff\xd9\r\n--b--")
	f.Add("--b\r\nContent-Length: -1\r\n\r\n")
	f.Fuzz(func(t *testing.T, s string) {
		err := localapi.ReadFrames(strings.NewReader(s), "b", func(b []byte) {
			if len(b) > localapi.MaxFrame || len(b) < 2 || b[0] != 0xFF {
				t.Errorf("frame of %d bytes", len(b))
			}
		})
		if err == nil {
			t.Error("the stream ended without a reason")
		}
	})
}
