package sdt

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"kiosk/device"
	"kiosk/drivers/sdt/sdtsim"
)

// Whatever goes wrong, Read gives the right card or none, says which of the known errors it is, and comes to
// an end; and neither log nor error tells of the person.
func TestManyFaults(t *testing.T) {
	if len(sdtsim.FaultKinds) != 11 {
		t.Error("a new kind of fault needs a place in these tests")
	}
	read := 0
	for seed := range uint64(200) {
		synctest.Test(t, func(t *testing.T) {
			v := dialled(t, sdtsim.Options{Seed: seed, Split: seed%2 == 0, Paced: seed%3 == 0})
			r := v.open(t, `{"port":"tcp://reader:4001","address":true}`)
			pick := newPicker(seed)
			for range 6 {
				v.Mend()
				for range pick(4) {
					v.Fault(sdtsim.Fault{
						Kind:  sdtsim.FaultKinds[pick(len(sdtsim.FaultKinds))],
						On:    []sdtsim.Command{0, sdtsim.Find, sdtsim.Select, sdtsim.Read, sdtsim.ReadNewAddress}[pick(5)],
						At:    pick(1300),
						Code:  []byte{0x10, 0x11, 0x24, 0x31, 0x33, 0x41, 0x47, 0x80, 0x81, 0x9F}[pick(10)],
						Delay: time.Duration(pick(4000)) * time.Millisecond,
						Nth:   pick(4),
						Times: pick(3),
					})
				}
				want := v.insert(t, sdtsim.Samples()[pick(len(sdtsim.Samples()))])
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				card, err := r.Read(ctx)
				cancel()
				v.Remove()
				switch {
				case err == nil:
					read++
					if want.NewAddress != "" && card.Address.Reveal() == want.NewAddress {
						want.Address = want.NewAddress
					}
					compare(t, card, want)
				case errors.Is(err, device.ErrMedia), errors.Is(err, context.DeadlineExceeded):
				case errors.Is(err, ErrOutOfOrder): // a code that was put into the self-test's place
				case errors.Is(err, device.ErrGone):
					_ = r.Close() // the rig would open it again; a pipe cannot be
					return
				default:
					t.Errorf("seed %d: %v", seed, err)
				}
				tellsNothing(t, want, fmt.Sprint(err))
			}
			tellsNothing(t, sdtsim.Person{}, v.log.String())
		})
	}
	if read < 200 {
		t.Errorf("only %d cards were read: the faults hide what is tested", read)
	}
	t.Logf("%d cards were read", read)
}

// newPicker is a small deterministic choice.
func newPicker(seed uint64) func(n int) int {
	x := seed*2654435761 + 12345
	return func(n int) int {
		x ^= x << 13
		x ^= x >> 7
		x ^= x << 17
		return int(x>>33) % n
	}
}

// tellsNothing looks for what any of the invented cards says.
func tellsNothing(t *testing.T, p sdtsim.Person, text string) {
	t.Helper()
	all := []sdtsim.Person{p}
	for _, name := range sdtsim.Samples() {
		s, _ := sdtsim.Sample(name)
		all = append(all, s)
	}
	for _, p := range all {
		for _, secret := range []string{p.Name, p.LatinName, p.Number, p.Address, p.Birth, p.Pass} {
			if secret != "" && strings.Contains(text, secret) {
				t.Errorf("%q was told", secret)
			}
		}
	}
}
