package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"kiosk/cmd/kiosksim/bench"
	"kiosk/cmd/stage"
	"kiosk/device/localapi"
	"kiosk/drivers/sdt/sdtsim"
)

// events counts the daemon's audit events, each with its code, fault or item where it has one.
func events(t *testing.T, s *stage.Stage) map[string]int {
	t.Helper()
	all, err := s.API.Audit(t.Context(), 1000)
	if err != nil {
		t.Fatal(err)
	}
	count := map[string]int{}
	for _, e := range all {
		id := e.ID
		for _, field := range []string{"item", "fault", "code", "uid"} {
			if v := e.Fields[field]; v != "" {
				id += " " + v
			}
		}
		count[id]++
	}
	return count
}

// waysOn reports whether a screen that tells of trouble says it in words and lets the person go on and away.
func waysOn(st localapi.State) error {
	view := st.Visit.View
	for _, kind := range []string{localapi.IntentRetry, localapi.IntentBack, localapi.IntentCancel} {
		if !slices.Contains(st.Visit.Intents, kind) {
			return fmt.Errorf("on %s there is no %s: %v", view.Kind, kind, st.Visit.Intents)
		}
	}
	switch {
	case view.Kind == localapi.ViewDevice && (view.Trouble.Fault.ZH == "" || view.Trouble.Fault.EN == "" || view.Trouble.Do.ZH == ""):
		return fmt.Errorf("the screen says only %+v", view.Trouble)
	case view.Kind == localapi.ViewCardFailed && view.Card.Why == "":
		return fmt.Errorf("the screen does not know why: %+v", view.Card)
	}
	return nil
}

func isTrouble(st localapi.State) bool {
	return st.Visit.View.Kind == localapi.ViewCardFailed || st.Visit.View.Kind == localapi.ViewDevice
}

// finding is a person who looks cases up by card, and lays the card down again when the screen changes.
func finding(s *stage.Stage) *stage.Citizen {
	again := slices.Repeat([]string{stage.AnyPerson}, 9)
	return &stage.Citizen{API: s.API, Sim: s.Sim, Item: "jdcx", Way: "card", Person: stage.AnyPerson, Persons: again}
}

// atReader serves until a card is waited for. The citizen lays none.
func atReader(t *testing.T, s *stage.Stage) {
	t.Helper()
	if _, err := finding(s).Serve(t.Context(), func(st localapi.State) bool { return st.Visit.View.Kind == localapi.ViewCard }); err != nil {
		t.Fatal(err)
	}
}

// awaitState waits for a screen.
func awaitState(t *testing.T, s *stage.Stage, what string, is func(localapi.State) bool) localapi.State {
	t.Helper()
	var st localapi.State
	await(t, what, func() bool {
		var err error
		if st, err = s.API.State(t.Context()); err != nil {
			t.Fatal(err)
		}
		return is(st)
	})
	return st
}

// layRight lays a good card and ends the visit after the cases are shown.
func layRight(t *testing.T, s *stage.Stage) {
	t.Helper()
	if err := s.Sim.RemoveCard(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := s.Sim.InsertSample(t.Context(), stage.AnyPerson); err != nil {
		t.Fatal(err)
	}
	awaitState(t, s, "the cases of the card", func(st localapi.State) bool {
		return st.Visit.View.Kind == localapi.ViewCases && !st.Visit.View.Cases.Loading
	})
	tap(t, s, localapi.Intent{Kind: localapi.IntentFinish})
	if err := s.Sim.RemoveCard(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// TestHurtFramesOfTheReader: whatever happens to some replies, the card is read in the end, and the person is never stuck meanwhile.
func TestHurtFramesOfTheReader(t *testing.T) {
	t.Parallel()
	s := set(t, false)
	boot := awaitState(t, s, "the state", func(localapi.State) bool { return true }).Boot
	for _, kind := range sdtsim.FaultKinds {
		t.Run(string(kind), func(t *testing.T) {
			times := 3 // as often as a command is tried
			if kind == sdtsim.LiftAfterFind || kind == sdtsim.Slow {
				times = 1
			}
			before := events(t, s)
			if err := s.Sim.Fault(t.Context(), bench.Fault{Device: bench.Reader, Kind: string(kind), N: times}); err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			troubles := 0
			v, err := finding(s).Serve(ctx, func(st localapi.State) bool {
				if isTrouble(st) {
					troubles++
					if err := waysOn(st); err != nil {
						t.Error(err)
					}
				}
				return false
			})
			if err != nil || v.End != "done" {
				t.Fatalf("the visit ended with %q, %v", v.End, err)
			}
			after := events(t, s)
			if after["card-read"] != before["card-read"]+1 {
				t.Errorf("%d cards were read", after["card-read"]-before["card-read"])
			}
			var noted []string
			for id, n := range after {
				if n > before[id] && (strings.HasPrefix(id, "card-") || strings.HasPrefix(id, "device-")) {
					noted = append(noted, fmt.Sprintf("%d × %s", n-before[id], id))
				}
			}
			slices.Sort(noted)
			t.Logf("screens of trouble: %d; events: %v", troubles, noted)
			if err := s.Sim.Fault(ctx, bench.Fault{Device: bench.Reader, Kind: "none"}); err != nil {
				t.Fatal(err)
			}
			_ = s.Sim.RemoveCard(ctx)
		})
	}
	if got := events(t, s); got["device-fault garbled"] < 3 || got["device-fault silent"] == 0 || got["device-fault garbled"] != got["device-recovered garbled"] {
		t.Errorf("events do not tell of a bad line: %v", got)
	}
	if st := awaitState(t, s, "the state", func(localapi.State) bool { return true }); st.Boot != boot {
		t.Error("the daemon has died")
	}
}

// TestReaderThatMakesNoSense: while every frame is hurt the screen says what is wrong and offers ways on; when the line is mended the
// visit goes on by itself.
func TestReaderThatMakesNoSense(t *testing.T) {
	t.Parallel()
	s := set(t, false)
	atReader(t, s)
	if err := s.Sim.Fault(t.Context(), bench.Fault{Device: bench.Reader, Kind: string(sdtsim.BadChecksum), N: -1}); err != nil {
		t.Fatal(err)
	}
	st := awaitState(t, s, "the trouble", isTrouble)
	if err := waysOn(st); err != nil {
		t.Error(err)
	}
	st = awaitState(t, s, "a warning for staff", func(st localapi.State) bool {
		return slices.ContainsFunc(st.Warnings, func(w localapi.Warning) bool {
			return w.Code == "id-card-reader.garbled" && w.Text.ZH != "" && w.Text.EN != ""
		})
	})
	t.Logf("screen %s, warnings %+v", st.Visit.View.Kind, st.Warnings)
	if got := events(t, s); got["device-lost"] == 0 || got["card-failed gone"] == 0 || got["device-fault garbled"] == 0 {
		t.Errorf("events are %v", got)
	}
	if err := s.Sim.Fault(t.Context(), bench.Fault{Device: bench.Reader, Kind: "none"}); err != nil {
		t.Fatal(err)
	}
	layRight(t, s)
}

// TestCardsThatDoNotHoldTogether: a reading whose text is damaged, or not a person's, names nobody; the next card is read.
func TestCardsThatDoNotHoldTogether(t *testing.T) {
	t.Parallel()
	s := set(t, false)
	for _, c := range []struct {
		name, why string
		change    func(*sdtsim.Person)
	}{
		{"wrong check digit", "media", func(p *sdtsim.Person) { p.Number = "990102198501010026" }},
		{"letters in the number", "media", func(p *sdtsim.Person) { p.Number = "99010219850101OO25" }},
		{"short number", "media", func(p *sdtsim.Person) { p.Number = "9901021985" }},
		{"birth not that of the number", "media", func(p *sdtsim.Person) { p.Birth = "19860101" }},
		{"birth that is no day", "media", func(p *sdtsim.Person) { p.Birth = "19850231" }},
		{"control characters", "media", func(p *sdtsim.Person) { p.Name = "示\x1b[2J" }},
		{"zeros in between", "media", func(p *sdtsim.Person) { p.Address = "示例\x00路" }},
		{"no name", "media", func(p *sdtsim.Person) { p.Name = "" }},
		{"validity backwards", "media", func(p *sdtsim.Person) { p.ValidFrom = "20360101" }},
		{"layout that is not known", "kind", func(p *sdtsim.Person) { p.Marker = "Q" }},
	} {
		t.Run(c.name, func(t *testing.T) {
			p, _ := sdtsim.Sample("minority")
			c.change(&p)
			before := events(t, s)
			atReader(t, s)
			if err := s.Sim.InsertCard(t.Context(), p); err != nil {
				t.Fatal(err)
			}
			st := awaitState(t, s, "that the card was not read", isTrouble)
			if err := waysOn(st); err != nil {
				t.Error(err)
			}
			if st.Visit.View.Kind != localapi.ViewCardFailed || st.Visit.View.Card.Why != c.why {
				t.Errorf("the screen says %s: %+v", st.Visit.View.Kind, st.Visit.View.Card)
			}
			layRight(t, s)
			after := events(t, s)
			if id := "card-failed " + c.why; after[id] <= before[id] {
				t.Errorf("no %s among %v", id, after)
			}
		})
	}
	log, err := os.ReadFile(filepath.Join(s.Dir, "log", "kioskd.log"))
	if err != nil {
		t.Fatal(err)
	}
	p, _ := sdtsim.Sample("minority")
	for _, word := range []string{"990102198501010026", "99010219850101OO25", p.Name, "示例\x00路", `\x1b[2J`} {
		if strings.Contains(string(log), word) {
			t.Errorf("the log holds %q of a card", word)
		}
	}
}

// TestWrongConfigurationEndsTheProgram runs the built daemon: it ends with 1, says the place, and has opened nothing.
func TestWrongConfigurationEndsTheProgram(t *testing.T) {
	s := newSite(t)
	s.config["devices"] = []any{map[string]any{"kind": "id-card-reader", "driver": "sdtt", "config": map[string]any{"port": "/dev/null"}}}
	args := s.args(t)
	before := s.files(t)
	out, err := exec.CommandContext(t.Context(), "../../out/bin/kioskd", args...).CombinedOutput()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != 1 {
		t.Errorf("it ends with %v", err)
	}
	if !strings.Contains(string(out), "/devices/0/driver") || !strings.Contains(string(out), `"sdtt"`) {
		t.Errorf("it says %s", out)
	}
	if after := s.files(t); !slices.Equal(before, after) {
		t.Errorf("it has made %v", after)
	}
}

// post sends a body to the local API as a stranger's program might.
func post(t *testing.T, s *stage.Stage, path string, body io.Reader) (status int, answer string) {
	t.Helper()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", s.Socket())
	}}}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://kioskd"+path, body)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	res, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(io.LimitReader(res.Body, 1<<20))
	if err != nil {
		t.Fatal(err)
	}
	if kind := res.Header.Get("Content-Type"); kind != "application/problem+json" {
		t.Errorf("%s: the refusal is %s", path, kind)
	}
	return res.StatusCode, string(b)
}

// TestCallersOfTheLocalAPI: a stale tap, a tap that is not offered, bodies that are too large or no JSON, and a user without rights get
// a problem document each, and the visit stands where it stood.
func TestCallersOfTheLocalAPI(t *testing.T) {
	t.Parallel()
	s := set(t, false)
	atReader(t, s)
	before := awaitState(t, s, "the card screen", func(st localapi.State) bool { return st.Visit.View.Kind == localapi.ViewCard })
	var p *localapi.Problem
	for _, c := range []struct {
		in   localapi.Intent
		code string
	}{
		{localapi.Intent{ID: "old", Step: "long-over", Kind: localapi.IntentCancel}, localapi.CodeStale},
		{localapi.Intent{ID: "odd", Step: before.Visit.Step, Kind: localapi.IntentSubmit}, localapi.CodeIntent},
		{localapi.Intent{ID: "none", Step: before.Visit.Step, Kind: "open-the-door"}, localapi.CodeIntent},
	} {
		if err := s.API.Intent(t.Context(), c.in); !errors.As(err, &p) || p.Code != c.code || p.Title == "" {
			t.Errorf("%s gives %v, want %s", c.in.Kind, err, c.code)
		}
	}
	for code, body := range map[string]string{
		localapi.CodeTooLarge:  `{"value":"` + strings.Repeat("x", 1<<20) + `"}`,
		localapi.CodeMalformed: `{"id":"a","step":`,
	} {
		if status, answer := post(t, s, localapi.PathIntents, strings.NewReader(body)); status < 400 || !strings.Contains(answer, `"`+code+`"`) {
			t.Errorf("want %s, got %d %s", code, status, answer)
		}
	}
	info, err := os.Stat(s.Socket())
	if err != nil || info.Mode().Perm() != 0o660 {
		t.Errorf("the socket's mode is %v (%v)", info.Mode(), err)
	}
	if os.Getuid() == 0 { // only root can be somebody else
		stranger(t, s)
	}
	if after := awaitState(t, s, "the state", func(localapi.State) bool { return true }); after.Visit.Step != before.Visit.Step || after.Boot != before.Boot {
		t.Errorf("the visit went from %s to %s", before.Visit.Step, after.Visit.Step)
	}
	got := events(t, s)
	if got[fmt.Sprintf("api-refused too-large %d", os.Getuid())] == 0 {
		t.Errorf("events are %v", got)
	}
	layRight(t, s)
}

// stranger asks as another user, for whom folder and socket have been opened by mistake.
func stranger(t *testing.T, s *stage.Stage) {
	t.Helper()
	const nobody = 65534
	copied := filepath.Join(s.Dir, "kioskctl") // the build folder may be out of a stranger's reach
	b, err := os.ReadFile(filepath.Join(s.Bin, "kioskctl"))
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(os.WriteFile(copied, b, 0o700), os.Chmod(copied, 0o755), os.Chmod(s.Dir, 0o755), os.Chmod(s.Socket(), 0o666)); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"status"}, {"queue", "list"}, {"events"}, {"enrol", "AAAA-BBBB-CCCC-DDDD"}} {
		cmd := exec.CommandContext(t.Context(), copied, append([]string{"--socket", s.Socket()}, args...)...)
		cmd.Dir = s.Dir
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
		out, err := cmd.CombinedOutput()
		var exit *exec.ExitError
		if !errors.As(err, &exit) || exit.ExitCode() != 1 || !strings.Contains(string(out), "not allowed") {
			t.Errorf("%v by a stranger: %v, %s", args, err, out)
		}
	}
	if got := events(t, s)[fmt.Sprintf("api-refused forbidden %d", nobody)]; got != 4 {
		t.Errorf("%d of 4 refusals were noted", got)
	}
}
