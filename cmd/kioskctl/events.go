package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"kiosk/device/localapi"
)

type eventsCmd struct {
	N      int  `short:"n" help:"How many." default:"50"`
	Follow bool `short:"f" help:"Show the terminal's state at each change until interrupted."`
}

// Run lists audit events, or follows the state.
func (c *eventsCmd) Run(d *desk) error {
	if c.Follow {
		return follow(d)
	}
	list, err := d.client.Audit(d.ctx, c.N)
	if err != nil {
		return err
	}
	return d.show(list, func() {
		var t table
		t.row("TIME", "EVENT", "FIELDS")
		for _, e := range list {
			t.row(when(e.At), e.ID, fields(e.Fields))
		}
		t.write(d.out)
	})
}

func fields(f map[string]string) string {
	var list []string
	for _, k := range slices.Sorted(maps.Keys(f)) {
		list = append(list, k+"="+f[k])
	}
	return strings.Join(list, " ")
}

// follow writes one line per change until it is interrupted; a daemon that goes and comes back is waited for.
func follow(d *desk) error {
	e := json.NewEncoder(d.out)
	e.SetEscapeHTML(false)
	err := d.client.Watch(d.ctx, func(st localapi.State) {
		if d.json {
			_ = e.Encode(st)
			return
		}
		var warnings []string
		for _, w := range st.Warnings {
			warnings = append(warnings, w.Code)
		}
		fmt.Fprintf(d.out, "%s  #%d  %s  %s  queue %d  %s  %s\n", time.Now().Format("15:04:05"), st.Seq,
			clean(visit(st.Visit)), clean(string(st.Visit.View.Kind)), st.Queue.Waiting, link(st.Network), or(strings.Join(warnings, " ")))
	}, func(err error) {
		if !d.json {
			fmt.Fprintf(d.out, "%s  the daemon is away\n", time.Now().Format("15:04:05"))
		}
	})
	if errors.Is(err, d.ctx.Err()) {
		return nil // interrupted, as it should be
	}
	return err
}
