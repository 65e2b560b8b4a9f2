package uplink

import (
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"kiosk/device"
	"kiosk/device/casefile"
	"kiosk/sync/hub"
	"kiosk/sync/platform"
)

func TestOneCaseArrivesWhole(t *testing.T) {
	b := newBench(t, 20*time.Second)
	b.run(t)
	h := b.keep(t, noise(300_000), noise(platform.Chunk+17))
	if h.record.State != casefile.Kept || h.record.Pages != 2 || h.record.Sequence != 1 {
		t.Errorf("kept: %+v", h.record)
	}
	b.await(t, h)
	if err := b.up.SetReceipt(h.key, device.Yes); err != nil {
		t.Error(err)
	}
	b.stop()
	b.arrived(t, b.lane, h, 1)
	if r, _ := b.up.Find(h.key); r.Receipt != device.Yes {
		t.Errorf("receipt: %+v", r)
	}
	if !b.reach.Online() {
		t.Error("the platform has answered and counts as away")
	}
	b.logs.silentOn(t, testName, testNumber, string(h.key), string(h.env.Lookup))
}

// at chooses the requests of one kind.
func at(method, part string) func(*http.Request) bool {
	return func(r *http.Request) bool { return r.Method == method && strings.Contains(r.URL.Path, part) }
}

// TestFaults plants each fault once at each call that a case needs. Whatever happens, the case arrives once and whole with the
// second attempt.
func TestFaults(t *testing.T) {
	b := newBench(t, 20*time.Second)
	calls := []struct {
		name  string
		match func(*http.Request) bool
	}{
		{"envelope", at(http.MethodPut, "/v1/cases/")},
		{"place", at(http.MethodPost, "/v1/uploads")},
		{"page", at(http.MethodPatch, "/v1/uploads/")},
		{"commit", at(http.MethodPost, "/commit")},
	}
	for _, c := range []struct {
		name  string
		fault hub.Fault
		code  string
	}{
		{"lost request", hub.Fault{Lose: true}, platform.NoAnswer},
		{"lost answer", hub.Fault{LoseAnswer: true}, platform.NoAnswer},
		{"cut body", hub.Fault{CutBody: 1000}, platform.NoAnswer},
		{"500", hub.Fault{Status: 500}, platform.TryAgain},
		{"429", hub.Fault{Status: 429}, platform.TryAgain},
		{"403", hub.Fault{Status: 403}, "problem-planted-fault"},
		{"404", hub.Fault{Status: 404}, "problem-planted-fault"},
		{"422 with a code of nobody", hub.Fault{Status: 422}, "problem-planted-fault"},
		{"409 with a code of nobody", hub.Fault{Status: 409}, "planted-fault"},
		{"garbage", hub.Fault{Garbage: true}, platform.NoAnswer},
		{"never-ending", hub.Fault{Huge: true}, platform.NoAnswer},
	} {
		for _, call := range calls {
			t.Run(c.name+" "+call.name, func(t *testing.T) {
				f := c.fault
				f.Match, f.Times = call.match, 1
				b.hub.Hub.SetFault(&f)
				defer b.hub.Hub.SetFault(nil)
				h := b.keep(t, noise(70_000), noise(10))
				b.run(t)
				b.await(t, h)
				b.stop()
				b.arrived(t, b.lane, h, 2)
				if got := b.logs.codes(t, h.record.Number); !slices.Equal(got, []string{c.code}) {
					t.Errorf("it waited with %q, want %q", got, c.code)
				}
			})
		}
	}
	b.logs.silentOn(t, testName, testNumber)
}

// TestHang: a platform that takes the request and says nothing costs one time-out, not the case.
func TestHang(t *testing.T) {
	b := newBench(t, time.Second)
	for _, match := range []func(*http.Request) bool{at(http.MethodPut, "/v1/cases/"), at(http.MethodPost, "/commit"), at(http.MethodHead, "")} {
		b.hub.Hub.SetFault(&hub.Fault{Match: match, Times: 1, Hang: true})
		h := b.keep(t, noise(5000))
		b.run(t)
		b.await(t, h)
		b.stop()
		b.arrived(t, b.lane, h, 2)
		if got := b.logs.codes(t, h.record.Number); !slices.Equal(got, []string{platform.NoAnswer}) {
			t.Errorf("it waited with %q", got)
		}
	}
}

func TestRetryAfterIsObeyed(t *testing.T) {
	b := newBench(t, 20*time.Second)
	var mu sync.Mutex
	var asked []time.Time
	put := at(http.MethodPut, "/v1/cases/")
	b.hub.Hub.SetFault(&hub.Fault{Times: 1, Status: 503, After: 1, Match: func(r *http.Request) bool {
		if put(r) {
			mu.Lock()
			defer mu.Unlock()
			asked = append(asked, time.Now())
		}
		return put(r)
	}})
	first, second := b.keep(t, noise(10)), b.keep(t)
	b.run(t)
	b.await(t, first)
	b.await(t, second)
	b.stop()
	b.arrived(t, b.lane, first, 2)
	b.arrived(t, b.lane, second, 1)
	if r, _ := b.up.Find(second.key); r.ReceivedAt.Sub(asked[0].Truncate(time.Second)) < time.Second {
		t.Error("another case was offered while the platform wanted quiet")
	}
}

// TestHubIsKilledBeforeCommit: pages are up, the hub dies, another life of it takes the case.
func TestHubIsKilledBeforeCommit(t *testing.T) {
	b := newBench(t, 20*time.Second)
	reached := make(chan struct{}, 1)
	commit := at(http.MethodPost, "/commit")
	b.hub.Hub.SetFault(&hub.Fault{Lose: true, Match: func(r *http.Request) bool {
		if !commit(r) {
			return false
		}
		select {
		case reached <- struct{}{}:
		default:
		}
		return true
	}})
	h := b.keep(t, noise(100_000), noise(2*platform.Chunk))
	b.run(t)
	<-reached
	address := b.hub.Terminals
	b.hub.Kill()
	if r, _ := b.up.Find(h.key); r.State != casefile.Kept {
		t.Errorf("without commit the case is %s", r.State)
	}
	b.startHub(address)
	b.await(t, h)
	b.stop()
	r, _ := b.up.Find(h.key)
	b.arrived(t, b.lane, h, r.Attempts)
	if r.Attempts < 2 {
		t.Errorf("%d attempts", r.Attempts)
	}
}

// TestRefusedForEver: such a case is set aside with its reason, kept whole, told once, and blocks nobody.
func TestRefusedForEver(t *testing.T) {
	b := newBench(t, 20*time.Second)
	other := b.open(t.TempDir(), newKey(t)) // the key of another terminal
	wrong := other.keep(t, noise(10))
	altered, good := b.keep(t, noise(1000), noise(20)), b.keep(t, noise(30))
	alter(t, b.file(altered, 2))
	b.run(t)
	other.run(t)
	b.await(t, good)
	for _, c := range []struct {
		lane *lane
		h    handedIn
		code string
	}{{b.lane, altered, "refused-page-altered"}, {other, wrong, "refused-bad-signature"}} {
		r := c.lane.await(t, c.h)
		c.lane.stop()
		if r.State != casefile.Refused || r.LastError != c.code || r.Attempts != 1 || r.PlatformNumber != "" {
			t.Errorf("%s: %+v", c.code, r)
		}
		if events := c.lane.events(t, r.Number, "case-refused"); len(events) != 1 || events[0]["code"] != c.code {
			t.Errorf("%s: events %v", c.code, events)
		}
		if _, err := os.Stat(c.lane.file(c.h, 1)); err != nil {
			t.Errorf("%s: what was kept is gone: %v", c.code, err)
		}
	}
	b.arrived(t, b.lane, good, 1)
	other.whole(t, wrong)
	all, err := b.hub.Hub.Cases(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range all {
		if c.Key != string(good.key) && c.PlatformNumber != "" {
			t.Errorf("the hub has received %+v", c)
		}
	}
}

// TestConflictIsSetAside: a queue that was built anew under the same epoch gives a number twice. The platform keeps the first
// case, the terminal the second.
func TestConflictIsSetAside(t *testing.T) {
	b := newBench(t, 20*time.Second)
	first := b.keep(t, noise(10))
	b.run(t)
	b.await(t, first)
	b.stop()
	anew := b.open(t.TempDir(), b.key)
	second := anew.keep(t, noise(20))
	anew.run(t)
	r := anew.await(t, second)
	anew.stop()
	if r.Number != first.record.Number || r.State != casefile.Refused || r.LastError != platform.CodeKeyConflict || r.Attempts != 1 {
		t.Errorf("second: %+v", r)
	}
	if events := anew.events(t, r.Number, "case-refused"); len(events) != 1 || events[0]["code"] != platform.CodeKeyConflict {
		t.Errorf("events %v", events)
	}
	anew.whole(t, second)
	b.arrived(t, b.lane, first, 1)
}

// TestOrder: cases go up as they were kept.
func TestOrder(t *testing.T) {
	b := newBench(t, 20*time.Second)
	var mu sync.Mutex
	var got, want []string
	b.hub.Hub.SetFault(&hub.Fault{Match: func(r *http.Request) bool {
		if r.Method == http.MethodPut {
			mu.Lock()
			defer mu.Unlock()
			got = append(got, strings.TrimPrefix(r.URL.Path, "/v1/cases/"))
		}
		return false
	}})
	var all []handedIn
	for i := range 8 {
		h := b.keep(t, noise(10+i))
		all, want = append(all, h), append(want, string(h.key))
	}
	b.run(t)
	for _, h := range all {
		b.await(t, h)
	}
	b.stop()
	mu.Lock()
	defer mu.Unlock()
	if !slices.Equal(got, want) {
		t.Errorf("offered in the order %v, kept in %v", got, want)
	}
	for _, h := range all {
		b.arrived(t, b.lane, h, 1)
	}
	list, err := b.up.List()
	if err != nil || len(list) != len(all) || list[7].Key != all[7].key {
		t.Errorf("list of %d cases, %v", len(list), err)
	}
}

// TestMissingFile: a page that is not there waits for its disk, is told once, and says nothing about the platform.
func TestMissingFile(t *testing.T) {
	b := newBench(t, 20*time.Second)
	h := b.keep(t, noise(100), noise(200))
	page := b.file(h, 1)
	if err := os.Rename(page, page+".away"); err != nil {
		t.Fatal(err)
	}
	good := b.keep(t)
	b.run(t)
	b.await(t, good)
	e, err := b.queue.Await(t.Context(), string(h.key), attempts(3))
	if err != nil || e.State != "kept" || e.LastError != codeDamaged {
		t.Errorf("%+v, %v", e, err)
	}
	b.stop()
	if events := b.events(t, "", "store-trouble"); len(events) != 1 || events[0]["code"] != codeDamaged {
		t.Errorf("events %v, want one", events)
	}
	if err := os.Rename(page+".away", page); err != nil {
		t.Fatal(err)
	}
	b.run(t)
	r := b.await(t, h)
	b.stop()
	b.arrived(t, b.lane, h, r.Attempts)
}

func TestMissingEnvelopeSaysNothingOfThePlatform(t *testing.T) {
	b := newBench(t, 20*time.Second)
	h := b.keep(t)
	if err := os.Remove(b.file(h, 0)); err != nil {
		t.Fatal(err)
	}
	b.run(t)
	if _, err := b.queue.Await(t.Context(), string(h.key), attempts(2)); err != nil {
		t.Fatal(err)
	}
	b.stop()
	if b.reach.Online() || !b.reach.Since().IsZero() {
		t.Error("nobody was asked, and the platform counts as seen")
	}
}

func TestMark(t *testing.T) {
	b := newBench(t, 20*time.Second)
	if _, ok := b.up.LastMark(); ok {
		t.Error("a mark before any")
	}
	m := casefile.Mark{Visit: "v", Phase: "submitting", Key: casefile.NewKey(), BegunAt: time.Now().UTC()}
	if err := b.up.SetMark(m); err != nil {
		t.Fatal(err)
	}
	if got, ok := b.up.LastMark(); !ok || got.Key != m.Key || got.Phase != m.Phase {
		t.Errorf("%+v", got)
	}
	if err := b.queue.PutMark([]byte("{")); err != nil {
		t.Fatal(err)
	}
	if _, ok := b.up.LastMark(); ok {
		t.Error("a damaged mark was believed")
	}
	if err := b.up.ClearMark(); err != nil {
		t.Fatal(err)
	}
}

func TestDropped(t *testing.T) {
	b := newBench(t, 20*time.Second)
	key := casefile.NewKey()
	if err := b.up.Begin(key); err != nil {
		t.Fatal(err)
	}
	d, _, err := b.up.AddPage(key, strings.NewReader("page"))
	if err != nil || d != casefile.DigestOf([]byte("page")) {
		t.Fatalf("%q, %v", d, err)
	}
	if err := b.up.DropPage(key, d); err != nil {
		t.Error(err)
	}
	if err := b.up.DropPage(key, "no digest"); err == nil {
		t.Error("a page with a strange name was dropped")
	}
	// A page that was taken again must leave no trace in the case.
	h := b.keepRetaken(t, noise(10), noise(20))
	b.run(t)
	b.await(t, h)
	b.stop()
	b.arrived(t, b.lane, h, 1)
	b.up.Drop(key)
	if _, err := b.up.Keep(key, []byte("{}"), casefile.About{}); err == nil {
		t.Error("a dropped draft was kept")
	}
	if _, ok := b.up.Find(key); ok {
		t.Error("a dropped draft is found")
	}
	if list, err := b.up.List(); err != nil || len(list) != 1 {
		t.Errorf("%v, %v", list, err)
	}
}
