// Package daemon is the server of the terminal's local API and the small machinery that starts and stops the parts of
// a daemon. HTTP/1.1 and JSON on a unix socket; routes.go is the whole table of paths, methods and rights, and
// docs/api/local.md is its description. The server decides nothing about a visit: it checks who calls, bounds what
// they send, and passes it on.
package daemon

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"kiosk/device/casefile"
	"kiosk/device/localapi"
	"kiosk/device/rig"
	"kiosk/device/session"
	"kiosk/device/settings"
)

// Visit is the visit that the API shows and works; *session.Visit is one.
type Visit interface {
	View() localapi.Visit
	// Changed returns a channel that is closed at the next change of View.
	Changed() <-chan struct{}
	// Do returns a *localapi.Problem when the intent is stale or not valid.
	Do(ctx context.Context, in localapi.Intent) error
	Picture(id string) ([]byte, bool)
	// Preview calls show for each newer frame until ctx ends, show fails, or no camera is on the screen.
	Preview(ctx context.Context, show func(jpeg []byte) error) error
	// Poke says that something outside the visit has changed.
	Poke()
}

// Peripherals are those of the visit, with a listing; *rig.Rig is one.
type Peripherals interface {
	session.Peripherals
	Devices() []rig.Device
	Changed() <-chan struct{}
}

// Cases is the queue as ops see it.
type Cases interface {
	// List is all cases on this terminal, oldest first.
	List() ([]casefile.Record, error)
	// Tally is cheap and is asked at each change of anything.
	Tally() Tally
}

// Tally sums the queue up.
type Tally struct {
	Waiting     int       // kept and not received
	Quarantined int       // refused for ever
	Oldest      time.Time // when the oldest that waits was kept; zero when none does
	Used        float64   // filled share of the fullest disk, 0 to 1
	Damaged     bool      // a kept file is damaged; new cases are taken all the same
}

// Audit takes events and tells the newest.
type Audit interface {
	session.Audit
	// Tail returns at most n events, oldest first.
	Tail(n int) ([]localapi.Event, error)
}

// Standing is who the terminal is and how it stands with the platform.
type Standing struct {
	Number          string // six digits, once enrolled
	Enrolled        bool
	Broken          bool // some part did not start
	Settings        settings.Document
	SettingsRefused bool
	Online          bool
	Since           time.Time // of Online
	CertificateEnds time.Time // zero when not known
}

// Parts is what the API shows. All members are required unless they say otherwise.
type Parts struct {
	Visit       Visit
	Peripherals Peripherals
	Items       session.Items
	Standing    func() Standing
	Cases       func() Cases // returns nil while there is no store
	Progress    func() session.Progress
	Audit       Audit
	Enrol       func(ctx context.Context, code string) error
}

// Config is what the server needs before anything else is there.
type Config struct {
	Socket  string
	Access  settings.Access
	Site    settings.Text
	Place   settings.Text
	Phone   string
	Version string
	Log     *slog.Logger
}

// Server is the local API. It listens from New on and answers "starting" until Ready.
type Server struct {
	cfg      Config
	listener net.Listener
	http     *http.Server
	parts    atomic.Pointer[Parts]
	ready    chan struct{}
	once     sync.Once
	news     *news
	poked    chan struct{}
}

// New makes the socket. A socket that is left over from a dead daemon is removed, a living daemon's is not.
func New(cfg Config) (*Server, error) {
	l, err := listen(cfg.Socket)
	if err != nil {
		return nil, err
	}
	s := &Server{
		cfg: cfg, listener: l, ready: make(chan struct{}), news: newNews(), poked: make(chan struct{}, 1),
	}
	s.http = &http.Server{
		Handler:           s.handler(),
		ReadHeaderTimeout: 5 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    16 << 10,
		ConnContext:       withCaller,
		ErrorLog:          slog.NewLogLogger(cfg.Log.Handler(), slog.LevelDebug),
	}
	return s, nil
}

// Ready gives the server what it shows. It is called once.
func (s *Server) Ready(p Parts) {
	s.once.Do(func() {
		s.parts.Store(&p)
		close(s.ready)
	})
}

// Poke says that something behind Parts other than visit and peripherals has changed.
func (s *Server) Poke() {
	select {
	case s.poked <- struct{}{}:
	default:
	}
}

// Run serves until ctx ends; then it closes the socket and waits for its requests.
func (s *Server) Run(ctx context.Context) error {
	s.http.BaseContext = func(net.Listener) context.Context { return ctx }
	watcher := make(chan struct{})
	go func() {
		defer close(watcher)
		s.watch(ctx)
	}()
	served := make(chan error, 1)
	go func() { served <- s.http.Serve(s.listener) }()
	var err error
	select {
	case err = <-served:
		err = fmt.Errorf("cannot serve the local API: %w", err)
	case <-ctx.Done():
		late, cancel := context.WithTimeout(context.WithoutCancel(ctx), 3*time.Second)
		defer cancel()
		if s.http.Shutdown(late) != nil {
			_ = s.http.Close()
		}
		<-served
		<-watcher
	}
	return err
}

// Close gives the socket back when Run was never called.
func (s *Server) Close() error { return s.http.Close() }

// listen makes the socket with mode 0660; its folder's group decides who may connect at all.
func listen(path string) (net.Listener, error) {
	if err := clearStale(path); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		return nil, fmt.Errorf("cannot make the folder of socket %q: %w", path, err)
	}
	l, err := net.Listen("unix", path)
	if err != nil {
		return nil, fmt.Errorf("cannot listen on %q: %w", path, err)
	}
	if err := os.Chmod(path, 0o660); err != nil {
		_ = l.Close()
		return nil, fmt.Errorf("cannot set the mode of socket %q: %w", path, err)
	}
	return l, nil
}

// clearStale removes a socket that nobody answers at. Anything else at that path stays.
func clearStale(path string) error {
	info, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("cannot look at socket %q: %w", path, err)
	}
	if info.Mode().Type() != fs.ModeSocket {
		return fmt.Errorf("cannot listen on %q: there is something that is not a socket", path)
	}
	conn, err := net.DialTimeout("unix", path, time.Second)
	if err == nil {
		_ = conn.Close()
		return fmt.Errorf("cannot listen on %q: another daemon answers there", path)
	}
	if !errors.Is(err, syscall.ECONNREFUSED) {
		return fmt.Errorf("cannot tell whether %q is in use: %w", path, err)
	}
	if err := os.Remove(path); err != nil {
		return fmt.Errorf("cannot remove the stale socket %q: %w", path, err)
	}
	return nil
}
