// Package drivers is the explicit list of all drivers. A configuration names one of them; nothing is found by import.
package drivers

import (
	"kiosk/device"
	"kiosk/drivers/escpos"
	"kiosk/drivers/mjpeg"
	"kiosk/drivers/sdt"
)

// All lists the drivers of this build.
var All = []device.Driver{sdt.Driver, escpos.Driver, mjpeg.Driver}

// Find returns the driver with that name.
func Find(name string) (device.Driver, bool) {
	for _, d := range All {
		if d.Name == name {
			return d, true
		}
	}
	return device.Driver{}, false
}
