package uplink

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"kiosk/device/casefile"
	"kiosk/device/identity"
	"kiosk/device/sealed"
	"kiosk/sync/platform"
)

func parseDigest(d casefile.Digest) (sealed.Digest, error) { return sealed.ParseHex(string(d)) }

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

// ByNumber asks by a local or platform number; no names come back.
func (u *Uplink) ByNumber(ctx context.Context, number string) ([]casefile.Progress, error) {
	number = strings.NewReplacer(" ", "", "-", "").Replace(number)
	list, err := u.ask(ctx, platform.ProgressQuery{By: platform.ByNumber, Number: number})
	return u.orLocal(list, err, number)
}

func (u *Uplink) ask(ctx context.Context, q platform.ProgressQuery) ([]casefile.Progress, error) {
	list, err := u.cfg.Platform.Progress(ctx, q)
	if ctx.Err() == nil {
		u.cfg.Reach.Note(err)
	}
	var transport *platform.Transport
	var later *platform.TryLater
	var problem *platform.Problem
	switch {
	case errors.As(err, &transport) || errors.As(err, &later):
		return nil, fmt.Errorf("cannot ask the platform: %w", errors.Join(casefile.ErrOffline, err))
	case errors.As(err, &problem) && problem.Status == 404:
		return nil, fmt.Errorf("cannot find the case: %w", casefile.ErrNotFound)
	case err != nil:
		return nil, fmt.Errorf("cannot ask the platform: %w", errors.Join(casefile.ErrOffline, err))
	case len(list) == 0:
		return nil, fmt.Errorf("cannot find the case: %w", casefile.ErrNotFound)
	}
	var out []casefile.Progress
	for _, c := range list {
		p := casefile.Progress{
			Number: casefile.Number(c.Number), PlatformNumber: c.PlatformNumber, Item: c.Item,
			ItemName: casefile.ItemName{ZH: c.ItemName.Zh, EN: c.ItemName.En}, State: string(c.State), AsOf: c.AsOf, Contact: c.Contact,
		}
		for _, e := range c.Events {
			p.Events = append(p.Events, casefile.ProgressStep{State: string(e.State), At: e.At})
		}
		out = append(out, p)
	}
	return out, nil
}

// orLocal answers from this terminal's queue what the platform could not: a case that has not been sent yet, or the
// last state that the terminal was told.
func (u *Uplink) orLocal(list []casefile.Progress, err error, number string) ([]casefile.Progress, error) {
	if err == nil {
		return list, nil
	}
	records, lerr := u.List()
	if lerr != nil {
		return nil, errors.Join(err, lerr)
	}
	for _, r := range records {
		if string(r.Number) != number && r.PlatformNumber != number {
			continue
		}
		p := casefile.Progress{
			Number: r.Number, PlatformNumber: r.PlatformNumber, Item: r.Item, ItemName: u.cfg.ItemName(r.Item), State: string(r.State),
			Local: true, AsOf: time.Now(), Events: []casefile.ProgressStep{{State: string(casefile.Kept), At: r.KeptAt}},
		}
		if !r.ReceivedAt.IsZero() {
			p.AsOf = r.ReceivedAt
			p.Events = append(p.Events, casefile.ProgressStep{State: string(casefile.Received), At: r.ReceivedAt})
		}
		return []casefile.Progress{p}, nil
	}
	return nil, err
}
