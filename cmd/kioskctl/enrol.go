package main

import (
	"fmt"

	"kiosk/device/localapi"
)

type enrolCmd struct {
	Code string `arg:"" help:"The code that the platform gave for this terminal."`
}

// Run gives the code to the daemon and waits for the platform's answer.
func (c *enrolCmd) Run(d *desk) error {
	if err := d.client.Enrol(d.ctx, c.Code); err != nil {
		return err
	}
	st, err := d.client.State(d.ctx)
	if err != nil {
		return err
	}
	return d.show(map[string]string{"number": st.Terminal.Number}, func() { told(d, st) })
}

func told(d *desk, st localapi.State) {
	fmt.Fprintf(d.out, "enrolled as terminal %s\n", st.Terminal.Number)
}
