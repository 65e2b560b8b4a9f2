package escpos

import (
	"fmt"
	"slices"

	"kiosk/device"
)

// state is what DLE EOT 1 to 4 said. Bits are tested by mask, whole values are never compared: an idle printer
// says 12 or 16 to n=1, depending on a pin of the drawer's socket.
type state struct{ printer, cause, fault, paper byte }

const (
	printerOffline = 0x08
	causeCover     = 0x04
	causeFeeding   = 0x08
	causePaper     = 0x20
	faultMechanic  = 0x04
	faultCutter    = 0x08
	faultFinal     = 0x20
	faultPassing   = 0x40
	paperLow       = 0x0C
	paperOut       = 0x60
)

// faults names what is wrong, worst first, none when all is well.
func (s state) faults() []device.FaultID {
	var f []device.FaultID
	add := func(is bool, id device.FaultID) {
		if is && !slices.Contains(f, id) {
			f = append(f, id)
		}
	}
	add(s.cause&causeCover != 0, device.FaultCoverOpen)
	add(s.paper&paperOut != 0 || s.cause&causePaper != 0, device.FaultPaperOut)
	add(s.fault&faultCutter != 0, device.FaultCutter)
	add(s.fault&faultMechanic != 0, device.FaultPaperJam)
	add(s.fault&faultFinal != 0, device.FaultSelfTest)
	add(s.fault&faultPassing != 0, device.FaultHot)
	add(s.printer&printerOffline != 0 && len(f) == 0, device.FaultOther)
	add(s.paper&paperLow != 0 && s.paper&paperOut == 0, device.FaultPaperLow)
	return f
}

// levels grades the layers that the printer itself speaks of.
func (s state) levels() (dev, supplies device.Level) {
	dev, supplies = device.Good, device.Good
	for _, id := range s.faults() {
		switch id {
		case device.FaultPaperOut:
			supplies = device.Bad
		case device.FaultPaperLow:
			supplies = device.Poor
		default:
			dev = device.Bad
		}
	}
	return dev, supplies
}

// ready is nil when printing may begin or go on. Else the error wraps device.ErrMedia for what a person at
// the terminal can mend: paper, cover, jam.
func (s state) ready() error {
	for _, id := range s.faults() {
		switch id {
		case device.FaultPaperLow:
		case device.FaultPaperOut, device.FaultCoverOpen, device.FaultPaperJam:
			return &faultError{id: id, err: device.ErrMedia}
		default:
			return &faultError{id: id}
		}
	}
	return nil
}

// faultError is a fault of the closed list that stopped a slip.
type faultError struct {
	id  device.FaultID
	err error
}

func (e *faultError) Error() string { return fmt.Sprintf("printer reports %s", e.id) }
func (e *faultError) Unwrap() error { return e.err }
