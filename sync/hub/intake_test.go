package hub

import (
	"bytes"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"kiosk/device/casefile"
	"kiosk/device/sealed"
	"kiosk/sync/platform"
)

// TestOneCaseThroughAllCalls goes the whole way of a terminal, and with it through every operation of the contract.
func TestOneCaseThroughAllCalls(t *testing.T) {
	s := serve(t, t.TempDir())
	ctx := t.Context()
	b := &box{t: t, number: "360001", key: newKey(t)}
	b.connect(s)
	if ca, err := b.client.CACerts(ctx); err != nil || len(ca) != 1 || !ca[0].IsCA {
		t.Fatalf("CA certificates: %v, %v", ca, err)
	}
	b.enrol()

	if _, tag, changed, err := b.client.Settings(ctx, ""); err != nil || changed || tag != "" {
		t.Errorf("settings that nobody set: %q, %v, %v", tag, changed, err)
	}
	doc := settingsJWS("360001", 7)
	if err := s.Hub.PutSettings(ctx, "360001", doc); err != nil {
		t.Fatal(err)
	}
	pack := itemZip(t, "36-0101", 1, "办社保卡")
	if _, err := s.Hub.PutPackage(ctx, pack); err != nil {
		t.Fatal(err)
	}
	beat, err := b.client.Heartbeat(ctx, platform.Heartbeat{Version: "1.0", Boot: "b", SentAt: s.Hub.now(),
		Devices: []platform.Device{{Kind: "receipt-printer", Driver: "escpos", State: "open", Link: "good", Supplies: "bad", Faults: []string{"paper-out"}}}})
	if err != nil || !slices.Equal(beat.Hints, []platform.Hint{platform.HintSettings, platform.HintCatalogue}) {
		t.Errorf("first beat: %+v, %v", beat, err)
	}
	jws, tag, changed, err := b.client.Settings(ctx, "")
	if err != nil || !changed || !bytes.Equal(jws, doc) {
		t.Errorf("settings: %q, %v, %v", jws, changed, err)
	}
	if _, _, changed, err = b.client.Settings(ctx, tag); err != nil || changed {
		t.Errorf("settings that have not changed: %v, %v", changed, err)
	}
	list, tag, changed, err := b.client.Catalogue(ctx, "")
	if err != nil || !changed || len(list) != 1 || list[0].Code != "36-0101" || list[0].Sha256 != string(casefile.DigestOf(pack)) {
		t.Errorf("catalogue: %+v, %v, %v", list, changed, err)
	}
	if _, _, changed, err = b.client.Catalogue(ctx, tag); err != nil || changed {
		t.Errorf("catalogue that has not changed: %v, %v", changed, err)
	}
	if got, err := b.client.Package(ctx, "36-0101", 1); err != nil || !bytes.Equal(got, pack) {
		t.Errorf("package: %d bytes, %v", len(got), err)
	}
	beat, err = b.client.Heartbeat(ctx, platform.Heartbeat{Version: "1.0", Boot: "b", SentAt: s.Hub.now(),
		Settings: platform.SettingsReport{Version: 7}, Items: []platform.ItemVersion{{Code: "36-0101", Version: 1}}})
	if err != nil || len(beat.Hints) != 0 {
		t.Errorf("beat of a terminal that has all: %+v, %v", beat, err)
	}

	pages := [][]byte{noise(300_000), noise(1), noise(2*platform.Chunk + 17)}
	h := b.handIn(sealing{}, pages...)
	a, err := b.client.PutCase(ctx, h.key, h.file)
	if err != nil || a.State != platform.CaseAwaitingPages || len(a.Missing) != 3 || a.PlatformNumber != "" {
		t.Fatalf("envelope: %+v, %v", a, err)
	}
	if a, err = b.client.CommitCase(ctx, h.key); err != nil || a.State != platform.CaseAwaitingPages || len(a.Missing) != 3 {
		t.Errorf("commit without pages: %+v, %v", a, err)
	}
	if res := b.raw(http.MethodOptions, "/v1/uploads", http.NoBody); res.StatusCode != http.StatusNoContent || res.Header.Get("Tus-Extension") != "creation" {
		t.Errorf("OPTIONS: %d, %v", res.StatusCode, res.Header)
	}
	a = b.send(h)
	if again := b.send(h); again.PlatformNumber != a.PlatformNumber {
		t.Errorf("the same case again has the number %s, first it had %s", again.PlatformNumber, a.PlatformNumber)
	}
	env, err := s.Hub.Envelope(ctx, h.key)
	if err != nil || env.Persons[0].Number != testNumber || len(env.Pages) != 3 {
		t.Errorf("stored envelope: %v", err)
	}
	found, err := b.client.Progress(ctx, platform.ProgressQuery{By: platform.ByNumber, Number: string(h.number)})
	if err != nil || len(found) != 1 || found[0].State != platform.ProgressReceived || found[0].ItemName.Zh != "办社保卡" || found[0].PlatformNumber != a.PlatformNumber {
		t.Errorf("progress: %+v, %v", found, err)
	}

	doc31, err := openapi3.NewLoader().LoadFromFile("../../docs/api/platform.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for path, p := range doc31.Paths.Map() {
		for method, op := range p.Operations() {
			good := false
			for _, status := range []int{200, 201, 204} {
				_, ok := seen.Load(fmt.Sprintf("%s %d", op.OperationID, status))
				good = good || ok
			}
			if !good {
				t.Errorf("%s %s was never answered well", method, path)
			}
		}
	}
}

// TestCaseKeyIsUnique hands the same case in many times at once: one row, one platform number.
func TestCaseKeyIsUnique(t *testing.T) {
	s := serve(t, t.TempDir())
	b := enrolled(t, s, "360001")
	h := b.handIn(sealing{})
	const callers = 16
	answers := make(chan platform.CaseAnswer, callers)
	errs := make(chan error, callers)
	for range callers {
		go func() {
			a, err := b.client.PutCase(t.Context(), h.key, h.file)
			answers <- a
			errs <- err
		}()
	}
	numbers := map[string]bool{}
	for range callers {
		if err := <-errs; err != nil {
			t.Error(err)
		}
		numbers[(<-answers).PlatformNumber] = true
	}
	if len(numbers) != 1 {
		t.Errorf("one case has the numbers %v", numbers)
	}
	// The database itself must refuse: two stores that both believe that the key is new.
	header := sealed.Header{Terminal: "360001", Epoch: 1, Sequence: 900, Case: h.key}
	c, err := s.Hub.newCase(header, mustEncode(t, h.env))
	if err != nil {
		t.Fatal(err)
	}
	c.BodyDigest = strings.Repeat("0", 64)
	if err := s.Hub.store.AddCase(t.Context(), c); err != ErrConflict {
		t.Errorf("a second case with the same key: %v", err)
	}
	all, err := s.Hub.Cases(t.Context())
	if err != nil || len(all) != 1 {
		t.Errorf("the hub has %d cases, %v", len(all), err)
	}
}

func mustEncode(t testing.TB, e *casefile.Envelope) []byte {
	t.Helper()
	b, err := e.Encode()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestSameKeyOtherBody(t *testing.T) {
	s := serve(t, t.TempDir())
	b := enrolled(t, s, "360001")
	h := b.handIn(sealing{})
	first := b.send(h)
	other := b.handIn(sealing{header: func(x *sealed.Header) { x.Case = h.key }, envelope: func(e *casefile.Envelope) { e.Key = casefile.Key(h.key) }})
	_, err := b.client.PutCase(t.Context(), h.key, other.file)
	wantConflict(t, err)
	// The same sequence under another key is a conflict as well: a number belongs to one case.
	b.seq = 0
	twin := b.handIn(sealing{})
	_, err = b.client.PutCase(t.Context(), twin.key, twin.file)
	wantConflict(t, err)
	if again := b.send(h); again.PlatformNumber != first.PlatformNumber {
		t.Errorf("afterwards the first case has the number %s, before it had %s", again.PlatformNumber, first.PlatformNumber)
	}
}

func TestWrongSignatureIsRefused(t *testing.T) {
	s := serve(t, t.TempDir())
	b := enrolled(t, s, "360001")
	h := b.handIn(sealing{signer: newKey(t)})
	_, err := b.client.PutCase(t.Context(), h.key, h.file)
	wantRefused(t, err, platform.BadSignature)
	nothingTaken(t, s)
}

func nothingTaken(t *testing.T, s *Server) {
	t.Helper()
	if all, err := s.Hub.Cases(t.Context()); err != nil || len(all) != 0 {
		t.Errorf("the hub has taken %d cases, %v", len(all), err)
	}
}

func TestEnvelopeIsRefused(t *testing.T) {
	s := serve(t, t.TempDir())
	b := enrolled(t, s, "360001")
	stranger, err := sealed.GenerateKey()
	if err != nil {
		t.Fatal(err)
	}
	page := noise(1000)
	for name, c := range map[string]struct {
		how    sealing
		change func(h *handedIn)
		code   platform.RefusalCode
	}{
		"another terminal":  {how: sealing{header: func(h *sealed.Header) { h.Terminal = "360002" }}, code: platform.WrongTerminal},
		"epoch never given": {how: sealing{header: func(h *sealed.Header) { h.Epoch = 9 }}, code: platform.BadSignature},
		"another case":      {how: sealing{header: func(h *sealed.Header) { h.Case = strings.Repeat("a", 32) }}, code: platform.BadEnvelope},
		"a page":            {how: sealing{header: func(h *sealed.Header) { h.Kind, h.Pages = sealed.Page, nil }}, code: platform.BadEnvelope},
		"key inside":        {how: sealing{envelope: func(e *casefile.Envelope) { e.Key = casefile.NewKey() }}, code: platform.BadEnvelope},
		"page not recorded": {how: sealing{envelope: func(e *casefile.Envelope) { e.Pages = nil }}, code: platform.BadEnvelope},
		"page named twice":  {how: sealing{header: func(h *sealed.Header) { h.Pages = append(h.Pages, h.Pages[0]) }, envelope: func(e *casefile.Envelope) { e.Pages = append(e.Pages, e.Pages[0]) }}, code: platform.BadEnvelope},
		"not an envelope":   {how: sealing{text: func([]byte) []byte { return []byte(`{"format":"kiosk-case/2"}`) }}, code: platform.BadEnvelope},
		"unknown member":    {how: sealing{text: func(b []byte) []byte { return append([]byte(`{"extra":1,`), b[1:]...) }}, code: platform.BadEnvelope},
		"too long inside":   {how: sealing{text: func([]byte) []byte { return bytes.Repeat([]byte(" "), casefile.MaxEnvelope) }}, code: platform.BadEnvelope},
		"sealed for a stranger": {how: sealing{to: func(r sealed.Recipient) sealed.Recipient {
			return sealed.Recipient{ID: r.ID, Key: stranger.PublicKey()}
		}}, code: platform.CannotOpen},
		"unknown key id":  {how: sealing{to: func(r sealed.Recipient) sealed.Recipient { return sealed.Recipient{ID: "other", Key: r.Key} }}, code: platform.CannotOpen},
		"body altered":    {change: func(h *handedIn) { h.file[len(h.file)-1] ^= 1 }, code: platform.BadSignature},
		"body cut":        {change: func(h *handedIn) { h.file = h.file[:len(h.file)-1] }, code: platform.BadSignature},
		"magic altered":   {change: func(h *handedIn) { h.file[0] ^= 1 }, code: platform.BadEnvelope},
		"padding altered": {change: func(h *handedIn) { h.file[sealed.HeadSize-1] = 1 }, code: platform.BadEnvelope},
		"signature altered": {change: func(h *handedIn) {
			at := bytes.LastIndexByte(h.file[:sealed.HeadSize], '.') + 10
			if h.file[at]++; h.file[at] == 'Z'+1 || h.file[at] == 'z'+1 || h.file[at] == '9'+1 || h.file[at] < '0' || h.file[at] == '`' {
				h.file[at] = 'k'
			}
		}, code: platform.BadSignature},
		"head only":   {change: func(h *handedIn) { h.file = h.file[:sealed.HeadSize] }, code: platform.BadSignature},
		"half a head": {change: func(h *handedIn) { h.file = h.file[:100] }, code: platform.BadEnvelope},
		"nothing":     {change: func(h *handedIn) { h.file = nil }, code: platform.BadEnvelope},
	} {
		t.Run(name, func(t *testing.T) {
			h := b.handIn(c.how, page)
			if c.change != nil {
				c.change(&h)
			}
			_, err := b.client.PutCase(t.Context(), h.key, h.file)
			wantRefused(t, err, c.code)
		})
	}
	nothingTaken(t, s)
}

// TestAnotherTerminalsCertificate sends a good case of one terminal over the line of another.
func TestAnotherTerminalsCertificate(t *testing.T) {
	s := serve(t, t.TempDir())
	one, two := enrolled(t, s, "360001"), enrolled(t, s, "360002")
	h := one.handIn(sealing{}, noise(10))
	_, err := two.client.PutCase(t.Context(), h.key, h.file)
	wantRefused(t, err, platform.WrongTerminal)
	if _, err := one.client.PutCase(t.Context(), h.key, h.file); err != nil {
		t.Fatal(err)
	}
	_, err = two.client.CommitCase(t.Context(), h.key)
	wantProblem(t, err, 404, platform.CodeUnknownCase)
	_, err = two.client.CreateUpload(t.Context(), h.key, h.pages[0].digest, int64(len(h.pages[0].file)))
	wantProblem(t, err, 404, platform.CodeUnknownCase)
	id, err := one.client.CreateUpload(t.Context(), h.key, h.pages[0].digest, int64(len(h.pages[0].file)))
	if err != nil {
		t.Fatal(err)
	}
	_, err = two.client.UploadOffset(t.Context(), id, 1<<20)
	wantProblem(t, err, 404, platform.CodeNotFound)
}

func TestPageIsRefused(t *testing.T) {
	s := serve(t, t.TempDir())
	b := enrolled(t, s, "360001")
	t.Run("sealed bytes altered", func(t *testing.T) {
		h := b.handIn(sealing{}, noise(100_000))
		if _, err := b.client.PutCase(t.Context(), h.key, h.file); err != nil {
			t.Fatal(err)
		}
		good := bytes.Clone(h.pages[0].file)
		h.pages[0].file[sealed.HeadSize+500] ^= 1
		wantRefused(t, b.upload(h, 0), platform.PageAltered)
		a, err := b.client.CommitCase(t.Context(), h.key)
		if err != nil || a.State != platform.CaseAwaitingPages || len(a.Missing) != 1 {
			t.Errorf("commit after a bad page: %+v, %v", a, err)
		}
		// What was thrown away does not stand in the way of the right bytes.
		h.pages[0].file = good
		b.send(h)
	})
	t.Run("longer first, right afterwards", func(t *testing.T) {
		h := b.handIn(sealing{}, noise(100))
		if _, err := b.client.PutCase(t.Context(), h.key, h.file); err != nil {
			t.Fatal(err)
		}
		good := bytes.Clone(h.pages[0].file)
		h.pages[0].file = append(h.pages[0].file, 1, 2, 3)
		wantRefused(t, b.upload(h, 0), platform.PageAltered)
		h.pages[0].file = good
		b.send(h)
	})
	t.Run("another picture than the envelope says", func(t *testing.T) {
		h := b.handIn(sealing{page: func(int, []byte) []byte { return noise(100) }}, noise(100))
		if _, err := b.client.PutCase(t.Context(), h.key, h.file); err != nil {
			t.Fatal(err)
		}
		if err := b.upload(h, 0); err != nil {
			t.Fatal(err)
		}
		for range 2 { // the answer stays the same
			_, err := b.client.CommitCase(t.Context(), h.key)
			wantRefused(t, err, platform.PageAltered)
		}
	})
	t.Run("page that nobody announced", func(t *testing.T) {
		h := b.handIn(sealing{}, noise(100))
		if _, err := b.client.PutCase(t.Context(), h.key, h.file); err != nil {
			t.Fatal(err)
		}
		other := b.handIn(sealing{}, noise(100))
		_, err := b.client.CreateUpload(t.Context(), h.key, other.pages[0].digest, 5000)
		wantProblem(t, err, 404, platform.CodeUnknownCase)
	})
}

// TestEarlierEpoch re-enrols a terminal with a new key; what it kept under the old one still comes in.
func TestEarlierEpoch(t *testing.T) {
	s := serve(t, t.TempDir())
	b := enrolled(t, s, "360001")
	h := b.handIn(sealing{}, noise(50))
	old := b.cert
	b.key = newKey(t)
	b.enrol()
	if b.epoch != 2 {
		t.Errorf("epoch after the second enrolment is %d", b.epoch)
	}
	b.send(h)
	b.send(b.handIn(sealing{}, noise(50)))
	b.cert = old
	b.client.Close()
	_, err := b.client.Terminal(t.Context())
	wantProblem(t, err, 403, platform.CodeNotEnrolled)
}

// TestReopenBetweenPagesAndCommit stops the hub at once when all pages are there, and opens it again.
func TestReopenBetweenPagesAndCommit(t *testing.T) {
	dir := t.TempDir()
	s := serve(t, dir)
	b := enrolled(t, s, "360001")
	h := b.handIn(sealing{}, noise(70_000), noise(30))
	if _, err := b.client.PutCase(t.Context(), h.key, h.file); err != nil {
		t.Fatal(err)
	}
	for i := range h.pages {
		if err := b.upload(h, i); err != nil {
			t.Fatal(err)
		}
	}
	s.Kill()
	s = serve(t, dir)
	b.connect(s)
	a, err := b.client.CommitCase(t.Context(), h.key)
	if err != nil || a.State != platform.CaseReceived {
		t.Fatalf("commit after the crash: %+v, %v", a, err)
	}
	s.Kill()
	s = serve(t, dir)
	b.connect(s)
	if again := b.send(h); again.PlatformNumber != a.PlatformNumber {
		t.Errorf("number after the second crash is %s, before it was %s", again.PlatformNumber, a.PlatformNumber)
	}
	next := b.send(b.handIn(sealing{}))
	if next.PlatformNumber == a.PlatformNumber {
		t.Error("two cases have the same platform number")
	}
}

// TestLostAnswers cuts the connection after the work is done: the next try gets the answer that was lost.
func TestLostAnswers(t *testing.T) {
	s := serve(t, t.TempDir())
	b := enrolled(t, s, "360001")
	h := b.handIn(sealing{}, noise(10))
	lose := func(method string) {
		s.Hub.SetFault(&Fault{LoseAnswer: true, Times: 1, Match: func(r *http.Request) bool { return r.Method == method }})
	}
	lose(http.MethodPut)
	if _, err := b.client.PutCase(t.Context(), h.key, h.file); err == nil {
		t.Fatal("the answer was not lost")
	}
	if all, err := s.Hub.Cases(t.Context()); err != nil || len(all) != 1 {
		t.Fatalf("the hub has %d cases, %v", len(all), err)
	}
	if err := func() error { _, err := b.client.PutCase(t.Context(), h.key, h.file); return err }(); err != nil {
		t.Fatal(err)
	}
	if err := b.upload(h, 0); err != nil {
		t.Fatal(err)
	}
	lose(http.MethodPost)
	if _, err := b.client.CommitCase(t.Context(), h.key); err == nil {
		t.Fatal("the answer was not lost")
	}
	all, err := s.Hub.Cases(t.Context())
	if err != nil || len(all) != 1 || all[0].PlatformNumber == "" {
		t.Fatalf("after the lost commit: %+v, %v", all, err)
	}
	if a := b.send(h); a.PlatformNumber != all[0].PlatformNumber {
		t.Errorf("number is %s, was %s", a.PlatformNumber, all[0].PlatformNumber)
	}
}

// TestPersonalDataStaysInTheStore looks for the person everywhere but in the database.
func TestPersonalDataStaysInTheStore(t *testing.T) {
	dir := t.TempDir()
	s := serve(t, dir)
	b := enrolled(t, s, "360001")
	picture := []byte("JPEG of " + testName + " " + testNumber)
	h := b.handIn(sealing{}, picture)
	b.send(h)
	err := walkFiles(dir, func(path string, text []byte) {
		if strings.Contains(path, "hub.db") {
			return
		}
		for _, secret := range []string{testName, testNumber, testPhone} {
			if bytes.Contains(text, []byte(secret)) {
				t.Errorf("%s holds something personal", path)
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(s.Hub.pages.path(h.key, h.pages[0].digest)); err != nil {
		t.Errorf("the sealed page is not where it belongs: %v", err)
	}
}

func TestBodyLimits(t *testing.T) {
	s := serve(t, t.TempDir())
	b := enrolled(t, s, "360001")
	key := string(casefile.NewKey())
	huge := func(n int64) *bytes.Reader { return bytes.NewReader(make([]byte, n)) }
	for _, c := range []struct {
		name, method, path, mediaType string
		size                          int64
	}{
		{"envelope", http.MethodPut, "/v1/cases/" + key, "application/octet-stream", maxEnvelopeFile + 1},
		{"heartbeat", http.MethodPost, "/v1/terminal/heartbeat", "application/json", maxBeat + 1},
		{"progress", http.MethodPost, "/v1/progress", "application/json", 16<<10 + 1},
	} {
		res := b.raw(c.method, c.path, huge(c.size), "Content-Type", c.mediaType)
		if got := code(t, res); res.StatusCode != http.StatusRequestEntityTooLarge || got != platform.CodeTooLarge {
			t.Errorf("%s: %d %s", c.name, res.StatusCode, got)
		}
		res = b.raw(c.method, c.path, strings.NewReader("x"), "Content-Type", "text/plain")
		if got := code(t, res); res.StatusCode != http.StatusUnsupportedMediaType || got != platform.CodeMediaType {
			t.Errorf("%s as text: %d %s", c.name, res.StatusCode, got)
		}
	}
	if res := b.raw(http.MethodPost, "/v1/progress", strings.NewReader("{"), "Content-Type", "application/json"); res.StatusCode != http.StatusBadRequest {
		t.Errorf("broken JSON: %d", res.StatusCode)
	}
	if res := b.raw(http.MethodGet, "/v1/nothing", http.NoBody); code(t, res) != platform.CodeNotFound {
		t.Errorf("unknown path: %d", res.StatusCode)
	}
	if res := b.raw(http.MethodDelete, "/v1/terminal", http.NoBody); code(t, res) != platform.CodeMethod {
		t.Errorf("unknown method: %d", res.StatusCode)
	}
	b.cert = nil
	if res := b.raw(http.MethodGet, "/v1/terminal", http.NoBody); code(t, res) != platform.CodeNotEnrolled {
		t.Errorf("without certificate: %d", res.StatusCode)
	}
}

func walkFiles(dir string, visit func(path string, text []byte)) error {
	return filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		if err == nil {
			visit(path, b)
		}
		return err
	})
}
