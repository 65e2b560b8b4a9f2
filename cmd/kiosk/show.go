package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"strconv"
	"syscall"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/app"

	"kiosk/device/localapi"
	"kiosk/ui"
	"kiosk/ui/look"
)

// supervised names the descriptor on which a show talks to its supervisor.
const supervised = "KIOSK_SUPERVISED"

// toolkit is the environment that the toolkit reads, some of it before main: one unit is one pixel, whatever the
// panel says of itself; what was drawn is forgotten soon; no wayland, where touch does not work.
var toolkit = []string{"FYNE_DISABLE_DPI_DETECTION=1", "FYNE_SCALE=1", "FYNE_CACHE=15s", "FYNE_PLATFORM=x11"}

type showCmd struct {
	flags
}

// processStart is near enough to the start of the process.
var processStart = time.Now()

func (c *showCmd) Run() error {
	w, h, err := c.size()
	if err != nil {
		return err
	}
	if os.Getenv("FYNE_CACHE") == "" {
		return again()
	}
	l := look.Of(look.Mode{})
	if w > 0 { // a smaller window shows the whole panel, smaller
		scale := min(float32(w)/l.Metrics.Width, float32(h)/l.Metrics.Height)
		if err := os.Setenv("FYNE_SCALE", strconv.FormatFloat(float64(scale), 'f', 4, 32)); err != nil {
			return fmt.Errorf("cannot set the scale: %w", err)
		}
	}
	return open(c.flags, l)
}

// again starts this program anew in this process, with the environment that the toolkit wants.
func again() error {
	exe, err := os.Executable()
	if err != nil {
		return fmt.Errorf("cannot find my own program: %w", err)
	}
	return fmt.Errorf("cannot start again: %w", syscall.Exec(exe, os.Args, append(os.Environ(), toolkit...)))
}

// open shows the window and returns when it has been asked to end.
func open(c flags, l look.Look) error {
	log := c.logger()
	fonts, err := look.LoadFonts(look.Sources)
	if err != nil {
		return fmt.Errorf("cannot draw Chinese: %w", err)
	}
	a := app.NewWithID("kiosk.show")
	a.Settings().SetTheme(look.NewTheme(l, fonts))

	client := &localapi.Client{Socket: c.Socket}
	defer client.Close()
	say := words(log)
	var failed error
	quit := func() { fyne.Do(a.Quit) }
	shell := ui.New(ui.Options{
		Daemon: client, Look: l, Log: log, Do: fyne.Do, Now: time.Now, Lang: c.Lang, Keep: c.Keep,
		Usable: func() {
			log.Info("screen usable", "ms", time.Since(processStart).Milliseconds())
			say(saysUsable)
		},
		Replace: func() {
			if os.Getenv(supervised) == "" {
				quit()
				return
			}
			say(saysReplace)
		},
		Fail: func() {
			failed = errors.New("cannot draw")
			quit()
		},
	})

	window := a.NewWindow("kiosk")
	window.SetPadded(false)
	window.SetMaster()
	window.SetCloseIntercept(func() {}) // nobody closes it from the screen
	window.SetContent(shell.Object())
	shell.Listen(window.Canvas())
	if c.Window == "" {
		window.SetFullScreen(true)
	} else {
		window.Resize(fyne.NewSize(l.Metrics.Width, l.Metrics.Height))
		window.SetCloseIntercept(func() {
			say(saysClosed)
			a.Quit()
		})
	}

	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	ended := make(chan error, 1)
	a.Lifecycle().SetOnStarted(func() {
		go func() {
			ended <- shell.Run(ctx)
			quit()
		}()
	})
	window.ShowAndRun()
	stop()
	select {
	case err := <-ended:
		return errors.Join(failed, err)
	case <-time.After(endMax):
		return errors.Join(failed, errors.New("screens do not end"))
	}
}

// words returns the way to talk to the supervisor; without one it says nothing.
func words(log *slog.Logger) func(string) {
	fd, err := strconv.Atoi(os.Getenv(supervised))
	if err != nil {
		return func(string) {}
	}
	f := os.NewFile(uintptr(fd), "supervisor")
	return func(word string) {
		if _, err := fmt.Fprintln(f, word); err != nil {
			log.Warn("supervisor does not listen", "err", err)
		}
	}
}
