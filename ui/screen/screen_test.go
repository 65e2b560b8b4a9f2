package screen

import (
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"

	"kiosk/device/localapi"
	"kiosk/ui/kit"
	"kiosk/ui/model"
)

// find returns the sample of that name.
func find(t *testing.T, name string) sample {
	t.Helper()
	for _, s := range samples() {
		if s.name == name {
			return s
		}
	}
	t.Fatalf("no sample %q", name)
	return sample{}
}

// bench is a screen with a clock and a record of what was asked.
type bench struct {
	*Screen
	now  time.Time
	acts []model.Action
}

func newBench(t *testing.T, m model.Screen) *bench {
	b := &bench{now: noon}
	b.Screen = New(setUp(t), func() time.Time { return b.now }, func(a model.Action) { b.acts = append(b.acts, a) }, nil)
	b.Show(m)
	return b
}

func at(x, y float32) *desktop.MouseEvent {
	return &desktop.MouseEvent{PointEvent: fyne.PointEvent{Position: fyne.NewPos(x, y)}, Button: desktop.MouseButtonPrimary}
}

// tap presses the middle of an item with a finger.
func (b *bench) tap(t *testing.T, id string) {
	t.Helper()
	it := b.Surface().Item(id)
	if it == nil {
		t.Fatalf("no item %q", id)
	}
	ev := at(it.Rect.X+it.Rect.W/2, it.Rect.Y+it.Rect.H/2)
	b.Surface().MouseDown(ev)
	b.Surface().MouseUp(ev)
}

func TestTouchAndKeysDoTheSame(t *testing.T) {
	m := find(t, "C04-phone").describe("zh")
	b := newBench(t, m)
	b.now = b.now.Add(kit.Settle)
	b.tap(t, "key:5")
	b.now = b.now.Add(kit.Debounce)
	if !b.Press("key:5") {
		t.Fatal("pressing by id did nothing")
	}
	if len(b.acts) != 2 || b.acts[0].Kind != model.ActType || b.acts[0].Text != "5" || b.acts[1].Text != "5" {
		t.Errorf("actions are %+v", b.acts)
	}
}

func TestANewScreenIsDeafForAMoment(t *testing.T) {
	b := newBench(t, find(t, "C04-phone").describe("zh"))
	b.now = b.now.Add(kit.Settle - time.Millisecond)
	b.tap(t, "key:5")
	if len(b.acts) != 0 {
		t.Error("a screen that had just appeared took a tap")
	}
	b.now = b.now.Add(time.Millisecond)
	b.tap(t, "key:5")
	if len(b.acts) != 1 {
		t.Error("the screen stayed deaf")
	}
	next := find(t, "B01-guide").describe("zh")
	b.Show(next)
	b.tap(t, "next")
	if len(b.acts) != 1 {
		t.Error("the next screen took the same tap")
	}
}

func TestTypingDrawsOneFieldOnly(t *testing.T) {
	s := find(t, "C04-phone")
	b := newBench(t, s.describe("zh"))
	frame, bars, face, pad := b.frame, b.bars, b.body[0], b.body[1]
	s.typed += "1"
	b.Show(s.describe("zh"))
	if b.frame != frame || b.bars != bars || b.body[1] != pad {
		t.Error("parts that did not change were drawn again")
	}
	if b.body[0] == face {
		t.Error("the field was not drawn again")
	}
}

func TestACountdownChangesOneText(t *testing.T) {
	s := find(t, "A05-timeout")
	b := newBench(t, s.describe("zh"))
	before := b.modal
	s.state.Visit.Warning = &localapi.IdleWarning{Seconds: 9}
	b.Show(s.describe("zh"))
	if b.modal != before {
		t.Error("the dialog was drawn again")
	}
	found := false
	for _, x := range b.Surface().Texts() {
		found = found || x.Text == "9 秒"
	}
	if !found {
		t.Error("the new number of seconds is not shown")
	}
	b.now = b.now.Add(kit.Settle)
	if b.Press("case:0") {
		t.Error("the screen under the dialog took a press")
	}
	if !b.Press("continue") {
		t.Error("the dialog took no press")
	}
}

func TestInkBecomesAStroke(t *testing.T) {
	s := find(t, "C09-sign")
	b := newBench(t, s.describe("zh"))
	b.now = b.now.Add(kit.Settle)
	pad := b.Surface().Item("sign-pad")
	if pad == nil {
		t.Fatal("no pad")
	}
	x, y := pad.Rect.X+100, pad.Rect.Y+100
	b.Surface().MouseDown(at(x, y))
	for i := range 10 {
		b.now = b.now.Add(8 * time.Millisecond)
		b.Surface().MouseMoved(at(x+float32(i)*10, y+float32(i)*5))
	}
	b.Surface().MouseUp(at(x+90, y+45))
	if len(b.acts) != 1 || b.acts[0].Kind != model.ActStroke {
		t.Fatalf("actions are %+v", b.acts)
	}
	st := b.acts[0].Stroke
	first, last := st[0], st[len(st)-1]
	if len(st) < 9 || first.X >= last.X || first.Y >= last.Y || last.X > 1000 || first.T != 0 || last.T < 72 {
		t.Errorf("stroke of %d points from %+v to %+v", len(st), first, last)
	}
	// With the first stroke the buttons wake up; with the next one the pad stays as it is.
	s.ink = true
	b.Show(s.describe("zh"))
	ink := b.body[1].ink
	m := s.describe("zh")
	pad1 := m.Body[1].(model.SignPad)
	pad1.Strokes = pad1.Strokes[:2]
	m.Body[1] = pad1
	b.Show(m)
	if b.body[1].ink != ink {
		t.Error("the pad was drawn anew for a stroke")
	}
	if it := b.Surface().Item("sign:clear"); it == nil || it.Disabled {
		t.Error("ink cannot be cleared")
	}
}

func TestPicturesComeAndGo(t *testing.T) {
	review := find(t, "C08-review").describe("zh")
	b := newBench(t, review)
	id := review.Pictures()[0]
	b.Put("somebody else's", paperImage(40, 30))
	b.Put(id, paperImage(400, 300))
	if len(b.images) != 1 || b.Surface().Live(id).Empty() {
		t.Fatalf("%d pictures are kept, shown: %v", len(b.images), !b.Surface().Live(id).Empty())
	}
	b.Show(find(t, "B01-guide").describe("zh"))
	if len(b.images) != 0 {
		t.Error("a picture outlived its screen")
	}
	b.Show(review)
	b.Put(id, paperImage(400, 300))
	b.Wipe()
	if len(b.images) != 0 || len(b.Items()) != 0 || len(b.Surface().Texts()) != 0 {
		t.Error("something is left after the wipe")
	}
}

func TestFramesAreNotShownWhileTheCameraIsAway(t *testing.T) {
	m := find(t, "C07-capture-lost").describe("zh")
	b := newBench(t, m)
	b.Put("top", paperImage(400, 300))
	if b.Surface().Live("top") != nil {
		t.Error("a late frame has a place")
	}
}
