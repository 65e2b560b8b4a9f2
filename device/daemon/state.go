package daemon

import (
	"time"

	"kiosk/device/health"
	"kiosk/device/item"
	"kiosk/device/localapi"
	"kiosk/device/rig"
	"kiosk/device/session"
	"kiosk/device/settings"
)

// Reasons why a terminal serves nobody.
const (
	ReasonUnenrolled = "unenrolled"
	ReasonClosed     = "closed"
	ReasonBroken     = "broken"
)

// Reason says why nobody can be served at that moment, "" when somebody can.
func Reason(st Standing, at time.Time) string {
	switch {
	case !st.Enrolled:
		return ReasonUnenrolled
	case st.Broken:
		return ReasonBroken
	case !isOpen(st.Settings.Hours, at):
		return ReasonClosed
	}
	return ""
}

// isOpen tells opening hours by the local clock. Hours that cannot be read, and from equal to to, are around the clock;
// to before from reaches into the next day.
func isOpen(h settings.Hours, at time.Time) bool {
	from, ok1 := minutes(h.From)
	to, ok2 := minutes(h.To)
	if !ok1 || !ok2 || from == to {
		return true
	}
	now := at.Hour()*60 + at.Minute()
	if from < to {
		return from <= now && now < to
	}
	return now >= from || now < to
}

// minutes since midnight of "HH:MM"; "24:00" is the end of the day.
func minutes(clock string) (int, bool) {
	if clock == "24:00" {
		return 24 * 60, true
	}
	t, err := time.Parse("15:04", clock)
	return t.Hour()*60 + t.Minute(), err == nil
}

func hours(h settings.Hours) string {
	from, ok1 := minutes(h.From)
	to, ok2 := minutes(h.To)
	if !ok1 || !ok2 || from == to {
		return "00:00-24:00"
	}
	return h.From + "-" + h.To
}

// assemble puts everything that a screen needs into one state.
func (s *Server) assemble(p *Parts) localapi.State {
	now := time.Now()
	st := p.Standing()
	devices := p.Peripherals.Devices()
	offers := p.Items.List()
	var tally Tally
	if cases := p.Cases(); cases != nil {
		tally = cases.Tally()
	}
	return localapi.State{
		Terminal: localapi.Terminal{
			Number: st.Number, Site: localapi.Text(s.cfg.Site), Place: localapi.Text(s.cfg.Place), Phone: s.cfg.Phone,
			Enrolled: st.Enrolled, Version: s.cfg.Version, Open: isOpen(st.Settings.Hours, now),
			Hours: hours(st.Settings.Hours), Volume: st.Settings.Volume, Settings: st.Settings.Version,
			Reason: Reason(st, now),
		},
		Network:  localapi.Network{Online: st.Online, Since: st.Since},
		Queue:    localapi.Queue{Waiting: tally.Waiting, Quarantined: tally.Quarantined},
		Home:     home(offers, p.Peripherals, st.Online, tally),
		Warnings: warnings(now, st, devices, len(offers), tally),
		Visit:    p.Visit.View(),
	}
}

// home lists the items, each with whether it can be done now and why not.
func home(offers []session.Offer, p Peripherals, online bool, tally Tally) []localapi.Card {
	cards := make([]localapi.Card, 0, len(offers))
	for _, o := range offers {
		it := o.Item
		why := obstacle(it, p, online, tally)
		card := localapi.Card{
			Code: it.Code, Everyday: localapi.Text(it.Names.Everyday), Official: localapi.Text(it.Names.Official),
			Icon: it.Icon, Available: why == localapi.Text{}, Why: why,
		}
		for _, tag := range it.Names.Tags {
			card.Tags = append(card.Tags, localapi.Text(tag))
		}
		cards = append(cards, card)
	}
	return cards
}

// obstacle says in plain words why an item cannot be done now; it is empty when it can. What devices and network
// close is the visit's rule, so that the home screen and the visit never differ.
func obstacle(it *item.Item, p Peripherals, online bool, tally Tally) localapi.Text {
	if ok, why := session.Available(it, p, online); !ok {
		return why
	}
	return NoRoom(it, tally)
}

// NoRoom says in plain words why the store takes no case of an item now; it is empty when it does.
func NoRoom(it *item.Item, tally Tally) localapi.Text {
	if it.Kind != item.Application {
		return localapi.Text{}
	}
	switch {
	case tally.Used >= health.FullFrom, tally.Used >= health.FillingFrom && len(it.Materials) > 0:
		return localapi.Text{ZH: "存储将满，请到窗口办理", EN: "Storage is nearly full, please go to the counter"}
	}
	return localapi.Text{}
}

func warnings(now time.Time, st Standing, devices []rig.Device, items int, tally Tally) []localapi.Warning {
	f := health.Facts{
		Now: now, Enrolled: st.Enrolled, Broken: st.Broken, Items: items,
		Online: st.Online, StoreDamaged: tally.Damaged, StoreUsed: tally.Used,
		Quarantined: tally.Quarantined, OldestKept: tally.Oldest,
		SettingsRefused: st.SettingsRefused, CertificateEnds: st.CertificateEnds,
	}
	if !st.Online {
		f.OfflineSince = st.Since
	}
	for _, d := range devices {
		f.Devices = append(f.Devices, health.Device{Kind: d.Kind, Status: d.Status})
	}
	list := []localapi.Warning{}
	for _, w := range health.Check(f) {
		list = append(list, localapi.Warning{
			Code: w.Code, Severity: string(w.Severity), Text: localapi.Text{ZH: w.ZH, EN: w.EN}, Who: string(w.Who),
		})
	}
	return list
}
