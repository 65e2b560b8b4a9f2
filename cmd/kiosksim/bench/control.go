package bench

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"os"
	"time"

	"kiosk/drivers/escpos/escpossim"
	"kiosk/drivers/mjpeg/mjpegsim"
	"kiosk/drivers/sdt/sdtsim"
)

// maxBody bounds a request to the control socket.
const maxBody = 64 << 10

// State is what the bench looks like.
type State struct {
	Endpoints Endpoints    `json:"endpoints"`
	Reader    ReaderState  `json:"reader"`
	Printer   PrinterState `json:"printer"`
	Camera    CameraState  `json:"camera"`
	Papers    []Paper      `json:"papers"`
}

// ReaderState is the card reader's.
type ReaderState struct {
	Plugged bool `json:"plugged"`
	Card    bool `json:"card"` // a card lies there
	Read    bool `json:"read"` // and has been read
	// Found is when the first byte of the first "card found" was written since a card was laid down; zero before.
	Found time.Time `json:"found,omitzero"`
}

// PrinterState is the receipt printer's.
type PrinterState struct {
	Plugged bool `json:"plugged"`
	escpossim.State
}

// CameraState is the camera's.
type CameraState struct {
	Plugged bool            `json:"plugged"`
	Scene   string          `json:"scene"`
	Streams int             `json:"streams"` // open now
	Sent    int             `json:"sent"`    // frames since the start
	Faults  mjpegsim.Faults `json:"faults"`
}

// Paper is one paper that came out.
type Paper struct {
	N        int       `json:"n"`
	At       time.Time `json:"at"`
	Complete bool      `json:"complete"`
	Text     string    `json:"text"`
}

// State tells how things stand.
func (b *Bench) State() State {
	b.plug.Lock()
	in := map[string]bool{}
	for name, lines := range b.lines {
		in[name] = lines[0].plugged()
	}
	b.plug.Unlock()
	s := State{Endpoints: b.ends}
	s.Reader.Plugged = in[Reader]
	s.Reader.Card, s.Reader.Read = b.reader.Inserted()
	if at := b.found.Load(); at != nil {
		s.Reader.Found = *at
	}
	s.Printer = PrinterState{Plugged: in[Printer], State: b.printer.State()}
	s.Camera = CameraState{Plugged: in[Camera], Scene: b.camera.Scene(), Faults: b.camera.Faults()}
	s.Camera.Streams, s.Camera.Sent = b.camera.Looking()
	for _, p := range b.Printed() {
		s.Papers = append(s.Papers, Paper{N: p.N, At: p.At, Complete: p.Complete, Text: p.Text})
	}
	return s
}

// Fault is what goes wrong with a device. Kind "none" mends everything.
type Fault struct {
	Device string `json:"device"`
	Kind   string `json:"kind"`        // see Bench.SetFault
	N      int    `json:"n,omitempty"` // rows, bytes, or times
}

// SetFault makes something go wrong.
//
//	reader   a kind of sdtsim.FaultKinds, N times (0: once, -1: always)
//	printer  blocked, mute, behind, cutter, hot; out-after (N rows), cut-after (N bytes, link only)
//	camera   lost, cut, garbage, no-dht, stall, mixed
func (b *Bench) SetFault(f Fault) error {
	switch f.Device {
	case Reader:
		return b.readerFault(f)
	case Printer:
		return b.printerFault(f)
	case Camera:
		return b.cameraFault(f)
	}
	return fmt.Errorf("cannot make a fault of %q: it is none of reader, printer, camera", f.Device)
}

func (b *Bench) readerFault(f Fault) error {
	if f.Kind == "none" {
		b.reader.Mend()
		return nil
	}
	for _, k := range sdtsim.FaultKinds {
		if string(k) == f.Kind {
			b.reader.Fault(sdtsim.Fault{Kind: k, Times: f.N})
			return nil
		}
	}
	return fmt.Errorf("cannot make the reader %q: it is none of none, %v", f.Kind, sdtsim.FaultKinds)
}

func (b *Bench) printerFault(f Fault) error {
	p := b.printer
	switch f.Kind {
	case "none":
		p.SetFaults(escpossim.Faults{})
		p.SetCutter(false)
		p.SetHot(false)
		p.OutAfterRows(0)
		p.CutLinkAfter(0)
	case "blocked":
		p.SetFaults(escpossim.Faults{Blocked: true})
	case "mute":
		p.SetFaults(escpossim.Faults{Mute: true})
	case "behind":
		p.SetFaults(escpossim.Faults{Behind: true})
	case "cutter":
		p.SetCutter(true)
	case "hot":
		p.SetHot(true)
	case "out-after":
		p.OutAfterRows(max(1, f.N))
	case "cut-after":
		p.CutLinkAfter(max(1, f.N))
	default:
		return fmt.Errorf("cannot make the printer %q: it is none of none, blocked, mute, behind, cutter, hot, out-after, cut-after", f.Kind)
	}
	return nil
}

func (b *Bench) cameraFault(f Fault) error {
	kinds := map[string]mjpegsim.Faults{"none": {}, "lost": {Lost: true}, "cut": {Cut: true}, "garbage": {Garbage: true},
		"no-dht": {NoDHT: true}, "stall": {Stall: true}, "mixed": {Mixed: true}}
	faults, ok := kinds[f.Kind]
	if !ok {
		return fmt.Errorf("cannot make the camera %q: it is none of none, lost, cut, garbage, no-dht, stall, mixed", f.Kind)
	}
	b.camera.SetFaults(faults)
	return nil
}

// cardRequest lays a card down: a built-in person by name, or one that is written out.
type cardRequest struct {
	Name   string         `json:"name,omitempty"`
	Person *sdtsim.Person `json:"person,omitempty"`
}

type plugRequest struct {
	Name string `json:"name"`
	In   bool   `json:"in"`
}

type wordRequest struct {
	Word string `json:"word"`
}

// problem is the body of an answer that is no success.
type problem struct {
	Error string `json:"error"`
}

func (b *Bench) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /state", func(w http.ResponseWriter, _ *http.Request) { reply(w, http.StatusOK, b.State()) })
	mux.HandleFunc("DELETE /card", func(w http.ResponseWriter, _ *http.Request) {
		b.RemoveCard()
		reply(w, http.StatusOK, struct{}{})
	})
	on(mux, "POST /card", func(r cardRequest) error {
		if r.Person != nil {
			return b.InsertCard(*r.Person)
		}
		p, ok := sdtsim.Sample(r.Name)
		if !ok {
			return fmt.Errorf("cannot insert a card of %q: it is none of %v", r.Name, sdtsim.Samples())
		}
		return b.InsertCard(p)
	})
	on(mux, "POST /paper", func(r wordRequest) error { return b.Paper(r.Word) })
	on(mux, "POST /scene", func(r wordRequest) error { return b.Scene(r.Word) })
	on(mux, "POST /fault", b.SetFault)
	on(mux, "POST /plug", func(r plugRequest) error {
		if r.In {
			return b.Plug(r.Name)
		}
		return b.Unplug(r.Name)
	})
	return mux
}

// on answers a route whose body is one strict JSON value.
func on[T any](mux *http.ServeMux, pattern string, do func(T) error) {
	mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
		var v T
		d := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody))
		d.DisallowUnknownFields()
		err := d.Decode(&v)
		if err == nil {
			err = do(v)
		}
		if err != nil {
			reply(w, http.StatusBadRequest, problem{err.Error()})
			return
		}
		reply(w, http.StatusOK, struct{}{})
	})
}

func reply(w http.ResponseWriter, code int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(v) // the client has gone
}

// serveControl starts the control socket. A socket that a dead bench left behind is replaced.
func (b *Bench) serveControl(ctx context.Context) error {
	path := b.ends.Control
	if c, err := net.DialTimeout("unix", path, time.Second); err == nil {
		_ = c.Close()
		return fmt.Errorf("another bench is running in this folder")
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	l, err := net.Listen("unix", path)
	if err != nil {
		return err
	}
	srv := &http.Server{Handler: b.routes(), ReadHeaderTimeout: 5 * time.Second}
	b.wg.Go(func() {
		if err := srv.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			b.log.Error("control socket ended", "error", err)
		}
	})
	b.wg.Go(func() {
		<-ctx.Done()
		_ = srv.Close()
	})
	return nil
}
