package main

import (
	"cmp"
	"slices"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"kiosk/device/casefile"
	"kiosk/device/item"
	"kiosk/device/session"
	"kiosk/sync/platform"
)

// offers is the catalogue as a visit sees it: what the settings name, in their order, or all there is.
type offers struct{ t *terminal }

// List returns the items on offer.
func (o offers) List() []session.Offer {
	doc, _ := o.t.live.Current()
	all := o.t.items.List()
	if len(doc.Items) > 0 {
		named := make([]*item.Package, 0, len(doc.Items))
		for _, code := range doc.Items {
			if at := slices.IndexFunc(all, func(p *item.Package) bool { return p.Item.Code == code }); at >= 0 {
				named = append(named, all[at])
			}
		}
		all = named
	} else { // matters first, then looking up what became of them
		all = slices.Clone(all)
		slices.SortStableFunc(all, func(a, b *item.Package) int { return cmp.Compare(a.Item.Kind, b.Item.Kind) })
	}
	list := make([]session.Offer, len(all))
	for i, p := range all {
		list[i] = session.Offer{Item: p.Item, Digest: casefile.Digest(p.Digest), Rules: p.Rules}
	}
	return list
}

// itemName names an item that a kept case was made by; its code when the item is gone.
func (t *terminal) itemName(code string) casefile.ItemName {
	if p, ok := t.items.Find(code); ok {
		return casefile.ItemName(p.Item.Names.Everyday)
	}
	return casefile.ItemName{ZH: code, EN: code}
}

// beat is what a heartbeat says of devices and queue.
func (t *terminal) beat() platform.Heartbeat {
	b := platform.Heartbeat{Version: version, Boot: t.boot}
	for _, d := range t.rig.Devices() {
		one := platform.Device{
			Kind: string(d.Kind), Driver: d.Driver, State: string(d.State), Link: string(d.Status.Link),
			Device: string(d.Status.Device), Supplies: string(d.Status.Supplies), Data: string(d.Status.Data),
			Model: d.Status.Model, Serial: d.Status.Serial,
		}
		for _, f := range d.Status.Faults {
			one.Faults = append(one.Faults, string(f))
		}
		b.Devices = append(b.Devices, one)
	}
	if l := t.lane.Load(); l != nil {
		tally := l.Tally()
		b.Queue = platform.Queue{Waiting: tally.Waiting, Quarantined: tally.Quarantined, Oldest: tally.Oldest}
	}
	return b
}

// space tells how full the folders' disks are. It asks the kernel at most every few seconds.
type space struct {
	folders []string

	mu    sync.Mutex
	asked time.Time
	share float64
}

const askAgain = 5 * time.Second

// used is the filled share of the fullest disk. A folder that cannot be asked counts as full.
func (s *space) used(now time.Time) float64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	if now.Sub(s.asked) < askAgain {
		return s.share
	}
	s.asked, s.share = now, 0
	for _, f := range s.folders {
		var st unix.Statfs_t
		if err := unix.Statfs(f, &st); err != nil {
			s.share = 1
			continue
		}
		// Blocks that only root may use are not ours to fill.
		if free, all := float64(st.Bavail), float64(st.Blocks-st.Bfree)+float64(st.Bavail); all > 0 {
			s.share = max(s.share, 1-free/all)
		}
	}
	return s.share
}
