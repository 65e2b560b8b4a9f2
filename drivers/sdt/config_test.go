package sdt

import (
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"

	"kiosk/device"
)

func TestConfig(t *testing.T) {
	for _, c := range []struct{ raw, member string }{
		{`{"port":"/dev/ttyS0"}`, ""},
		{`{"port":"tcp://10.0.0.9:4001","baud":9600,"poll_ms":200,"retries":5,"address":true}`, ""},
		{``, "config"},
		{`null`, "port"},
		{`{}`, "port"},
		{`[]`, "config"},
		{`{"port":"ttyS0"}`, "port"},
		{`{"port":"tcp://reader"}`, "port"},
		{`{"port":"tcp://:4001"}`, "port"},
		{`{"port":7}`, "port"},
		{`{"port":"/dev/ttyS0","baut":9600}`, "baut"},
		{`{"port":"/dev/ttyS0","baud":"9600"}`, "baud"},
		{`{"port":"/dev/ttyS0","baud":9601}`, "baud"},
		{`{"port":"/dev/ttyS0","poll_ms":0}`, "poll_ms"},
		{`{"port":"/dev/ttyS0","poll_ms":2001}`, "poll_ms"},
		{`{"port":"/dev/ttyS0","retries":11}`, "retries"},
		{`{"port":"/dev/ttyS0","address":1}`, "address"},
		{`{"port":"/dev/ttyS0"} {}`, "config"},
		{`{"port":"/dev/ttyS0`, "config"},
		{`{"port":"/` + strings.Repeat("x", maxConfig) + `"}`, "config"},
	} {
		err := Driver.Check(json.RawMessage(c.raw))
		if c.member == "" {
			if err != nil {
				t.Errorf("%s: %v", c.raw, err)
			}
			continue
		}
		if !errors.Is(err, device.ErrConfig) || !strings.Contains(err.Error(), "sdt: "+c.member+": ") {
			t.Errorf("%.60s: got %v, want ErrConfig that names %q", c.raw, err, c.member)
		}
		if _, opened := Driver.Open(t.Context(), device.Env{}, json.RawMessage(c.raw)); !errors.Is(opened, device.ErrConfig) {
			t.Errorf("%.60s: Open gave %v", c.raw, opened)
		}
	}
}

func TestConfigDefaults(t *testing.T) {
	got, err := ParseConfig(json.RawMessage(`{"port":"/dev/ttyS0"}`))
	want := Config{Port: "/dev/ttyS0", Baud: 115200, PollMS: 250, Retries: 4}
	if err != nil || got != want {
		t.Errorf("got %+v and %v, want %+v", got, err, want)
	}
}

func TestSampleConfiguration(t *testing.T) {
	raw, err := os.ReadFile("sample.json")
	if err != nil {
		t.Fatal(err)
	}
	var line struct {
		Kind   device.Kind     `json:"kind"`
		Driver string          `json:"driver"`
		Config json.RawMessage `json:"config"`
	}
	if err := json.Unmarshal(raw, &line); err != nil {
		t.Fatal(err)
	}
	if line.Kind != Driver.Kind || line.Driver != Driver.Name {
		t.Errorf("sample is of %s %s", line.Kind, line.Driver)
	}
	if err := Driver.Check(line.Config); err != nil {
		t.Error(err)
	}
}
