package main

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"kiosk/device/trust"
	"kiosk/sync/platform"
)

// ran runs one command line to its end.
func ran(t *testing.T, args ...string) (string, error) {
	t.Helper()
	var out, errs bytes.Buffer
	err := run(t.Context(), args, &out, &errs)
	return out.String(), err
}

// told is a writer that says when a line has come.
type told struct {
	mu    sync.Mutex
	text  bytes.Buffer
	lines chan string
}

func (w *told) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.text.Write(p)
	w.lines <- string(p)
	return len(p), nil
}

// serving starts "serve" on free ports and returns the two addresses and a stop that waits for the end.
func serving(t *testing.T, dir string) (terminals, admin string, stop func() error) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	out := &told{lines: make(chan string, 4)}
	ended := make(chan error, 1)
	go func() {
		var errs bytes.Buffer
		ended <- run(ctx, []string{"serve", "--dir", dir, "--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0"}, out, &errs)
	}()
	select {
	case line := <-out.lines:
		m := regexp.MustCompile(`at (\S+)\nthe console is at (\S+)/console/\n`).FindStringSubmatch(line)
		if m == nil {
			t.Fatalf("serve says %q", line)
		}
		terminals, admin = m[1], m[2]
	case err := <-ended:
		t.Fatalf("serve has ended: %v", err)
	}
	stopped := false
	stop = func() error {
		if stopped {
			return nil
		}
		stopped = true
		cancel()
		return <-ended
	}
	t.Cleanup(func() { _ = stop() })
	return terminals, admin, stop
}

func TestHubFromTheCommandLine(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "hub")
	if out, err := ran(t, "init", "--dir", dir, "--url", "https://127.0.0.1:8443"); err != nil || strings.Contains(out, "PRIVATE") {
		t.Fatalf("init: %q, %v", out, err)
	}
	if _, err := ran(t, "init", "--dir", dir, "--url", "https://127.0.0.1:8443"); err == nil {
		t.Error("a second init in the same folder was allowed")
	}
	doc, err := ran(t, "platform", "--dir", dir)
	if err != nil {
		t.Fatal(err)
	}
	p, err := trust.ParsePlatform([]byte(doc))
	if err != nil || p.URL != "https://127.0.0.1:8443" || len(p.Recipients) != 1 {
		t.Fatalf("platform document: %+v, %v", p, err)
	}
	secrets(t, dir)

	terminals, admin, stop := serving(t, dir)
	code, err := ran(t, "code", "--admin", admin, "360001")
	if err != nil {
		t.Fatal(err)
	}
	client := enrolled(t, "https://"+terminals, p.CA, strings.TrimSpace(code))
	if me, err := client.Terminal(t.Context()); err != nil || me.Number != "360001" {
		t.Errorf("terminal: %+v, %v", me, err)
	}
	jws := filepath.Join(t.TempDir(), "settings.jws")
	b64 := base64.RawURLEncoding.EncodeToString
	text := b64([]byte("{}")) + "." + b64([]byte(`{"terminal":"360001","version":2}`)) + "." + b64([]byte("s"))
	if err := os.WriteFile(jws, []byte(text+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := ran(t, "settings", "put", "--admin", admin, "360001", jws); err != nil {
		t.Error(err)
	}
	if got, _, _, err := client.Settings(t.Context(), ""); err != nil || string(got) != text {
		t.Errorf("settings: %q, %v", got, err)
	}
	if out, err := ran(t, "item", "put", "--admin", admin, packed(t)); err != nil || out != "36-0101 version 3\n" {
		t.Errorf("item put: %q, %v", out, err)
	}
	if list, _, _, err := client.Catalogue(t.Context(), ""); err != nil || len(list) != 1 || list[0].Version != 3 {
		t.Errorf("catalogue: %+v, %v", list, err)
	}
	for name, args := range map[string][]string{
		"state of nobody":       {"case", "state", "--admin", admin, "360000000017", "accepted"},
		"unknown state":         {"case", "state", "--admin", admin, "360000000017", "lost"},
		"settings of another":   {"settings", "put", "--admin", admin, "360002", jws},
		"code for half number":  {"code", "--admin", admin, "36"},
		"item that is no zip":   {"item", "put", "--admin", admin, jws},
		"file that is not":      {"item", "put", "--admin", admin, filepath.Join(dir, "none")},
		"hub that is not there": {"code", "--admin", "http://127.0.0.1:1", "360001"},
		"admin for all":         {"serve", "--dir", dir, "--listen", "127.0.0.1:0", "--admin", "0.0.0.0:0"},
		"no command":            {},
	} {
		if _, err := ran(t, args...); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if err := stop(); err != nil {
		t.Errorf("serve ended with %v", err)
	}
	if out, err := ran(t, "--help"); err != nil || !strings.Contains(out, "serve") {
		t.Errorf("help: %q, %v", out, err)
	}
}

// secrets checks that nobody but the owner can read the keys.
func secrets(t *testing.T, dir string) {
	t.Helper()
	err := filepath.WalkDir(filepath.Join(dir, "keys"), func(path string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		i, err := d.Info()
		if err == nil && i.Mode().Perm()&0o077 != 0 {
			err = fmt.Errorf("%s has mode %v", path, i.Mode())
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

func enrolled(t *testing.T, url, ca, code string) *platform.Client {
	t.Helper()
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM([]byte(ca)) {
		t.Fatal("the platform document has no CA")
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	o := platform.Options{URL: url, Roots: roots, Timeout: 20 * time.Second}
	first, err := platform.New(o)
	if err != nil {
		t.Fatal(err)
	}
	defer first.Close()
	chain, err := first.Enrol(t.Context(), "SN-1", code, key)
	if err != nil {
		t.Fatal(err)
	}
	o.Certificate = platform.Certificate(chain, key)
	c, err := platform.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func packed(t *testing.T) string {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	f, err := z.Create("item.json")
	if err == nil {
		_, err = f.Write([]byte(`{"code":"36-0101","version":3,"names":{"everyday":{"zh":"办社保卡","en":"Card"}}}`))
	}
	_, signed := z.Create("manifest.sig")
	path := filepath.Join(t.TempDir(), "item.zip")
	if err := errors.Join(err, signed, z.Close(), os.WriteFile(path, b.Bytes(), 0o600)); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestServeWantsAHub does not make a hub where a folder was mistyped.
func TestServeWantsAHub(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "hbu")
	if _, err := ran(t, "serve", "--dir", dir, "--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0"); err == nil {
		t.Error("a folder without a hub was served")
	}
	if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the folder was made: %v", err)
	}
}
