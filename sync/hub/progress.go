package hub

import (
	"context"
	"crypto/hmac"
	"errors"
	"net/http"
	"time"

	"kiosk/device/casefile"
	"kiosk/sync/platform"
)

// progress answers what became of cases. Nothing in it is personal.
func (h *Hub) progress(w http.ResponseWriter, r *http.Request, t Terminal) error {
	if wait := h.lookups.wait(t.Number); wait > 0 {
		return &problem{status: http.StatusTooManyRequests, code: platform.CodeTooMany, title: "too many queries", after: wait}
	}
	h.lookups.take(t.Number)
	var q platform.ProgressQuery
	if err := readJSON(w, r, 16<<10, &q); err != nil {
		return err
	}
	found, err := h.find(r.Context(), q)
	if err != nil {
		return err
	}
	names, err := h.itemNames(r.Context())
	if err != nil {
		return err
	}
	answer := platform.ProgressAnswer{Cases: []platform.ProgressCase{}}
	for _, c := range found {
		events, err := h.store.Events(r.Context(), c.Key)
		if err != nil {
			return err
		}
		p := platform.ProgressCase{Number: c.Number, PlatformNumber: c.PlatformNumber, Item: c.Item, State: platform.ProgressState(c.State),
			AsOf: h.now().UTC().Truncate(time.Second), ItemName: platform.ItemName{Zh: c.Item, En: c.Item}, Events: []platform.ProgressEvent{}}
		if item, ok := names[c.Item]; ok {
			p.ItemName, p.Contact = platform.ItemName{Zh: item.NameZH, En: item.NameEN}, item.Contact
		}
		for _, e := range events {
			p.Events = append(p.Events, platform.ProgressEvent{State: platform.ProgressState(e.State), At: e.At})
		}
		answer.Cases = append(answer.Cases, p)
	}
	writeJSON(w, answer)
	return nil
}

// maxFound is how many cases of a person one answer lists.
const maxFound = 100

func (h *Hub) find(ctx context.Context, q platform.ProgressQuery) ([]Case, error) {
	number := func() ([]Case, error) {
		c, err := h.store.CaseByNumber(ctx, q.Number)
		if errors.Is(err, ErrNotFound) {
			return nil, nil
		}
		return []Case{c}, err
	}
	_, _, localErr := casefile.ParseNumber(q.Number)
	switch {
	case q.By == platform.ByPerson && q.IdNumber != "" && q.Name != "":
		return h.store.CasesByPerson(ctx, h.personTag(q.IdNumber, q.Name), maxFound)
	case q.By == platform.ByTicket && localErr == nil:
		found, err := number()
		if len(found) == 1 && !hmac.Equal(found[0].LookupHash, h.keys.hash("ticket", found[0].Number, q.Code)) {
			found = nil
		}
		return found, err
	case q.By == platform.ByNumber && (localErr == nil || validPlatformNumber(q.Number)):
		return number()
	}
	return nil, bad("query is not whole")
}

// itemNames are the newest packages by code.
func (h *Hub) itemNames(ctx context.Context) (map[string]Package, error) {
	all, err := h.store.Packages(ctx)
	names := make(map[string]Package, len(all))
	for _, p := range all {
		names[p.Code] = p
	}
	return names, err
}
