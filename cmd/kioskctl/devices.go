package main

import (
	"strings"

	"kiosk/device/localapi"
)

type devicesCmd struct{}

// Run lists the peripherals.
func (c *devicesCmd) Run(d *desk) error {
	list, err := d.client.Devices(d.ctx)
	if err != nil {
		return err
	}
	return d.show(list, func() {
		var t table
		t.row("KIND", "DRIVER", "STATE", "LINK", "DEVICE", "SUPPLIES", "DATA", "MODEL", "SERIAL", "WHAT")
		for _, one := range list {
			t.row(one.Kind, one.Driver, one.State, or(one.Link), or(one.Device), or(one.Supplies), or(one.Data),
				or(one.Model), or(one.Serial), or(what(one)))
		}
		t.write(d.out)
	})
}

// what is wrong with a device and what to do about it.
func what(d localapi.Device) string {
	var list []string
	for _, f := range d.Faults {
		list = append(list, f.Text.ZH+"（"+f.Do.ZH+"）")
	}
	if d.Why != "" {
		list = append(list, d.Why)
	}
	return strings.Join(list, " ")
}
