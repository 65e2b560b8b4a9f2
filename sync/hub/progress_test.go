package hub

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"kiosk/device/casefile"
	"kiosk/device/identity"
	"kiosk/sync/platform"
)

func TestProgress(t *testing.T) {
	s := serve(t, t.TempDir())
	ctx := t.Context()
	b := enrolled(t, s, "360001")
	first := b.handIn(sealing{}, noise(10))
	b.send(first)
	second := b.handIn(sealing{envelope: func(e *casefile.Envelope) { e.SubmitAt = e.SubmitAt.Add(time.Minute) }}, noise(10))
	if _, err := b.client.PutCase(ctx, second.key, second.file); err != nil {
		t.Fatal(err)
	}
	other := b.handIn(sealing{envelope: func(e *casefile.Envelope) {
		e.Persons = []casefile.PersonRecord{
			{ID: "applicant", Kind: identity.ForeignResident2, Name: "示例", LatinName: "EXAMPLE, ANN", Number: "932682198501010017"},
			{ID: "agent", Kind: identity.Resident, Name: testName, Number: testNumber},
		}
	}})
	b.send(other)
	if _, err := s.Hub.PutPackage(ctx, itemZip(t, "36-0101", 1, "办社保卡")); err != nil {
		t.Fatal(err)
	}
	all, err := s.Hub.Cases(ctx)
	if err != nil {
		t.Fatal(err)
	}
	number := all[len(all)-1].PlatformNumber
	for _, state := range []platform.ProgressState{platform.ProgressAccepted, platform.ProgressSupplement, platform.ProgressDone} {
		if err := s.Hub.SetCaseState(ctx, number, state); err != nil {
			t.Fatal(err)
		}
	}

	numbers := func(q platform.ProgressQuery) string {
		t.Helper()
		found, err := b.client.Progress(ctx, q)
		if err != nil {
			t.Errorf("query by %s: %v", q.By, err)
		}
		var out []string
		for _, c := range found {
			out = append(out, c.Number+" "+string(c.State))
		}
		return strings.Join(out, ", ")
	}
	n1, n2, n3 := string(first.number), string(second.number), string(other.number)
	for _, c := range []struct {
		name string
		q    platform.ProgressQuery
		want string
	}{
		{"person", platform.ProgressQuery{By: platform.ByPerson, IdNumber: testNumber, Name: testName}, n2 + " kept, " + n3 + " received, " + n1 + " done"},
		{"applicant by Latin name", platform.ProgressQuery{By: platform.ByPerson, IdNumber: "932682198501010017", Name: "EXAMPLE, ANN"}, n3 + " received"},
		{"applicant by Chinese name", platform.ProgressQuery{By: platform.ByPerson, IdNumber: "932682198501010017", Name: "示例"}, n3 + " received"},
		{"number with another name", platform.ProgressQuery{By: platform.ByPerson, IdNumber: testNumber, Name: "李四"}, ""},
		{"ticket", platform.ProgressQuery{By: platform.ByTicket, Number: n1, Code: string(first.ticket.Code)}, n1 + " done"},
		{"ticket with another code", platform.ProgressQuery{By: platform.ByTicket, Number: n1, Code: string(second.ticket.Code)}, ""},
		{"ticket without code", platform.ProgressQuery{By: platform.ByTicket, Number: n1}, ""},
		{"local number", platform.ProgressQuery{By: platform.ByNumber, Number: n1}, n1 + " done"},
		{"platform number", platform.ProgressQuery{By: platform.ByNumber, Number: number}, n1 + " done"},
		{"unknown platform number", platform.ProgressQuery{By: platform.ByNumber, Number: platformNumber{"36", 999}.String()}, ""},
	} {
		if got := numbers(c.q); got != c.want {
			t.Errorf("%s: found %q, want %q", c.name, got, c.want)
		}
	}
	found, err := b.client.Progress(ctx, platform.ProgressQuery{By: platform.ByNumber, Number: n1})
	if err != nil || len(found) != 1 {
		t.Fatal(found, err)
	}
	var states []string
	for _, e := range found[0].Events {
		states = append(states, string(e.State))
	}
	if got := strings.Join(states, " "); got != "kept received accepted supplement done" {
		t.Errorf("history is %q", got)
	}
	if found[0].ItemName.Zh != "办社保卡" || found[0].Contact != "0790-0000000" {
		t.Errorf("item is %+v, contact %q", found[0].ItemName, found[0].Contact)
	}
	for name, q := range map[string]platform.ProgressQuery{
		"person without name":   {By: platform.ByPerson, IdNumber: testNumber},
		"person without number": {By: platform.ByPerson, Name: testName},
		"wrong check digit":     {By: platform.ByNumber, Number: n1[:14] + string('0'+('9'-n1[14])%10)},
		"empty number":          {By: platform.ByNumber},
	} {
		_, err := b.client.Progress(ctx, q)
		var p *platform.Problem
		if !errors.As(err, &p) || p.Status != 400 {
			t.Errorf("%s: %v", name, err)
		}
	}
	// No answer says who it is about.
	for _, q := range []string{
		`{"by":"number","number":"` + n3 + `"}`,
		`{"by":"person","id_number":"` + testNumber + `","name":"` + testName + `"}`,
	} {
		text, err := io.ReadAll(b.raw(http.MethodPost, "/v1/progress", strings.NewReader(q), "Content-Type", "application/json").Body)
		if err != nil {
			t.Fatal(err)
		}
		for _, secret := range []string{testName, "示例", "EXAMPLE", testNumber, "932682198501010017", testPhone} {
			if bytes.Contains(text, []byte(secret)) {
				t.Error("a progress answer holds something personal")
			}
		}
	}
}

func TestProgressIsRateLimited(t *testing.T) {
	c := &clock{t: time.Now()}
	s := serve(t, t.TempDir(), func(cfg *Config) { cfg.Now = c.now })
	b := enrolled(t, s, "360001")
	q := platform.ProgressQuery{By: platform.ByNumber, Number: platformNumber{"36", 1}.String()}
	for range 60 {
		if _, err := b.client.Progress(t.Context(), q); err != nil {
			t.Fatal(err)
		}
	}
	var later *platform.TryLater
	if _, err := b.client.Progress(t.Context(), q); !errors.As(err, &later) || later.Status != 429 {
		t.Errorf("the 61st query within a moment: %v", err)
	}
	c.add(time.Second)
	if _, err := b.client.Progress(t.Context(), q); err != nil {
		t.Error(err)
	}
}

func TestCaseStates(t *testing.T) {
	s := serve(t, t.TempDir())
	b := enrolled(t, s, "360001")
	h := b.handIn(sealing{}, noise(1))
	if _, err := b.client.PutCase(t.Context(), h.key, h.file); err != nil {
		t.Fatal(err)
	}
	if err := s.Hub.SetCaseState(t.Context(), string(h.number), platform.ProgressAccepted); !errors.Is(err, ErrNotFound) {
		t.Errorf("a case without its pages was accepted: %v", err)
	}
	b.send(h)
	if err := s.Hub.SetCaseState(t.Context(), string(h.number), platform.ProgressAccepted); err != nil {
		t.Error(err)
	}
	for _, state := range []platform.ProgressState{platform.ProgressKept, platform.ProgressReceived, "lost", ""} {
		if err := s.Hub.SetCaseState(t.Context(), string(h.number), state); err == nil {
			t.Errorf("state %q was set", state)
		}
	}
}

func TestPlatformNumbers(t *testing.T) {
	for running := range 2000 {
		n := platformNumber{"36", running * 7919 % 1_000_000_000}.String()
		if !validPlatformNumber(n) {
			t.Fatalf("%s is not valid", n)
		}
		for i := range 11 { // any one digit typed wrong is noticed
			wrong := []byte(n)
			wrong[i] = '0' + (wrong[i]-'0'+1+byte(running%9))%10
			if validPlatformNumber(string(wrong)) {
				t.Fatalf("%s and %s are both valid", n, wrong)
			}
		}
	}
	// The check digit is the one of local numbers.
	local, err := casefile.NewNumber(casefile.NumberParts{Terminal: "360001", Epoch: 1, Sequence: 42})
	if err != nil || checkDigit(string(local[:14])) != int(local[14]-'0') {
		t.Errorf("check digit of %s is %d, %v", local, checkDigit(string(local[:14])), err)
	}
}
