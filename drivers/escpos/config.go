package escpos

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"

	"kiosk/device"
	"kiosk/drivers/port"
)

// Config is the driver's configuration. Exactly one of TCP and Serial is given.
type Config struct {
	TCP     string  `json:"tcp"`    // host:port, mostly port 9100
	Serial  string  `json:"serial"` // path of the node
	Baud    int     `json:"baud"`   // of the serial line, 115200 when absent
	Profile Profile `json:"profile"`
}

// Profile is what differs from printer to printer.
type Profile struct {
	Dots    int    `json:"dots"`    // a row: 576 on 80 mm (when absent), 384 on 58 mm
	Cut     Cut    `json:"cut"`     // full when absent
	Dialect string `json:"dialect"` // "epson", also when absent
}

// parse reads a configuration. Its error wraps device.ErrConfig and names the member.
func parse(raw json.RawMessage) (Config, error) {
	c := Config{Profile: Profile{Dots: 576, Cut: CutFull, Dialect: "epson"}}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(&c); err != nil {
		return Config{}, fmt.Errorf("cannot read the printer's configuration: %w: %w", device.ErrConfig, err)
	}
	if _, err := d.Token(); err != io.EOF {
		return Config{}, fmt.Errorf("cannot read the printer's configuration: %w: more than one value", device.ErrConfig)
	}
	wrong := func(member, want string) (Config, error) {
		return Config{}, fmt.Errorf("cannot use the printer's configuration: %w: %s: %s", device.ErrConfig, member, want)
	}
	switch {
	case c.TCP == "" && c.Serial == "":
		return wrong("tcp", "one of tcp and serial is wanted")
	case c.TCP != "" && c.Serial != "":
		return wrong("serial", "only one of tcp and serial is wanted")
	case c.TCP != "" && c.Baud != 0:
		return wrong("baud", "is for serial lines")
	case c.Profile.Dots < 256 || c.Profile.Dots > MaxDots || c.Profile.Dots%8 != 0:
		return wrong("profile.dots", fmt.Sprintf("%d is not a multiple of 8 from 256 to %d", c.Profile.Dots, MaxDots))
	case c.Profile.Cut != CutFull && c.Profile.Cut != CutPartial && c.Profile.Cut != CutNone:
		return wrong("profile.cut", fmt.Sprintf("%q is none of full, partial, none", c.Profile.Cut))
	case c.Profile.Dialect != "epson":
		return wrong("profile.dialect", fmt.Sprintf("%q is not known, only epson is", c.Profile.Dialect))
	}
	if c.Serial != "" && c.Baud == 0 {
		c.Baud = 115200
	}
	switch c.Baud {
	case 0, 9600, 19200, 38400, 57600, 115200:
	default:
		return wrong("baud", fmt.Sprintf("%d is none of 9600, 19200, 38400, 57600, 115200", c.Baud))
	}
	member := "tcp"
	if c.Serial != "" {
		member = "serial"
	}
	if err := port.CheckAddress(c.address()); err != nil {
		return Config{}, fmt.Errorf("cannot use the printer's configuration: %s: %w", member, err)
	}
	return c, nil
}

func (c Config) address() string {
	if c.TCP != "" {
		return "tcp://" + c.TCP
	}
	return c.Serial
}

func check(raw json.RawMessage) error {
	_, err := parse(raw)
	return err
}
