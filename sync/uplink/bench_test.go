package uplink

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"kiosk/device/audit"
	"kiosk/device/casefile"
	"kiosk/device/identity"
	"kiosk/device/item"
	"kiosk/device/sealed"
	"kiosk/device/trust"
	"kiosk/sync/hub"
	"kiosk/sync/platform"
	"kiosk/sync/queue"
)

// The person of these tests is invented; no province has the code 99.
const (
	testName   = "张三"
	testNumber = "990102198501010025"
	testItem   = "ydds"
)

// bench is an enrolled terminal's lane against a real hub.
type bench struct {
	testing.TB
	hub    *hub.Server
	hubDir string
	client *platform.Client
	key    *ecdsa.PrivateKey
	me     platform.Terminal
	*lane
}

// lane is a queue with its uplink.
type lane struct {
	dir   string
	queue *queue.Queue
	reach *platform.Reach
	audit *audit.Log
	logs  *logs
	up    *Uplink
	stop  func() // ends the run of up; all events are written then
}

func newKey(t testing.TB) *ecdsa.PrivateKey {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// newBench starts a hub, enrols a terminal and opens its lane. The uplink does not run yet.
func newBench(t testing.TB, timeout time.Duration) *bench {
	t.Helper()
	b := &bench{TB: t, hubDir: t.TempDir(), key: newKey(t)}
	b.startHub("127.0.0.1:0")
	t.Cleanup(func() {
		if err := b.hub.Close(); err != nil {
			t.Error(err)
		}
	})
	chain := enrol(b)
	var err error
	b.client, err = platform.New(platform.Options{URL: b.hub.URL, Roots: b.hub.Hub.Roots(), Timeout: timeout, Certificate: platform.Certificate(chain, b.key)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.client.Close)
	if b.me, err = b.client.Terminal(t.Context()); err != nil {
		t.Fatal(err)
	}
	b.lane = b.open(t.TempDir(), b.key)
	return b
}

func (b *bench) startHub(addr string) {
	b.Helper()
	var err error
	if b.hub, err = hub.Start(context.Background(), b.hubDir, addr); err != nil {
		b.Fatal(err)
	}
}

// open opens a lane of this terminal that signs with key.
func (b *bench) open(dir string, key *ecdsa.PrivateKey) *lane {
	b.Helper()
	doc, err := b.hub.Hub.PlatformDocument()
	if err != nil {
		b.Fatal(err)
	}
	p, err := trust.ParsePlatform(doc)
	if err != nil {
		b.Fatal(err)
	}
	public, err := sealed.ParsePublicKey(p.Recipients[0].Key)
	if err != nil {
		b.Fatal(err)
	}
	return openLane(b, dir, b.client, queue.Config{
		Terminal: b.me.Number, Epoch: b.me.Epoch, Recipients: []sealed.Recipient{{ID: p.Recipients[0].KID, Key: public}},
		Signer: sealed.Signer{ID: "terminal", Key: key},
	}, 2*time.Millisecond, 50*time.Millisecond)
}

func openLane(t testing.TB, dir string, far Platform, c queue.Config, backoff, most time.Duration) *lane {
	t.Helper()
	l := &lane{dir: dir, reach: &platform.Reach{}, logs: &logs{}}
	c.State, c.Folders = filepath.Join(dir, "state"), []string{filepath.Join(dir, "disk")}
	log := slog.New(slog.NewJSONHandler(l.logs, nil))
	var err error
	if l.queue, _, err = queue.Open(c); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.queue.Close() })
	if l.audit, err = audit.Open(filepath.Join(dir, "audit.log"), log); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.audit.Close() })
	l.up = New(Config{Queue: l.queue, Platform: far, Reach: l.reach, Log: log, Audit: l.audit, Backoff: backoff, MaxBackoff: most,
		ItemName: func(code string) casefile.ItemName { return casefile.ItemName{ZH: "给外地办事", EN: code} }})
	return l
}

func enrol(b *bench) (chain []*x509.Certificate) {
	b.Helper()
	code, _, err := b.hub.Hub.NewCode(b.Context(), "360001", time.Hour)
	if err != nil {
		b.Fatal(err)
	}
	stranger, err := platform.New(platform.Options{URL: b.hub.URL, Roots: b.hub.Hub.Roots()})
	if err != nil {
		b.Fatal(err)
	}
	defer stranger.Close()
	if chain, err = stranger.Enrol(b.Context(), "SN-1", code, b.key); err != nil {
		b.Fatal(err)
	}
	return chain
}

// run runs the uplink until stop is called, or the test ends.
func (l *lane) run(t testing.TB) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- l.up.Run(ctx) }()
	l.stop = sync.OnceFunc(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(l.stop)
}

// attempts waits for that many.
func attempts(n int) func(queue.Entry) bool {
	return func(e queue.Entry) bool { return e.Attempts >= n }
}

// handedIn is a case as the citizen gave it.
type handedIn struct {
	key    casefile.Key
	env    *casefile.Envelope
	pages  [][]byte
	record casefile.Record
}

func (h handedIn) ticket() casefile.Ticket {
	return casefile.Ticket{Number: h.record.Number, Code: h.env.Lookup}
}

// keep hands a case in, through the calls that a visit makes.
func (l *lane) keep(t testing.TB, pages ...[]byte) handedIn {
	t.Helper()
	return l.handIn(t, nil, pages...)
}

// keepRetaken does the same with a page that is dropped before the others.
func (l *lane) keepRetaken(t testing.TB, dropped []byte, pages ...[]byte) handedIn {
	t.Helper()
	return l.handIn(t, func(key casefile.Key) error {
		d, _, err := l.up.AddPage(key, bytes.NewReader(dropped))
		if err != nil {
			return err
		}
		return l.up.DropPage(key, d)
	}, pages...)
}

func (l *lane) handIn(t testing.TB, first func(casefile.Key) error, pages ...[]byte) handedIn {
	t.Helper()
	h := handedIn{key: casefile.NewKey(), pages: pages}
	now := time.Now().UTC().Truncate(time.Second)
	h.env = &casefile.Envelope{
		Format: casefile.EnvelopeFormat, Key: h.key, Lookup: casefile.NewLookupCode(), Language: "zh", BegunAt: now, SubmitAt: now,
		Item:    casefile.ItemRef{Code: testItem, Version: 1, Digest: casefile.DigestOf([]byte("item"))},
		Persons: []casefile.PersonRecord{{ID: "applicant", Kind: identity.Resident, Name: testName, Number: testNumber, Birth: "19850101"}},
	}
	if err := l.up.Begin(h.key); err != nil {
		t.Fatal(err)
	}
	if first != nil {
		if err := first(h.key); err != nil {
			t.Fatal(err)
		}
	}
	for i, p := range pages {
		digest, size, err := l.up.AddPage(h.key, bytes.NewReader(p))
		if err != nil {
			t.Fatal(err)
		}
		h.env.Pages = append(h.env.Pages, casefile.PageRecord{Material: "form", Page: i + 1, Grade: item.GradeC, Type: "image/jpeg",
			Digest: digest, Size: size, At: now})
	}
	text, err := h.env.Encode()
	if err != nil {
		t.Fatal(err)
	}
	if h.record, err = l.up.Keep(h.key, text, casefile.About{Item: testItem}); err != nil {
		t.Fatal(err)
	}
	return h
}

// await waits for the platform's last word on a case.
func (l *lane) await(t testing.TB, h handedIn) casefile.Record {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	r, err := l.up.Await(ctx, h.key)
	if err != nil {
		e, _ := l.queue.Find(string(h.key))
		t.Fatalf("%v; attempts %d, last error %q", err, e.Attempts, e.LastError)
	}
	return r
}

// arrived holds what the hub has against what was handed in. The uplink has been stopped.
func (b *bench) arrived(t testing.TB, l *lane, h handedIn, attempts int) {
	t.Helper()
	all, err := b.hub.Hub.Cases(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var mine []hub.Case
	for _, c := range all {
		if c.Key == string(h.key) {
			mine = append(mine, c)
		}
	}
	r, ok := l.up.Find(h.key)
	if len(mine) != 1 || mine[0].Number != string(h.record.Number) || mine[0].PlatformNumber == "" || mine[0].PlatformNumber != r.PlatformNumber {
		t.Fatalf("the hub has %+v for %+v", mine, r)
	}
	for i, want := range h.pages {
		if got, err := b.hub.Hub.Page(t.Context(), string(h.key), i); err != nil || !bytes.Equal(got, want) {
			t.Errorf("page %d: %d bytes where %d were handed in, %v", i+1, len(got), len(want), err)
		}
	}
	if !ok || r.State != casefile.Received || r.Attempts != attempts || r.LastError != "" || r.ReceivedAt.IsZero() || r.Item != testItem {
		t.Errorf("record %+v; want it received after %d attempts", r, attempts)
	}
	if events := l.events(t, r.Number, "case-received"); len(events) != 1 || events[0]["attempts"] != itoa(attempts) {
		t.Errorf("events of the reception: %v, want one with %d attempts", events, attempts)
	}
	l.whole(t, h)
}

// whole checks that what was kept is kept still, byte by byte.
func (l *lane) whole(t testing.TB, h handedIn) {
	t.Helper()
	if err := l.queue.Check(string(h.key)); err != nil {
		t.Errorf("what was kept: %v", err)
	}
}

// events are the fields of all events with that id about a case, any case for "".
func (l *lane) events(t testing.TB, number casefile.Number, id string) (fields []map[string]string) {
	t.Helper()
	all, err := l.audit.Tail(audit.MaxTail)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range all {
		if e.ID == "audit-refused" {
			t.Errorf("event %v does not fit the catalogue", e.Fields)
		}
		if e.ID == id && (number == "" || e.Fields["number"] == string(number)) {
			fields = append(fields, e.Fields)
		}
	}
	return fields
}

// file is the path of a kept file, page from 1, 0 for the envelope.
func (l *lane) file(h handedIn, page int) string {
	name := string(h.key) + ".envelope"
	if page > 0 {
		name = string(h.key) + ".00" + itoa(page) + ".page"
	}
	return filepath.Join(l.dir, "disk", "cases", name)
}

// alter changes the last byte of a file on the disk.
func alter(t testing.TB, file string) {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	b[len(b)-1] ^= 1
	if err := os.WriteFile(file, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

// logs keeps the lines of a JSON log.
type logs struct {
	mu    sync.Mutex
	lines []string
}

func (l *logs) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lines = append(l.lines, string(p))
	return len(p), nil
}

// codes are those with which a case waited, in order.
func (l *logs) codes(t testing.TB, number casefile.Number) (codes []string) {
	t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, line := range l.lines {
		var entry struct{ Msg, Number, Code string }
		if err := json.Unmarshal([]byte(line), &entry); err != nil {
			t.Fatal(err)
		}
		if entry.Msg == "case waits" && entry.Number == string(number) {
			codes = append(codes, entry.Code)
		}
	}
	return codes
}

// silentOn fails if a log line names what it must not.
func (l *logs) silentOn(t testing.TB, words ...string) {
	t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, line := range l.lines {
		if slices.ContainsFunc(words, func(w string) bool { return strings.Contains(line, w) }) {
			t.Errorf("the log says too much: %s", line)
		}
	}
}

func noise(n int) []byte {
	b := make([]byte, n)
	_, _ = io.ReadFull(rand.Reader, b)
	return b
}

func itoa(n int) string { return strconv.Itoa(n) }
