package model_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"kiosk/device/localapi"
	"kiosk/ui/model"
	"kiosk/ui/model/modeltest"
)

func show(name string) model.Screen {
	return model.Of(modeltest.Find(name), model.Local{}, modeltest.At)
}

// find returns the first block of a kind.
func find[B model.Block](s model.Screen) (b B, ok bool) {
	for _, block := range s.Body {
		if b, ok = block.(B); ok {
			return b, true
		}
	}
	return b, false
}

// said is all running text of a screen.
func said(s model.Screen) string {
	parts := []string{s.Title, s.Hint}
	for _, block := range s.Body {
		switch v := block.(type) {
		case model.Paragraph:
			parts = append(parts, v.Text)
		case model.Notice:
			parts = append(parts, v.Text, v.More)
		case model.Prompt:
			parts = append(parts, v.Text)
		case model.Facts:
			for _, f := range v.Rows {
				parts = append(append(parts, f.Label), f.Texts...)
			}
		}
	}
	return strings.Join(parts, "\n")
}

// pagesOf walks through all pages by the pager.
func pagesOf(t *testing.T, st localapi.State) []model.Screen {
	t.Helper()
	var l model.Local
	var all []model.Screen
	for range 30 {
		s := model.Of(st, l, modeltest.At)
		all = append(all, s)
		next := s.Onward()
		if next == nil {
			return all
		}
		if b := s.Pager.Next; b != nil && s.Button("read-on") != nil {
			t.Errorf("%s: two buttons turn to the next page", s.ID)
		}
		l, _ = model.Reduce(l, next.Action, st)
	}
	t.Fatal("the pages do not end")
	return nil
}

func TestHome(t *testing.T) {
	cards, _ := find[model.Cards](show("home"))
	if len(cards.Cards) != 3 || cards.Cards[0].ID != "card:parcel-remote" || cards.Cards[0].Tags[0] != "离线可办" {
		t.Errorf("cards %+v", cards)
	}
	shut := cards.Cards[2]
	if !shut.Disabled || shut.Why != "没有联网，暂时办不了" {
		t.Errorf("a closed item shows %+v", shut.Button)
	}
	_, in := press(t, model.Local{}, modeltest.Find("home"), "card:progress")
	if in == nil || in.Kind != localapi.IntentChoose || in.Item != "progress" {
		t.Errorf("sent %+v", in)
	}
	if pages := pagesOf(t, modeltest.Find("home-full")); len(pages) != 2 || pages[0].Key == pages[1].Key {
		t.Errorf("%d pages for 11 items", len(pages))
	}
	if _, in = press(t, model.Local{}, modeltest.Base(), "start"); in == nil || in.Kind != localapi.IntentStart {
		t.Errorf("attract sends %+v", in)
	}
}

// Nobody agrees to what was not on the screen.
func TestConsentIsReadFirst(t *testing.T) {
	pages := pagesOf(t, modeltest.Find("consent"))
	if len(pages) < 2 {
		t.Fatalf("%d pages: the sample is too short for this test", len(pages))
	}
	var ids []string
	for i, s := range pages {
		p, _ := find[model.Purposes](s)
		for _, row := range p.Rows {
			ids = append(ids, row.ID)
			if len(row.Facts) != 3 || row.Basis != "需要您同意" {
				t.Errorf("purpose %+v", row)
			}
		}
		last := i == len(pages)-1
		if (s.Button("agree") != nil) != last || s.Primary == nil {
			t.Errorf("page %d of %d: primary %+v", i+1, len(pages), s.Primary)
		}
		if s.Button("refuse") == nil {
			t.Errorf("page %d: cannot be refused", i+1)
		}
	}
	if !slices.Equal(ids, []string{"identity", "papers", "transfer", "contact"}) {
		t.Errorf("purposes %v", ids)
	}
	notice := show("notice")
	if notice.Button("refuse") != nil || notice.Button("agree") == nil || notice.Primary.Label != "下一步" {
		t.Errorf("a duty is told with %+v and %+v", notice.Aux, notice.Primary)
	}
}

func TestGuideSaysBeforehand(t *testing.T) {
	s := said(show("guide-offline"))
	for _, want := range []string{"打印机现在不能用", "网络中断", "居民身份证原件", "8 分钟", "断网也能办"} {
		if !strings.Contains(s, want) {
			t.Errorf("%q is not said before anybody begins:\n%s", want, s)
		}
	}
}

func TestWays(t *testing.T) {
	rows, _ := find[model.Choices](show("ways"))
	if len(rows.Rows) != 3 || !rows.Rows[0].Disabled || rows.Rows[0].Why == "" || rows.Rows[1].Disabled {
		t.Errorf("ways %+v", rows)
	}
	_, in := press(t, model.Local{}, modeltest.Find("ways"), "way:number")
	if in == nil || in.Kind != localapi.IntentWay || in.Value != "number" {
		t.Errorf("sent %+v", in)
	}
	fail := show("card-failed")
	if fail.Button("retry") == nil || fail.Button("way:code") == nil || fail.Button("way:counter") != nil || !strings.Contains(said(fail), "人工窗口") {
		t.Errorf("ways on after a card was not read: %s", said(fail))
	}
	for _, why := range []string{"kind", "same", "gone", "wait"} {
		if said(show("card-"+why)) == said(fail) {
			t.Errorf("%q has no words of its own", why)
		}
	}
	if read := said(show("card-read")); strings.Contains(read, "请放") || !strings.Contains(read, "下一步") {
		t.Errorf("after a card was read the screen still asks for it, or does not say what comes next: %s", read)
	}
	for _, lost := range []string{"scan-lost", "capture-lost"} {
		if v, _ := find[model.Preview](show(lost)); v.Looking || v.Caption != "镜头没有连上" {
			t.Errorf("%s: the frame says %q", lost, v.Caption)
		}
	}
	seen := map[string]bool{}
	for _, p := range []string{"other-code", "not-found", "lost", "wait"} {
		s := show("scan-" + p)
		if seen[s.Title] || s.Button("way:number") == nil {
			t.Errorf("%q: title %q, number %v", p, s.Title, s.Button("way:number"))
		}
		seen[s.Title] = true
	}
}

func TestPlacesArePaged(t *testing.T) {
	st := modeltest.Find("places")
	var values []string
	for _, s := range pagesOf(t, st) {
		rows, _ := find[model.Choices](s)
		if len(rows.Rows) > 8 {
			t.Errorf("%d choices on one page", len(rows.Rows))
		}
		for i, r := range rows.Rows {
			values = append(values, r.ID)
			if r.Number != i+1 {
				t.Errorf("row %d has number %d", i+1, r.Number)
			}
		}
	}
	if len(values) != len(st.Visit.View.Field.Choices) {
		t.Errorf("%d choices can be reached, want %d", len(values), len(st.Visit.View.Field.Choices))
	}
}

func TestCapture(t *testing.T) {
	if s := show("capture"); s.Previewed() != "document" || s.Button("shoot").Disabled || s.Button("next") != nil {
		t.Errorf("capture: camera %q, %+v", s.Previewed(), s.Primary)
	}
	if b := show("capture-dark").Button("shoot"); b == nil || !b.Disabled {
		t.Errorf("a picture can be taken of nothing: %+v", b)
	}
	if s := show("capture-full"); s.Button("shoot") != nil || s.Primary == nil || s.Primary.ID != "next" || s.Button("delete") == nil {
		t.Errorf("all pages taken: %+v", s.Primary)
	}
	lost := show("capture-lost")
	if lost.Primary == nil || lost.Primary.ID != "retry" || !strings.Contains(said(lost), "不会丢") {
		t.Errorf("camera lost: %+v, %s", lost.Primary, said(lost))
	}
	review := show("review")
	if p, _ := find[model.Picture](review); p.ID != "shot-7" || review.Primary.ID != "keep-page" || review.Aux.ID != "retake" {
		t.Errorf("review: %+v, %+v", p, review.Primary)
	}
}

func TestCheck(t *testing.T) {
	s := show("check")
	table, _ := find[model.Table](s)
	thumbs, _ := find[model.Thumbs](s)
	if len(table.Rows) != 4 || table.Rows[0].Source != "来自身份证" || table.Rows[2].Edit.ID != "edit:field:phone" || len(thumbs.Rows) != 2 {
		t.Errorf("table %+v, thumbs %+v", table, thumbs)
	}
	if table.Rows[0].Edit == nil || table.Rows[1].Edit != nil {
		t.Error("one card has more than one button")
	}
	_, in := press(t, model.Local{}, modeltest.Find("check"), "delete:material:register:2")
	if in == nil || in.Kind != localapi.IntentDelete || in.Material != "register" || in.Page != 2 {
		t.Errorf("sent %+v", in)
	}
	if show("check").Primary.ID != "submit" || show("check-next").Primary.ID != "next" {
		t.Error("the last step is not told apart")
	}
	if p := show("check-problem").Primary; p == nil || !p.Disabled || p.Why == "" {
		t.Errorf("with a problem: %+v", p)
	}
	pages := pagesOf(t, modeltest.Find("check-long"))
	rows, pictures := 0, 0
	for i, s := range pages {
		if table, ok := find[model.Table](s); ok {
			rows += len(table.Rows)
		}
		pictures += len(s.Pictures())
		if (s.Button("submit") != nil) != (i == len(pages)-1) {
			t.Errorf("page %d of %d: submit %v", i+1, len(pages), s.Button("submit"))
		}
	}
	if rows != 13 || pictures != 11 {
		t.Errorf("%d rows and %d pictures on %d pages, want 13 and 11", rows, pictures, len(pages))
	}
	if !strings.Contains(said(show("check-revealed")), "7 秒") || show("check-revealed").Button("reveal") != nil {
		t.Error("the end of the reveal is not told")
	}
}

func TestSignComesAfterTheText(t *testing.T) {
	pages := pagesOf(t, modeltest.Find("sign-long"))
	var text strings.Builder
	for i, s := range pages {
		if p, ok := find[model.Paragraph](s); ok {
			text.WriteString(p.Text)
		}
		if _, ok := find[model.SignPad](s); ok != (i == len(pages)-1) {
			t.Errorf("page %d of %d: pad %v", i+1, len(pages), ok)
		}
	}
	if want := modeltest.Find("sign-long").Visit.View.Sign.Text.ZH; text.String() != want {
		t.Errorf("%d bytes of the pledge are shown, want %d", text.Len(), len(want))
	}
}

// The box keeps, the platform receives, only the authority accepts.
func TestNothingIsPromised(t *testing.T) {
	received, kept := said(show("received")), said(show("kept"))
	if !strings.Contains(received, "平台已收到") || strings.Contains(received, "已受理") {
		t.Errorf("received: %s", received)
	}
	if !strings.Contains(kept, "已收存") || strings.Contains(kept, "平台已收到") || strings.Contains(kept, "已受理") {
		t.Errorf("kept: %s", kept)
	}
	if !strings.Contains(kept, "2026年12月5日") {
		t.Errorf("the day to go to the counter is missing: %s", kept)
	}
	ticket, _ := find[model.Ticket](show("received"))
	if len(ticket.Rows) != 2 || ticket.Rows[0].Number != "990001 01 000042 7" || ticket.QR == "" {
		t.Errorf("ticket %+v", ticket)
	}
	states := map[string]string{"kept": "已收存（本机）", "received": "平台已收到", "accepted": "已受理", "refused": "不予受理"}
	for _, s := range pagesOf(t, modeltest.Find("cases")) {
		list, _ := find[model.CaseList](s)
		for _, row := range list.Rows {
			for state, word := range states {
				i := 0
				if _, err := fmt.Sscanf(row.ID, "case:%d", &i); err != nil {
					t.Fatal(err)
				}
				if modeltest.Find("cases").Visit.View.Cases.List[i].State == state && row.State != word {
					t.Errorf("%s is called %q, want %q", state, row.State, word)
				}
			}
		}
	}
	if stuck := said(show("case-stuck")); strings.Contains(stuck, "不予受理") || !strings.Contains(stuck, "平台没有收下") {
		t.Errorf("what the platform would not take is told as: %s", stuck)
	}
}

// Printed, not printed and not known are three things, each with its own way on.
func TestThreeEndsOfPrinting(t *testing.T) {
	fault := modeltest.Find("printer-no")
	fault.Visit.Lang, fault.Visit.View.Trouble = "en", &localapi.Trouble{Fault: localapi.Text{ZH: "没有纸了", EN: "out of paper"}}
	if n, _ := find[model.Notice](model.Of(fault, model.Local{}, modeltest.At)); n.Text != "Out of paper" || n.More != "" {
		t.Errorf("a fault is told as %+v", n)
	}
	for _, kind := range []string{"printer-", "restarted-"} {
		titles := map[string]bool{}
		for _, printed := range []string{"yes", "no", "not-known"} {
			s := show(kind + printed)
			text := said(s)
			if titles[text] {
				t.Errorf("%s%s says the same as another end", kind, printed)
			}
			titles[text] = true
			unknown := strings.Contains(text, "不知道")
			if unknown != (printed == "not-known") {
				t.Errorf("%s%s: %s", kind, printed, text)
			}
			if again := s.Button("print"); again != nil && printed != "no" && !strings.Contains(again.Label, "补打") {
				t.Errorf("%s%s offers %q: a second receipt must be called a copy", kind, printed, again.Label)
			}
		}
	}
	ask := show("kept")
	if ask.Primary.ID != "print" || ask.Aux.ID != "no-print" {
		t.Errorf("kept: %+v, %+v", ask.Primary, ask.Aux)
	}
	none := show("received-no-printer")
	if none.Button("print") != nil || none.Primary == nil || none.Primary.ID != "no-print" || strings.Contains(none.Primary.Label, "打印") {
		t.Errorf("without a printer: %+v", none.Primary)
	}
}

func TestRestartedSaysWhatWasKept(t *testing.T) {
	lost := said(show("restarted-lost"))
	if !strings.Contains(lost, "没有提交") || strings.Contains(lost, "收存") {
		t.Errorf("nothing kept: %s", lost)
	}
	kept := show("restarted-no")
	if ticket, ok := find[model.Ticket](kept); !ok || len(ticket.Rows) != 1 || !strings.Contains(said(kept), "已收存") {
		t.Errorf("kept: %s", said(kept))
	}
	if !strings.Contains(said(show("restarted-yes")), "平台已收到") {
		t.Error("received is not said")
	}
	if show("restarted-no-printer").Button("print") != nil {
		t.Error("a receipt is offered without a printer")
	}
}

func TestSubmitSteps(t *testing.T) {
	steps, _ := find[model.Steps](show("submitting"))
	want := []model.StepState{model.StepDone, model.StepNow, model.StepTodo}
	for i, row := range steps.Rows {
		if row.State != want[i] || row.Label == "" {
			t.Errorf("step %d is %+v, want %s", i, row, want[i])
		}
	}
	if !strings.Contains(said(show("submitting-long")), "还在办理") {
		t.Error("nobody says that it takes longer")
	}
}

func TestCases(t *testing.T) {
	st := modeltest.Find("cases")
	pages := pagesOf(t, st)
	if len(pages) != 2 {
		t.Fatalf("%d pages for 6 cases", len(pages))
	}
	l, _ := press(t, model.Local{}, st, "page:next")
	_, in := press(t, l, st, "case:5")
	if in == nil || in.Kind != localapi.IntentOpen || in.Index != 5 {
		t.Errorf("sent %+v", in)
	}
	one := show("case")
	line, _ := find[model.Timeline](one)
	if len(line.Rows) != 3 || !line.Rows[2].Now || line.Rows[2].Label != "已受理" || line.Rows[2].At != "2026年11月21日 06:41" {
		t.Errorf("timeline %+v", line)
	}
	if !strings.Contains(said(one), "不显示姓名") {
		t.Error("a case found by number does not say what is hidden")
	}
	bad := st
	bad.Visit.View = localapi.View{Kind: localapi.ViewCase, Cases: &localapi.Cases{Open: 7}}
	if s := model.Of(bad, model.Local{}, modeltest.At); s.ID != "C12" || !s.WayOn() {
		t.Errorf("a case that is not there: %+v", s.Primary)
	}
}
