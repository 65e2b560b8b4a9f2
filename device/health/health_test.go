package health

import (
	"slices"
	"testing"
	"time"

	"kiosk/device"
)

func TestCheck(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	good := func(change func(*Facts)) Facts {
		f := Facts{Now: now, Enrolled: true, Online: true, Items: 2, Devices: []Device{
			{device.KindIDCardReader, device.Status{Link: device.Good}},
			{device.KindReceiptPrinter, device.Status{Link: device.Good, Supplies: device.Good}},
		}}
		change(&f)
		return f
	}
	offline := func(since time.Duration) Facts {
		return good(func(f *Facts) { f.Online = false; f.OfflineSince = now.Add(-since) })
	}
	printer := func(s device.Status) Facts {
		return good(func(f *Facts) { f.Devices[1].Status = s })
	}
	for _, c := range []struct {
		name  string
		facts Facts
		want  []string
	}{
		{"healthy", good(func(*Facts) {}), nil},
		{"away for a moment", offline(AwayAfter - time.Second), nil},
		{"away", offline(AwayAfter), []string{"platform-away"}},
		{"long away", offline(LongAwayAfter), []string{"platform-long-away"}},
		{"not enrolled", good(func(f *Facts) {
			f.Enrolled = false
			f.Items = 0
			f.Online = false
			f.OfflineSince = now.Add(-time.Hour)
		}), []string{"unenrolled"}},
		{"paper low", printer(device.Status{Link: device.Good, Supplies: device.Poor, Faults: []device.FaultID{device.FaultPaperLow}}), []string{"receipt-printer.paper-low"}},
		{"paper out and cover open", printer(device.Status{Link: device.Good, Supplies: device.Bad, Faults: []device.FaultID{device.FaultPaperOut, device.FaultCoverOpen}}), []string{"receipt-printer.paper-out", "receipt-printer.cover-open"}},
		{"bad without a word", printer(device.Status{Link: device.Good, Device: device.Bad}), []string{"receipt-printer.other"}},
		{"tells nothing", printer(device.Status{Link: device.Good, Faults: []device.FaultID{device.FaultNotAnswered}}), nil},
		{"filling", good(func(f *Facts) { f.StoreUsed = FillingFrom }), []string{"store-filling"}},
		{"full", good(func(f *Facts) { f.StoreUsed = FullFrom }), []string{"store-full"}},
		{"backlog and quarantine", good(func(f *Facts) { f.OldestKept = now.Add(-BacklogAfter); f.Quarantined = 1 }), []string{"quarantined", "backlog"}},
		{"severe first", good(func(f *Facts) { f.SettingsRefused = true; f.StoreDamaged = true; f.Items = 0 }), []string{"no-items", "store-damaged", "settings-refused"}},
		{"certificate", good(func(f *Facts) { f.CertificateEnds = now.Add(CertificateDue - time.Hour) }), []string{"certificate-ends"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got []string
			for _, w := range Check(c.facts) {
				got = append(got, w.Code)
				if w.ZH == "" || w.EN == "" || w.Who == "" || w.Severity != Low && w.Severity != High {
					t.Errorf("%s is not whole: %+v", w.Code, w)
				}
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("got %v, want %v", got, c.want)
			}
		})
	}
}

func TestCodesAreDistinct(t *testing.T) {
	seen := map[string]bool{}
	for _, w := range Declared {
		if seen[w.Code] {
			t.Errorf("code %q is declared twice", w.Code)
		}
		seen[w.Code] = true
	}
}
