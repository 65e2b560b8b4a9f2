// Package stage sets a whole terminal up from the built programs: an offline root, a hub, far ends, a daemon with its
// configuration, and the app if asked. The demo shows it, the tests kill it. Every part is the real program in a process of its own;
// nothing here is part of the product.
package stage

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"kiosk/cmd/kiosksim/bench"
	"kiosk/device/localapi"
	"kiosk/device/settings"
)

// Options say what to set up.
type Options struct {
	Dir    string // everything is written below it; made when missing
	Bin    string // folder of the built programs
	Items  string // folder of item sources, one folder each
	Paced  bool   // far ends answer at the speed of the wire
	Times  *settings.Times
	Access *settings.Access // nil: the user who runs this is everybody
	// Terminal is its number, 360001 when empty; Prefix begins the platform's numbers, 36 when empty.
	Terminal, Prefix string
	// Verbose makes the daemon log what is only of use when looking for a fault.
	Verbose bool
}

// Stage is the whole set. Start and stop its parts in any order; Close ends what is left.
type Stage struct {
	Dir       string
	Bin       string
	Terminal  string // number
	API       *localapi.Client
	Sim       bench.Client
	Admin     string // http://127.0.0.1:…
	Endpoints bench.Endpoints
	options   Options
	listen    string
	hub       *process
	sim       *process
	daemon    *process
	app       *process
	dock      *process
}

// process is one program that runs.
type process struct {
	cmd  *exec.Cmd
	done chan struct{}
	err  error
}

// New writes root, hub, signed documents, packages and configuration. Nothing runs yet but the far ends, whose addresses the
// configuration names.
func New(ctx context.Context, o Options) (*Stage, error) {
	dir, err := filepath.Abs(o.Dir)
	if err != nil {
		return nil, err
	}
	o.Terminal, o.Prefix = cmp.Or(o.Terminal, "360001"), cmp.Or(o.Prefix, "36")
	s := &Stage{Dir: dir, Bin: o.Bin, Terminal: o.Terminal, options: o}
	for _, folder := range []string{"log", "tmp"} {
		if err := os.MkdirAll(s.path(folder), 0o755); err != nil {
			return nil, fmt.Errorf("cannot make the stage: %w", err)
		}
	}
	if s.listen, err = freeAddress(); err != nil {
		return nil, err
	}
	admin, err := freeAddress()
	if err != nil {
		return nil, err
	}
	s.Admin = "http://" + admin
	root := s.path("root")
	steps := [][]string{
		{"kioskctl", "root", "new", "-o", root},
		{"kioskhub", "init", "--dir", s.path("hub"), "--url", "https://" + s.listen, "--prefix", o.Prefix},
	}
	for _, step := range steps {
		if _, err := s.Run(ctx, step...); err != nil {
			return nil, err
		}
	}
	document, err := s.Run(ctx, "kioskhub", "platform", "--dir", s.path("hub"))
	if err != nil {
		return nil, err
	}
	if err := os.WriteFile(s.path("platform.json"), document, 0o644); err != nil {
		return nil, fmt.Errorf("cannot write the platform document: %w", err)
	}
	if _, err := s.Sign(ctx, "platform", s.path("platform.json")); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(s.path("items"), 0o755); err != nil {
		return nil, fmt.Errorf("cannot make the stage: %w", err)
	}
	sources, err := filepath.Glob(filepath.Join(o.Items, "*", "item.json"))
	if err != nil || len(sources) == 0 {
		return nil, fmt.Errorf("cannot find items in %q", o.Items)
	}
	for _, source := range sources {
		if _, err := s.Package(ctx, filepath.Dir(source)); err != nil {
			return nil, err
		}
	}
	if err := s.StartSim(ctx); err != nil {
		return nil, err
	}
	return s, s.configure()
}

func (s *Stage) path(parts ...string) string {
	return filepath.Join(append([]string{s.Dir}, parts...)...)
}

// Run runs one of the programs to its end and returns what it printed.
func (s *Stage) Run(ctx context.Context, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, filepath.Join(s.Bin, args[0]), args[1:]...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		return out.Bytes(), fmt.Errorf("cannot run %s: %w: %s", strings.Join(args, " "), err, strings.TrimSpace(errs.String()))
	}
	return out.Bytes(), nil
}

// Ctl runs kioskctl against this terminal.
func (s *Stage) Ctl(ctx context.Context, args ...string) ([]byte, error) {
	return s.Run(ctx, append([]string{"kioskctl", "--socket", s.Socket()}, args...)...)
}

// Sign signs a document ("platform", "settings") with the root and returns the file.
func (s *Stage) Sign(ctx context.Context, kind, file string) (string, error) {
	out := strings.TrimSuffix(file, ".json") + ".jws"
	_, err := s.Run(ctx, "kioskctl", "sign", kind, file, "--key", s.path("root", "root-1.key"), "--kid", "root-1", "-o", out)
	return out, err
}

// Package checks, packs and signs one item from its source folder, as docs/handbook/items.md says.
func (s *Stage) Package(ctx context.Context, source string) (string, error) {
	zip := s.path("items", filepath.Base(source)+".zip")
	for _, step := range [][]string{
		{"kioskctl", "item", "check", source},
		{"kioskctl", "item", "pack", source, "-o", zip},
		{"kioskctl", "item", "sign", zip, "--key", s.path("root", "root-1.key"), "--kid", "root-1"},
	} {
		if _, err := s.Run(ctx, step...); err != nil {
			return "", err
		}
	}
	return zip, nil
}

// Socket is the daemon's local API.
func (s *Stage) Socket() string { return s.path("kioskd.sock") }

// State is the daemon's state folder.
func (s *Stage) State() string { return s.path("state") }

// Printed is the folder of what the far end's printer has put out.
func (s *Stage) Printed() string { return s.path("sim", "printed") }

// Config is the daemon's configuration file.
func (s *Stage) Config() string { return s.path("kioskd.json") }

func (s *Stage) configure() error {
	raw := func(v any) json.RawMessage {
		b, err := json.Marshal(v)
		if err != nil {
			panic(err)
		}
		return b
	}
	me := []uint32{uint32(os.Getuid())}
	access := settings.Access{App: me, Staff: me, Ops: me}
	if s.options.Access != nil {
		access = *s.options.Access
	}
	times := settings.StandardTimes
	if s.options.Times != nil {
		times = *s.options.Times
	}
	c := settings.Config{
		State: s.State(), Folders: []string{s.path("state", "sealed")}, Socket: s.Socket(),
		Site:  settings.Text{ZH: "示例市政务服务中心", EN: "Shili City Service Centre"},
		Place: settings.Text{ZH: "24小时自助厅", EN: "24-hour room"}, Phone: "12345", Serial: "DEMO-0001",
		Access: access, Trust: settings.Trust{Roots: s.path("root", "roots.json"), Platform: s.path("platform.jws")},
		Items: s.path("items"),
		Devices: []settings.Device{
			{Kind: "id-card-reader", Driver: "sdt", Config: raw(map[string]any{"port": s.Endpoints.Reader, "baud": 115200})},
			{Kind: "camera", Driver: "mjpeg", Config: raw(map[string]any{"url": s.Endpoints.CameraURL})},
			{Kind: "receipt-printer", Driver: "escpos", Config: raw(map[string]any{"tcp": s.Endpoints.PrinterAddr})},
		},
	}
	written := map[string]any{}
	if err := json.Unmarshal(raw(c), &written); err != nil {
		return fmt.Errorf("cannot write the configuration: %w", err)
	}
	// The file's defaults are a settings document without what only the platform can say.
	written["defaults"] = map[string]any{"times": times, "volume": 5, "hours": settings.Hours{From: "00:00", To: "00:00"}}
	b, err := json.MarshalIndent(written, "", "  ")
	if err != nil {
		return fmt.Errorf("cannot write the configuration: %w", err)
	}
	if err := os.WriteFile(s.Config(), b, 0o600); err != nil {
		return fmt.Errorf("cannot write the configuration: %w", err)
	}
	s.API = &localapi.Client{Socket: s.Socket()}
	return nil
}

// start runs a program until it is stopped; its output goes to log/NAME.log.
func (s *Stage) start(ctx context.Context, name string, env []string, args ...string) (*process, error) {
	cmd, closeLog, err := s.command(name, env, args...)
	if err != nil {
		return nil, err
	}
	defer closeLog()
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("cannot start %s: %w", name, err)
	}
	p := &process{cmd: cmd, done: make(chan struct{})}
	go func() { p.err = cmd.Wait(); close(p.done) }()
	return p, nil
}

// command prepares a program; it dies with the thread that starts it only in the tests that ask for it.
func (s *Stage) command(name string, env []string, args ...string) (*exec.Cmd, func(), error) {
	log, err := os.OpenFile(s.path("log", name+".log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return nil, nil, fmt.Errorf("cannot start %s: %w", name, err)
	}
	cmd := exec.Command(filepath.Join(s.Bin, name), args...)
	cmd.Env = append(os.Environ(), env...)
	cmd.Stdout, cmd.Stderr = log, log
	return cmd, func() { _ = log.Close() }, nil
}

// stop asks a process to end, and makes it after ten seconds.
func (p *process) stop(sig syscall.Signal) error {
	if p == nil {
		return nil
	}
	_ = p.cmd.Process.Signal(sig)
	select {
	case <-p.done:
	case <-time.After(10 * time.Second):
		_ = p.cmd.Process.Kill()
		<-p.done
		return fmt.Errorf("%s did not stop in time", filepath.Base(p.cmd.Path))
	}
	return nil
}

// StartHub starts the platform and waits until it answers.
func (s *Stage) StartHub(ctx context.Context) (err error) {
	u, _ := url.Parse(s.Admin)
	if s.hub, err = s.start(ctx, "kioskhub", nil, "serve", "--dir", s.path("hub"), "--listen", s.listen, "--admin", u.Host); err != nil {
		return err
	}
	return s.await(ctx, "kioskhub", s.hub, func() error { return s.get(ctx, "/admin/terminals", nil) })
}

// StopHub stops the platform.
func (s *Stage) StopHub() error { p := s.hub; s.hub = nil; return p.stop(syscall.SIGTERM) }

// StartSim starts the far ends.
func (s *Stage) StartSim(ctx context.Context) (err error) {
	args := []string{"run", "--dir", s.path("sim")}
	if s.options.Paced {
		args = append(args, "--paced")
	}
	if s.sim, err = s.start(ctx, "kiosksim", nil, args...); err != nil {
		return err
	}
	s.Sim = bench.Client{Socket: s.path("sim", "control.sock")}
	return s.await(ctx, "kiosksim", s.sim, func() error {
		b, err := os.ReadFile(s.path("sim", "endpoints.json"))
		if err != nil {
			return err
		}
		return json.Unmarshal(b, &s.Endpoints)
	})
}

// DaemonCommand is how the daemon is started, for those who start it under a tracer.
func (s *Stage) DaemonCommand() (*exec.Cmd, func(), error) {
	return s.command("kioskd", s.daemonEnv(), s.daemonArgs()...)
}

// daemonEnv gives the daemon a folder for temporary files on the stage, so that whoever looks for what it leaves finds it.
func (s *Stage) daemonEnv() []string { return []string{"TMPDIR=" + s.path("tmp")} }

func (s *Stage) daemonArgs() []string {
	args := []string{"--config", s.Config()}
	if s.options.Verbose {
		args = append(args, "--verbose")
	}
	return args
}

// StartDaemon starts kioskd and waits until its devices are open and its visit is ready.
func (s *Stage) StartDaemon(ctx context.Context) (err error) {
	if s.daemon, err = s.start(ctx, "kioskd", s.daemonEnv(), s.daemonArgs()...); err != nil {
		return err
	}
	return s.await(ctx, "kioskd", s.daemon, func() error { return s.Ready(ctx) })
}

// Ready reports whether the daemon serves and its devices are open.
func (s *Stage) Ready(ctx context.Context) error {
	st, err := s.API.State(ctx)
	if err != nil {
		return err
	}
	if st.Visit.Phase == "starting" || st.Terminal.Version == "" {
		return errors.New("starting")
	}
	devices, err := s.API.Devices(ctx)
	if err != nil {
		return err
	}
	for _, d := range devices {
		if d.State != "open" {
			return fmt.Errorf("%s is %s: %s", d.Kind, d.State, d.Why)
		}
	}
	return nil
}

// StopDaemon stops kioskd politely; KillDaemon does not.
func (s *Stage) StopDaemon() error { p := s.daemon; s.daemon = nil; return p.stop(syscall.SIGTERM) }

// KillDaemon kills kioskd.
func (s *Stage) KillDaemon() error { p := s.daemon; s.daemon = nil; return p.stop(syscall.SIGKILL) }

// Enrol gets a code from the hub and gives it to the terminal by kioskctl, then waits until it serves.
func (s *Stage) Enrol(ctx context.Context) error {
	code, err := s.Code(ctx)
	if err != nil {
		return err
	}
	if _, err := s.Ctl(ctx, "enrol", code); err != nil {
		return err
	}
	return s.await(ctx, "enrolment", s.daemon, func() error {
		st, err := s.API.State(ctx)
		if err == nil && (!st.Terminal.Enrolled || st.Terminal.Reason != "" || st.Visit.Phase == "closed") {
			err = fmt.Errorf("enrolled %v, %s", st.Terminal.Enrolled, st.Terminal.Reason)
		}
		return err
	})
}

// Code asks the hub for a one-time code.
func (s *Stage) Code(ctx context.Context) (string, error) {
	var out struct {
		Code string `json:"code"`
	}
	err := s.post(ctx, "/admin/codes", "application/json", []byte(`{"terminal":"`+s.Terminal+`","ttl_seconds":600}`), &out)
	return out.Code, err
}

// PutSettings gives the hub a signed settings document for this terminal.
func (s *Stage) PutSettings(ctx context.Context, jws []byte) error {
	return s.post(ctx, "/admin/settings?terminal="+s.Terminal, "application/jose", jws, nil)
}

// PutPackage gives the hub a signed item package.
func (s *Stage) PutPackage(ctx context.Context, zip []byte) error {
	return s.post(ctx, "/admin/packages", "application/zip", zip, nil)
}

// Case is a case as the hub's operators see it.
type Case struct {
	Number         string `json:"number"`
	PlatformNumber string `json:"platform_number"`
	Item           string `json:"item"`
	State          string `json:"state"`
	Pages          int    `json:"pages"`
	Missing        int    `json:"missing"`
}

// Cases lists all cases at the hub.
func (s *Stage) Cases(ctx context.Context) ([]Case, error) {
	var out []Case
	return out, s.get(ctx, "/admin/cases", &out)
}

// Ask gets an answer of the hub's admin listener.
func (s *Stage) Ask(ctx context.Context, path string, v any) error { return s.get(ctx, path, v) }

// HubDir is the hub's folder, for looking into it after it has stopped.
func (s *Stage) HubDir() string { return s.path("hub") }

func (s *Stage) get(ctx context.Context, path string, v any) error {
	return s.call(ctx, http.MethodGet, path, "", nil, v)
}

func (s *Stage) post(ctx context.Context, path, contentType string, body []byte, v any) error {
	return s.call(ctx, http.MethodPost, path, contentType, body, v)
}

func (s *Stage) call(ctx context.Context, method, path, contentType string, body []byte, v any) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, s.Admin+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	b, err := io.ReadAll(io.LimitReader(res.Body, 16<<20))
	if err != nil {
		return err
	}
	if res.StatusCode >= 300 {
		return fmt.Errorf("hub answers %d to %s: %s", res.StatusCode, path, b)
	}
	if v == nil {
		return nil
	}
	return json.Unmarshal(b, v)
}

// await asks again and again until ready returns nil, the process has ended, or 30 s have passed.
func (s *Stage) await(ctx context.Context, name string, p *process, ready func() error) error {
	deadline := time.NewTimer(30 * time.Second)
	defer deadline.Stop()
	pace := time.NewTicker(20 * time.Millisecond)
	defer pace.Stop()
	for {
		err := ready()
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-p.done:
			return fmt.Errorf("%s ended: %w; see %s", name, p.err, s.path("log"))
		case <-deadline.C:
			return fmt.Errorf("%s is not ready: %w; see %s", name, err, s.path("log"))
		case <-pace.C:
		}
	}
}

// Close ends everything that still runs.
func (s *Stage) Close() error {
	return errors.Join(s.dock.stop(syscall.SIGTERM), s.app.stop(syscall.SIGTERM), s.daemon.stop(syscall.SIGTERM), s.sim.stop(syscall.SIGTERM), s.hub.stop(syscall.SIGTERM))
}

func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("cannot find a free port: %w", err)
	}
	defer l.Close()
	return l.Addr().String(), nil
}
