// Command kioskd is the terminal's daemon: it owns the peripherals, the visit, the queue and the way to the platform,
// and serves the local API that the screen and operations use. It draws nothing and holds no far end.
//
// It ends with exit code 0 when it was told to stop, 1 when its configuration is wrong or a part could not go on, 2 when
// the command line is wrong. Killed at any moment, everything kept is whole and the next start says what became of the
// visit.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"
	"golang.org/x/sys/unix"
)

// version is set when a release is linked.
var version = "dev"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	var wrong *usageError
	switch {
	case err == nil:
	case errors.As(err, &wrong):
		fmt.Fprintf(os.Stderr, "kioskd: %v\nkioskd --help lists the flags\n", err)
		os.Exit(2)
	default:
		fmt.Fprintln(os.Stderr, "kioskd:", err)
		os.Exit(1)
	}
}

// commands is the command line.
type commands struct {
	Config  string           `help:"Configuration." default:"/etc/kiosk/kioskd.json" type:"path" placeholder:"FILE"`
	Verbose bool             `help:"Log what is only of use when looking for a fault."`
	Version kong.VersionFlag `help:"Show the version."`

	Run   struct{} `cmd:"" default:"1" hidden:"" help:"Run the terminal."`
	Check struct{} `cmd:"" help:"Check the configuration and open nothing."`
}

// usageError is a wrong command line.
type usageError struct{ error }

// shown is what kong panics with after --help and --version, which have done their work.
type shown struct{}

// run is main with its surroundings handed in. It blocks until ctx ends or the terminal cannot go on.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) (err error) {
	defer func() {
		if v := recover(); v != nil {
			if _, ok := v.(shown); !ok {
				panic(v)
			}
			err = nil
		}
	}()
	var cli commands
	parser, err := kong.New(&cli,
		kong.Name("kioskd"), kong.Description("The daemon of a self-service terminal."),
		kong.Vars{"version": version}, kong.Writers(stdout, stderr), kong.Exit(func(int) { panic(shown{}) }),
	)
	if err != nil {
		return fmt.Errorf("kong.New: %w", err)
	}
	parsed, err := parser.Parse(args)
	if err != nil {
		return &usageError{err}
	}
	level := slog.LevelInfo
	if cli.Verbose {
		level = slog.LevelDebug
	}
	log := slog.New(slog.NewTextHandler(stderr, &slog.HandlerOptions{Level: level}))
	p, err := plan(cli.Config, log)
	if err != nil {
		return err
	}
	if parsed.Command() == "check" {
		fmt.Fprintf(stdout, "%s: right\n", cli.Config)
		return p.close()
	}
	if err := closeDoors(); err != nil {
		return err
	}
	for {
		err := serve(ctx, p, log)
		if !errors.Is(err, errAnew) {
			return errors.Join(err, p.close())
		}
		log.Info("terminal was enrolled anew; starting again")
		if p, err = plan(cli.Config, log); err != nil {
			return err
		}
	}
}

// closeDoors keeps personal data in: files are the daemon's own, and a crash leaves no image of its memory.
func closeDoors() error {
	unix.Umask(0o077)
	if err := unix.Setrlimit(unix.RLIMIT_CORE, &unix.Rlimit{}); err != nil {
		return fmt.Errorf("cannot switch core dumps off: %w", err)
	}
	if err := unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0); err != nil {
		return fmt.Errorf("cannot switch core dumps off: %w", err)
	}
	return nil
}
