// Kiosk is the full-screen app of the terminal. "kiosk run" supervises "kiosk show", which draws: a show that ends is
// started again, and after a visit that showed personal data a fresh one takes over from it. All truth is the daemon's.
package main

import (
	"fmt"
	"log/slog"
	"os"

	"github.com/alecthomas/kong"

	"kiosk/device/localapi"
)

type cli struct {
	Run  runCmd  `cmd:"" default:"withargs" help:"Show the screens and start them again whenever they end."`
	Show showCmd `cmd:"" help:"Show the screens once."`
}

// flags are common to both commands.
type flags struct {
	Socket string `help:"Socket of the daemon." default:"${socket}" env:"KIOSK_SOCKET"`
	Window string `help:"Show in a window of this size, as 1080x1920, and not on the full screen." placeholder:"WxH"`
	Lang   string `help:"Language until the daemon tells one." enum:"zh,en" default:"zh"`
	Keep   bool   `help:"Do not take a fresh process after a visit. For development."`
	Debug  bool   `help:"Log more."`
}

// args are the flags as a child gets them.
func (f flags) args() []string {
	a := []string{"show", "--socket", f.Socket, "--lang", f.Lang}
	if f.Window != "" {
		a = append(a, "--window", f.Window)
	}
	if f.Keep {
		a = append(a, "--keep")
	}
	if f.Debug {
		a = append(a, "--debug")
	}
	return a
}

func (f flags) logger() *slog.Logger {
	level := slog.LevelInfo
	if f.Debug {
		level = slog.LevelDebug
	}
	return slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: level}))
}

// size reads "1080x1920"; zero for the full screen.
func (f flags) size() (w, h int, err error) {
	if f.Window == "" {
		return 0, 0, nil
	}
	if n, err := fmt.Sscanf(f.Window, "%dx%d", &w, &h); n != 2 || err != nil || w < 100 || h < 100 || w > 10000 || h > 10000 {
		return 0, 0, fmt.Errorf("cannot read the window's size %q: want for example 1080x1920", f.Window)
	}
	return w, h, nil
}

func main() {
	var c cli
	ctx := kong.Parse(&c, kong.Name("kiosk"), kong.Description("The screens of the self-service terminal."),
		kong.UsageOnError(), kong.Vars{"socket": localapi.DefaultSocket})
	if err := ctx.Run(); err != nil {
		fmt.Fprintln(os.Stderr, "kiosk:", err)
		os.Exit(1)
	}
}
