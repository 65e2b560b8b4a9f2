package uplink

import (
	"testing"
	"time"

	"kiosk/device"
	"kiosk/device/casefile"
)

// TestEveryCaseHasAnAnswerAboutItsPaper: after a start only the visit that was cut off may still owe one.
func TestEveryCaseHasAnAnswerAboutItsPaper(t *testing.T) {
	b := newBench(t, 20*time.Second)
	printed, lost, interrupted := b.keep(t, []byte("one")), b.keep(t, []byte("two")), b.keep(t, []byte("three"))
	if err := b.up.SetReceipt(printed.key, device.Yes); err != nil {
		t.Fatal(err)
	}
	if err := b.up.SetMark(casefile.Mark{Visit: "v", Phase: "submitting", Key: interrupted.key}); err != nil {
		t.Fatal(err)
	}
	if err := b.up.SettleReceipts(); err != nil {
		t.Fatal(err)
	}
	for key, want := range map[casefile.Key]device.Outcome{printed.key: device.Yes, lost.key: device.NotKnown, interrupted.key: ""} {
		if r, ok := b.up.Find(key); !ok || r.Receipt != want {
			t.Errorf("the paper of %s is %q, want %q", r.Number, r.Receipt, want)
		}
	}
	if err := b.up.ClearMark(); err != nil {
		t.Fatal(err)
	}
	if err := b.up.SettleReceipts(); err != nil {
		t.Fatal(err)
	}
	if r, _ := b.up.Find(interrupted.key); r.Receipt != device.NotKnown {
		t.Errorf("without a mark the paper is %q", r.Receipt)
	}
}
