// Command kiosksim runs the far ends of a terminal's peripherals, and works them from another shell: cards, paper, plugs,
// scenes and faults. It is for demonstrations, laboratories and tests, and never part of the product.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/alecthomas/kong"

	"kiosk/cmd/kiosksim/bench"
	"kiosk/drivers/sdt/sdtsim"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "kiosksim:", err)
		os.Exit(1)
	}
}

// command is the command line. Each sub-command but run talks to the control socket of a bench that runs.
type command struct {
	Dir string `help:"Folder of the bench." default:"out/bench" env:"KIOSKSIM_DIR"`

	Run  runCmd `cmd:"" help:"Run the far ends until a signal comes."`
	Card struct {
		Insert insertCmd `cmd:"" help:"Lay a card on the reader."`
		Remove removeCmd `cmd:"" help:"Lift it."`
	} `cmd:"" help:"Work the card reader."`
	Paper  paperCmd  `cmd:"" help:"Set the printer: ok, low, out, jam, cover."`
	Plug   plugCmd   `cmd:"" help:"Plug a device in: reader, printer, camera."`
	Unplug unplugCmd `cmd:"" help:"Take a device away: reader, printer, camera."`
	Scene  sceneCmd  `cmd:"" help:"Set what lies under the camera."`
	Fault  faultCmd  `cmd:"" help:"Make something go wrong, or \"none\"."`
	Status statusCmd `cmd:"" help:"Show how things stand, as JSON."`
}

// surroundings is what sub-commands get.
type surroundings struct {
	ctx    context.Context
	out    io.Writer
	errs   io.Writer
	dir    string
	client bench.Client
}

func run(ctx context.Context, args []string, out, errs io.Writer) error {
	var c command
	asked := false // for help
	p, err := kong.New(&c, kong.Name("kiosksim"), kong.Description("The far ends of a terminal's peripherals."),
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
	dir, err := filepath.Abs(c.Dir)
	if err != nil {
		return fmt.Errorf("cannot find the folder: %w", err)
	}
	return k.Run(&surroundings{ctx: ctx, out: out, errs: errs, dir: dir,
		client: bench.Client{Socket: filepath.Join(dir, "control.sock")}})
}

type runCmd struct {
	Paced       bool   `help:"Be as slow as real devices."`
	PrinterPort int    `help:"TCP port of the printer, 0 for any." default:"0"`
	CameraPort  int    `help:"TCP port of the camera, 0 for any." default:"0"`
	Dots        int    `help:"Dots a row of the printer." default:"576"`
	Scenes      string `help:"Folder of scenes for the camera." type:"path"`
	Seed        uint64 `help:"Of noise." default:"1"`
}

func (r runCmd) Run(s *surroundings) error {
	b, err := bench.Start(s.ctx, bench.Options{
		Dir: s.dir, PrinterPort: r.PrinterPort, CameraPort: r.CameraPort, Dots: r.Dots, Paced: r.Paced,
		Scenes: r.Scenes, Seed: r.Seed, Log: slog.New(slog.NewTextHandler(s.errs, nil)),
	})
	if err != nil {
		return err
	}
	err = show(s.out, b.Endpoints())
	if err == nil {
		<-s.ctx.Done()
	}
	if cerr := b.Close(); err == nil {
		err = cerr
	}
	return err
}

func show(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return fmt.Errorf("cannot show it: %w", err)
	}
	return nil
}

type insertCmd struct {
	Person string `help:"Built-in invented person: ${enum}." default:"resident" enum:"foreign,foreign2,hmt,minority,resident"`
	File   string `help:"JSON file with a person, instead of a built-in one." type:"existingfile"`
}

func (c insertCmd) Run(s *surroundings) error {
	if c.File == "" {
		return s.client.InsertSample(s.ctx, c.Person)
	}
	raw, err := os.ReadFile(c.File)
	if err != nil {
		return fmt.Errorf("cannot read the person: %w", err)
	}
	var p sdtsim.Person
	if err := json.Unmarshal(raw, &p); err != nil {
		return fmt.Errorf("cannot read the person: %w", err)
	}
	return s.client.InsertCard(s.ctx, p)
}

type removeCmd struct{}

func (removeCmd) Run(s *surroundings) error { return s.client.RemoveCard(s.ctx) }

type paperCmd struct {
	State string `arg:"" enum:"ok,low,out,jam,cover" help:"${enum}."`
}

func (c paperCmd) Run(s *surroundings) error { return s.client.Paper(s.ctx, c.State) }

type plugCmd struct {
	Name string `arg:"" enum:"reader,printer,camera" help:"${enum}."`
}

func (c plugCmd) Run(s *surroundings) error { return s.client.Plug(s.ctx, c.Name) }

type unplugCmd struct {
	Name string `arg:"" enum:"reader,printer,camera" help:"${enum}."`
}

func (c unplugCmd) Run(s *surroundings) error { return s.client.Unplug(s.ctx, c.Name) }

type sceneCmd struct {
	Name string `arg:"" help:"Built-in page (empty, lease, household, certificate, dark, blurred, partly), a name in the folder of scenes, or a JPEG or PNG file."`
}

func (c sceneCmd) Run(s *surroundings) error {
	name := c.Name
	if _, err := os.Stat(name); err == nil {
		if name, err = filepath.Abs(name); err != nil {
			return fmt.Errorf("cannot find the scene: %w", err)
		}
	}
	return s.client.Scene(s.ctx, name)
}

type faultCmd struct {
	Device string `arg:"" enum:"reader,printer,camera" help:"${enum}."`
	Kind   string `arg:"" help:"Kind of fault; a wrong one is answered with the list."`
	N      int    `help:"Rows, bytes or times, see the kind."`
}

func (c faultCmd) Run(s *surroundings) error {
	return s.client.Fault(s.ctx, bench.Fault{Device: c.Device, Kind: c.Kind, N: c.N})
}

type statusCmd struct{}

func (statusCmd) Run(s *surroundings) error {
	st, err := s.client.State(s.ctx)
	if err != nil {
		return err
	}
	return show(s.out, st)
}
