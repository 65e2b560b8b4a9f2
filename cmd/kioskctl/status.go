package main

import (
	"fmt"

	"kiosk/device/localapi"
)

type statusCmd struct{}

// Run shows who the terminal is, how it stands and what somebody should know.
func (c *statusCmd) Run(d *desk) error {
	st, err := d.client.State(d.ctx)
	if err != nil {
		return err
	}
	return d.show(st, func() { showState(d, st) })
}

func showState(d *desk, st localapi.State) {
	var t table
	t.row("terminal", or(st.Terminal.Number))
	t.row("site", st.Terminal.Site.ZH)
	t.row("place", st.Terminal.Place.ZH)
	t.row("version", st.Terminal.Version)
	t.row("serves", serves(st.Terminal))
	t.row("hours", st.Terminal.Hours)
	t.row("settings", fmt.Sprintf("version %d", st.Terminal.Settings))
	t.row("platform", link(st.Network))
	t.row("queue", fmt.Sprintf("%d waiting, %d refused", st.Queue.Waiting, st.Queue.Quarantined))
	t.row("visit", visit(st.Visit))
	t.write(d.out)
	if len(st.Home) > 0 {
		fmt.Fprintln(d.out)
		var items table
		items.row("ITEM", "NAME", "NOW")
		for _, c := range st.Home {
			now := "available"
			if !c.Available {
				now = c.Why.ZH
			}
			items.row(c.Code, c.Everyday.ZH, now)
		}
		items.write(d.out)
	}
	fmt.Fprintln(d.out)
	if len(st.Warnings) == 0 {
		fmt.Fprintln(d.out, "no warnings")
		return
	}
	var w table
	w.row("WARNING", "SEVERITY", "WHO", "TEXT")
	for _, one := range st.Warnings {
		w.row(one.Code, one.Severity, one.Who, one.Text.ZH)
	}
	w.write(d.out)
}

func serves(t localapi.Terminal) string {
	if t.Reason == "" {
		return "yes"
	}
	return "no: " + t.Reason
}

func link(n localapi.Network) string {
	word := "away"
	if n.Online {
		word = "online"
	}
	if n.Since.IsZero() {
		return word
	}
	return word + " since " + when(n.Since)
}

func visit(v localapi.Visit) string {
	if v.ID == "" {
		return "nobody"
	}
	text := v.Phase
	if v.Item != nil {
		text += ", " + v.Item.Everyday.ZH
	}
	return text
}
