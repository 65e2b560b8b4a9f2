package stage

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
)

// StartApp starts the screen on a display.
func (s *Stage) StartApp(ctx context.Context, display string, args ...string) (err error) {
	if err := os.MkdirAll(s.path("home"), 0o755); err != nil {
		return fmt.Errorf("cannot start the app: %w", err)
	}
	s.app, err = s.start(ctx, "kiosk", s.ScreenEnv(display), append([]string{"--socket", s.Socket()}, args...)...)
	return err
}

// ScreenEnv is the environment of a program that draws on a display: a home of its own, and drawing without a graphics card.
func (s *Stage) ScreenEnv(display string) []string {
	return []string{"DISPLAY=" + display, "LANG=C.UTF-8", "HOME=" + s.path("home"), "XDG_CACHE_HOME=" + s.path("home"), "LIBGL_ALWAYS_SOFTWARE=1"}
}

// StartDock starts the small window that works the far ends, as far to the right as the terminal's window is wide.
func (s *Stage) StartDock(ctx context.Context, display string, right int) (err error) {
	s.dock, err = s.start(ctx, "kioskdock", s.ScreenEnv(display), "--control", s.path("sim", "control.sock"), "--at", strconv.Itoa(right)+",0")
	return err
}

// KillApp ends the screen.
func (s *Stage) KillApp() error { p := s.app; s.app = nil; return p.stop(syscall.SIGTERM) }

// AppEnded is closed when the app has ended by itself.
func (s *Stage) AppEnded() <-chan struct{} { return s.app.done }

// DockEnded is closed when the dock has been closed.
func (s *Stage) DockEnded() <-chan struct{} { return s.dock.done }

// Shows are the processes that draw, oldest first: the children of the app, which supervises them. There is one, two while a
// fresh one takes over, none for a moment after one was killed.
func (s *Stage) Shows() ([]int, error) {
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		return nil, err
	}
	var all []int
	begun := map[int]int{}
	for _, file := range stats {
		b, err := os.ReadFile(file)
		if err != nil {
			continue // it has ended
		}
		_, rest, ok := strings.Cut(string(b), ") ")
		fields := strings.Fields(rest) // from the third of proc(5) on: state, parent, …
		if !ok || len(fields) < 20 || fields[0] == "Z" || fields[1] != strconv.Itoa(s.app.cmd.Process.Pid) {
			continue
		}
		pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(file)))
		begun[pid], _ = strconv.Atoi(fields[19])
		all = append(all, pid)
	}
	slices.SortFunc(all, func(a, b int) int { return cmp.Or(begun[a]-begun[b], a-b) })
	return all, nil
}
