package paper

import (
	"image"
	"image/png"
	"os"
	"path/filepath"
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
