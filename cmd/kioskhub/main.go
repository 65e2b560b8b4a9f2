// Command kioskhub is the reference central platform: it enrols terminals, takes their cases, passes on what was signed offline, and
// shows operators how things stand. The sub-commands that change something talk to the admin listener of a hub that runs.
package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/alecthomas/kong"

	"kiosk/sync/hub"
	"kiosk/sync/platform"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "kioskhub:", err)
		os.Exit(1)
	}
}

// command is the command line.
type command struct {
	Serve    serveCmd    `cmd:"" help:"Serve terminals and operators until a signal comes."`
	Init     initCmd     `cmd:"" help:"Make a hub's folder: CA, keys, configuration."`
	Platform platformCmd `cmd:"" help:"Print the platform document, to be signed offline by the root."`
	Code     codeCmd     `cmd:"" help:"Print a one-time code with which a terminal can enrol."`
	Settings struct {
		Put settingsPutCmd `cmd:"" help:"Set the document wanted for a terminal."`
	} `cmd:"" help:"Work settings documents."`
	Item struct {
		Put itemPutCmd `cmd:"" help:"Add an item package to the catalogue."`
	} `cmd:"" help:"Work item packages."`
	Case struct {
		State caseStateCmd `cmd:"" help:"Set the authority's word about a received case."`
	} `cmd:"" help:"Work cases."`
}

// surroundings is what sub-commands get.
type surroundings struct {
	ctx       context.Context
	out, errs io.Writer
}

func run(ctx context.Context, args []string, out, errs io.Writer) error {
	var c command
	asked := false // for help
	p, err := kong.New(&c, kong.Name("kioskhub"), kong.Description("The reference central platform."),
		kong.Writers(out, errs), kong.Exit(func(int) { asked = true }))
	if err != nil {
		return fmt.Errorf("cannot make the command line: %w", err)
	}
	k, err := p.Parse(args)
	if asked {
		return nil
	}
	if err != nil {
		return err
	}
	return k.Run(&surroundings{ctx: ctx, out: out, errs: errs})
}

type folder struct {
	Dir string `help:"Folder of the hub." required:"" env:"KIOSKHUB_DIR" type:"path"`
}

type serveCmd struct {
	folder
	Listen string `help:"Where terminals call, TLS." default:"127.0.0.1:8443"`
	Admin  string `help:"Where operators on this machine call; loopback only." default:"127.0.0.1:8444"`
}

func (c serveCmd) Run(s *surroundings) error {
	server, err := hub.Serve(s.ctx, hub.Config{Dir: c.Dir, Log: slog.New(slog.NewTextHandler(s.errs, nil))},
		hub.Listen{Terminals: c.Listen, Admin: c.Admin})
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintf(s.out, "terminals call %s at %s\nthe console is at %s/console/\n", server.URL, server.Terminals, server.Admin); err != nil {
		_ = server.Close()
		return fmt.Errorf("cannot say where the hub is: %w", err)
	}
	return server.Wait()
}

type initCmd struct {
	folder
	URL    string `help:"Address that terminals will call: https://host:port." required:""`
	Prefix string `help:"Two digits that this platform's numbers begin with." default:"36"`
}

func (c initCmd) Run(s *surroundings) error {
	if err := hub.Init(c.Dir, c.URL, c.Prefix); err != nil {
		return err
	}
	return say(s, "made a hub in %s\n", c.Dir)
}

type platformCmd struct{ folder }

func (c platformCmd) Run(s *surroundings) error {
	doc, err := hub.PlatformDocument(c.Dir)
	if err != nil {
		return err
	}
	return say(s, "%s", doc)
}

// running names a hub that runs.
type running struct {
	Admin string `help:"Admin listener of the hub." default:"http://127.0.0.1:8444" env:"KIOSKHUB_ADMIN"`
}

type codeCmd struct {
	running
	TTL      time.Duration `help:"How long the code lives." default:"1h"`
	Terminal string        `arg:"" help:"Terminal number, six digits."`
}

func (c codeCmd) Run(s *surroundings) error {
	var a hub.NewCodeAnswer
	err := c.postJSON(s.ctx, "/admin/codes", hub.NewCodeRequest{Terminal: c.Terminal, TTLSeconds: int(c.TTL.Seconds())}, &a)
	if err != nil {
		return fmt.Errorf("cannot get a code for %q: %w", c.Terminal, err)
	}
	return say(s, "%s\n", a.Code)
}

type settingsPutCmd struct {
	running
	Terminal string `arg:"" help:"Terminal number, six digits."`
	File     string `arg:"" help:"The signed document, a compact JWS." type:"existingfile"`
}

func (c settingsPutCmd) Run(s *surroundings) error {
	if err := c.postFile(s.ctx, "/admin/settings", map[string]string{"terminal": c.Terminal}, "application/jose", c.File, platform.MaxJSON, nil); err != nil {
		return fmt.Errorf("cannot set the settings of %q: %w", c.Terminal, err)
	}
	return nil
}

type itemPutCmd struct {
	running
	File string `arg:"" help:"The signed package, a zip." type:"existingfile"`
}

func (c itemPutCmd) Run(s *surroundings) error {
	var a platform.CatalogueEntry
	if err := c.postFile(s.ctx, "/admin/packages", nil, "application/zip", c.File, platform.MaxPackage, &a); err != nil {
		return fmt.Errorf("cannot add %q: %w", c.File, err)
	}
	return say(s, "%s version %d\n", a.Code, a.Version)
}

type caseStateCmd struct {
	running
	Number string `arg:"" help:"Local or platform number."`
	State  string `arg:"" help:"${enum}." enum:"accepted,supplement,done,refused"`
}

func (c caseStateCmd) Run(s *surroundings) error {
	err := c.postJSON(s.ctx, "/admin/cases/"+c.Number+"/state", hub.StateRequest{State: platform.ProgressState(c.State)}, nil)
	if err != nil {
		return fmt.Errorf("cannot set the state of %q: %w", c.Number, err)
	}
	return nil
}

func say(s *surroundings, format string, args ...any) error {
	if _, err := fmt.Fprintf(s.out, format, args...); err != nil {
		return fmt.Errorf("cannot write: %w", err)
	}
	return nil
}
