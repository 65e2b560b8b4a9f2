package ui_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"fyne.io/fyne/v2/test"

	"kiosk/device/localapi"
	"kiosk/ui"
	"kiosk/ui/look"
	"kiosk/ui/model/modeltest"
)

// daemon is a stand-in for the daemon on a real socket: it tells the states it is given and notes the taps.
type daemon struct {
	t       *testing.T
	socket  string
	server  *httptest.Server
	taps    chan localapi.Intent
	looking chan bool // a preview was opened, true, or closed

	mu      sync.Mutex
	now     localapi.State
	changed chan struct{}
	refuse  int // status of the answer to taps, 0 takes them
}

func newDaemon(t *testing.T, first localapi.State) *daemon {
	t.Helper()
	d := &daemon{t: t, socket: filepath.Join(t.TempDir(), "s"), taps: make(chan localapi.Intent, 64), looking: make(chan bool, 64),
		now: first, changed: make(chan struct{})}
	d.start()
	t.Cleanup(d.stop)
	return d
}

func (d *daemon) start() {
	l, err := net.Listen("unix", d.socket)
	if err != nil {
		d.t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+localapi.PathEvents, d.events)
	mux.HandleFunc("POST "+localapi.PathIntents, d.intent)
	mux.HandleFunc("GET "+localapi.PathCameras+"{name}/preview", d.preview)
	mux.HandleFunc("GET "+localapi.PathPictures+"{id}", func(w http.ResponseWriter, r *http.Request) { w.Write(photo()) })
	d.server = httptest.NewUnstartedServer(mux)
	d.server.Listener.Close()
	d.server.Listener = l
	d.server.Start()
}

func (d *daemon) stop() {
	d.server.CloseClientConnections()
	d.server.Close()
}

// tell makes st the state of the visit.
func (d *daemon) tell(st localapi.State) {
	d.mu.Lock()
	defer d.mu.Unlock()
	st.Seq = d.now.Seq + 1
	d.now = st
	close(d.changed)
	d.changed = make(chan struct{})
}

func (d *daemon) look() (localapi.State, chan struct{}, int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.now, d.changed, d.refuse
}

func (d *daemon) events(w http.ResponseWriter, r *http.Request) {
	for {
		st, changed, _ := d.look()
		json.NewEncoder(w).Encode(st)
		w.(http.Flusher).Flush()
		select {
		case <-changed:
		case <-r.Context().Done():
			return
		}
	}
}

func (d *daemon) intent(w http.ResponseWriter, r *http.Request) {
	var in localapi.Intent
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		d.t.Error(err)
	}
	d.taps <- in
	if _, _, status := d.look(); status != 0 {
		w.Header().Set("Content-Type", "application/problem+json")
		w.WriteHeader(status)
		json.NewEncoder(w).Encode(localapi.Problem{Status: status, Code: localapi.CodeStale})
	}
}

func (d *daemon) preview(w http.ResponseWriter, r *http.Request) {
	d.looking <- true
	defer func() { d.looking <- false }()
	w.Header().Set("Content-Type", "multipart/x-mixed-replace; boundary=b")
	for {
		frame := photo()
		if _, err := fmt.Fprintf(w, "--b\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n%s\r\n", len(frame), frame); err != nil {
			return
		}
		w.(http.Flusher).Flush()
		select {
		case <-time.After(20 * time.Millisecond): // a camera's pace
		case <-r.Context().Done():
			return
		}
	}
}

// photo is a picture larger than it is shown.
var photo = sync.OnceValue(func() []byte {
	img := image.NewGray(image.Rect(0, 0, 1280, 960))
	for i := range img.Pix {
		img.Pix[i] = byte(i)
	}
	img.SetGray(0, 0, color.Gray{255})
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, nil); err != nil {
		panic(err)
	}
	return b.Bytes()
})

// app is a shell whose main goroutine is the test's own.
type app struct {
	*ui.Shell
	t        *testing.T
	work     chan func()
	now      time.Time
	replaced int
	usable   int
}

// options may be changed before the start.
func start(t *testing.T, d *daemon, change func(*ui.Options)) *app {
	t.Helper()
	test.NewTempApp(t)
	a := &app{t: t, work: make(chan func(), 256), now: modeltest.At}
	client := &localapi.Client{Socket: d.socket}
	opt := ui.Options{
		Daemon: client, Look: look.Of(look.Mode{}), Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
		Do: func(f func()) { a.work <- f }, Now: func() time.Time { return a.now },
		Replace: func() { a.replaced++ }, Usable: func() { a.usable++ },
	}
	if change != nil {
		change(&opt)
	}
	a.Shell = ui.New(opt)
	if id := a.Screen().Shown().ID; id != "wait" {
		t.Errorf("the app begins with screen %q, want the one that waits", id)
	}
	ctx, cancel := contextWithCancel(t)
	ended := make(chan error, 1)
	go func() { ended <- a.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		for {
			select {
			case f := <-a.work:
				f()
			case err := <-ended:
				if err != nil {
					t.Errorf("Run = %v", err)
				}
				client.Close()
				return
			}
		}
	})
	return a
}

// until runs the main goroutine until a condition holds.
func (a *app) until(what string, holds func() bool) {
	a.t.Helper()
	late := time.After(20 * time.Second)
	for !holds() {
		select {
		case f := <-a.work:
			f()
		case <-late:
			a.t.Fatalf("%s: it never happened; the screen is %q", what, a.Screen().Shown().ID)
		}
	}
	a.now = a.now.Add(time.Second) // the guard against hasty taps is over
}

// shows waits for a screen.
func (a *app) shows(id string) {
	a.t.Helper()
	a.until("screen "+id, func() bool { return a.Screen().Shown().ID == id })
}

// tapped waits for a tap that the daemon was told of.
func (a *app) tapped(d *daemon, kind string) localapi.Intent {
	a.t.Helper()
	var in localapi.Intent
	a.until("intent "+kind, func() bool {
		select {
		case in = <-d.taps:
			return in.Kind == kind
		default:
			return false
		}
	})
	return in
}
