package escpos

import (
	"testing"
	"time"

	"kiosk/device"
	"kiosk/drivers/escpos/escpossim"
)

func TestPrint(t *testing.T) {
	for name, line := range lines {
		t.Run(name, func(t *testing.T) {
			f := line(t, escpossim.Options{})
			p := f.connect(t, brisk)
			for seed := range uint64(3) {
				slip := noise(seed, 576, 300+int(seed))
				out, err := p.Print(within(t, 20*time.Second), slip)
				if out != device.Yes || err != nil {
					t.Fatalf("Print: %s, %v", out, err)
				}
				if !f.holds(slip, 576) {
					t.Error("the far end has no paper with this picture")
				}
			}
			st := p.Status()
			if !st.Usable() || st.Link != device.Good || st.Device != device.Good || st.Supplies != device.Good || len(st.Faults) != 0 {
				t.Errorf("status %+v", st)
			}
			if st.Model != escpossim.Maker+" "+escpossim.Model || st.Serial != escpossim.Serial {
				t.Errorf("model %q, serial %q", st.Model, st.Serial)
			}
			if n := f.Stats().Unknown; n != 0 {
				t.Errorf("%d commands that the far end does not know", n)
			}
			if n := len(f.Printed()); n != 3 {
				t.Errorf("%d papers came out, want 3", n)
			}
		})
	}
}
