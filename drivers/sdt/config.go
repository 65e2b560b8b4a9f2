package sdt

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"kiosk/device"
	"kiosk/drivers/port"
)

// Config is the driver's configuration. Members left out have the value that Defaults has.
type Config struct {
	// Port is the path of a serial port, best a stable link below /dev/serial or /dev/kiosk, or "tcp://host:port".
	Port string `json:"port"`
	// Baud is the speed that is tried first. A module keeps a speed it was once switched to, so the others
	// are tried when this one is silent. No meaning on TCP.
	Baud int `json:"baud"`
	// PollMS is the pause between two questions for a card, in milliseconds, 20 to 2000.
	PollMS int `json:"poll_ms"`
	// Retries is how often a card that was felt is tried before the person hears of it, 1 to 10.
	Retries int `json:"retries"`
	// Address asks for the latest additional address too, which then stands in the place of the printed one.
	Address bool `json:"address"`
}

// Defaults are the values of members that are left out.
var Defaults = Config{Baud: 115200, PollMS: 250, Retries: 4}

// speeds that modules know, the usual one first.
var speeds = []int{115200, 57600, 38400, 19200, 9600}

// maxConfig bounds the configuration, in bytes.
const maxConfig = 4096

// ParseConfig reads a configuration and checks it. Its error wraps device.ErrConfig and names the member.
func ParseConfig(raw json.RawMessage) (Config, error) {
	wrong := func(member, format string, args ...any) (Config, error) {
		return Config{}, fmt.Errorf("sdt: %s: %s: %w", member, fmt.Sprintf(format, args...), device.ErrConfig)
	}
	if len(raw) > maxConfig {
		return wrong("config", "more than %d bytes", maxConfig)
	}
	c := Defaults
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&c); err != nil {
		if te := (*json.UnmarshalTypeError)(nil); errors.As(err, &te) && te.Field != "" {
			return wrong(te.Field, "cannot be a %s", te.Value)
		}
		if name, ok := strings.CutPrefix(err.Error(), "json: unknown field "); ok {
			return wrong(strings.Trim(name, `"`), "no such member")
		}
		return wrong("config", "not a JSON object")
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return wrong("config", "more than one JSON value")
	}
	if err := port.CheckAddress(c.Port); err != nil {
		return Config{}, fmt.Errorf("sdt: port: %w", err)
	}
	switch {
	case !slices.Contains(speeds, c.Baud):
		return wrong("baud", "%d is none of %v", c.Baud, speeds)
	case c.PollMS < 20 || c.PollMS > 2000:
		return wrong("poll_ms", "%d is not between 20 and 2000", c.PollMS)
	case c.Retries < 1 || c.Retries > 10:
		return wrong("retries", "%d is not between 1 and 10", c.Retries)
	}
	return c, nil
}
