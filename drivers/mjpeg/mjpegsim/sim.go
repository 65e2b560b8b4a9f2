// Package mjpegsim is the far end of a network document camera: an HTTP server that plays JPEG frames as
// multipart/x-mixed-replace. What lies under the camera is the scene: files from a folder, a picture that is
// handed in, or pages that it draws itself, all of them invented.
package mjpegsim

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"kiosk/device/paper"
)

const (
	boundary   = "frameboundary"
	maxFrame   = 32 << 20
	writeLimit = 5 * time.Second // for a reader that does not take its frame
)

// Options are fixed when the camera is made.
type Options struct {
	Dir   string  // scenes: each file or folder of JPEG files is one; "" for none
	FPS   float64 // frames a second, 10 when 0
	Fonts []string
	Seed  uint64
}

// Faults are switched while it runs.
type Faults struct {
	Lost    bool `json:"lost"`    // connections are refused, the open ones break
	Cut     bool `json:"cut"`     // frames end in the middle
	Garbage bool `json:"garbage"` // what comes is no JPEG
	NoDHT   bool `json:"no_dht"`  // frames come without Huffman tables, as UVC cameras send them
	Stall   bool `json:"stall"`   // connected, but no frame comes
	Mixed   bool `json:"mixed"`   // every other frame is cut
}

// Sim is one camera. All methods are safe for use by several goroutines. It is an http.Handler that answers every path.
type Sim struct {
	opts  Options
	fonts *paper.Fonts

	mu     sync.Mutex
	change chan struct{} // closed and made anew at each change
	faults Faults
	scene  string
	frames [][]byte
	drawn  map[string][]byte
	looks  int // streams that are open
	sent   int
}

// New makes a camera that looks at an empty desk.
func New(o Options) (*Sim, error) {
	if o.FPS == 0 {
		o.FPS = 10
	}
	if o.FPS < 0 || o.FPS > 60 {
		return nil, fmt.Errorf("cannot make a camera of %v frames a second", o.FPS)
	}
	fonts, err := paper.OpenFonts(o.Fonts)
	if err != nil {
		return nil, err
	}
	s := &Sim{opts: o, fonts: fonts, change: make(chan struct{}), drawn: map[string][]byte{}}
	if err := s.SetScene(Empty); err != nil {
		_ = fonts.Close()
		return nil, err
	}
	return s, nil
}

// Close frees the fonts. Servers of it are closed by their owner.
func (s *Sim) Close() error { return s.fonts.Close() }

// SetFaults changes what goes wrong.
func (s *Sim) SetFaults(f Faults) { s.set(func() { s.faults = f }) }

// Faults returns what goes wrong.
func (s *Sim) Faults() Faults {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.faults
}

func (s *Sim) set(f func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f()
	close(s.change)
	s.change = make(chan struct{})
}

// Scene is the name of what lies under the camera.
func (s *Sim) Scene() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.scene
}

// Looking is how many streams are open, and Sent how many frames went out since the start.
func (s *Sim) Looking() (streams, sent int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.looks, s.sent
}

// SetScene takes a name: a built-in page (see Kinds), a file or folder in the folder of scenes, or a path of a JPEG or PNG
// file or a folder of JPEG files anywhere. A PNG is a paper and is laid on the desk.
func (s *Sim) SetScene(name string) error {
	if slices.Contains(Kinds(), name) {
		s.mu.Lock()
		page := s.drawn[name]
		s.mu.Unlock()
		if page == nil {
			var err error
			if page, err = s.Page(name); err != nil {
				return err
			}
			s.mu.Lock()
			s.drawn[name] = page
			s.mu.Unlock()
		}
		return s.Show(name, page)
	}
	path := name
	if !filepath.IsAbs(path) && s.opts.Dir != "" && filepath.IsLocal(path) {
		path = filepath.Join(s.opts.Dir, path)
	}
	frames, err := s.load(path)
	if err != nil {
		return fmt.Errorf("cannot set scene %q: %w", name, err)
	}
	return s.Show(name, frames...)
}

// Show puts frames under the camera, played in turn.
func (s *Sim) Show(name string, frames ...[]byte) error {
	if len(frames) == 0 {
		return errors.New("cannot show a scene without frames")
	}
	s.set(func() { s.scene, s.frames = name, frames })
	return nil
}

func (s *Sim) load(path string) ([][]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	files := []string{path}
	if info.IsDir() {
		if files, err = filepath.Glob(filepath.Join(path, "*.jp*g")); err != nil {
			return nil, err
		}
		slices.Sort(files)
	}
	var frames [][]byte
	for _, f := range files {
		if info, err := os.Stat(f); err != nil || info.Size() > maxFrame {
			return nil, fmt.Errorf("file %q is too large or gone", filepath.Base(f))
		}
		b, err := os.ReadFile(f)
		if err != nil {
			return nil, err
		}
		switch {
		case bytes.HasPrefix(b, []byte("\x89PNG")):
			if b, err = s.OnDesk(b); err != nil {
				return nil, err
			}
		case !bytes.HasPrefix(b, []byte{0xFF, 0xD8}):
			return nil, fmt.Errorf("file %q is neither JPEG nor PNG", filepath.Base(f))
		}
		frames = append(frames, b)
	}
	if len(frames) == 0 {
		return nil, errors.New("no JPEG files there")
	}
	return frames, nil
}

// ServeHTTP answers HEAD and GET with the stream.
func (s *Sim) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if s.Faults().Lost {
		hangUp(w)
		return
	}
	w.Header().Set("Content-Type", "multipart/x-mixed-replace; boundary="+boundary)
	if r.Method == http.MethodHead {
		return
	}
	s.mu.Lock()
	s.looks++
	s.mu.Unlock()
	defer s.set(func() { s.looks-- })
	s.play(r.Context(), w)
}

func hangUp(w http.ResponseWriter) {
	if h, ok := w.(http.Hijacker); ok {
		if c, _, err := h.Hijack(); err == nil {
			_ = c.Close()
		}
	}
}

func (s *Sim) play(ctx context.Context, w http.ResponseWriter) {
	tick := time.NewTicker(time.Duration(float64(time.Second) / s.opts.FPS))
	defer tick.Stop()
	rnd := rand.New(rand.NewPCG(s.opts.Seed, 3))
	c := http.NewResponseController(w)
	for n := 0; ; n++ {
		s.mu.Lock()
		faults, frame, change := s.faults, s.frames[n%len(s.frames)], s.change
		s.mu.Unlock()
		switch {
		case faults.Lost:
			hangUp(w)
			return
		case faults.Stall:
			_ = c.Flush()
			select {
			case <-ctx.Done():
				return
			case <-change:
			}
			continue
		}
		_ = c.SetWriteDeadline(time.Now().Add(writeLimit))
		if _, err := w.Write(part(spoil(frame, faults, n, rnd))); err != nil {
			return
		}
		if c.Flush() != nil {
			return
		}
		s.mu.Lock()
		s.sent++
		s.mu.Unlock()
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

func part(frame []byte) []byte {
	var b bytes.Buffer
	b.WriteString("--" + boundary + "\r\nContent-Type: image/jpeg\r\nContent-Length: " + strconv.Itoa(len(frame)) + "\r\n\r\n")
	b.Write(frame)
	b.WriteString("\r\n")
	return b.Bytes()
}

func spoil(frame []byte, f Faults, n int, rnd *rand.Rand) []byte {
	if f.NoDHT {
		frame = WithoutTables(frame)
	}
	switch {
	case f.Garbage:
		b := make([]byte, 2000)
		for i := range b {
			b[i] = byte(rnd.Uint32())
		}
		return b
	case f.Cut, f.Mixed && n%2 == 1:
		return frame[:len(frame)*2/3]
	}
	return frame
}

// WithoutTables takes the Huffman tables out of a JPEG.
func WithoutTables(b []byte) []byte {
	out := append([]byte(nil), b[:min(2, len(b))]...)
	for i := 2; i+4 <= len(b) && b[i] == 0xFF; {
		n := 2 + int(b[i+2])<<8 + int(b[i+3])
		if b[i+1] == 0xDA || i+n > len(b) {
			return append(out, b[i:]...)
		}
		if b[i+1] != 0xC4 {
			out = append(out, b[i:i+n]...)
		}
		i += n
	}
	return out
}

// Serve answers on l until ctx ends, then closes it and every connection.
func (s *Sim) Serve(ctx context.Context, l net.Listener) error {
	srv := &http.Server{Handler: s, ReadHeaderTimeout: 5 * time.Second, BaseContext: func(net.Listener) context.Context { return ctx }}
	stop := context.AfterFunc(ctx, func() { _ = srv.Close() })
	defer stop()
	if err := srv.Serve(l); !errors.Is(err, http.ErrServerClosed) && !strings.Contains(err.Error(), "closed") {
		return fmt.Errorf("cannot serve the camera: %w", err)
	}
	return nil
}
