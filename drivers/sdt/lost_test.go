package sdt

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"kiosk/device"
	"kiosk/drivers/sdt/sdtsim"
)

func TestLostReader(t *testing.T) {
	for _, c := range []struct {
		name  string
		lose  func(*virtual)
		fault device.FaultID
	}{
		{"cable pulled", func(v *virtual) { _ = v.line.Close() }, device.FaultUnplugged},
		{"mute", func(v *virtual) { v.Fault(sdtsim.Fault{Kind: sdtsim.Silent, Times: sdtsim.Always}) }, device.FaultSilent},
		{"garbled", func(v *virtual) { v.Fault(sdtsim.Fault{Kind: sdtsim.BadChecksum, Times: sdtsim.Always}) }, device.FaultGarbled},
		{"another module", func(v *virtual) { v.SetSAM(sdtsim.SAM{Maker: 5, Model: 1, Date: 20200202, Serial: 1, Check: 2}) }, device.FaultOther},
	} {
		for _, reading := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, reading %v", c.name, reading), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					v := dialled(t, sdtsim.Options{})
					r := v.open(t, pipeConfig)
					if reading && c.fault != device.FaultOther {
						time.AfterFunc(2*time.Second, func() { c.lose(v) })
						if _, err := r.Read(within(t)); !errors.Is(err, device.ErrGone) {
							t.Errorf("got %v, want ErrGone", err)
						}
					} else {
						c.lose(v)
						time.Sleep(3*idle + 5*time.Second) // nobody reads; virtual
					}
					s := r.Status()
					if s.Link != device.Bad || s.Usable() || !slices.Equal(s.Faults, []device.FaultID{c.fault}) {
						t.Errorf("status is %+v", s)
					}
					if s.Serial == "" || s.Model == "" {
						t.Error("it is not known any more which reader this was")
					}
					if _, err := r.Read(within(t)); !errors.Is(err, device.ErrGone) {
						t.Errorf("reading a lost reader gave %v", err)
					}
				})
			})
		}
	}
}

func TestModuleSwappedBetweenTwoQuestions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := dialled(t, sdtsim.Options{})
		r := v.open(t, pipeConfig)
		time.AfterFunc(2*time.Second, func() { // plugging takes a moment, in which a question goes unanswered
			v.Fault(sdtsim.Fault{Kind: sdtsim.Silent})
			v.SetSAM(sdtsim.SAM{Maker: 5, Model: 1, Date: 20200202, Serial: 1, Check: 2})
		})
		if _, err := r.Read(within(t)); !errors.Is(err, errSwapped) || !errors.Is(err, device.ErrGone) {
			t.Errorf("got %v, want that another module answers", err)
		}
	})
}

func TestSilentPortDoesNotOpen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := dialled(t, sdtsim.Options{})
		v.Fault(sdtsim.Fault{Kind: sdtsim.Silent, Times: sdtsim.Always})
		began := time.Now()
		_, err := Driver.Open(t.Context(), v.env, json.RawMessage(pipeConfig))
		var fault interface{ Fault() device.FaultID }
		if !errors.Is(err, device.ErrGone) || !errors.As(err, &fault) || fault.Fault() != device.FaultSilent {
			t.Errorf("got %v", err)
		}
		if took := time.Since(began); took > 10*time.Second {
			t.Errorf("it took %v", took)
		}
	})
}
