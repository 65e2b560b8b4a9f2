package uplink

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"kiosk/device/casefile"
	"kiosk/device/identity"
	"kiosk/sync/platform"
	"kiosk/sync/queue"
)

// Bounds of what is believed of an answer; they are the contract's.
const (
	maxCases  = 100
	maxEvents = 200
	maxText   = 200 // characters of a name or contact
	maxNumber = 32
)

// ByPerson asks the platform for all cases of a person. Offline nobody can answer: this terminal has no index by
// ID number, hashed or not.
func (u *Uplink) ByPerson(ctx context.Context, number, name identity.Secret) ([]casefile.Progress, error) {
	return u.ask(ctx, platform.ProgressQuery{By: platform.ByPerson, IdNumber: number.Reveal(), Name: name.Reveal()})
}

// ByTicket asks by what a receipt's code says.
func (u *Uplink) ByTicket(ctx context.Context, t casefile.Ticket) ([]casefile.Progress, error) {
	list, err := u.ask(ctx, platform.ProgressQuery{By: platform.ByTicket, Number: string(t.Number), Code: string(t.Code)})
	return u.orLocal(list, err, string(t.Number))
}

// ByNumber asks by a local or platform number, blanks and hyphens allowed; no names come back.
func (u *Uplink) ByNumber(ctx context.Context, number string) ([]casefile.Progress, error) {
	number = strings.NewReplacer(" ", "", "-", "").Replace(number)
	if !isNumber(number) {
		return nil, fmt.Errorf("cannot find the case: %w", casefile.ErrNotFound)
	}
	list, err := u.ask(ctx, platform.ProgressQuery{By: platform.ByNumber, Number: number})
	return u.orLocal(list, err, number)
}

func isNumber(s string) bool {
	return s != "" && len(s) <= maxNumber && strings.Trim(s, "0123456789") == ""
}

func (u *Uplink) ask(ctx context.Context, q platform.ProgressQuery) ([]casefile.Progress, error) {
	list, err := u.cfg.Platform.Progress(ctx, q)
	if ctx.Err() == nil {
		u.cfg.Reach.Note(err)
	}
	var problem *platform.Problem
	if errors.As(err, &problem) && (problem.Status == http.StatusNotFound || problem.Status == http.StatusBadRequest) {
		err, list = nil, nil // a number that is none finds nothing
	}
	out := progress(list)
	for i := range out {
		// A platform without the item's package knows a code only; this terminal may know the name.
		if p := &out[i]; p.ItemName.ZH == "" || p.ItemName.ZH == p.Item {
			p.ItemName = u.cfg.ItemName(p.Item)
		}
	}
	switch {
	case err != nil:
		return nil, fmt.Errorf("cannot ask the platform: %w", errors.Join(casefile.ErrOffline, err))
	case len(list) == 0:
		return nil, fmt.Errorf("cannot find the case: %w", casefile.ErrNotFound)
	case len(out) == 0:
		return nil, fmt.Errorf("cannot read what the platform found: %w", casefile.ErrOffline)
	}
	return out, nil
}

// progress takes from an answer what keeps to the contract.
func progress(list []platform.ProgressCase) []casefile.Progress {
	var out []casefile.Progress
	for _, c := range list[:min(len(list), maxCases)] {
		number, _, err := casefile.ParseNumber(c.Number)
		if err != nil || !c.State.Valid() || c.PlatformNumber != "" && !isNumber(c.PlatformNumber) {
			continue
		}
		p := casefile.Progress{
			Number: number, PlatformNumber: c.PlatformNumber, Item: shorten(c.Item), State: string(c.State), AsOf: c.AsOf,
			ItemName: casefile.ItemName{ZH: shorten(c.ItemName.Zh), EN: shorten(c.ItemName.En)}, Contact: shorten(c.Contact),
		}
		for _, e := range c.Events[:min(len(c.Events), maxEvents)] {
			if e.State.Valid() {
				p.Events = append(p.Events, casefile.ProgressStep{State: string(e.State), At: e.At})
			}
		}
		out = append(out, p)
	}
	return out
}

func shorten(s string) string {
	if r := []rune(strings.ToValidUTF8(s, "")); len(r) > maxText {
		return string(r[:maxText])
	}
	return strings.ToValidUTF8(s, "")
}

// orLocal answers from this terminal's queue what the platform could not: a case that has not been sent yet, or the
// last state that the terminal was told.
func (u *Uplink) orLocal(list []casefile.Progress, err error, number string) ([]casefile.Progress, error) {
	if err == nil {
		return list, nil
	}
	for _, e := range u.cfg.Queue.Entries() {
		r := u.record(e)
		if string(r.Number) != number && r.PlatformNumber != number {
			continue
		}
		p := casefile.Progress{
			Number: r.Number, PlatformNumber: r.PlatformNumber, Item: r.Item, ItemName: u.cfg.ItemName(r.Item), State: string(r.State),
			Local: true, AsOf: time.Now(), Events: []casefile.ProgressStep{{State: string(casefile.Kept), At: r.KeptAt}},
		}
		switch e.State {
		case string(casefile.Received):
			p.AsOf = r.ReceivedAt
			p.Events = append(p.Events, casefile.ProgressStep{State: string(casefile.Received), At: r.ReceivedAt})
		case queue.Damaged:
			p.State = string(casefile.Refused) // as far as people go: staff have to look
		}
		return []casefile.Progress{p}, nil
	}
	return nil, err
}
