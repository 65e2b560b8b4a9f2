package main

import "fmt"

type caseCmd struct {
	Show caseShowCmd `cmd:"" help:"Show what is known of a case."`
}

type caseShowCmd struct {
	Number string `arg:"" help:"Local or platform number."`
}

// Run shows one case.
func (c *caseShowCmd) Run(d *desk) error {
	one, err := d.client.Case(d.ctx, c.Number)
	if err != nil {
		return err
	}
	return d.show(one, func() {
		source := "the platform"
		if one.Local {
			source = "this terminal"
		}
		var t table
		t.row("number", or(one.Number))
		t.row("platform", or(one.PlatformNumber))
		t.row("item", or(one.Name.ZH))
		t.row("state", one.State)
		t.row("known by", fmt.Sprintf("%s, as of %s", source, when(one.AsOf)))
		for _, e := range one.Events {
			t.row("", when(e.At)+"  "+e.State)
		}
		t.write(d.out)
	})
}
