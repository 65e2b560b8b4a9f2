package hub

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"kiosk/device/casefile"
	"kiosk/sync/platform"
)

// busy is a hub with something to show: a terminal with trouble, one that is well, one that was never heard of again.
func busy(t *testing.T) (*Server, *box, handedIn) {
	t.Helper()
	s := serve(t, t.TempDir())
	ctx := t.Context()
	if _, err := s.Hub.PutPackage(ctx, itemZip(t, "36-0101", 1, "办社保卡")); err != nil {
		t.Fatal(err)
	}
	b := enrolled(t, s, "360001")
	if err := s.Hub.PutSettings(ctx, "360001", settingsJWS("360001", 8)); err != nil {
		t.Fatal(err)
	}
	_, err := b.client.Heartbeat(ctx, platform.Heartbeat{Version: "1.4.0", Boot: "b", SentAt: time.Now(),
		Devices: []platform.Device{
			{Kind: "id-card-reader", Driver: "sdt", State: "open", Link: "good", Device: "good", Data: "good", Model: "SAM <b>x</b>"},
			{Kind: "camera", Driver: "v4l", State: "absent", Link: "bad", Faults: []string{"unplugged"}},
			{Kind: "receipt-printer", Driver: "escpos", State: "open", Link: "good", Supplies: "poor", Faults: []string{"paper-low"}, Model: "EX-80"},
		},
		Queue:    platform.Queue{Waiting: 3, Quarantined: 1, Oldest: time.Now().Add(-time.Hour)},
		Settings: platform.SettingsReport{Version: 7, Refused: platform.SettingsRefusal{Version: 8, Code: "out-of-bounds", Detail: "/volume: 11 is more than 10"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	h := b.handIn(sealing{}, noise(10))
	b.send(h)
	waiting := b.handIn(sealing{}, noise(10))
	if _, err := b.client.PutCase(ctx, waiting.key, waiting.file); err != nil {
		t.Fatal(err)
	}
	done := b.handIn(sealing{})
	if err := s.Hub.SetCaseState(ctx, b.send(done).PlatformNumber, platform.ProgressAccepted); err != nil {
		t.Fatal(err)
	}
	enrolled(t, s, "360002")
	return s, b, h
}

// TestConsoleInABrowser opens the console in a real browser. Where KIOSK_PICTURES names a folder, a picture is left there.
func TestConsoleInABrowser(t *testing.T) {
	chromium, err := exec.LookPath("chromium")
	if err != nil {
		t.Fatalf("a browser is missing: %v", err)
	}
	s, _, h := busy(t)
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	ctx, endBrowser := chromedp.NewContext(ctx, chromedp.WithAllocatorOptions(
		chromedp.ExecPath(chromium), chromedp.Headless, chromedp.NoSandbox, chromedp.DisableGPU, chromedp.NoFirstRun,
		chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-sync", true),
		chromedp.Flag("disable-dev-shm-usage", true), chromedp.UserDataDir(t.TempDir()), chromedp.WindowSize(1400, 900),
	))
	defer endBrowser()
	if err := chromedp.Do(ctx, chromedp.Navigate(s.Admin+"/"), chromedp.WaitVisible(chromedp.CSS("#cases"))); err != nil {
		t.Fatal(err)
	}
	title := look(t, ctx, chromedp.Title())
	page := look(t, ctx, chromedp.OuterHTML(chromedp.CSS("html")))
	text := look(t, ctx, chromedp.Text(chromedp.CSS("body")))
	background := look(t, ctx, chromedp.Evaluate[string](`getComputedStyle(document.querySelector("header")).backgroundColor`))
	picture := look(t, ctx, chromedp.FullScreenshot(100))
	for _, want := range []string{
		"360001", "360002", "没有连上", "纸快用完了", "第 8 版被终端拒绝", "out-of-bounds", "8 / 7", "1.4.0", "SAM <b>x</b>",
		h.number.Spaced(), "办社保卡", "张*", "平台已收到", "已受理", "等待页面", "还差 1 / 1 页", "操作员登录",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the console does not show %q", want)
		}
	}
	all, err := s.Hub.Cases(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range all {
		if c.PlatformNumber != "" && !strings.Contains(text, spaced(c.PlatformNumber)) {
			t.Errorf("the console does not show platform number %s", c.PlatformNumber)
		}
	}
	for _, secret := range []string{testName, testNumber, testPhone, h.key, string(h.env.Lookup)} {
		if strings.Contains(page, secret) {
			t.Error("the console holds something personal or secret")
		}
	}
	if background == "rgba(0, 0, 0, 0)" {
		t.Error("the style sheet was not applied")
	}
	if !strings.Contains(title, "终端") {
		t.Errorf("title is %q", title)
	}
	if dir := os.Getenv("KIOSK_PICTURES"); dir != "" {
		if err := os.WriteFile(dir+"/console.png", picture, 0o600); err != nil {
			t.Error(err)
		}
	}
}

func look[T any](t *testing.T, ctx context.Context, a chromedp.Action[T]) T {
	t.Helper()
	v, err := chromedp.Run(ctx, a)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestConsoleOfANewHub(t *testing.T) {
	s := serve(t, t.TempDir())
	res, body := ask(t, http.MethodGet, s.Admin+"/console/", nil)
	if res.StatusCode != http.StatusOK || !strings.Contains(body, "还没有终端入网") {
		t.Errorf("%d", res.StatusCode)
	}
	csp := res.Header.Get("Content-Security-Policy")
	if !strings.Contains(csp, "default-src 'none'") || strings.Contains(csp, "unsafe") || strings.Contains(body, "<script") || strings.Contains(body, "style=") {
		t.Errorf("policy %q", csp)
	}
	for name, want := range map[string]string{"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "Cache-Control": "no-store"} {
		if got := res.Header.Get(name); got != want {
			t.Errorf("%s is %q", name, got)
		}
	}
}

func ask(t *testing.T, method, url string, body io.Reader, headers ...string) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, body)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
		if headers[i] == "Host" {
			req.Host = headers[i+1]
		}
	}
	res, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res, string(text)
}

func TestAdmin(t *testing.T) {
	s, _, h := busy(t)
	_, body := ask(t, http.MethodGet, s.Admin+"/admin/cases", nil)
	var cases []AdminCase
	if err := json.Unmarshal([]byte(body), &cases); err != nil || len(cases) != 3 || cases[2].Number != string(h.number) || cases[2].Name != "张*" {
		t.Errorf("cases: %+v, %v", cases, err)
	}
	for _, secret := range []string{testName, testNumber, testPhone} {
		if strings.Contains(body, secret) {
			t.Error("the admin answer holds something personal")
		}
	}
	_, body = ask(t, http.MethodGet, s.Admin+"/admin/terminals", nil)
	var terminals []AdminTerminal
	if err := json.Unmarshal([]byte(body), &terminals); err != nil || len(terminals) != 2 || terminals[0].Wanted != 8 || terminals[0].Reported.Settings.Refused.Code != "out-of-bounds" {
		t.Errorf("terminals: %+v, %v", terminals, err)
	}
	for _, c := range []struct {
		name, path, mediaType, body string
		status                      int
	}{
		{"code", "/admin/codes", "application/json", `{"terminal":"360009","ttl_seconds":60}`, 200},
		{"code for nobody", "/admin/codes", "application/json", `{"terminal":"9"}`, 400},
		{"settings", "/admin/settings?terminal=360001", "application/jose", string(settingsJWS("360001", 9)), 204},
		{"settings of another", "/admin/settings?terminal=360001", "application/jose", string(settingsJWS("360002", 9)), 400},
		{"older settings", "/admin/settings?terminal=360001", "application/jose", string(settingsJWS("360001", 2)), 409},
		{"settings that are none", "/admin/settings?terminal=360001", "application/jose", "a.b", 400},
		{"package", "/admin/packages", "application/zip", string(itemZip(t, "36-0102", 4, "查进度")), 200},
		{"package, same version, other bytes", "/admin/packages", "application/zip", string(itemZip(t, "36-0102", 4, "查")), 409},
		{"package that is none", "/admin/packages", "application/zip", "PK", 400},
		{"package without a code", "/admin/packages", "application/zip", string(itemZip(t, "../x", 4, "查")), 400},
		{"state", "/admin/cases/" + string(h.number) + "/state", "application/json", `{"state":"accepted"}`, 204},
		{"unknown state", "/admin/cases/" + string(h.number) + "/state", "application/json", `{"state":"x"}`, 400},
		{"unknown case", "/admin/cases/1/state", "application/json", `{"state":"done"}`, 404},
	} {
		res, body := ask(t, http.MethodPost, s.Admin+c.path, strings.NewReader(c.body), "Content-Type", c.mediaType)
		if res.StatusCode != c.status {
			t.Errorf("%s: %d %s, want %d", c.name, res.StatusCode, body, c.status)
		}
	}
}

func TestAdminIsForThisMachine(t *testing.T) {
	s := serve(t, t.TempDir())
	codes := func(headers ...string) int {
		res, _ := ask(t, http.MethodPost, s.Admin+"/admin/codes", bytes.NewReader([]byte(`{"terminal":"360001"}`)), append(headers, "Content-Type", "application/json")...)
		return res.StatusCode
	}
	if got := codes("Host", "evil.example"); got != http.StatusMisdirectedRequest {
		t.Errorf("under another name: %d", got)
	}
	if got := codes("Sec-Fetch-Site", "cross-site"); got != http.StatusForbidden {
		t.Errorf("from a page of another site: %d", got)
	}
	if got := codes(); got != http.StatusOK {
		t.Errorf("from here: %d", got)
	}
	for _, addr := range []string{"0.0.0.0:0", ":0", "192.0.2.1:0", "example.com:1", "[::]:0"} {
		if s, err := Serve(t.Context(), Config{Dir: t.TempDir()}, Listen{Terminals: "127.0.0.1:0", Admin: addr}); err == nil {
			t.Errorf("operators are served at %s", addr)
			_ = s.Close()
		} else if !strings.Contains(err.Error(), "loopback") && !strings.Contains(err.Error(), "missing port") {
			t.Errorf("%s: %v", addr, err)
		}
	}
}

func TestServerEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	s, err := Start(ctx, t.TempDir(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if s.URL != address(s) || !strings.HasPrefix(s.Admin, "http://127.0.0.1:") {
		t.Errorf("addresses are %q and %q", s.URL, s.Admin)
	}
	doc, err := s.Hub.PlatformDocument()
	if err != nil || !bytes.Contains(doc, []byte(s.URL)) {
		t.Errorf("platform document: %s, %v", doc, err)
	}
	cancel()
	if err := s.Wait(); err != nil {
		t.Error(err)
	}
	if _, err := s.Hub.store.Case(context.Background(), string(casefile.NewKey())); err == nil {
		t.Error("the store is still open")
	}
}
