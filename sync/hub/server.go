package hub

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// Server is a Hub with its two listeners: one for terminals, one for operators on this machine.
type Server struct {
	Hub       *Hub
	URL       string // https, as terminals are told
	Terminals string // host:port listened on
	Admin     string // http, loopback

	servers [2]*http.Server
	serving sync.WaitGroup
	ended   chan struct{}
	once    sync.Once
	errs    [3]error // of the two servers and the store, set before ended is closed
}

// Listen says where a Server listens.
type Listen struct {
	Terminals string // host:port, TLS
	Admin     string // host:port on loopback; nobody is asked who he is there
}

// stopGrace is how long running requests may take to end when the server stops.
const stopGrace = 5 * time.Second

// Start serves a hub for tests and demonstrations, on addr for terminals and on a free loopback port for operators. A folder without a hub
// gets one, whose address is the one listened on.
func Start(ctx context.Context, dir, addr string) (*Server, error) {
	return Serve(ctx, Config{Dir: dir, fresh: true}, Listen{Terminals: addr, Admin: "127.0.0.1:0"})
}

// Serve opens the hub in c.Dir and serves it until ctx ends or Close is called.
func Serve(ctx context.Context, c Config, at Listen) (*Server, error) {
	if err := loopback(at.Admin); err != nil {
		return nil, err
	}
	terminals, err := net.Listen("tcp", at.Terminals)
	if err != nil {
		return nil, fmt.Errorf("cannot listen for terminals: %w", err)
	}
	admin, err := net.Listen("tcp", at.Admin)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("cannot listen for operators: %w", err), terminals.Close())
	}
	s, err := open(c, terminals, admin)
	if err != nil {
		return nil, errors.Join(err, terminals.Close(), admin.Close())
	}
	s.serving.Go(func() { s.note(0, s.servers[0].ServeTLS(terminals, "", "")) })
	s.serving.Go(func() { s.note(1, s.servers[1].Serve(admin)) })
	stop := context.AfterFunc(ctx, func() { _ = s.Close() })
	go func() { // ends with Close, as that ends both servers
		s.serving.Wait()
		stop()
		if err := s.Hub.Close(); err != nil {
			s.errs[2] = fmt.Errorf("cannot close the store: %w", err)
		}
		close(s.ended)
	}()
	return s, nil
}

func open(c Config, terminals, admin net.Listener) (*Server, error) {
	if _, err := os.Stat(filepath.Join(c.Dir, aboutFile)); c.fresh && errors.Is(err, os.ErrNotExist) {
		if err := Init(c.Dir, "https://"+terminals.Addr().String(), "36"); err != nil {
			return nil, err
		}
	}
	h, err := New(c)
	if err != nil {
		return nil, err
	}
	hosts := []string{"127.0.0.1", "::1", "localhost"}
	for _, u := range []string{h.about.URL, "https://" + terminals.Addr().String()} {
		if u, err := url.Parse(u); err == nil {
			hosts = append(hosts, u.Hostname())
		}
	}
	config, err := h.keys.tlsConfig(h.now(), hosts...)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("cannot make the server's certificate: %w", err), h.Close())
	}
	quiet := slog.NewLogLogger(h.log.Handler(), slog.LevelDebug)
	s := &Server{Hub: h, URL: h.about.URL, Terminals: terminals.Addr().String(), Admin: "http://" + admin.Addr().String(), ended: make(chan struct{})}
	for i, handler := range []http.Handler{h.Handler(), h.AdminHandler()} {
		s.servers[i] = &http.Server{
			Handler: handler, ErrorLog: quiet,
			ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 16 << 10,
		}
	}
	s.servers[0].TLSConfig = config
	return s, nil
}

func (s *Server) note(i int, err error) {
	if !errors.Is(err, http.ErrServerClosed) {
		s.errs[i] = fmt.Errorf("cannot serve: %w", err)
		go func() { _ = s.Close() }() // one listener without the other is no hub
	}
}

// Close stops listening, lets running requests end for a few seconds, cuts the rest, closes the store and returns when all
// goroutines are gone.
func (s *Server) Close() error {
	s.once.Do(func() {
		ctx, cancel := context.WithTimeout(context.Background(), stopGrace)
		defer cancel()
		var all sync.WaitGroup
		for _, server := range s.servers {
			all.Go(func() {
				if server.Shutdown(ctx) != nil {
					_ = server.Close()
				}
			})
		}
		all.Wait()
	})
	return s.Wait()
}

// Kill stops at once, as a crash would, but for the goroutines, which have ended when it returns.
func (s *Server) Kill() {
	for _, server := range s.servers {
		_ = server.Close()
	}
	_ = s.Wait()
}

// Wait blocks until the server has ended and says why, if it was not told to.
func (s *Server) Wait() error {
	<-s.ended
	return errors.Join(s.errs[:]...)
}

// loopback refuses an address that other machines could reach.
func loopback(addr string) error {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return fmt.Errorf("cannot listen for operators at %q: %w", addr, err)
	}
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return fmt.Errorf("cannot listen for operators at %q: the address must be loopback, because nobody is asked who he is there", addr)
	}
	return nil
}
