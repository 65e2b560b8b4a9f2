package daemon

import (
	"strings"
	"testing"
	"time"

	"kiosk/device"
	"kiosk/device/item"
	"kiosk/device/localapi"
	"kiosk/device/rig"
	"kiosk/device/settings"
)

func TestOpeningHours(t *testing.T) {
	at := func(clock string) time.Time {
		tm, err := time.Parse("15:04", clock)
		if err != nil {
			t.Fatal(err)
		}
		return tm
	}
	for _, c := range []struct {
		from, to, clock string
		want            bool
	}{
		{"08:30", "17:00", "08:29", false},
		{"08:30", "17:00", "08:30", true},
		{"08:30", "17:00", "16:59", true},
		{"08:30", "17:00", "17:00", false},
		{"22:00", "06:00", "23:00", true},
		{"22:00", "06:00", "05:59", true},
		{"22:00", "06:00", "12:00", false},
		{"00:00", "24:00", "23:59", true},
		{"00:00", "00:00", "12:00", true},
		{"", "", "12:00", true},
	} {
		if got := isOpen(settings.Hours{From: c.from, To: c.to}, at(c.clock)); got != c.want {
			t.Errorf("%s-%s at %s: open %v", c.from, c.to, c.clock, got)
		}
	}
}

func TestReason(t *testing.T) {
	noon := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	closed := settings.Document{Hours: settings.Hours{From: "22:00", To: "23:00"}}
	for _, c := range []struct {
		st   Standing
		want string
	}{
		{Standing{}, ReasonUnenrolled},
		{Standing{Enrolled: true}, ""},
		{Standing{Enrolled: true, Settings: closed}, ReasonClosed},
		{Standing{Enrolled: true, Broken: true, Settings: closed}, ReasonBroken},
	} {
		if got := Reason(c.st, noon); got != c.want {
			t.Errorf("%+v: %q, want %q", c.st, got, c.want)
		}
	}
}

func TestWhatStandsInTheWayOfAnItem(t *testing.T) {
	camera := func(s device.Status) []rig.Device { return []rig.Device{{Kind: device.KindCamera, Status: s}} }
	works := camera(device.Status{Link: device.Good})
	needs := &item.Item{Kind: item.Application, Network: item.O1, Devices: []string{"camera"}, Materials: []item.Material{{}}}
	online := &item.Item{Kind: item.Application, Network: item.O3}
	asks := &item.Item{Kind: item.Query, Network: item.O2}
	for _, c := range []struct {
		name    string
		it      *item.Item
		devices []rig.Device
		online  bool
		tally   Tally
		word    string // in the reason; "" when it can be done
	}{
		{"works", needs, works, false, Tally{}, ""},
		{"camera out", needs, camera(device.Status{Link: device.Bad, Faults: []device.FaultID{device.FaultUnplugged}}), true, Tally{}, "高拍仪"},
		{"no camera", needs, nil, true, Tally{}, "高拍仪"},
		{"network away", online, nil, false, Tally{}, "网"},
		{"network there", online, nil, true, Tally{}, ""},
		{"full", needs, works, true, Tally{Used: 0.8}, "存储将满"},
		{"nearly full without pages", online, nil, true, Tally{Used: 0.8}, ""},
		{"full without pages", online, nil, true, Tally{Used: 0.95}, "存储将满"},
		{"full is nothing to a query", asks, nil, true, Tally{Used: 1, Damaged: true}, ""},
		{"a damaged old case closes nothing", needs, works, true, Tally{Damaged: true}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := obstacle(c.it, peripherals{stub: &stub{devices: c.devices}}, c.online, c.tally)
			if c.word == "" && got != (localapi.Text{}) || !strings.Contains(got.ZH, c.word) || (got.EN == "") != (c.word == "") {
				t.Errorf("got %+v, want %q", got, c.word)
			}
		})
	}
}
