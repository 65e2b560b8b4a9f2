package daemon

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"kiosk/device/localapi"
	"kiosk/device/settings"
)

const stranger = 65534

// TestMain is also the stranger: a process that gives up its user and then tries all routes.
func TestMain(m *testing.M) {
	if socket := os.Getenv("KIOSK_TEST_STRANGER"); socket != "" {
		os.Exit(beStranger(socket))
	}
	os.Exit(m.Run())
}

func beStranger(socket string) int {
	if err := syscall.Setuid(stranger); err != nil {
		fmt.Println("cannot become another user:", err)
		return 2
	}
	client := &localapi.Client{Socket: socket}
	ctx, stop := testContext()
	defer stop()
	_, state := client.State(ctx)
	for _, err := range []error{state, client.Intent(ctx, localapi.Intent{Step: "s1", Kind: "next"}), client.Enrol(ctx, "abc")} {
		var p *localapi.Problem
		if !errors.As(err, &p) || p.Code != localapi.CodeForbidden {
			fmt.Println("want forbidden, got:", err)
			return 1
		}
	}
	fmt.Println("refused", os.Getuid())
	return 0
}

// The kernel says who calls. Run by root, another user's process tries; run by anybody else, this user is the stranger,
// because a user namespace shows its owner's uid to the daemon.
func TestAnotherUserIsRefused(t *testing.T) {
	v := newStub()
	parts := v.parts()
	if os.Getuid() != 0 {
		other := []uint32{uint32(os.Getuid()) + 1}
		s, _ := started(t, settings.Access{App: other, Staff: other, Ops: other}, &parts)
		for _, r := range routes {
			if status, code := raw(t, s, r.method, pathOf(r), "application/json", "{}"); status != 403 || code != "forbidden" {
				t.Errorf("%s %s: got %d %q", r.method, r.path, status, code)
			}
		}
		return
	}
	dir := t.TempDir()
	for _, d := range []string{dir, filepath.Dir(dir)} { // the stranger has to reach the socket
		if err := os.Chmod(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	s, _ := startedIn(t, dir, everyone(), &parts)
	if err := os.Chmod(s.cfg.Socket, 0o666); err != nil { // as if the file's mode had been loosened
		t.Fatal(err)
	}
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	child := exec.CommandContext(t.Context(), exe)
	child.Env = append(os.Environ(), "KIOSK_TEST_STRANGER="+s.cfg.Socket)
	out, err := child.CombinedOutput()
	if err != nil || !strings.Contains(string(out), fmt.Sprint("refused ", stranger)) {
		t.Fatalf("%v: %s", err, out)
	}
	if len(v.did) != 0 {
		t.Error("a stranger's tap reached the visit")
	}
	if !v.heard(fmt.Sprintf("api-refused code forbidden uid %d", stranger)) {
		t.Errorf("the refusal was not noted: %q", v.events)
	}
}

// pathOf fills a route's path.
func pathOf(r route) string {
	return strings.NewReplacer("{id}", "p1", "{name}", "document", "{number}", "360001010000017").Replace(r.path)
}

// Each right may call exactly what the table says.
func TestRightsOfTheTable(t *testing.T) {
	me, nobody := []uint32{uint32(os.Getuid())}, []uint32{}
	for _, c := range []struct {
		right  right
		access settings.Access
	}{
		{app, settings.Access{App: me, Staff: nobody, Ops: nobody}},
		{staff, settings.Access{App: nobody, Staff: me, Ops: nobody}},
		{ops, settings.Access{App: nobody, Staff: nobody, Ops: me}},
	} {
		t.Run(c.right.String(), func(t *testing.T) {
			v := newStub()
			v.enrolled = false
			parts := v.parts()
			s, _ := started(t, c.access, &parts)
			for _, r := range routes {
				if r.path == localapi.PathEvents {
					continue // does not end; the same check stands before it
				}
				status, _ := raw(t, s, r.method, pathOf(r), "application/json", "{}")
				if may := r.who&c.right != 0; may == (status == 403) {
					t.Errorf("%s %s: status %d, allowed %v", r.method, r.path, status, may)
				}
			}
		})
	}
}

func TestEnrolledTerminalIsNotEnrolledAgainByTheApp(t *testing.T) {
	v := newStub()
	parts := v.parts()
	s, _ := started(t, settings.Access{App: []uint32{uint32(os.Getuid())}}, &parts)
	if status, code := raw(t, s, "POST", "/v1/enrol", "application/json", `{"code":"abc"}`); status != 403 || code != "forbidden" {
		t.Errorf("got %d %q", status, code)
	}
}

// Staff and ops see where a visit stands and nothing of what stands on the screen.
func TestContentOfAVisitIsForTheAppOnly(t *testing.T) {
	v := newStub()
	v.view.View = localapi.View{Kind: localapi.ViewCheck, Check: &localapi.Check{
		Rows: []localapi.Row{{Value: localapi.Text{ZH: "示例值"}}}, Revealed: true,
	}}
	parts := v.parts()
	s, client := started(t, everyone(), &parts)
	if st, err := client.State(t.Context()); err != nil || st.Visit.View.Check == nil {
		t.Errorf("the app got %+v, %v", st.Visit.View, err)
	}
	s.cfg.Access.App = nil
	status, body := raw(t, s, "GET", "/v1/state", "", "")
	if status != 200 || strings.Contains(body, "示例值") || !strings.Contains(body, `"kind":"check"`) {
		t.Errorf("staff got %d %s", status, body)
	}
}
