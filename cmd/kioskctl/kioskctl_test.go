package main

import (
	"bytes"
	"context"
	"encoding/json"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"kiosk/device/localapi"
	"kiosk/device/trust"
)

// played is a daemon with fixed answers.
func played(t *testing.T, answers map[string]any) string {
	t.Helper()
	socket := filepath.Join(t.TempDir(), "s.sock")
	l, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		v, ok := answers[r.Method+" "+r.URL.RequestURI()]
		if !ok {
			v = &localapi.Problem{Type: "about:blank", Title: "not found", Status: 404, Code: localapi.CodeNotFound}
		}
		if p, ok := v.(*localapi.Problem); ok {
			w.Header().Set("Content-Type", "application/problem+json")
			w.WriteHeader(p.Status)
		}
		_ = json.NewEncoder(w).Encode(v)
	})}
	done := make(chan struct{})
	go func() { defer close(done); _ = server.Serve(l) }()
	t.Cleanup(func() { _ = server.Close(); <-done })
	return socket
}

func ctl(t *testing.T, args ...string) (code int, out, complaint string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	var stdout, stderr bytes.Buffer
	code = run(ctx, args, &stdout, &stderr)
	return code, stdout.String(), stderr.String()
}

func TestCommandsOfTheDaemon(t *testing.T) {
	kept := time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)
	socket := played(t, map[string]any{
		"GET /v1/state": localapi.State{Terminal: localapi.Terminal{Number: "360001", Site: localapi.Text{ZH: "示例大厅"}},
			Home:     []localapi.Card{{Code: "ydds", Everyday: localapi.Text{ZH: "给外地办事"}, Why: localapi.Text{ZH: "高拍仪没有连上"}}},
			Warnings: []localapi.Warning{{Code: "platform-away", Severity: "low", Who: "staff", Text: localapi.Text{ZH: "平台连不上"}}}},
		"GET /v1/devices": []localapi.Device{{Kind: "camera", Driver: "mjpeg", State: "absent", Why: "no route"}},
		"GET /v1/queue": []localapi.Entry{
			{Number: "360001010000017", Item: "ydds", State: "kept", Pages: 3, KeptAt: kept},
		},
		"GET /v1/cases/360001010000017": localapi.Case{Number: "360001010000017", State: "kept", Local: true, Name: localapi.Text{ZH: "给外地办事"}},
		"GET /v1/audit?n=5":             []localapi.Event{{At: kept, ID: "case-kept", Fields: map[string]string{"number": "360001010000017", "item": "ydds"}}},
		"POST /v1/enrol":                &localapi.Problem{Type: "about:blank", Title: "enrolment refused", Status: 422, Code: localapi.CodeEnrol},
	})
	for _, c := range []struct {
		args []string
		code int
		want []string
	}{
		{[]string{"status"}, 0, []string{"360001", "示例大厅", "高拍仪没有连上", "platform-away"}},
		{[]string{"devices"}, 0, []string{"camera", "absent", "no route"}},
		{[]string{"queue", "list"}, 0, []string{"360001010000017", "kept"}},
		{[]string{"case", "show", "360001010000017"}, 0, []string{"给外地办事", "this terminal"}},
		{[]string{"case", "show", "1"}, 1, []string{"not found"}},
		{[]string{"events", "-n", "5"}, 0, []string{"case-kept", "item=ydds number=360001010000017"}},
		{[]string{"enrol", "ABCD"}, 1, []string{"enrolment refused"}},
		{[]string{"nonsense"}, 2, []string{"--help"}},
		{[]string{"--help"}, 0, []string{"root new"}},
	} {
		t.Run(strings.Join(c.args, " "), func(t *testing.T) {
			code, out, complaint := ctl(t, append([]string{"--socket", socket}, c.args...)...)
			for _, w := range c.want {
				if !strings.Contains(out+complaint, w) {
					t.Errorf("%q is missing in %s%s", w, out, complaint)
				}
			}
			if code != c.code || code != 0 && out != "" {
				t.Errorf("code %d, want %d; out %q", code, c.code, out)
			}
			if code != 0 || c.args[0] == "--help" {
				return
			}
			code, out, _ = ctl(t, append([]string{"--socket", socket, "--json"}, c.args...)...)
			if code != 0 || !json.Valid([]byte(out)) {
				t.Errorf("--json: code %d, %s", code, out)
			}
		})
	}
}

func TestAwayIsItsOwnCode(t *testing.T) {
	code, _, complaint := ctl(t, "--socket", filepath.Join(t.TempDir(), "none"), "status")
	if code != exitAway || !strings.Contains(complaint, "is kioskd running?") {
		t.Errorf("code %d, %s", code, complaint)
	}
}

// lines cancels when something has been written.
type lines struct {
	bytes.Buffer
	enough context.CancelFunc
}

func (l *lines) Write(p []byte) (int, error) {
	defer l.enough()
	return l.Buffer.Write(p)
}

func TestEventsAreFollowedUntilInterrupted(t *testing.T) {
	socket := played(t, map[string]any{"GET /v1/events": localapi.State{
		Seq: 7, Boot: "b", Visit: localapi.Visit{ID: "v1", Phase: "in-steps", View: localapi.View{Kind: localapi.ViewCapture}},
		Warnings: []localapi.Warning{{Code: "camera.unplugged"}},
	}})
	for _, args := range [][]string{{"events", "-f"}, {"--json", "events", "-f"}} {
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
		out := &lines{enough: cancel}
		var complaint bytes.Buffer
		code := run(ctx, append([]string{"--socket", socket}, args...), out, &complaint)
		cancel()
		if code != exitDone || complaint.Len() > 0 || !strings.Contains(out.String(), "capture") || !strings.Contains(out.String(), "camera.unplugged") {
			t.Errorf("%v: code %d, %s%s", args, code, out.String(), complaint.String())
		}
	}
}

func TestTableCountsChineseAsTwo(t *testing.T) {
	var tb table
	tb.row("名称", "x")
	tb.row("abcd", "y")
	tb.row("a", "z\x1b[2J")
	var b bytes.Buffer
	tb.write(&b)
	if want := "名称  x\nabcd  y\na     z?[2J\n"; b.String() != want {
		t.Errorf("got\n%swant\n%s", b.String(), want)
	}
}

// From an empty folder to a root, a signed platform document and a signed item, as operations would go.
func TestRootSignsWhatTerminalsBelieve(t *testing.T) {
	dir := t.TempDir()
	root := filepath.Join(dir, "root")
	must := func(args ...string) string {
		t.Helper()
		code, out, complaint := ctl(t, args...)
		if code != 0 {
			t.Fatalf("%v: code %d, %s", args, code, complaint)
		}
		return out
	}
	must("root", "new", "-o", root)
	if code, _, _ := ctl(t, "root", "new", "-o", root); code != exitFailed {
		t.Error("a root was replaced")
	}
	key := filepath.Join(root, "root-1.key")
	if info, err := os.Stat(key); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the key is %v, %v", info, err)
	}
	roots, err := trust.LoadRoots(filepath.Join(root, "roots.json"))
	if err != nil {
		t.Fatal(err)
	}

	doc := filepath.Join(dir, "settings.json")
	if err := os.WriteFile(doc, []byte(`{"format":"kiosk-settings/1"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, _, _ := ctl(t, "sign", "settings", doc, "--key", key, "--kid", "root-1"); code != exitFailed {
		t.Error("half a document was signed")
	}
	if _, err := os.Stat(doc + ".jws"); err == nil {
		t.Error("something was written for half a document")
	}

	pack := filepath.Join(dir, "item.zip")
	sample := filepath.Join("..", "..", "packaging", "sample", "items", "ydds")
	must("item", "check", sample)
	must("item", "pack", sample, "-o", pack)
	must("item", "check", pack)
	if code, _, _ := ctl(t, "item", "check", pack, "--roots", filepath.Join(root, "roots.json")); code != exitFailed {
		t.Error("an unsigned package was taken")
	}
	must("item", "sign", pack, "--key", key, "--kid", "root-1")
	if out := must("item", "check", pack, "--roots", filepath.Join(root, "roots.json")); !strings.Contains(out, "signed by root-1") {
		t.Errorf("got %s", out)
	}

	good := filepath.Join(dir, "good.json")
	if err := os.WriteFile(good, []byte(settingsDocument), 0o600); err != nil {
		t.Fatal(err)
	}
	must("sign", "settings", good, "--key", key, "--kid", "root-1")
	signed, err := os.ReadFile(good + ".jws")
	if err != nil {
		t.Fatal(err)
	}
	if payload, err := roots.Verify(trust.KindSettings, signed); err != nil || string(payload) != settingsDocument {
		t.Errorf("the signed document says %q, %v", payload, err)
	}
}

const settingsDocument = `{"format":"kiosk-settings/1","terminal":"360001","version":1,
"times":{"home":60,"idle":120,"countdown":30,"card_hint":30,"card_other":90,"capture":180,"result":30,"platform":20,"take":30,"goodbye":8,"help":300},
"volume":5,"hours":{"from":"00:00","to":"00:00"},"items":[]}`
