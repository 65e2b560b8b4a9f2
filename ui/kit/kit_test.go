package kit

import (
	"image"
	"image/color"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"
	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"

	"kiosk/ui/look"
)

var theme = func() *look.Theme {
	fonts, err := look.LoadFonts(look.Sources)
	if err != nil {
		panic(err)
	}
	return look.NewTheme(look.Of(look.Mode{}), fonts)
}()

func setUp(t testing.TB) look.Look {
	test.NewTempApp(t).Settings().SetTheme(theme)
	return look.Of(look.Mode{})
}

func TestBreakKeepsPunctuationInPlace(t *testing.T) {
	l := setUp(t)
	texts := []string{
		"我承诺：所填内容和所交材料真实、完整。我知道材料由受理地部门审核，需要原件时我会补交。",
		"请看《个人信息保护法》第十三条（第一款第三项），再决定“同意”或“不同意”。",
		"一二三四五六七八九十，一二三四五六七八九十！一二三四五六七八九十？",
		"Read this (all of it), please: it says 100% of what we keep.",
	}
	for _, text := range texts {
		for w := float32(150); w < 700; w += 23 {
			lines := Break(text, l.Type.Body, w)
			for i, line := range lines {
				first, _ := utf8.DecodeRuneInString(line)
				last, _ := utf8.DecodeLastRuneInString(line)
				if i > 0 && strings.ContainsRune(notFirst, first) {
					t.Errorf("width %.0f: a line begins with %q: %q", w, first, line)
				}
				if i < len(lines)-1 && strings.ContainsRune(notLast, last) {
					t.Errorf("width %.0f: a line ends with %q: %q", w, last, line)
				}
				if Width(line, l.Type.Body) > w {
					t.Errorf("width %.0f: %q is wider", w, line)
				}
			}
			squeeze := func(s string) string { return strings.ReplaceAll(s, " ", "") }
			if squeeze(strings.Join(lines, "")) != squeeze(text) {
				t.Errorf("width %.0f: text became %q", w, lines)
			}
		}
	}
}

func TestBreakLines(t *testing.T) {
	l := setUp(t)
	for _, c := range []struct {
		text string
		w    float32
		want []string
	}{
		{"", 300, []string{""}},
		{"一行", 300, []string{"一行"}},
		{"甲\n\n乙", 300, []string{"甲", "", "乙"}},
		{"one two three", 120, []string{"one two", "three"}},
		{"ABCDEFGHIJKLMNOPQRSTUVWXYZ", 200, nil}, // only: no line wider, nothing lost
	} {
		got := Break(c.text, l.Type.Body, c.w)
		if c.want != nil && strings.Join(got, "|") != strings.Join(c.want, "|") {
			t.Errorf("%q becomes %q, want %q", c.text, got, c.want)
		}
		if c.want == nil && (len(got) < 2 || strings.Join(got, "") != c.text) {
			t.Errorf("%q becomes %q", c.text, got)
		}
	}
}

func TestLongLabelsStepDownAndThenEnd(t *testing.T) {
	l := setUp(t)
	s := NewSheet(l)
	s.Label(Rect{W: 330, H: 60}, "十个汉字的一个小标题", l.Type.Title, l.Colours.Text, Left)
	s.Label(Rect{W: 100, H: 60}, "这一句无论多小都放不下去了", l.Type.Title, l.Colours.Text, Left)
	a, b := s.Texts()[0], s.Texts()[1]
	if a.Cut || a.Style.Size != l.Type.Button.Size || !a.Style.Bold {
		t.Errorf("the first became %+v", a)
	}
	if !b.Cut || !strings.HasSuffix(b.Text, "…") || b.Width > 100 {
		t.Errorf("the second became %+v", b)
	}
}

// touch is a surface with a clock.
type touch struct {
	*Surface
	now time.Time
}

func newTouch(t *testing.T) *touch {
	tc := &touch{now: time.Unix(1000, 0)}
	tc.Surface = NewSurface(setUp(t), func() time.Time { return tc.now }, nil)
	return tc
}

func ev(x, y float32) *desktop.MouseEvent {
	return &desktop.MouseEvent{PointEvent: fyne.PointEvent{Position: fyne.NewPos(x, y)}, Button: desktop.MouseButtonPrimary}
}

func TestAButtonActsOnReleaseNearIt(t *testing.T) {
	tc := newTouch(t)
	pressed := 0
	sheet := NewSheet(tc.look)
	sheet.Button(Rect{100, 100, 200, 96}, Button{ID: "go", Label: "去", Act: func() { pressed++ }})
	sheet.Button(Rect{400, 100, 200, 96}, Button{ID: "no", Label: "不", Disabled: true, Why: "现在不行", Act: func() { t.Error("a disabled button acted") }})
	tc.Present([]*Sheet{sheet}, nil, false)
	wait := func() { tc.now = tc.now.Add(time.Second) }
	for _, c := range []struct {
		name   string
		downX  float32
		upX    float32
		presss int
	}{
		{"inside", 200, 200, 1},
		{"released 7 outside", 200, 307, 1},
		{"released 9 outside", 200, 309, 0},
		{"pressed outside", 305, 200, 0},
		{"disabled", 500, 500, 0},
	} {
		wait()
		pressed = 0
		tc.MouseDown(ev(c.downX, 150))
		if pressed != 0 {
			t.Errorf("%s: acted on touch", c.name)
		}
		tc.MouseMoved(ev(c.upX, 150))
		tc.MouseUp(ev(c.upX, 150))
		if pressed != c.presss {
			t.Errorf("%s: pressed %d times", c.name, pressed)
		}
	}
	wait()
	pressed = 0
	for range 3 { // a tremor: three taps within the debounce
		tc.MouseDown(ev(200, 150))
		tc.MouseUp(ev(200, 150))
		tc.now = tc.now.Add(Debounce / 4)
	}
	if pressed != 1 {
		t.Errorf("a tremor pressed %d times", pressed)
	}
}

// The same digit twice, as fast as a person types, counts twice; a panel that bounces counts once.
func TestKeysAreTypedTwice(t *testing.T) {
	tc := newTouch(t)
	typed := ""
	sheet := NewSheet(tc.look)
	sheet.Keys(Rect{100, 100, 200, 96}, [][]Key{{{ID: "key:0", Label: "0", Act: func() { typed += "0" }}}}, 1, true)
	tc.Present([]*Sheet{sheet}, nil, false)
	at := tc.Item("key:0").Rect
	for _, c := range []struct {
		pause time.Duration
		want  string
	}{{time.Second, "0"}, {150 * time.Millisecond, "00"}, {40 * time.Millisecond, "00"}, {KeyDebounce, "000"}} {
		tc.now = tc.now.Add(c.pause)
		tc.MouseDown(ev(at.X+10, at.Y+10))
		tc.MouseUp(ev(at.X+10, at.Y+10))
		if typed != c.want {
			t.Errorf("%v after the last press %q is typed, want %q", c.pause, typed, c.want)
		}
	}
}

func TestAPressIsSeenAtOnce(t *testing.T) {
	tc := newTouch(t)
	sheet := NewSheet(tc.look)
	sheet.Button(Rect{100, 100, 200, 96}, Button{ID: "go", Label: "去", Kind: Primary, Act: func() {}})
	tc.Present([]*Sheet{sheet}, nil, false)
	fill := func() color.Color {
		return sheet.Objects()[0].(*canvas.Rectangle).FillColor
	}
	if fill() != tc.look.Colours.Primary {
		t.Fatalf("at rest it is %v", fill())
	}
	tc.MouseDown(ev(150, 120))
	if fill() != tc.look.Colours.PrimaryPressed {
		t.Errorf("pressed it is %v", fill())
	}
	tc.MouseMoved(ev(600, 600))
	if fill() != tc.look.Colours.Primary {
		t.Error("it stays pressed although the finger has left")
	}
	tc.MouseUp(ev(600, 600))
}

func TestQRCodesCanBeRead(t *testing.T) {
	for _, text := range []string{"KIOSK1:360102010000017:Q7M2K9X4", "收存号 360102", strings.Repeat("A1", 60)} {
		img, err := codeImage(text, qrSide)
		if err != nil {
			t.Fatal(err)
		}
		bmp, err := gozxing.NewBinaryBitmapFromImage(img)
		if err != nil {
			t.Fatal(err)
		}
		got, err := qrcode.NewQRCodeReader().Decode(bmp, map[gozxing.DecodeHintType]any{gozxing.DecodeHintType_PURE_BARCODE: true})
		if err != nil || got.GetText() != text {
			t.Errorf("%q is read as %v, %v", text, got, err)
		}
	}
	if _, err := codeImage(strings.Repeat("A", 2000), qrSide); err == nil {
		t.Error("a text too long for its place was drawn")
	}
}

func TestFitPacksTightly(t *testing.T) {
	big := image.NewRGBA(image.Rect(0, 0, 1280, 720))
	for _, c := range []struct {
		name string
		img  image.Image
		w, h int
	}{
		{"already right", image.NewRGBA(image.Rect(0, 0, 960, 720)), 960, 720},
		{"too wide", big, 960, 540},
		{"part of another", big.SubImage(image.Rect(100, 100, 500, 400)), 400, 300},
		{"grey", image.NewGray(image.Rect(0, 0, 640, 480)), 640, 480},
		{"tall", image.NewYCbCr(image.Rect(0, 0, 600, 1440), image.YCbCrSubsampleRatio420), 300, 720},
	} {
		got := Fit(c.img, 960, 720)
		if got.Rect != image.Rect(0, 0, c.w, c.h) || got.Stride != 4*c.w {
			t.Errorf("%s: %v with stride %d", c.name, got.Rect, got.Stride)
		}
	}
}

func TestFramesStop(t *testing.T) {
	tc := newTouch(t)
	sheet := NewSheet(tc.look)
	sheet.Frames(Rect{0, 0, 480, 360}, tc.look.Prompt("card", ""), time.Millisecond, 0)
	tc.Present([]*Sheet{sheet}, nil, true)
	f := sheet.frames[0]
	changes := 0
	for at := f.at; tc.now.Before(time.Unix(1060, 0)); tc.now = tc.now.Add(100 * time.Millisecond) {
		tc.Tick()
		if f.at != at {
			at, changes = f.at, changes+1
		}
	}
	if changes < 30 || changes > 41 {
		t.Errorf("%d changes in a minute; two a second for twenty seconds are meant", changes)
	}
	if f.at != len(f.images)-1 {
		t.Errorf("it came to rest on frame %d", f.at)
	}
}

func TestInkIsBoundedAndWiped(t *testing.T) {
	l := setUp(t)
	s := NewSheet(l)
	var strokes [][]Point
	in := s.InkPad(Rect{48, 500, 984, 400}, "pad", "签名", "", 20, func(st []Point) { strokes = append(strokes, st) })
	now := time.Unix(1000, 0)
	in.begin(fyne.NewPos(-500, -500), now)
	for i := range 100 {
		in.move(fyne.NewPos(float32(i*37%900), 700), now.Add(time.Duration(i)*time.Millisecond))
	}
	in.end(fyne.NewPos(5000, 5000), now.Add(time.Second))
	if len(strokes) != 1 || len(strokes[0]) != 20 {
		t.Fatalf("strokes: %v", strokes)
	}
	for _, p := range strokes[0] {
		if p.X < 0 || p.X > 1000 || p.Y < 0 || p.Y > 1000 {
			t.Errorf("point %+v lies outside the pad", p)
		}
	}
	in.Wipe()
	for _, b := range in.img.Pix {
		if b != 0 {
			t.Fatal("ink is left after the wipe")
		}
	}
}

// 00 is typed as fast as fingers go; a tremor is much faster.
func TestTheSameKeyTwice(t *testing.T) {
	for pause, want := range map[time.Duration]int{150 * time.Millisecond: 2, 40 * time.Millisecond: 1} {
		tc := newTouch(t)
		typed := 0
		sheet := NewSheet(tc.look)
		sheet.Keys(Rect{0, 0, 900, 400}, [][]Key{{{ID: "key:0", Label: "0", Act: func() { typed++ }}}}, 3, true)
		tc.Present([]*Sheet{sheet}, nil, false)
		for range 2 {
			if !tc.Press("key:0") && typed == 0 {
				t.Fatal("the key does not work")
			}
			tc.now = tc.now.Add(pause)
		}
		if typed != want {
			t.Errorf("two presses %v apart typed %d, want %d", pause, typed, want)
		}
	}
}
