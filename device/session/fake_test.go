package session

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"io"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"kiosk/device"
	"kiosk/device/casefile"
	"kiosk/device/identity"
	"kiosk/device/item"
	"kiosk/device/localapi"
	"kiosk/device/settings"
)

// box is an outbox in memory that remembers the order of calls.
type box struct {
	mu      sync.Mutex
	drafts  map[casefile.Key][]casefile.Digest
	kept    map[casefile.Key]*casefile.Record
	bodies  map[casefile.Key][]byte
	calls   []string
	mark    *casefile.Mark
	keepErr error
	pageErr error
	answer  chan struct{} // closed when the platform answers
}

func newBox() *box {
	return &box{
		drafts: map[casefile.Key][]casefile.Digest{}, kept: map[casefile.Key]*casefile.Record{}, bodies: map[casefile.Key][]byte{},
		answer: make(chan struct{}),
	}
}

func (b *box) note(format string, a ...any) { b.calls = append(b.calls, fmt.Sprintf(format, a...)) }

func (b *box) Begin(key casefile.Key) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.drafts[key] = nil
	return nil
}

func (b *box) AddPage(key casefile.Key, r io.Reader) (casefile.Digest, int64, error) {
	body, err := io.ReadAll(r)
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.pageErr != nil {
		return "", 0, b.pageErr
	}
	d := casefile.DigestOf(body)
	b.drafts[key] = append(b.drafts[key], d)
	return d, int64(len(body)), err
}

func (b *box) DropPage(casefile.Key, casefile.Digest) error { return nil }

func (b *box) Keep(key casefile.Key, envelope []byte, about casefile.About) (casefile.Record, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.keepErr != nil {
		return casefile.Record{}, b.keepErr
	}
	if r, ok := b.kept[key]; ok {
		return *r, nil
	}
	e, err := casefile.DecodeEnvelope(envelope)
	if err != nil {
		return casefile.Record{}, err
	}
	n, _ := casefile.NewNumber(casefile.NumberParts{Terminal: "360001", Epoch: 1, Sequence: len(b.kept) + 1})
	b.kept[key] = &casefile.Record{
		Key: key, Number: n, Item: about.Item, State: casefile.Kept, Pages: len(e.Pages), KeptAt: time.Now(),
	}
	b.bodies[key] = bytes.Clone(envelope)
	b.note("keep")
	return *b.kept[key], nil
}

func (b *box) Drop(key casefile.Key) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if _, ok := b.drafts[key]; ok && b.kept[key] == nil {
		b.note("drop")
	}
	delete(b.drafts, key)
}

func (b *box) Find(key casefile.Key) (casefile.Record, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	r, ok := b.kept[key]
	if !ok {
		return casefile.Record{}, false
	}
	return *r, true
}

func (b *box) Await(ctx context.Context, key casefile.Key) (casefile.Record, error) {
	select {
	case <-b.answer:
		b.mu.Lock()
		defer b.mu.Unlock()
		b.kept[key].State, b.kept[key].PlatformNumber = casefile.Received, "8800000017"
		return *b.kept[key], nil
	case <-ctx.Done():
		return casefile.Record{}, ctx.Err()
	}
}

func (b *box) SetReceipt(key casefile.Key, o device.Outcome) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.kept[key].Receipt = o
	b.note("receipt %s", o)
	return nil
}

func (b *box) SetMark(m casefile.Mark) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.mark = &m
	return nil
}

func (b *box) ClearMark() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.mark = nil
	return nil
}

func (b *box) LastMark() (casefile.Mark, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.mark == nil {
		return casefile.Mark{}, false
	}
	return *b.mark, true
}

// hands are the devices: cards, frames and prints come from channels that the test fills.
type hands struct {
	mu     sync.Mutex
	cards  chan any // identity.Card or error
	frames chan any // []byte or error
	prints chan any // device.Outcome or error
	codes  []string
	status map[device.Kind]device.Status
	paper  []casefile.Receipt
	box    *box
}

func newHands(b *box) *hands {
	good := device.Status{Link: device.Good, Device: device.Good, Supplies: device.Good, Data: device.Good}
	return &hands{
		box: b, cards: make(chan any), frames: make(chan any), prints: make(chan any),
		status: map[device.Kind]device.Status{device.KindIDCardReader: good, device.KindCamera: good, device.KindReceiptPrinter: good},
	}
}

func (h *hands) ReadCard(ctx context.Context) (identity.Card, error) {
	select {
	case x := <-h.cards:
		if err, ok := x.(error); ok {
			return identity.Card{}, err
		}
		return x.(identity.Card), nil
	case <-ctx.Done():
		return identity.Card{}, ctx.Err()
	}
}

func (h *hands) Look(ctx context.Context, show func(device.Frame)) error {
	for {
		select {
		case x := <-h.frames:
			if err, ok := x.(error); ok {
				return err
			}
			show(device.Frame{JPEG: bytes.Clone(x.([]byte)), At: time.Now()})
		case <-ctx.Done():
			return nil
		}
	}
}

func (h *hands) FindCodes(context.Context, []byte) ([]string, error) { return h.codes, nil }

func (h *hands) Print(ctx context.Context, r casefile.Receipt) (device.Outcome, error) {
	h.mu.Lock()
	h.paper = append(h.paper, r)
	h.mu.Unlock()
	h.box.mu.Lock()
	h.box.note("print")
	h.box.mu.Unlock()
	select {
	case x := <-h.prints:
		if o, ok := x.(device.Outcome); ok {
			if o == device.Yes {
				return o, nil
			}
			return o, errors.New("paper")
		}
		return device.NotKnown, x.(error)
	case <-ctx.Done():
		return device.NotKnown, ctx.Err()
	}
}

func (h *hands) Status(k device.Kind) device.Status {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.status[k]
}

func (h *hands) set(k device.Kind, s device.Status) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.status[k] = s
}

type offers []Offer

func (o offers) List() []Offer { return o }

type link struct{ up bool }

func (l *link) Online() bool { return l.up }

type events struct {
	mu  sync.Mutex
	all []string
}

func (e *events) Event(id string, kv ...string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.all = append(e.all, id+" "+strings.Join(kv, " "))
}

type cases struct {
	list []casefile.Progress
	err  error
}

func (c *cases) ByPerson(context.Context, identity.Secret, identity.Secret) ([]casefile.Progress, error) {
	return c.list, c.err
}
func (c *cases) ByTicket(context.Context, casefile.Ticket) ([]casefile.Progress, error) {
	return c.list, c.err
}
func (c *cases) ByNumber(context.Context, string) ([]casefile.Progress, error) { return c.list, c.err }

// stand is a visit with everything round it.
type stand struct {
	t     *testing.T
	v     *Visit
	box   *box
	hands *hands
	link  *link
	log   *events
	cases *cases
	gate  string
	n     int
	stop  context.CancelFunc

	// In place of box, hands and the two items, from the next start on.
	store   Outbox
	devices Peripherals
	items   Items
}

func newStand(t *testing.T) *stand {
	b := newBox()
	s := &stand{t: t, box: b, hands: newHands(b), link: &link{up: true}, log: &events{}, cases: &cases{}}
	s.store, s.devices, s.items = s.box, s.hands, offers{testItem(t), queryItem(t)}
	s.start()
	return s
}

// start runs a daemon's life; after a stop it may be called again.
func (s *stand) start() {
	s.v = New(Config{
		Outbox: s.store, Progress: s.cases, Peripherals: s.devices, Items: s.items, Link: s.link, Audit: s.log,
		Log: slog.New(slog.DiscardHandler), Times: func() settings.Times { return settings.StandardTimes },
		Gate: func() string { return s.gate }, Site: localapi.Text{ZH: "示例大厅", EN: "Example hall"}, Phone: "12345",
	})
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); _ = s.v.Run(ctx) }()
	s.stop = func() { cancel(); <-done }
	synctest.Wait()
}

func (s *stand) tap(kind string, with ...func(*localapi.Intent)) error {
	s.t.Helper()
	s.n++
	in := localapi.Intent{ID: fmt.Sprint("t", s.n), Step: s.v.View().Step, Kind: kind}
	for _, w := range with {
		w(&in)
	}
	err := s.v.Do(context.Background(), in)
	synctest.Wait()
	return err
}

func (s *stand) must(kind string, with ...func(*localapi.Intent)) {
	s.t.Helper()
	if err := s.tap(kind, with...); err != nil {
		s.t.Fatalf("%s on %s: %v", kind, s.v.View().View.Kind, err)
	}
}

func (s *stand) shows(kind localapi.ViewKind) localapi.Visit {
	s.t.Helper()
	v := s.v.View()
	if v.View.Kind != kind {
		s.t.Fatalf("shows %s in %s, want %s", v.View.Kind, v.Phase, kind)
	}
	return v
}

func value(f, v string) func(*localapi.Intent) {
	return func(in *localapi.Intent) { in.Field, in.Value = f, v }
}
func code(c string) func(*localapi.Intent)  { return func(in *localapi.Intent) { in.Item = c } }
func way(w string) func(*localapi.Intent)   { return func(in *localapi.Intent) { in.Value = w } }
func field(f string) func(*localapi.Intent) { return func(in *localapi.Intent) { in.Field = f } }

func ink(in *localapi.Intent) {
	in.Strokes = [][]localapi.Point{{{X: 1, Y: 1, T: 1}, {X: 20, Y: 40, T: 20}, {X: 40, Y: 1, T: 40}, {X: 60, Y: 40, T: 60}}}
}

func (s *stand) give(ch chan any, x any) {
	s.t.Helper()
	select {
	case ch <- x:
	case <-time.After(5 * time.Second):
		s.t.Fatal("nobody waits for the device")
	}
	synctest.Wait()
}

func secretOf(s string) identity.Secret { return identity.SecretString(s) }

func person() identity.Card {
	return identity.Card{
		Kind: identity.Resident, Name: identity.SecretString("张小示"), Number: identity.SecretString("11010519491231002X"),
		Birth: identity.SecretString("19491231"), Address: identity.SecretString("北京市东城区示例胡同1号"), Sex: "1", Nation: "01",
		ValidFrom: "20200101", ValidTo: "长期", Issuer: "示例分局", Photo: []byte{1, 2, 3},
	}
}

func page(t *testing.T) []byte {
	img := image.NewGray(image.Rect(0, 0, 64, 48))
	for i := range img.Pix {
		img.Pix[i] = uint8(i)
	}
	img.SetGray(1, 1, color.Gray{Y: 9})
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func offer(t *testing.T, it *item.Item) Offer {
	rules, err := item.Compile(it)
	if err != nil {
		t.Fatal(err)
	}
	return Offer{Item: it, Digest: casefile.DigestOf([]byte(it.Code)), Rules: rules}
}

func zh(s string) item.Text { return item.Text{ZH: s, EN: s} }

func testItem(t *testing.T) Offer {
	return offer(t, &item.Item{
		Format: item.Format, Code: "test", Version: 1, Kind: item.Application, Network: item.O1, Identity: "L1",
		Names:   item.Names{Official: zh("测试事项"), Everyday: zh("测试")},
		Devices: []string{"id-card-reader", "camera"},
		Persons: []item.Person{{ID: "applicant", Label: zh("申请人")}},
		Purposes: []item.Purpose{
			{ID: "identity", Basis: item.Duty, Title: zh("核对身份"), Text: zh("读身份证")},
			{ID: "share", Basis: item.Consent, Title: zh("转交"), Text: zh("交给受理地")},
		},
		Fields: []item.Field{
			{ID: "name", Type: item.TypeName, Label: zh("姓名"), From: "applicant.name"},
			{ID: "place", Type: item.TypeChoice, Label: zh("受理地"), Ask: zh("办哪里的事？"), Choices: []item.Choice{{Value: "a", Label: zh("甲市")}, {Value: "b", Label: zh("乙市")}}},
			{ID: "why", Type: item.TypeText, Label: zh("原因"), Ask: zh("原因？"), Max: 20, When: `field.place == "b"`},
			{ID: "phone", Type: item.TypePhone, Label: zh("手机号"), Ask: zh("手机号？")},
		},
		Materials: []item.Material{{ID: "form", Name: zh("申请表"), Grade: item.GradeC, MaxPages: 3}},
		Pledges:   []item.Pledge{{ID: "true", Title: zh("承诺"), Text: zh("以上属实")}},
		Steps: []item.Step{
			{Kind: item.StepGuide}, {Kind: item.StepConsent, Purposes: []string{"identity", "share"}}, {Kind: item.StepCard, Person: "applicant"},
			{Kind: item.StepForm, Fields: []string{"name", "place", "why", "phone"}}, {Kind: item.StepCapture, Materials: []string{"form"}},
			{Kind: item.StepCheck}, {Kind: item.StepSign, Pledge: "true", Person: "applicant"},
		},
	})
}

func queryItem(t *testing.T) Offer {
	return offer(t, &item.Item{
		Format: item.Format, Code: "query", Version: 1, Kind: item.Query, Network: item.O3,
		Names:    item.Names{Official: zh("进度"), Everyday: zh("进度")},
		Purposes: []item.Purpose{{ID: "identity", Basis: item.Duty, Title: zh("核对身份"), Text: zh("读身份证")}},
		Steps: []item.Step{
			{Kind: item.StepGuide}, {Kind: item.StepLookup, Ways: []string{"card", "code", "number"}, Purposes: []string{"identity"}}, {Kind: item.StepCases},
		},
	})
}
