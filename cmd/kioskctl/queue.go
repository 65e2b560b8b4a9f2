package main

import "strconv"

type queueCmd struct {
	List queueListCmd `cmd:"" help:"List the cases, the oldest first."`
}

type queueListCmd struct{}

// Run lists the queue.
func (c *queueListCmd) Run(d *desk) error {
	list, err := d.client.Queue(d.ctx)
	if err != nil {
		return err
	}
	return d.show(list, func() {
		var t table
		t.row("NUMBER", "PLATFORM", "ITEM", "STATE", "RECEIPT", "PAGES", "KEPT", "RECEIVED", "TRIES", "ERROR")
		for _, e := range list {
			t.row(e.Number, or(e.PlatformNumber), e.Item, e.State, or(e.Receipt), strconv.Itoa(e.Pages), when(e.KeptAt),
				when(e.ReceivedAt), strconv.Itoa(e.Attempts), or(e.LastError))
		}
		t.write(d.out)
	})
}
