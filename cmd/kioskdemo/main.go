// Command kioskdemo shows a whole terminal at work: hub, far ends, daemon and app, all of them the real programs. With a
// display it opens the terminal's window and the dock and leaves the rest to you. Without one it starts a display of its
// own and lets a scripted citizen file two cases at the real window, once with the platform there and once with it away; what was seen
// and printed is left in out/demo.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/alecthomas/kong"

	"kiosk/cmd/stage"
	"kiosk/cmd/stage/display"
	"kiosk/cmd/stage/finger"
	"kiosk/device/settings"
)

type flags struct {
	Out      string `help:"Folder of what the demo leaves." default:"out/demo" type:"path"`
	Bin      string `help:"Folder of the built programs." default:"out/bin" type:"path"`
	Items    string `help:"Folder of item sources." default:"packaging/sample/items" type:"path"`
	Headless bool   `help:"Play the scripted visits even if there is a display."`
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "kioskdemo:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, out io.Writer) error {
	var f flags
	parser, err := kong.New(&f, kong.Name("kioskdemo"), kong.Description("A whole terminal at work."))
	if err != nil {
		return err
	}
	if _, err := parser.Parse(args); err != nil {
		return err
	}
	if err := os.RemoveAll(f.Out); err != nil {
		return fmt.Errorf("cannot clear %s: %w", f.Out, err)
	}
	if err := os.MkdirAll(f.Out, 0o755); err != nil {
		return fmt.Errorf("cannot make %s: %w", f.Out, err)
	}
	// Sockets have short names; a checkout may lie deep.
	dir, err := os.MkdirTemp("", "kioskdemo")
	if err != nil {
		return fmt.Errorf("cannot make a folder for the demo: %w", err)
	}
	times := settings.StandardTimes
	times.Platform = settings.Seconds(8 * time.Second) // nobody wants to watch a demo wait for 20 s
	times.Goodbye = settings.Seconds(3 * time.Second)
	// Each demo is a terminal and a platform of its own; what they are called follows the clock, so that no two papers of
	// two demos bear the same number.
	minute := time.Now().Unix() / 60
	s, err := stage.New(ctx, stage.Options{
		Dir: dir, Bin: f.Bin, Items: f.Items, Paced: true, Times: &times,
		Terminal: fmt.Sprintf("36%04d", minute%10000), Prefix: fmt.Sprintf("%02d", 10+minute%90),
	})
	if err != nil {
		return err
	}
	err = play(ctx, s, f, out)
	err = errors.Join(err, s.Close())
	if err == nil {
		err = os.RemoveAll(dir)
	} else {
		err = fmt.Errorf("%w\nlogs are in %s", err, filepath.Join(dir, "log"))
	}
	return err
}

func play(ctx context.Context, s *stage.Stage, f flags, out io.Writer) error {
	for _, step := range []struct {
		what string
		do   func(context.Context) error
	}{
		{"the platform (kioskhub)", s.StartHub}, {"the terminal (kioskd) with its devices", s.StartDaemon}, {"enrolment with a one-time code", s.Enrol},
	} {
		fmt.Fprintf(out, "starting %s\n", step.what)
		if err := step.do(ctx); err != nil {
			return err
		}
	}
	if os.Getenv("DISPLAY") != "" && !f.Headless {
		return touch(ctx, s, out)
	}
	return script(ctx, s, f.Out, out)
}

// touch opens terminal and dock on the display that is there and waits until the terminal's window or the demo is ended.
func touch(ctx context.Context, s *stage.Stage, out io.Writer) error {
	if err := s.StartApp(ctx, os.Getenv("DISPLAY"), "--window", "540x960"); err != nil {
		return err
	}
	if err := s.StartDock(ctx, os.Getenv("DISPLAY"), 540+16); err != nil {
		return err
	}
	fmt.Fprintf(out, "The terminal and its dock are on your display. Lay a card down in the dock, touch the terminal.\nconsole  %s/console/\nkioskctl --socket %s queue list\nCtrl-C ends the demo.\n", s.Admin, s.Socket())
	select {
	case <-ctx.Done():
	case <-s.AppEnded():
	case <-s.DockEnded():
	}
	return nil
}

// record is one visit in visit.json.
type record struct {
	LocalNumber    string        `json:"local_number"`
	PlatformNumber string        `json:"platform_number"`
	Steps          []finger.Step `json:"steps"`
	Queue          counts        `json:"queue"`
}

// counts are cases that the platform had not received before the visit, and in the end.
type counts struct {
	Before int `json:"before"`
	AtHome int `json:"when_the_person_left"`
	After  int `json:"after"`
}

// script plays the two visits at a display of its own.
func script(ctx context.Context, s *stage.Stage, dir string, out io.Writer) error {
	fmt.Fprintln(out, "starting a display (Xvfb) and the app (kiosk)")
	d, err := display.Start(ctx, dir, 1080, 1920)
	if err != nil {
		return err
	}
	defer d.Close()
	if err := s.StartApp(ctx, d.Name); err != nil {
		return err
	}
	if err := d.AwaitPicture(ctx); err != nil {
		return err
	}
	records := make([]record, 2)
	if records[0], err = visit(ctx, s, d, dir, 1, out, "with the platform there"); err != nil {
		return err
	}
	if err := s.StopHub(); err != nil {
		return err
	}
	if records[1], err = visit(ctx, s, d, dir, 2, out, "with the platform away"); err != nil {
		return err
	}
	fmt.Fprintln(out, "starting the platform again")
	if err := s.StartHub(ctx); err != nil {
		return err
	}
	if err := s.Settle(ctx); err != nil {
		return err
	}
	if err := learn(ctx, s, records); err != nil {
		return err
	}
	b, err := json.MarshalIndent(map[string]any{"visits": records}, "", "  ")
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, "visit.json"), append(b, '\n'), 0o644); err != nil {
		return err
	}
	return summary(ctx, s, dir, records, out)
}

// visit lets one person file a case and keeps pictures and paper.
func visit(ctx context.Context, s *stage.Stage, d *display.Display, dir string, n int, out io.Writer, how string) (record, error) {
	fmt.Fprintf(out, "visit %d, %s\n", n, how)
	pictures := filepath.Join(dir, fmt.Sprintf("visit-%d", n))
	if err := os.MkdirAll(pictures, 0o755); err != nil {
		return record{}, err
	}
	before, err := s.API.State(ctx)
	if err != nil {
		return record{}, err
	}
	p := finger.Person{
		API: s.API, Sim: s.Sim, Display: d, Item: "ydds", Cards: []string{[]string{"resident", "minority"}[n-1]}, Pictures: pictures,
		Answers: map[string]string{"phone": "19900001234", "originals": "none"},
		Papers:  map[string]string{"form": "lease", "proof": "certificate"},
	}
	v, err := p.Serve(ctx)
	if err != nil {
		return record{}, fmt.Errorf("visit %d: %w", n, err)
	}
	left, err := s.API.State(ctx)
	if err != nil {
		return record{}, err
	}
	if v.Printed != "yes" {
		return record{}, fmt.Errorf("visit %d: the receipt was not printed: %q", n, v.Printed)
	}
	if err := keepPaper(ctx, s, dir, n); err != nil {
		return record{}, err
	}
	return record{v.LocalNumber, v.PlatformNumber, v.Steps, counts{before.Queue.Waiting, left.Queue.Waiting, left.Queue.Waiting}}, nil
}

// learn fills in what the terminal knows in the end.
func learn(ctx context.Context, s *stage.Stage, records []record) error {
	queue, err := s.API.Queue(ctx)
	if err != nil {
		return err
	}
	st, err := s.API.State(ctx)
	if err != nil {
		return err
	}
	for i := range records {
		for _, e := range queue {
			if e.Number == records[i].LocalNumber {
				records[i].PlatformNumber = e.PlatformNumber
			}
		}
	}
	records[len(records)-1].Queue.After = st.Queue.Waiting
	return nil
}

// keepPaper copies the n-th paper as picture and as text. A receipt is printed as dots, so the far end's text knows only its
// code; the words are what a stranger's program reads on the picture (tesseract), where there is one.
func keepPaper(ctx context.Context, s *stage.Stage, dir string, n int) error {
	name := fmt.Sprintf("receipt-%d", n)
	picture, err := os.ReadFile(filepath.Join(s.Printed(), name+".png"))
	if err != nil {
		return fmt.Errorf("cannot keep what was printed: %w", err)
	}
	text, err := os.ReadFile(filepath.Join(s.Printed(), name+".txt"))
	if err != nil {
		return fmt.Errorf("cannot keep what was printed: %w", err)
	}
	if err := os.WriteFile(filepath.Join(dir, name+".png"), picture, 0o644); err != nil {
		return err
	}
	if read, err := exec.CommandContext(ctx, "tesseract", filepath.Join(dir, name+".png"), "-", "-l", "chi_sim", "--psm", "6", "--dpi", "203").Output(); err == nil {
		text = append(append(text, "[read from the picture]\n"...), read...)
	}
	return os.WriteFile(filepath.Join(dir, name+".txt"), text, 0o644)
}
