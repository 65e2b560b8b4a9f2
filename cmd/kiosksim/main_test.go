package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"testing"

	"kiosk/cmd/kiosksim/bench"
)

// The command line from end to end: one run, worked by the others.
func TestCommands(t *testing.T) {
	dir := t.TempDir()
	ctx, stop := context.WithCancel(t.Context())
	out, w := io.Pipe()
	ended := make(chan error, 1)
	go func() { ended <- run(ctx, []string{"--dir", dir, "run"}, w, io.Discard) }()
	var e bench.Endpoints
	if err := json.NewDecoder(out).Decode(&e); err != nil {
		t.Fatal(err)
	}
	go func() { _, _ = io.Copy(io.Discard, out) }()

	do := func(args ...string) []byte {
		t.Helper()
		var b bytes.Buffer
		if err := run(ctx, append([]string{"--dir", dir}, args...), &b, io.Discard); err != nil {
			t.Errorf("%v: %v", args, err)
		}
		return b.Bytes()
	}
	state := func() (s bench.State) {
		t.Helper()
		if err := json.Unmarshal(do("status"), &s); err != nil {
			t.Fatal(err)
		}
		return s
	}

	do("card", "insert")
	do("paper", "out")
	do("scene", "certificate")
	do("unplug", "printer")
	if s := state(); !s.Reader.Card || s.Printer.Paper != "out" || s.Camera.Scene != "certificate" || s.Printer.Plugged {
		t.Errorf("after the first commands: %+v", s)
	}
	person := filepath.Join(dir, "person.json")
	if err := os.WriteFile(person, []byte(`{"name":"李四","sex":"2","birth":"19850101","number":"990102198501010025","valid_from":"20200101","valid_to":"20400101"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	do("card", "insert", "--file", person)
	do("card", "remove")
	do("paper", "ok")
	do("plug", "printer")
	do("fault", "camera", "stall")
	if s := state(); s.Reader.Card || s.Printer.Paper != "ok" || !s.Printer.Plugged || !s.Camera.Faults.Stall {
		t.Errorf("after the second commands: %+v", s)
	}
	if err := run(ctx, []string{"--dir", dir, "fault", "camera", "sad"}, io.Discard, io.Discard); err == nil {
		t.Error("an unknown fault is taken")
	}
	if err := run(ctx, []string{"--dir", t.TempDir(), "status"}, io.Discard, io.Discard); err == nil {
		t.Error("a bench that does not run has a status")
	}
	stop()
	if err := <-ended; err != nil {
		t.Errorf("run ended with %v", err)
	}
	if _, err := os.Lstat(e.Reader); err == nil {
		t.Error("the reader's link is left behind")
	}
}
