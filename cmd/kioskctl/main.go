// Command kioskctl is for operations: it asks and steers a terminal's daemon over its local API, checks, packs and signs
// service items, and is the tool of the offline root. Commands that need no daemon work on any machine.
//
// Exit codes: 0 done, 1 refused or failed, 2 wrong command line, 3 the daemon is away.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"

	"kiosk/device/localapi"
)

// version is set when a release is linked.
var version = "dev"

// Exit codes.
const (
	exitDone   = 0
	exitFailed = 1
	exitUsage  = 2
	exitAway   = 3
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// commands is the whole command line.
type commands struct {
	Socket  string           `help:"Socket of the daemon." default:"${socket}" env:"KIOSK_SOCKET" placeholder:"FILE"`
	JSON    bool             `help:"Write JSON for machines in place of tables."`
	Version kong.VersionFlag `help:"Show the version."`

	Enrol   enrolCmd   `cmd:"" help:"Give the terminal its one-time code."`
	Status  statusCmd  `cmd:"" help:"Show how the terminal is."`
	Events  eventsCmd  `cmd:"" help:"Show audit events, the newest last; -f shows the terminal's changes as they come."`
	Devices devicesCmd `cmd:"" help:"List peripherals and what is wrong with them."`
	Queue   queueCmd   `cmd:"" help:"Cases kept on this terminal."`
	Case    caseCmd    `cmd:"" help:"One case, by its number."`
	Item    itemCmd    `cmd:"" help:"Service items. Needs no daemon."`
	Root    rootCmd    `cmd:"" help:"The offline root. Needs no daemon; belongs on a machine without network."`
	Sign    signCmd    `cmd:"" help:"Sign documents under the offline root. Needs no daemon."`
}

// desk is what a command works with.
type desk struct {
	ctx    context.Context
	out    io.Writer
	json   bool
	client *localapi.Client
}

// exit carries a code through kong, which wants to end the process for --help and --version.
type exit int

// run is main with its surroundings handed in.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) (code int) {
	defer func() {
		switch v := recover().(type) {
		case nil:
		case exit:
			code = int(v)
		default:
			panic(v)
		}
	}()
	var cli commands
	parser, err := kong.New(&cli,
		kong.Name("kioskctl"), kong.Description("Work a self-service terminal, its items and its trust."),
		kong.Vars{"socket": localapi.DefaultSocket, "version": version},
		kong.Writers(stdout, stderr), kong.Exit(func(code int) { panic(exit(code)) }),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
	)
	if err != nil {
		fmt.Fprintln(stderr, "kioskctl:", err)
		return exitUsage
	}
	parsed, err := parser.Parse(args)
	if err != nil {
		fmt.Fprintf(stderr, "kioskctl: %v\nkioskctl --help lists the commands\n", err)
		return exitUsage
	}
	d := &desk{ctx: ctx, out: stdout, json: cli.JSON, client: &localapi.Client{Socket: cli.Socket}}
	defer d.client.Close()
	if err := parsed.Run(d); err != nil {
		fmt.Fprintln(stderr, "kioskctl:", plain(err, cli.Socket))
		if errors.Is(err, localapi.ErrAway) {
			return exitAway
		}
		return exitFailed
	}
	return exitDone
}

// plain says the errors that people meet in words they can act on.
func plain(err error, socket string) string {
	var p *localapi.Problem
	switch {
	case errors.Is(err, localapi.ErrAway) && errors.Is(err, os.ErrPermission):
		return fmt.Sprintf("this user may not use the socket %s; its group may", socket)
	case errors.Is(err, localapi.ErrAway):
		return fmt.Sprintf("no daemon answers at %s; is kioskd running?", socket)
	case errors.As(err, &p) && p.Code == localapi.CodeStarting:
		return "the daemon is starting; try again in a moment"
	case errors.As(err, &p) && p.Code == localapi.CodeForbidden && p.Detail != "":
		return "not allowed: " + p.Detail
	}
	return err.Error()
}

// show writes v as JSON when that was asked for, else lets table write.
func (d *desk) show(v any, table func()) error {
	if !d.json {
		table()
		return nil
	}
	e := json.NewEncoder(d.out)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(v)
}
