package daemon

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"kiosk/device"
	"kiosk/device/casefile"
	"kiosk/device/localapi"
	"kiosk/device/rig"
	"kiosk/device/session"
	"kiosk/device/settings"
)

// stub is a visit, a rig, a queue and an audit log that a test sets.
type stub struct {
	mu       sync.Mutex
	view     localapi.Visit
	changed  chan struct{}
	did      []localapi.Intent
	frames   chan []byte
	previews int // running
	pokes    int
	devices  []rig.Device
	events   []string
	enrolled bool
	enrolErr error
	doErr    error
}

func newStub() *stub {
	return &stub{
		changed: make(chan struct{}), frames: make(chan []byte), enrolled: true,
		view: localapi.Visit{ID: "v1", Phase: "in-steps", Step: "s1", Lang: "zh", View: localapi.View{Kind: localapi.ViewHome}},
	}
}

func (s *stub) show(change func(*localapi.Visit)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change(&s.view)
	close(s.changed)
	s.changed = make(chan struct{})
}

func (s *stub) View() localapi.Visit     { s.mu.Lock(); defer s.mu.Unlock(); return s.view }
func (s *stub) Changed() <-chan struct{} { s.mu.Lock(); defer s.mu.Unlock(); return s.changed }
func (s *stub) Poke()                    { s.mu.Lock(); defer s.mu.Unlock(); s.pokes++ }
func (s *stub) Do(_ context.Context, in localapi.Intent) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.did = append(s.did, in)
	return s.doErr
}

func (s *stub) Picture(id string) ([]byte, bool) { return []byte{0xFF, 0xD8, 0xFF, 0xD9}, id == "p1" }

func (s *stub) Preview(ctx context.Context, show func([]byte) error) error {
	s.mu.Lock()
	s.previews++
	s.mu.Unlock()
	defer func() { s.mu.Lock(); s.previews--; s.mu.Unlock() }()
	for {
		select {
		case f := <-s.frames:
			if err := show(f); err != nil {
				return err
			}
		case <-ctx.Done():
			return nil
		}
	}
}

func (s *stub) Event(id string, fields ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.events = append(s.events, strings.Join(append([]string{id}, fields...), " "))
}

func (s *stub) Tail(n int) ([]localapi.Event, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var list []localapi.Event
	for _, e := range s.events[max(0, len(s.events)-n):] {
		list = append(list, localapi.Event{ID: strings.Fields(e)[0]})
	}
	return list, nil
}

func (s *stub) heard(text string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.ContainsFunc(s.events, func(e string) bool { return strings.Contains(e, text) })
}

type shelf struct{ records []casefile.Record }

func (q shelf) List() ([]casefile.Record, error) { return q.records, nil }
func (q shelf) Tally() Tally                     { return Tally{Waiting: len(q.records)} }

type peripherals struct {
	session.Peripherals // not called but for Status
	*stub
}

func (p peripherals) Devices() []rig.Device { p.mu.Lock(); defer p.mu.Unlock(); return p.devices }
func (p peripherals) Status(kind device.Kind) device.Status {
	for _, d := range p.Devices() {
		if d.Kind == kind {
			return d.Status
		}
	}
	return device.Status{Link: device.Bad}
}

func (p peripherals) Changed() <-chan struct{} { return nil }

type offers []session.Offer

func (o offers) List() []session.Offer { return o }

func (s *stub) parts() Parts {
	return Parts{
		Visit: s, Peripherals: peripherals{stub: s}, Items: offers{}, Audit: s,
		Standing: func() Standing {
			s.mu.Lock()
			defer s.mu.Unlock()
			return Standing{Number: "360001", Enrolled: s.enrolled, Online: true}
		},
		Cases: func() Cases {
			return shelf{[]casefile.Record{{Number: "360001010000017", State: casefile.Kept, Item: "parcel"}}}
		},
		Progress: func() session.Progress { return nil },
		Enrol:    func(context.Context, string) error { return s.enrolErr },
	}
}

// everyone gives this process all rights.
func everyone() settings.Access {
	uid := []uint32{uint32(os.Getuid())}
	return settings.Access{App: uid, Staff: uid, Ops: uid}
}

// started runs a server and ends it with the test. Parts may be nil: the server is then still starting.
func started(t *testing.T, access settings.Access, parts *Parts) (*Server, *localapi.Client) {
	t.Helper()
	return startedIn(t, t.TempDir(), access, parts)
}

func startedIn(t *testing.T, dir string, access settings.Access, parts *Parts) (*Server, *localapi.Client) {
	t.Helper()
	s, err := New(Config{
		Socket: filepath.Join(dir, "kioskd.sock"), Access: access, Site: settings.Text{ZH: "示例大厅"}, Version: "test",
		Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	if parts != nil {
		s.Ready(*parts)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	client := &localapi.Client{Socket: s.cfg.Socket}
	t.Cleanup(func() {
		_ = client.Close()
		cancel()
		if err := <-done; err != nil {
			t.Errorf("server ended with %v", err)
		}
		if _, err := os.Lstat(s.cfg.Socket); err == nil {
			t.Error("the socket is still there")
		}
	})
	return s, client
}

// raw sends one request as it is written and returns status, code and body.
func raw(t *testing.T, s *Server, method, path, kind, body string, headers ...string) (int, string) {
	t.Helper()
	client := http.Client{Transport: &http.Transport{
		DisableKeepAlives: true,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "unix", s.cfg.Socket)
		},
	}}
	req, err := http.NewRequestWithContext(t.Context(), method, "http://"+host+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if kind != "" {
		req.Header.Set("Content-Type", kind)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		if headers[i] == "Host" {
			req.Host = headers[i+1]
			continue
		}
		req.Header.Set(headers[i], headers[i+1])
	}
	res, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	var p localapi.Problem
	if res.StatusCode >= 400 {
		if got := res.Header.Get("Content-Type"); got != "application/problem+json" {
			t.Errorf("%s %s: a refusal of type %q", method, path, got)
		}
		if err := json.Unmarshal(b, &p); err != nil || p.Status != res.StatusCode || p.Title == "" || p.Type == "" {
			t.Errorf("%s %s: problem %q is not whole", method, path, b)
		}
		return res.StatusCode, p.Code
	}
	return res.StatusCode, string(b)
}

func TestRequestsAreBoundedAndStrict(t *testing.T) {
	v := newStub()
	parts := v.parts()
	s, _ := started(t, everyone(), &parts)
	const js = "application/json"
	good := `{"id":"a","step":"s1","kind":"next"}`
	for _, c := range []struct {
		name, method, path, kind, body string
		headers                        []string
		status                         int
		code                           string
	}{
		{"good", "POST", "/v1/visit/intents", js, good, nil, 204, ""},
		{"charset", "POST", "/v1/visit/intents", js + "; charset=utf-8", good, nil, 204, ""},
		{"unknown member", "POST", "/v1/visit/intents", js, `{"id":"a","step":"s1","kind":"next","x":1}`, nil, 400, "malformed"},
		{"trailing", "POST", "/v1/visit/intents", js, good + good, nil, 400, "malformed"},
		{"not JSON", "POST", "/v1/visit/intents", js, "hello", nil, 400, "malformed"},
		{"empty", "POST", "/v1/visit/intents", js, "", nil, 400, "malformed"},
		{"wrong type", "POST", "/v1/visit/intents", js, `{"id":5}`, nil, 400, "malformed"},
		{"form", "POST", "/v1/visit/intents", "application/x-www-form-urlencoded", good, nil, 400, "malformed"},
		{"no id", "POST", "/v1/visit/intents", js, `{"step":"s1","kind":"next"}`, nil, 400, "malformed"},
		{"long value", "POST", "/v1/visit/intents", js, `{"id":"a","step":"s1","kind":"answer","value":"` + strings.Repeat("x", maxValue+1) + `"}`, nil, 400, "malformed"},
		{"too large", "POST", "/v1/visit/intents", js, `{"value":"` + strings.Repeat("x", maxBody) + `"}`, nil, 413, "too-large"},
		{"unknown route", "GET", "/v1/secrets", "", "", nil, 404, "not-found"},
		{"unknown picture", "GET", "/v1/visit/pictures/p9", "", "", nil, 404, "not-found"},
		{"other method", "DELETE", "/v1/state", "", "", nil, 405, "not-found"},
		{"web page", "GET", "/v1/state", "", "", []string{"Origin", "http://example.org"}, 403, "forbidden"},
		{"browser", "GET", "/v1/state", "", "", []string{"Sec-Fetch-Mode", "cors"}, 403, "forbidden"},
		{"rebound name", "GET", "/v1/state", "", "", []string{"Host", "example.org"}, 403, "forbidden"},
		{"audit bounds", "GET", "/v1/audit?n=100000", "", "", nil, 400, "malformed"},
		{"empty code", "POST", "/v1/enrol", js, `{"code":""}`, nil, 400, "malformed"},
		{"no camera on the screen", "GET", "/v1/cameras/document/preview", "", "", nil, 404, "not-found"},
		{"long number", "GET", "/v1/cases/" + strings.Repeat("1", maxNumber+1), "", "", nil, 400, "malformed"},
	} {
		t.Run(c.name, func(t *testing.T) {
			status, code := raw(t, s, c.method, c.path, c.kind, c.body, c.headers...)
			if status != c.status || code != c.code {
				t.Errorf("got %d %q, want %d %q", status, code, c.status, c.code)
			}
		})
	}
	if len(v.did) != 2 {
		t.Errorf("the visit heard %d intents, want 2", len(v.did))
	}
	if !v.heard("api-refused code too-large uid " + fmt.Sprint(os.Getuid())) {
		t.Errorf("refusals were not noted: %q", v.events)
	}
}

func TestEveryProblemHasTitleAndStatus(t *testing.T) {
	for code := range problems {
		p := problem(code, "")
		if p.Title == "" || p.Status < 400 || p.Code != code {
			t.Errorf("problem %q is not whole: %+v", code, p)
		}
	}
}

func TestStartingIsSaid(t *testing.T) {
	s, client := started(t, everyone(), nil)
	var p *localapi.Problem
	if status, code := raw(t, s, "GET", "/v1/state", "", ""); status != 503 || code != localapi.CodeStarting {
		t.Errorf("got %d %q", status, code)
	}
	v := newStub()
	s.Ready(v.parts())
	st, err := client.State(t.Context())
	if err != nil {
		t.Fatal(err, p)
	}
	if st.Seq == 0 || st.Boot == "" || st.Terminal.Number != "360001" || st.Terminal.Site.ZH != "示例大厅" || st.Queue.Waiting != 1 {
		t.Errorf("state is %+v", st)
	}
}

func TestOnlyAStaleSocketIsRemoved(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "s.sock")
	old, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	old.SetUnlinkOnClose(false)
	if _, err := listen(path); err == nil || !strings.Contains(err.Error(), "another daemon") {
		t.Errorf("a living socket gave %v", err)
	}
	_ = old.Close()
	l, err := listen(path)
	if err != nil {
		t.Fatalf("a stale socket gave %v", err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o660 {
		t.Errorf("mode is %v, %v", info.Mode(), err)
	}
	_ = l.Close()
	if err := os.WriteFile(path, []byte("notes"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := listen(path); err == nil {
		t.Error("a file was taken for a socket")
	}
	if b, err := os.ReadFile(path); err != nil || string(b) != "notes" {
		t.Error("the file was harmed")
	}
}

func TestEventsBeginWithTheWholeState(t *testing.T) {
	v := newStub()
	parts := v.parts()
	s, client := started(t, everyone(), &parts)
	states := make(chan localapi.State, 16)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = client.Watch(ctx, func(st localapi.State) { states <- st }, nil)
	}()
	first := <-states
	if first.Visit.Step != "s1" || first.Terminal.Number != "360001" || first.Seq == 0 {
		t.Errorf("first line is %+v", first)
	}
	v.show(func(l *localapi.Visit) { l.Step = "s2" })
	second := <-states
	if second.Visit.Step != "s2" || second.Seq != first.Seq+1 || second.Boot != first.Boot {
		t.Errorf("second line is seq %d step %s after seq %d", second.Seq, second.Visit.Step, first.Seq)
	}
	v.mu.Lock()
	v.enrolled = false
	pokes := v.pokes
	v.mu.Unlock()
	s.Poke()
	third := <-states
	if third.Terminal.Reason != ReasonUnenrolled {
		t.Errorf("third line is %+v", third.Terminal)
	}
	v.mu.Lock()
	if v.pokes <= pokes {
		t.Error("the visit was not told that its surroundings changed")
	}
	v.mu.Unlock()
	cancel()
	<-ended
}

// A reader that does not read must neither stop the visit nor make others wait, and gets the newest when it reads again.
func TestSlowReaderCostsNobodyAnything(t *testing.T) {
	v := newStub()
	parts := v.parts()
	s, client := started(t, everyone(), &parts)
	slow, err := net.Dial("unix", s.cfg.Socket)
	if err != nil {
		t.Fatal(err)
	}
	defer slow.Close()
	if _, err := io.WriteString(slow, "GET /v1/events HTTP/1.1\r\nHost: "+host+"\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	bulk := strings.Repeat("x", 32<<10) // fills socket buffers soon
	const changes = 200
	for i := range changes {
		v.show(func(l *localapi.Visit) { l.Step = fmt.Sprintf("s%d", i); l.Phase = bulk })
		st, err := client.State(t.Context())
		if err != nil || st.Visit.Step != fmt.Sprintf("s%d", i) {
			t.Fatalf("change %d: state says %q, %v", i, st.Visit.Step, err)
		}
	}
	_ = slow.SetReadDeadline(time.Now().Add(30 * time.Second))
	lines := bufio.NewReaderSize(slow, 1<<20)
	read, last := 0, ""
	for last != fmt.Sprintf("s%d", changes-1) {
		line, err := lines.ReadBytes('\n')
		if err != nil {
			t.Fatalf("after %d lines, the last %q: %v", read, last, err)
		}
		if !bytes.HasPrefix(line, []byte(`{"seq"`)) {
			continue
		}
		var st localapi.State
		if err := json.Unmarshal(line, &st); err != nil {
			t.Fatal(err)
		}
		read, last = read+1, st.Visit.Step
	}
	if read >= changes {
		t.Errorf("%d lines were kept for a reader that slept", read)
	}
}

func TestPreviewIsNewestWinsAndEndsWithTheScreen(t *testing.T) {
	v := newStub()
	v.view.View = localapi.View{Kind: localapi.ViewCapture, Capture: &localapi.Capture{Camera: "document"}}
	parts := v.parts()
	_, client := started(t, everyone(), &parts)
	frames := make(chan []byte)
	ended := make(chan error, 1)
	go func() { ended <- client.Preview(t.Context(), "document", func(b []byte) { frames <- b }) }()
	frame := func(i int) []byte { return []byte{0xFF, 0xD8, byte(i), 0xFF, 0xD9} }
	v.frames <- frame(0)
	if got := <-frames; !bytes.Equal(got, frame(0)) {
		t.Fatalf("first frame is %x", got)
	}
	// Nobody takes frames now, yet the visit can always give its newest.
	for i := 1; i < 100; i++ {
		v.frames <- frame(i)
	}
	for got := range frames {
		if bytes.Equal(got, frame(99)) {
			break
		}
	}
	if err := client.Preview(t.Context(), "face", nil); err == nil {
		t.Error("a camera that is not on the screen was shown")
	}
	v.show(func(l *localapi.Visit) { l.View = localapi.View{Kind: localapi.ViewCheck} })
	if err := <-ended; err == nil {
		t.Error("the preview did not end with its screen")
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.previews != 0 {
		t.Errorf("%d previews still run", v.previews)
	}
}

func TestOpsRoutes(t *testing.T) {
	v := newStub()
	v.devices = []rig.Device{{Kind: "camera", Driver: "uvc", State: rig.Absent, Why: "no such file"}}
	parts := v.parts()
	_, client := started(t, everyone(), &parts)
	if l, err := client.Devices(t.Context()); err != nil || len(l) != 1 || l[0].State != "absent" || l[0].Why == "" {
		t.Errorf("devices: %+v, %v", l, err)
	}
	if l, err := client.Queue(t.Context()); err != nil || len(l) != 1 || l[0].Number != "360001010000017" {
		t.Errorf("queue: %+v, %v", l, err)
	}
	v.Event("one")
	if l, err := client.Audit(t.Context(), 1); err != nil || len(l) != 1 || l[0].ID != "one" {
		t.Errorf("audit: %+v, %v", l, err)
	}
	v.enrolErr = casefile.ErrOffline
	if err := client.Enrol(t.Context(), "abc"); err == nil || !strings.Contains(err.Error(), "platform is away") {
		t.Errorf("enrolling offline gave %v", err)
	}
	v.enrolErr = io.ErrUnexpectedEOF
	if err := client.Enrol(t.Context(), "abc"); err == nil || !strings.Contains(err.Error(), "refused") {
		t.Errorf("a refused code gave %v", err)
	}
	v.enrolErr = nil
	if err := client.Enrol(t.Context(), "abc"); err != nil {
		t.Errorf("enrolling gave %v", err)
	}
}
