package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"kiosk/device/localapi"
	"kiosk/device/trust"
	"kiosk/device/trust/sign"
	"kiosk/sync/hub"
)

// site is a folder with everything a daemon is installed with, and a platform.
type site struct {
	dir    string
	config map[string]any
	hub    *hub.Server
	client *localapi.Client
}

// newSite installs a terminal that is nobody's yet.
func newSite(t *testing.T) *site {
	t.Helper()
	s := &site{dir: t.TempDir()}
	var err error
	if s.hub, err = hub.Start(t.Context(), s.at("hub"), "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.hub.Close(); err != nil {
			t.Error(err)
		}
	})
	key, err := sign.Generate("root-1")
	if err != nil {
		t.Fatal(err)
	}
	roots, err := sign.Roots(key)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := hub.PlatformDocument(s.at("hub"))
	if err != nil {
		t.Fatal(err)
	}
	signed, err := key.Document(trust.KindPlatform, doc)
	if err != nil {
		t.Fatal(err)
	}
	s.write(t, "roots.json", roots)
	s.write(t, "platform.jws", signed)
	for _, d := range []string{"items", "sealed"} {
		if err := os.Mkdir(s.at(d), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	me := []int{os.Getuid()}
	s.config = map[string]any{
		"state": s.at("state"), "folders": []string{s.at("sealed")}, "socket": s.at("run/kioskd.sock"),
		"site": map[string]string{"zh": "示例大厅", "en": "Example hall"}, "place": map[string]string{"zh": "一楼", "en": "Ground floor"},
		"phone": "12345", "serial": "K-0001", "access": map[string]any{"app": me, "staff": me, "ops": me},
		"trust": map[string]string{"roots": s.at("roots.json"), "platform": s.at("platform.jws")},
		"items": s.at("items"), "devices": []any{},
	}
	s.client = &localapi.Client{Socket: s.at("run/kioskd.sock")}
	t.Cleanup(func() { _ = s.client.Close() })
	return s
}

func (s *site) at(name string) string { return filepath.Join(s.dir, name) }

func (s *site) write(t *testing.T, name string, b []byte) {
	t.Helper()
	if err := os.WriteFile(s.at(name), b, 0o600); err != nil {
		t.Fatal(err)
	}
}

// args writes the configuration and names it.
func (s *site) args(t *testing.T, more ...string) []string {
	t.Helper()
	b, err := json.Marshal(s.config)
	if err != nil {
		t.Fatal(err)
	}
	s.write(t, "kioskd.json", b)
	return append(more, "--config", s.at("kioskd.json"))
}

// files lists what lies in the site's folder but the platform's.
func (s *site) files(t *testing.T) []string {
	t.Helper()
	var list []string
	err := filepath.WalkDir(s.dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && path == s.at("hub") {
			return fs.SkipDir
		}
		list = append(list, path)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// notes is a log that a test may read while it is written.
type notes struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (n *notes) Write(p []byte) (int, error) { n.mu.Lock(); defer n.mu.Unlock(); return n.b.Write(p) }
func (n *notes) String() string              { n.mu.Lock(); defer n.mu.Unlock(); return n.b.String() }

// started runs a daemon; stop ends it as a service manager would and waits.
func (s *site) started(t *testing.T) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	log := &notes{}
	done := make(chan error, 1)
	args := s.args(t)
	go func() { done <- run(ctx, args, log, log) }()
	var once sync.Once
	stop = func() {
		once.Do(func() {
			cancel()
			if err := <-done; err != nil {
				t.Errorf("the daemon ended with %v", err)
			}
			if t.Failed() {
				t.Log(log.String())
			}
		})
	}
	t.Cleanup(stop)
	return stop
}

// await watches the state until it is as wanted.
func (s *site) await(t *testing.T, what string, is func(localapi.State) bool) localapi.State {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var last localapi.State
	_ = s.client.Watch(ctx, func(st localapi.State) {
		if last = st; is(st) {
			cancel()
		}
	}, nil)
	if !is(last) {
		t.Fatalf("never %s; last %+v", what, last)
	}
	return last
}

func TestWrongConfigurationIsSaidBeforeAnythingIsMade(t *testing.T) {
	s := newSite(t)
	for _, c := range []struct {
		name, member string
		value        any
		want         string
	}{
		{"driver", "devices", []any{map[string]any{"kind": "camera", "driver": "mjpg", "config": map[string]any{}}}, "/devices/0/driver"},
		{"driver's own", "devices", []any{map[string]any{"kind": "camera", "driver": "mjpeg", "config": map[string]any{}}}, "/devices/0/config"},
		{"schema", "phone", "call us", "/phone"},
		{"unknown member", "colour", "red", "colour"},
		{"roots", "trust", map[string]string{"roots": s.at("none.json"), "platform": s.at("platform.jws")}, "/trust/roots"},
		{"platform", "trust", map[string]string{"roots": s.at("roots.json"), "platform": s.at("roots.json")}, "/trust/platform"},
	} {
		t.Run(c.name, func(t *testing.T) {
			old, had := s.config[c.member]
			s.config[c.member] = c.value
			defer func() {
				if s.config[c.member] = old; !had {
					delete(s.config, c.member)
				}
			}()
			for _, args := range [][]string{s.args(t), s.args(t, "check")} {
				before := s.files(t)
				var out bytes.Buffer
				err := run(t.Context(), args, &out, &out)
				if err == nil || !strings.Contains(err.Error(), c.want) {
					t.Errorf("%v: got %v, want the place %s", args, err, c.want)
				}
				if after := s.files(t); !slices.Equal(before, after) {
					t.Errorf("%v made files: %v", args, after)
				}
			}
		})
	}
	var out bytes.Buffer
	before := s.files(t)
	if err := run(t.Context(), s.args(t, "check"), &out, &out); err != nil || !strings.Contains(out.String(), "right") {
		t.Errorf("a right configuration gave %v, %s", err, out.String())
	}
	if after := s.files(t); !slices.Equal(append(before, s.at("kioskd.json")), after) && !slices.Equal(before, after) {
		t.Errorf("check made files: %v", after)
	}
	var usage *usageError
	if err := run(t.Context(), []string{"--nonsense"}, &out, &out); !errors.As(err, &usage) {
		t.Errorf("a wrong flag gave %v", err)
	}
}

// From a new machine to an enrolled terminal, through a restart, to one that is enrolled anew.
func TestTerminalIsEnrolled(t *testing.T) {
	s := newSite(t)
	stop := s.started(t)
	first := s.await(t, "pairing", func(st localapi.State) bool { return st.Visit.View.Kind == localapi.ViewPairing })
	if first.Terminal.Enrolled || first.Terminal.Reason != "unenrolled" || first.Visit.View.Pairing.Serial != "K-0001" {
		t.Errorf("a new machine says %+v", first.Terminal)
	}
	for name, mode := range map[string]fs.FileMode{"state": 0o700, "state/keys/terminal.pem": 0o600, "run/kioskd.sock": 0o660} {
		if info, err := os.Stat(s.at(name)); err != nil || info.Mode().Perm() != mode {
			t.Errorf("%s: %v, %v", name, info.Mode(), err)
		}
	}
	var p *localapi.Problem
	if err := s.client.Enrol(t.Context(), "AAAA-BBBB-CCCC-DDDD"); !errors.As(err, &p) || p.Code != localapi.CodeEnrol {
		t.Errorf("a wrong code gave %v", err)
	}
	s.enrol(t)
	second := s.await(t, "enrolled and online", func(st localapi.State) bool { return st.Terminal.Enrolled && st.Network.Online })
	if second.Terminal.Number != "360001" {
		t.Errorf("number is %q", second.Terminal.Number)
	}
	if l, err := s.client.Queue(t.Context()); err != nil || len(l) != 0 {
		t.Errorf("queue: %v, %v", l, err)
	}
	stop()
	if _, err := os.Lstat(s.at("run/kioskd.sock")); err == nil {
		t.Error("the socket outlived the daemon")
	}

	stop = s.started(t)
	third := s.await(t, "enrolled after a restart", func(st localapi.State) bool { return st.Terminal.Enrolled && st.Network.Online })
	if third.Boot == second.Boot || third.Terminal.Number != "360001" {
		t.Errorf("after a restart: %+v", third.Terminal)
	}
	s.enrol(t)
	s.await(t, "another life", func(st localapi.State) bool {
		return st.Boot != third.Boot && st.Terminal.Enrolled && st.Network.Online
	})
	var e enrolment
	b, err := os.ReadFile(s.at("state/enrolment.json"))
	if err != nil || json.Unmarshal(b, &e) != nil || e.Epoch != 2 {
		t.Errorf("the enrolment is %s, %v", b, err)
	}
	stop()

	events, err := os.ReadFile(s.at("state/audit.log"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"started"`, `"enrol-refused"`, `"enrolled"`, `"stopped"`} {
		if !strings.Contains(string(events), want) {
			t.Errorf("the audit log has no %s", want)
		}
	}
	if strings.Contains(string(events), "audit-refused") {
		t.Errorf("an event does not fit the catalogue: %s", events)
	}
}

func (s *site) enrol(t *testing.T) {
	t.Helper()
	code, _, err := s.hub.Hub.NewCode(t.Context(), "360001", time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.client.Enrol(t.Context(), code); err != nil {
		t.Fatal(err)
	}
}

// A queue that does not open leaves a terminal that says so, not a dead box.
func TestBrokenStoreIsSaid(t *testing.T) {
	s := newSite(t)
	stop := s.started(t)
	s.await(t, "pairing", func(st localapi.State) bool { return st.Visit.View.Kind == localapi.ViewPairing })
	s.enrol(t)
	s.await(t, "enrolled", func(st localapi.State) bool { return st.Terminal.Enrolled })
	stop()
	s.config["folders"] = []string{s.at("kioskd.json")} // not a folder
	s.started(t)
	st := s.await(t, "broken", func(st localapi.State) bool { return st.Terminal.Reason == "broken" })
	if !slices.ContainsFunc(st.Warnings, func(w localapi.Warning) bool { return w.Code == "broken" }) || st.Visit.View.Kind != localapi.ViewClosed {
		t.Errorf("it says %+v, %s", st.Warnings, st.Visit.View.Kind)
	}
}
