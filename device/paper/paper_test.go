package paper

import (
	"image"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"

	"kiosk/device/casefile"
)

func example(t testing.TB) casefile.Receipt {
	t.Helper()
	n, err := casefile.NewNumber(casefile.NumberParts{Terminal: "360001", Epoch: 1, Sequence: 42})
	if err != nil {
		t.Fatal(err)
	}
	return casefile.Receipt{
		Site: "示例区政务服务中心", Title: "收存回执", Item: "居住证签注",
		Rows: []casefile.Row{
			{Label: "收存时间", Value: "2026年11月21日 14:32"},
			{Label: "材料", Value: "房屋租赁合同，共 3 页"},
			{Label: "平台受理编号", Value: "SL-2026-000917"},
			{Label: "最晚到窗口", Value: "2026年12月5日", Big: true},
		},
		Number: n, Ticket: casefile.Ticket{Number: n, Code: "ABCDEFGHIJKLMNOP"},
		Notes: []string{
			"您的材料已经收存在本机，还没有受理。平台收到后，会发短信到 199****1234。",
			"如果到 12 月 5 日还没有收到短信，请带这张回执到示例区政务服务中心 2 楼 12 号窗口。",
		},
		Contact: "咨询电话 0791-5550123", PrintedAt: "打印于 2026-11-21 14:33", Lang: "zh",
	}
}

func english(t testing.TB) casefile.Receipt {
	r := example(t)
	r.Lang, r.Copy = "en", true
	r.Site, r.Title, r.Item = "Example District Service Centre", "Receipt of papers kept", "Renewal of a residence permit"
	r.Rows = []casefile.Row{{Label: "Kept at", Value: "14:32, 21 November 2026"}, {Label: "Papers", Value: "Lease, 3 pages"}}
	r.Notes = []string{"Your papers are kept in this terminal. They have not been accepted yet."}
	r.Contact, r.PrintedAt = "Questions: 0791-5550123", "Printed 2026-11-21 14:33"
	return r
}

func setter(t testing.TB) *Setter {
	t.Helper()
	s, err := New(nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func lays(t testing.TB, s *Setter, r casefile.Receipt, dots int) *image.Gray {
	t.Helper()
	slip, err := s.Lay(r, dots)
	if err != nil {
		t.Fatal(err)
	}
	if !slip.Cut {
		t.Error("the slip is not cut")
	}
	return slip.Image
}

func decode(t testing.TB, img image.Image) string {
	t.Helper()
	bits, err := gozxing.NewBinaryBitmapFromImage(img)
	if err != nil {
		t.Fatal(err)
	}
	res, err := qrcode.NewQRCodeReader().Decode(bits, nil)
	if err != nil {
		t.Fatalf("the code on the receipt cannot be read: %v", err)
	}
	return res.GetText()
}

func TestLay(t *testing.T) {
	s := setter(t)
	cp := example(t)
	cp.Copy = true
	for name, r := range map[string]casefile.Receipt{"zh": example(t), "copy": cp, "en": english(t)} {
		for _, dots := range []int{384, 576} {
			img := lays(t, s, r, dots)
			if dir := os.Getenv("KIOSK_PAPER_OUT"); dir != "" {
				save(t, filepath.Join(dir, name+"-"+map[int]string{384: "58", 576: "80"}[dots]+".png"), img)
			}
			if img.Rect != image.Rect(0, 0, dots, img.Rect.Dy()) || img.Stride != dots {
				t.Errorf("%s: the picture is %v, stride %d", name, img.Rect, img.Stride)
			}
			for i, v := range img.Pix {
				if v != 0 && v != 255 {
					t.Fatalf("%s: dot %d is %d, neither black nor white", name, i, v)
				}
			}
			if got := decode(t, img); got != r.Ticket.String() {
				t.Errorf("%s %d: the code says %q, want %q", name, dots, got, r.Ticket)
			}
			tk, err := casefile.ParseTicket(decode(t, img))
			if err != nil || tk != r.Ticket {
				t.Errorf("%s %d: ticket %v, %v", name, dots, tk, err)
			}
		}
	}
}

func save(t testing.TB, path string, img image.Image) {
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := png.Encode(f, img); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

// Text stays inside: no dot but those of rules stands at the paper's edges, and no line is cut at top or bottom.
func TestNothingIsClipped(t *testing.T) {
	s := setter(t)
	r := example(t)
	r.Item = strings.Repeat("很长的事项名称", 6)
	r.Rows = append(r.Rows, casefile.Row{Label: strings.Repeat("标签", 12), Value: strings.Repeat("M", 90)},
		casefile.Row{Label: "大", Value: strings.Repeat("值W", 40), Big: true})
	r.Notes = append(r.Notes, strings.Repeat("W", 120), strings.Repeat("国", 120))
	r.Contact = strings.Repeat("0791-5550123 ", 9)
	for _, dots := range []int{256, 384, 512, 576, 1024} {
		img := lays(t, s, r, dots)
		h := img.Rect.Dy()
		rules := 0
		for y := range h {
			left, right := img.Pix[y*dots] == 0, img.Pix[y*dots+dots-1] == 0
			full := true
			dashed := true
			for x := range dots {
				full = full && img.Pix[y*dots+x] == 0
				dashed = dashed && (img.Pix[y*dots+x] == 0) == (x%12 < 6)
			}
			if full || dashed {
				rules++
			} else if left || right {
				t.Fatalf("%d: a dot stands at the edge in row %d", dots, y)
			}
			if (y < 4 || y >= h-8) && slices.Contains(img.Pix[y*dots:(y+1)*dots], 0) {
				t.Fatalf("%d: a dot stands in row %d of %d", dots, y, h)
			}
		}
		if rules != 5+2+3*2 {
			t.Errorf("%d: %d rows of rules", dots, rules)
		}
		if got := decode(t, img); got != r.Ticket.String() {
			t.Errorf("%d: the code says %q", dots, got)
		}
	}
}

// The code is 24 to 30 mm wide with four modules of white around it, on either paper.
func TestCodeSize(t *testing.T) {
	q, err := newQR(example(t).Ticket.String())
	if err != nil {
		t.Fatal(err)
	}
	for _, dots := range []int{384, 576} {
		m := q.module(dots - 2*margin)
		if w := m * len(q); w < qrMin || w > qrMax {
			t.Errorf("%d: modules of %d dots make %d mm", dots, m, w/8)
		}
	}
	if m := q.module(90); m != 0 {
		t.Errorf("90 dots: modules of %d", m)
	}
}

func TestNumberIsLarge(t *testing.T) {
	s := setter(t)
	r := casefile.Receipt{Title: "收存回执", Number: example(t).Number}
	sh := newSheet(s.fonts, 576)
	defer sh.close()
	number(sh, r.Number, 560)
	if sh.y < 60 || sh.err != nil {
		t.Errorf("the number is %d dots high, %v", sh.y, sh.err)
	}
	narrow := newSheet(s.fonts, 384)
	defer narrow.close()
	number(narrow, r.Number, 368)
	if narrow.y < 2*60 {
		t.Errorf("on narrow paper it is %d dots high, want two lines", narrow.y)
	}
}

func TestText(t *testing.T) {
	r := example(t)
	r.Copy = true
	got := Text(r)
	want := []string{r.Site, "收存回执 [补打]", r.Item, "收存时间  2026年11月21日 14:32", "收存号  " + r.Number.Spaced(),
		"[QR] " + r.Ticket.String(), "· " + r.Notes[0], "· " + r.Notes[1], r.Contact, r.PrintedAt}
	at := 0
	for _, line := range want {
		i := strings.Index(got[at:], line+"\n")
		if i < 0 {
			t.Fatalf("%q is missing, or in the wrong place, in:\n%s", line, got)
		}
		at += i + len(line)
	}
	if en := Text(english(t)); !strings.Contains(en, "Receipt of papers kept [COPY]") || !strings.Contains(en, "Local number") {
		t.Errorf("English:\n%s", en)
	}
}

func TestRefused(t *testing.T) {
	s := setter(t)
	long := example(t)
	long.Notes = []string{strings.Repeat("字", maxText)}
	many := example(t)
	many.Rows = make([]casefile.Row, maxRows+1)
	tall := example(t)
	tall.Notes = slices.Repeat([]string{strings.Repeat("字", 600)}, maxNotes)
	untitled := example(t)
	untitled.Title = ""
	for name, c := range map[string]struct {
		r    casefile.Receipt
		dots int
	}{
		"too narrow": {example(t), 200}, "too wide": {example(t), 2000}, "a long text": {long, 576},
		"many rows": {many, 576}, "a long paper": {tall, 256}, "no title": {untitled, 576},
	} {
		if slip, err := s.Lay(c.r, c.dots); err == nil || slip.Image != nil {
			t.Errorf("%s is laid out", name)
		}
	}
}

func TestFonts(t *testing.T) {
	bad := filepath.Join(t.TempDir(), "bad.ttc")
	if err := os.WriteFile(bad, []byte("no font"), 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := New([]string{"/nowhere/font.ttf", bad})
	if err != nil {
		t.Fatalf("fonts that are no good are not passed over: %v", err)
	}
	_ = s.Close()
	saved := DefaultFonts
	defer func() { DefaultFonts = saved }()
	DefaultFonts = nil
	if _, err := New([]string{bad}); err == nil || !strings.Contains(err.Error(), "fonts-noto-cjk") {
		t.Errorf("without any font: %v", err)
	}
	one, err := New(saved[:1])
	if err != nil {
		t.Fatalf("with a regular font alone: %v", err)
	}
	defer func() { _ = one.Close() }()
	lays(t, one, example(t), 576)
}

// Setters are shared by goroutines.
func TestParallel(t *testing.T) {
	s := setter(t)
	want := lays(t, s, example(t), 384)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			if got, err := s.Lay(example(t), 384); err != nil || !slices.Equal(got.Image.Pix, want.Pix) {
				t.Errorf("another picture, %v", err)
			}
		})
	}
	wg.Wait()
}

func BenchmarkLay(b *testing.B) {
	s := setter(b)
	r := example(b)
	for b.Loop() {
		if _, err := s.Lay(r, 576); err != nil {
			b.Fatal(err)
		}
	}
}
