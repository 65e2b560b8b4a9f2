package main_test

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"kiosk/cmd/stage"
	"kiosk/cmd/stage/display"
	"kiosk/cmd/stage/finger"
	"kiosk/device/localapi"
	"kiosk/device/settings"
	"kiosk/ui/model"
	"kiosk/ui/robot"
)

const (
	width, height = 1080, 1920
	headerRows    = 112                     // where the clock stands
	alike         = 0.0005                  // part of the pixels that may differ: a countdown goes on
	look          = 40 * time.Millisecond   // between two looks at the screen
	moving        = 2100 * time.Millisecond // after that the pictures of the prompts have all been shown
	standing      = 60 * time.Second        // longest wait for anything
)

// theatre is a whole terminal with its screen.
type theatre struct {
	*stage.Stage
	screen *display.Display
}

// set starts everything; the app shows the attract screen. Without app it is left to the caller.
func set(t testing.TB, app bool) theatre {
	t.Helper()
	bin, err := filepath.Abs("../../out/bin")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(bin, "kiosk")); err != nil {
		t.Fatalf("the programs are not built, run `make build` first: %v", err)
	}
	// Sockets have short names; test folders have long ones.
	dir, err := os.MkdirTemp("", "kiosk")
	if err != nil {
		t.Fatal(err)
	}
	times := settings.StandardTimes
	times.Platform = settings.Seconds(10 * time.Second)
	times.Goodbye = settings.Seconds(6 * time.Second)
	s, err := stage.New(t.Context(), stage.Options{Dir: dir, Bin: bin, Items: "../../packaging/sample/items", Paced: true, Times: &times})
	if err != nil {
		t.Fatal(err)
	}
	th := theatre{Stage: s}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		if th.screen != nil {
			th.screen.Close()
		}
		if t.Failed() {
			t.Logf("logs are left in %s", filepath.Join(dir, "log"))
			return
		}
		_ = os.RemoveAll(dir)
	})
	for _, start := range []func(context.Context) error{s.StartHub, s.StartDaemon, s.Enrol} {
		if err := start(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	// The display outlives the test's context by the clean-up.
	if th.screen, err = display.Start(context.WithoutCancel(t.Context()), dir, width, height); err != nil {
		t.Fatal(err)
	}
	if app {
		if err := s.StartApp(t.Context(), th.screen.Name); err != nil {
			t.Fatal(err)
		}
		if err := th.screen.AwaitPicture(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	return th
}

// resident is a person who applies for something at the window.
func (th theatre) resident() *finger.Person {
	return &finger.Person{
		API: th.API, Sim: th.Sim, Display: th.screen, Item: "ydds", Cards: []string{"resident"},
		Answers: map[string]string{"phone": "19900001234", "originals": "none"},
		Papers:  map[string]string{"form": "lease", "proof": "certificate"},
	}
}

// every calls f at once and then at a pace until it says that it is done; it fails when that takes too long.
func every(t testing.TB, ctx context.Context, pace time.Duration, what string, f func() bool) {
	t.Helper()
	tick, late := time.NewTicker(pace), time.NewTimer(standing)
	defer tick.Stop()
	defer late.Stop()
	for !f() {
		select {
		case <-ctx.Done():
			t.Fatalf("%s: %v", what, ctx.Err())
		case <-late.C:
			t.Fatalf("%s: not after %v", what, standing)
		case <-tick.C:
		}
	}
}

func (th theatre) picture(t testing.TB) *image.RGBA {
	t.Helper()
	img, err := th.screen.Picture()
	if err != nil {
		t.Fatal(err)
	}
	return img
}

// differs is the part of the pixels below the header that are not the same in both pictures; a camera's picture does not count.
func differs(a, b *image.RGBA, live []robot.Rect) float64 {
	n := 0
	for y := headerRows; y < height; y++ {
		for x := 0; x < width; x++ {
			o := y*a.Stride + 4*x
			if bytes.Equal(a.Pix[o:o+3], b.Pix[o:o+3]) {
				continue
			}
			if !slices.ContainsFunc(live, func(r robot.Rect) bool { return x >= r.X && x < r.X+r.W && y >= r.Y && y < r.Y+r.H }) {
				n++
			}
		}
	}
	return float64(n) / float64(width*(height-headerRows))
}

// blank reports whether nothing is drawn below the header.
func blank(img *image.RGBA) bool {
	body := img.Pix[headerRows*img.Stride:]
	for i := 4; i < len(body); i += 4 {
		if !bytes.Equal(body[i:i+3], body[:3]) {
			return false
		}
	}
	return true
}

// killing remembers what the screen looked like, kills the process that drew it and waits until another one has drawn the same.
type killing struct {
	theatre
	t       *testing.T
	before  map[string]*image.RGBA // by screen on which it was killed, one picture of each
	rows    []string
	longest time.Duration
}

// on is called when a screen stands.
func (k *killing) on(ctx context.Context, id string, st localapi.State) {
	t := k.t
	t.Helper()
	m := model.Of(st, model.Local{}.For(st), time.Now())
	live, err := robot.Live(m)
	if err != nil {
		t.Fatal(err)
	}
	pictures := k.faces(ctx, m, live)
	if now, err := k.API.State(ctx); err != nil || now.Visit.Step != st.Visit.Step {
		k.rows = append(k.rows, fmt.Sprintf("%-4s %-12s over before it could be killed", id, st.Visit.View.Kind))
		return
	}
	for other, img := range k.before {
		if other != id && differs(img, pictures[0], nil) <= alike {
			t.Errorf("%s and %s look the same to this test", other, id)
		}
	}
	k.before[id] = pictures[0]

	shows, err := k.Shows()
	if err != nil || len(shows) == 0 {
		t.Fatalf("%s: %d processes draw, %v", id, len(shows), err)
	}
	begun := time.Now()
	for _, pid := range shows {
		if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
	}
	gone, least := false, 1.0
	var back time.Duration
	over := ""
	every(t, ctx, look, id+": the same picture", func() bool {
		img := k.picture(t)
		at := time.Since(begun)
		if !gone {
			gone = blank(img)
			return false
		}
		for _, p := range pictures {
			least = min(least, differs(p, img, live))
		}
		back = at
		if least <= alike {
			return true
		}
		if now, err := k.API.State(ctx); err == nil && now.Visit.Step != st.Visit.Step && !blank(img) {
			over = fmt.Sprintf("   the visit had gone on to %s", now.Visit.View.Kind)
			return true
		}
		if at > standing-time.Second {
			_ = k.screen.Save(filepath.Join(k.Dir, "log", "after-"+id+".png"))
		}
		return false
	})
	if fresh, err := k.Shows(); err != nil || slices.ContainsFunc(fresh, func(pid int) bool { return slices.Contains(shows, pid) }) {
		t.Errorf("%s: the processes are %v, before the kill %v (%v)", id, fresh, shows, err)
	}
	k.longest = max(k.longest, back)
	row := fmt.Sprintf("%-4s %-12s %5d ms   %.4f %% of the pixels differ", id, st.Visit.View.Kind, back.Milliseconds(), 100*least)
	if over != "" {
		row = fmt.Sprintf("%-4s %-12s %5d ms%s", id, st.Visit.View.Kind, back.Milliseconds(), over)
	}
	k.rows = append(k.rows, row)
}

// faces are the pictures that a screen shows by turns: where a prompt moves, all that come up while its frames go round.
func (k *killing) faces(ctx context.Context, m model.Screen, live []robot.Rect) []*image.RGBA {
	all := []*image.RGBA{k.picture(k.t)}
	if !slices.ContainsFunc(m.Body, func(b model.Block) bool { p, ok := b.(model.Prompt); return ok && p.Stage == model.StageAsk }) {
		return all
	}
	end := time.Now().Add(moving)
	every(k.t, ctx, 2*look, "frames", func() bool {
		img := k.picture(k.t)
		if !slices.ContainsFunc(all, func(p *image.RGBA) bool { return differs(p, img, live) == 0 }) {
			all = append(all, img)
		}
		return time.Now().After(end)
	})
	return all
}

// TestKilledAppShowsTheSameStep: whatever screen is up, the process that draws it may be killed; a fresh one shows the same
// step, and the person goes on from there and takes the paper home. The platform is away, so that submitting takes its time.
func TestKilledAppShowsTheSameStep(t *testing.T) {
	th := set(t, true)
	if err := th.StopHub(); err != nil {
		t.Fatal(err)
	}
	every(t, t.Context(), look, "offline", func() bool { // the banner would come between two pictures
		st, err := th.API.State(t.Context())
		return err == nil && !st.Network.Online
	})
	k := &killing{theatre: th, t: t, before: map[string]*image.RGBA{}}
	p := th.resident()
	p.Seen = func(ctx context.Context, id string, st localapi.State) error {
		k.on(ctx, id, st)
		return nil
	}
	v, err := p.Serve(t.Context())
	t.Logf("killed on %d screens; until the same picture stood again:\n%s\nlongest %v", len(k.rows), strings.Join(k.rows, "\n"), k.longest)
	if err != nil {
		t.Fatal(err)
	}
	if v.Printed != "yes" || v.LocalNumber == "" {
		t.Errorf("the person went home with %q, printed %q", v.LocalNumber, v.Printed)
	}
	if papers, err := th.Sim.State(t.Context()); err != nil || len(papers.Papers) != 1 || !papers.Papers[0].Complete {
		t.Errorf("not one whole paper came out: %+v, %v", papers.Papers, err)
	}
	for _, id := range []string{"A01", "A02", "B01", "B02", "B04", "C02", "C04", "C07", "C08", "C09", "C10", "D01", "D03", "D05", "D07"} {
		if k.before[id] == nil {
			t.Errorf("on %s it was never killed", id)
		}
	}
	if err := th.StartHub(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := th.Settle(t.Context()); err != nil {
		t.Fatal(err)
	}
	if cases, err := th.Cases(t.Context()); err != nil || len(cases) != 1 || cases[0].Number != v.LocalNumber || cases[0].Missing != 0 {
		t.Errorf("the platform has %+v, want the one case %s (%v)", cases, v.LocalNumber, err)
	}
}

// TestFreshAppAfterAVisit: after a visit that showed personal data another process draws, and the screen does not go dark.
func TestFreshAppAfterAVisit(t *testing.T) {
	th := set(t, true)
	p := th.resident()
	if v, err := p.Serve(t.Context()); err != nil || v.Printed != "yes" {
		t.Fatalf("printed %q: %v", v.Printed, err)
	}
	before, err := th.Shows()
	if err != nil || len(before) != 1 {
		t.Fatalf("%d processes draw, want 1 (%v)", len(before), err)
	}
	var dark, gap, unseen time.Duration // unseen is the longest time between two looks
	last := time.Now()
	begun := last
	var changed time.Time
	every(t, t.Context(), look/4, "a fresh process", func() bool {
		img := th.picture(t)
		now := time.Now()
		if blank(img) {
			dark += now.Sub(last)
		} else {
			dark = 0
		}
		unseen = max(unseen, now.Sub(last))
		last = now
		gap = max(gap, dark)
		shows, err := th.Shows()
		if err != nil {
			t.Fatal(err)
		}
		if changed.IsZero() && len(shows) == 1 && shows[0] != before[0] {
			changed = now
		}
		return !changed.IsZero() && now.Sub(changed) > time.Second && dark == 0
	})
	t.Logf("process %d was replaced %v after the goodbye screen; the screen was dark for at most %v, seen every %v or sooner", before[0], changed.Sub(begun), gap, unseen)
	if gap > 2*time.Second {
		t.Errorf("the screen was dark for %v", gap)
	}
}
