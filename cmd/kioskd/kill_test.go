package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"kiosk/cmd/stage"
	"kiosk/device/casefile"
	"kiosk/device/localapi"
	"kiosk/device/settings"
	"kiosk/sync/hub"
)

// full is set by `make torture`: every call and 200 random moments. Otherwise a sample of each.
var full = os.Getenv("KIOSK_TORTURE") == "full"

// quick are timers for runs that nobody watches.
func quick() *settings.Times {
	t := settings.StandardTimes
	t.Platform = settings.Seconds(3 * time.Second)
	t.Goodbye = settings.Seconds(time.Second)
	return &t
}

// set puts a terminal on stage and enrols it. The built programs are in out/bin; `make build` makes them.
func set(t *testing.T, paced bool) *stage.Stage {
	t.Helper()
	return setWith(t, stage.Options{Paced: paced})
}

// setWith is set with options; what every test has in common is filled in.
func setWith(t testing.TB, o stage.Options) *stage.Stage {
	t.Helper()
	bin, err := filepath.Abs("../../out/bin")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(bin, "kioskd")); err != nil {
		t.Fatalf("the programs are not built, run `make build` first: %v", err)
	}
	// Sockets have short names; test folders have long ones.
	dir, err := os.MkdirTemp("", "kiosk")
	if err != nil {
		t.Fatal(err)
	}
	o.Dir, o.Bin, o.Items, o.Times = dir, bin, "../../packaging/sample/items", quick()
	s, err := stage.New(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		if t.Failed() {
			t.Logf("logs are left in %s", filepath.Join(dir, "log"))
			return
		}
		_ = os.RemoveAll(dir)
	})
	if err := s.StartHub(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := s.StartDaemon(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := s.Enrol(t.Context()); err != nil {
		t.Fatal(err)
	}
	return s
}

// resident is a person who files the case of the sample item and wants paper.
func resident(s *stage.Stage) *stage.Citizen {
	return &stage.Citizen{API: s.API, Sim: s.Sim, Item: "ydds", Person: stage.AnyPerson, Paper: true, Answers: map[string]string{
		"phone": "19900001234", "originals": "none",
	}}
}

// submits reports whether an intent hands the case in.
func submits(st localapi.State, kind string) bool {
	return kind == localapi.IntentSubmit || kind == localapi.IntentSign && st.Visit.View.Sign.Last
}

// books checks, after any number of kills, what the whole project promises: every printed receipt has its case at the hub exactly
// once and whole, and every kept case has a receipt or a stored "not known".
func books(t *testing.T, s *stage.Stage) (papers, cases int) {
	t.Helper()
	ctx := t.Context()
	if err := s.Settle(ctx); err != nil {
		t.Fatal(err)
	}
	at, err := s.Cases(ctx)
	if err != nil {
		t.Fatal(err)
	}
	hubs := map[string]stage.Case{}
	for _, c := range at {
		if _, twice := hubs[c.Number]; twice {
			t.Errorf("case %s is at the hub twice", c.Number)
		}
		hubs[c.Number] = c
		if c.Missing != 0 || c.Pages == 0 || c.PlatformNumber == "" {
			t.Errorf("case %s is not whole at the hub: %+v", c.Number, c)
		}
	}
	printed := map[string]int{}
	texts := papersOf(t, s)
	for _, text := range texts {
		n := ticketOf(t, text)
		if n == "" {
			continue // torn off before its code: no receipt
		}
		printed[n]++
		if _, ok := hubs[n]; !ok {
			t.Errorf("receipt %s is printed and the hub has no such case", n)
		}
	}
	queue, err := s.API.Queue(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range queue {
		if printed[e.Number] == 0 && e.Receipt != "not-known" {
			t.Errorf("case %s has no receipt, and what is stored about it is %q", e.Number, e.Receipt)
		}
		if e.Receipt == "yes" && printed[e.Number] == 0 {
			t.Errorf("case %s is said to have a receipt and has none", e.Number)
		}
	}
	if len(queue) != len(at) {
		t.Errorf("%d cases in the queue, %d at the hub", len(queue), len(at))
	}
	return len(texts), len(at)
}

// papersOf reads every paper that the far end's printer has cut, from its folder: its list over the control socket is short.
func papersOf(t *testing.T, s *stage.Stage) []string {
	t.Helper()
	log, err := os.ReadFile(filepath.Join(s.Printed(), "papers.jsonl"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	var out []string
	for line := range bytes.Lines(log) {
		var paper struct {
			N        int  `json:"n"`
			Complete bool `json:"complete"`
		}
		if err := json.Unmarshal(line, &paper); err != nil {
			t.Fatal(err)
		}
		if !paper.Complete {
			continue
		}
		text, err := os.ReadFile(filepath.Join(s.Printed(), fmt.Sprintf("receipt-%d.txt", paper.N)))
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, string(text))
	}
	return out
}

// ticketOf takes the local number out of the code on a printed paper; "" when there is none.
func ticketOf(t *testing.T, text string) string {
	t.Helper()
	for line := range strings.Lines(text) {
		if code, ok := strings.CutPrefix(strings.TrimSpace(line), "[QR] "); ok {
			ticket, err := casefile.ParseTicket(code)
			if err != nil {
				t.Fatalf("printed code: %v", err)
			}
			return string(ticket.Number)
		}
	}
	return ""
}

// rightPages opens the hub's store and compares each case's pages with what its envelope says.
func rightPages(t *testing.T, s *stage.Stage) {
	t.Helper()
	if err := s.StopHub(); err != nil {
		t.Fatal(err)
	}
	h, err := hub.New(hub.Config{Dir: s.HubDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	all, err := h.Cases(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range all {
		e, err := h.Envelope(t.Context(), c.Key)
		if err != nil {
			t.Fatal(err)
		}
		if len(e.Pages) != 2 || e.Pages[0].Material != "form" || e.Pages[1].Material != "proof" || len(e.Persons) != 1 || len(e.Signatures) != 1 {
			t.Errorf("case %s: %d pages, %d persons, %d signatures", c.Number, len(e.Pages), len(e.Persons), len(e.Signatures))
		}
		for i := range e.Pages {
			page, err := h.Page(t.Context(), c.Key, i)
			if err != nil {
				t.Fatalf("case %s page %d: %v", c.Number, i, err)
			}
			if casefile.DigestOf(page) != e.Pages[i].Digest {
				t.Errorf("case %s page %d is not the one that was captured", c.Number, i)
			}
		}
	}
}

// afterwards starts the daemon again and lets the person read the screen that says what happened.
func afterwards(t *testing.T, s *stage.Stage, c *stage.Citizen) stage.Visit {
	t.Helper()
	if err := s.StartDaemon(t.Context()); err != nil {
		t.Fatal(err)
	}
	v, err := c.Serve(t.Context(), func(st localapi.State) bool { return st.Visit.Phase == "idle" })
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// TestKillAtEveryCall kills the daemon just before its n-th write, fsync, rename or send after submit, for n = 1, 2, … until a
// run gets through to the end of the visit.
func TestKillAtEveryCall(t *testing.T) {
	s := set(t, false)
	if err := s.StopDaemon(); err != nil {
		t.Fatal(err)
	}
	step := int64(37)
	if full {
		step = 1
	}
	killed, outcomes := map[string]int{}, map[string]int{}
	runs := 0
	for n := int64(1); ; n += step {
		cmd, closeLog, err := s.DaemonCommand()
		if err != nil {
			t.Fatal(err)
		}
		tr, err := trace(cmd, n)
		closeLog()
		if err != nil {
			t.Fatal(err)
		}
		ready(t, s)
		c := resident(s)
		phase := "steps"
		c.Before = func(st localapi.State, kind string) {
			if submits(st, kind) {
				phase = "submit to answer"
				tr.armed.Store(true)
			}
			if kind == localapi.IntentPrint {
				phase = "print to last byte"
			}
			if kind == localapi.IntentFinish {
				phase = "after the paper"
			}
		}
		_, err = c.Serve(t.Context(), nil)
		runs++
		if err == nil {
			tr.armed.Store(false)
			if err := tr.kill(); err != nil {
				t.Fatal(err)
			}
			if tr.last.Load() == 0 {
				afterwards(t, s, resident(s))
				break
			}
		} else if !errors.Is(err, stage.ErrAway) {
			t.Fatal(err)
		}
		if err := <-tr.done; err != nil {
			t.Fatal(err)
		}
		killed[phase+" · "+calls[uint64(tr.last.Load())]]++
		at := phase
		v := afterwards(t, s, c)
		outcomes[at+" · "+said(v)]++
		books(t, s)
		if t.Failed() {
			t.Fatalf("after the kill at call %d, a %s, in %s", n, calls[uint64(tr.last.Load())], at)
		}
		if err := s.StopDaemon(); err != nil {
			t.Fatal(err)
		}
	}
	papers, cases := books(t, s)
	rightPages(t, s)
	t.Logf("%d runs, %d papers, %d cases", runs, papers, cases)
	tally(t, "killed before", killed)
	tally(t, "then", outcomes)
}

// said is what the screen after the crash told the person.
func said(v stage.Visit) string {
	switch {
	case !v.Restarted:
		return "the visit was over"
	case !v.Kept:
		return "told: nothing was kept"
	}
	return "told: kept, paper " + v.Told
}

func tally(t *testing.T, what string, counts map[string]int) {
	for _, k := range slices.Sorted(maps.Keys(counts)) {
		t.Logf("%s %4d × %s", what, counts[k], k)
	}
}

func ready(t *testing.T, s *stage.Stage) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		err := s.Ready(ctx)
		if err == nil {
			return
		}
		select {
		case <-ctx.Done():
			t.Fatalf("the daemon is not ready: %v", err)
		case <-tick.C:
		}
	}
}

// TestKillAtRandomMoments kills the daemon somewhere in each phase of a visit.
func TestKillAtRandomMoments(t *testing.T) {
	s := set(t, true)
	plan := map[string]int{"steps": 2, "submit": 2, "printing": 2, "after": 1}
	if full {
		plan = map[string]int{"steps": 70, "submit": 60, "printing": 45, "after": 25}
	}
	seed := uint64(time.Now().UnixNano())
	random := rand.New(rand.NewPCG(seed, 1))
	t.Logf("seed %d", seed)
	spans := measure(t, s)
	outcomes, hit := map[string]int{}, map[string]int{}
	for _, phase := range slices.Sorted(maps.Keys(plan)) {
		// A phase is short and may be over before the kill comes: go on until it was hit often enough.
		for tries := 0; hit[aimed[phase]] < plan[phase] && tries < 4*plan[phase]; tries++ {
			at, v := killIn(t, s, phase, time.Duration(random.Int64N(int64(spans[phase])+1)))
			hit[at]++
			outcomes[at+" · "+said(v)]++
			books(t, s)
			if t.Failed() {
				t.FailNow()
			}
		}
	}
	papers, cases := books(t, s)
	rightPages(t, s)
	t.Logf("%d papers, %d cases", papers, cases)
	tally(t, "killed", hit)
	tally(t, "then", outcomes)
	for phase, times := range plan {
		if hit[aimed[phase]] < times {
			t.Errorf("%s was hit %d times, want %d", aimed[phase], hit[aimed[phase]], times)
		}
	}
}

// aimed names the phase of the visit that a kill is meant for, as the screen shows it.
var aimed = map[string]string{"steps": "in-steps", "submit": "submitting", "printing": "printing", "after": "ending"}

// begins names the intent with which a phase begins.
func begins(phase string) func(localapi.State, string) bool {
	switch phase {
	case "submit":
		return submits
	case "printing":
		return func(_ localapi.State, kind string) bool { return kind == localapi.IntentPrint }
	case "after":
		return func(_ localapi.State, kind string) bool { return kind == localapi.IntentFinish }
	}
	return func(_ localapi.State, kind string) bool { return kind == localapi.IntentChoose }
}

// measure plays one visit and tells how long each phase lasts.
func measure(t *testing.T, s *stage.Stage) map[string]time.Duration {
	t.Helper()
	c := resident(s)
	order := []string{"steps", "submit", "printing", "after"}
	at := map[string]time.Time{}
	c.Before = func(st localapi.State, kind string) {
		for _, p := range order {
			if _, seen := at[p]; !seen && begins(p)(st, kind) {
				at[p] = time.Now()
			}
		}
	}
	if _, err := c.Serve(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	end := time.Now()
	out := map[string]time.Duration{}
	for i, p := range order {
		to := end
		if i+1 < len(order) {
			to = at[order[i+1]]
		}
		out[p] = to.Sub(at[p])
	}
	t.Logf("a visit lasts %v", out)
	return out
}

// killIn plays a visit and kills the daemon some time after a phase has begun.
// It returns the phase that was last shown before the daemon went.
func killIn(t *testing.T, s *stage.Stage, phase string, after time.Duration) (string, stage.Visit) {
	t.Helper()
	c := resident(s)
	at := "idle"
	c.Saw = func(st localapi.State) { at = st.Visit.Phase }
	killed := make(chan error, 1)
	begun := false
	c.Before = func(st localapi.State, kind string) {
		if !begun && begins(phase)(st, kind) {
			begun = true
			time.AfterFunc(after, func() { killed <- s.KillDaemon() })
		}
	}
	if _, err := c.Serve(t.Context(), nil); err != nil && !errors.Is(err, stage.ErrAway) {
		t.Fatal(err)
	}
	if err := <-killed; err != nil {
		t.Fatal(err)
	}
	c.Saw = nil
	return at, afterwards(t, s, c)
}
