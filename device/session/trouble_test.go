package session

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"kiosk/device"
	"kiosk/device/casefile"
	"kiosk/device/item"
	"kiosk/device/localapi"
)

// halfStore takes a case in two steps, as the real one may: after a first error it wants the very same bytes again.
type halfStore struct {
	*box
	seen [][]byte
}

func (h *halfStore) Keep(key casefile.Key, envelope []byte, about casefile.About) (casefile.Record, error) {
	h.seen = append(h.seen, bytes.Clone(envelope))
	switch {
	case len(h.seen) == 1:
		return casefile.Record{}, errors.New("commit failed")
	case !bytes.Equal(h.seen[0], envelope):
		return casefile.Record{}, errors.New("another envelope")
	}
	return h.box.Keep(key, envelope, about)
}

// TestSubmitAgainGivesTheSameEnvelope: whatever the clock and the link do meanwhile.
func TestSubmitAgainGivesTheSameEnvelope(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStand(t)
		defer func() { s.stop() }()
		s.stop()
		close(s.box.answer)
		s.store = &halfStore{box: s.box}
		s.start()
		s.toResult()
		s.shows(localapi.ViewDevice)
		time.Sleep(time.Second)
		s.link.up = false
		s.must(localapi.IntentRetry)
		s.shows(localapi.ViewReceived)
	})
}

// crowded gives no room for a draft while full, and lets go of no page while stubborn.
type crowded struct {
	*box
	full, stubborn bool
}

func (c *crowded) Begin(key casefile.Key) error {
	if c.full {
		return errors.New("no space left")
	}
	return c.box.Begin(key)
}

func (c *crowded) DropPage(key casefile.Key, d casefile.Digest) error {
	if c.stubborn {
		return errors.New("keeping has begun")
	}
	return c.box.DropPage(key, d)
}

func TestStoreWithoutRoomIsToldBeforeAnythingIsAsked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStand(t)
		defer func() { s.stop() }()
		s.stop()
		store := &crowded{box: s.box, full: true}
		s.store = store
		s.start()
		s.must(localapi.IntentChoose, code("test"))
		if tr := s.shows(localapi.ViewDevice).View.Trouble; tr.Device != "store" {
			t.Fatalf("trouble shows %+v", tr)
		}
		s.must(localapi.IntentRetry)
		s.shows(localapi.ViewDevice)
		s.must(localapi.IntentBack)
		s.shows(localapi.ViewHome)
		s.must(localapi.IntentChoose, code("query")) // asks for no room
		s.shows(localapi.ViewGuide)
		s.must(localapi.IntentBack)
		s.must(localapi.IntentChoose, code("test"))
		store.full = false
		s.must(localapi.IntentRetry)
		s.shows(localapi.ViewGuide)
	})
}

// TestPageThatTheStoreHoldsStaysInTheCase: envelope and store name the same pages, also when the store does not let go.
func TestPageThatTheStoreHoldsStaysInTheCase(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStand(t)
		defer func() { s.stop() }()
		s.stop()
		s.store = &crowded{box: s.box, stubborn: true}
		s.start()
		s.toCheck()
		drop := func(in *localapi.Intent) { in.Material, in.Page = "form", 1 }
		if err := s.tap(localapi.IntentDelete, drop); err == nil {
			t.Error("a page that the store holds counts as deleted")
		}
		if n := len(s.shows(localapi.ViewCheck).View.Check.Pages); n != 1 {
			t.Errorf("%d pages are left, want 1", n)
		}
	})
}

// TestPaperLeftUnderTheCamera: a code that stays there is asked about once, and is nobody who is still here.
func TestPaperLeftUnderTheCamera(t *testing.T) {
	number, _ := casefile.NewNumber(casefile.NumberParts{Terminal: "360001", Epoch: 1, Sequence: 1})
	for name, text := range map[string]string{
		"foreign": "http://example.com/", "unknown": casefile.Ticket{Number: number, Code: casefile.NewLookupCode()}.String(),
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newStand(t)
				defer s.stop()
				s.cases.err = casefile.ErrNotFound
				s.hands.codes = []string{text}
				s.must(localapi.IntentChoose, code("query"))
				s.must(localapi.IntentNext)
				s.must(localapi.IntentWay, way("code"))
				for range 400 {
					select {
					case s.hands.frames <- page(t):
					case <-time.After(time.Second):
					}
					time.Sleep(time.Second)
					synctest.Wait()
					if s.v.View().View.Goodbye != nil {
						break
					}
				}
				s.shows(localapi.ViewGoodbye)
				asked := 0
				for _, e := range s.log.all {
					if strings.HasPrefix(e, "lookup ") {
						asked++
					}
				}
				if want := map[string]int{"foreign": 0, "unknown": 1}[name]; asked != want {
					t.Errorf("the platform was asked %d times, want %d", asked, want)
				}
			})
		})
	}
}

// lateCamera hands over one more frame after it was told to stop.
type lateCamera struct {
	*hands
	last func() []byte
	sent chan struct{}
}

func (l *lateCamera) Look(ctx context.Context, show func(device.Frame)) error {
	<-ctx.Done()
	show(device.Frame{JPEG: l.last()})
	close(l.sent)
	return nil
}

func TestFrameAfterTheWipeIsNotKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStand(t)
		defer func() { s.stop() }()
		s.stop()
		frame := page(t)
		camera := &lateCamera{hands: s.hands, last: func() []byte { return frame }, sent: make(chan struct{})}
		s.devices = camera
		s.start()
		s.must(localapi.IntentChoose, code("query"))
		s.must(localapi.IntentNext)
		s.must(localapi.IntentWay, way("code"))
		s.must(localapi.IntentCancel)
		<-camera.sent
		s.shows(localapi.ViewGoodbye)
		if len(s.v.frame) != 0 || !zero(frame) {
			t.Error("a frame that came after the wipe is kept")
		}
	})
}

// TestCardNoLongerAskedForIsForgotten: an answer that takes a person out of the case takes the card out, too.
func TestCardNoLongerAskedForIsForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStand(t)
		defer func() { s.stop() }()
		s.stop()
		it := *testItem(t).Item
		it.Persons = append(slices.Clone(it.Persons), item.Person{ID: "agent", Label: zh("代办人")})
		it.Fields = append(slices.Clone(it.Fields), item.Field{ID: "agent-name", Type: item.TypeName, Label: zh("代办人姓名"), From: "agent.name", When: `field.place == "b"`})
		it.Steps = slices.Insert(slices.Clone(it.Steps), 4, item.Step{Kind: item.StepCard, Person: "agent", When: `field.place == "b"`})
		s.items = offers{offer(t, &it)}
		s.start()
		close(s.box.answer)
		s.must(localapi.IntentChoose, code("test"))
		s.must(localapi.IntentNext)
		s.must(localapi.IntentAgree)
		s.give(s.hands.cards, person())
		s.must(localapi.IntentNext)
		s.must(localapi.IntentAnswer, value("place", "b"))
		s.must(localapi.IntentAnswer, value("why", "ABC-1"))
		s.must(localapi.IntentAnswer, value("phone", "19900001234"))
		agent := person()
		agent.Number, agent.Name = secretOf("990102198501010025"), secretOf("李示例")
		held := agent.Name.Bytes()
		s.give(s.hands.cards, agent)
		s.must(localapi.IntentNext)
		s.give(s.hands.frames, page(t))
		s.must(localapi.IntentShoot)
		s.give(s.hands.frames, page(t))
		s.must(localapi.IntentKeepPage)
		s.shows(localapi.ViewCheck)
		s.must(localapi.IntentEdit, field("place"))
		s.must(localapi.IntentAnswer, value("place", "a"))
		s.shows(localapi.ViewCheck)
		if !zero(held) {
			t.Error("the agent's name is still in memory")
		}
		s.must(localapi.IntentNext)
		s.must(localapi.IntentSign, ink)
		s.shows(localapi.ViewReceived)
		body := string(s.box.bodies[slicesKey(s.box)])
		for _, gone := range []string{"agent", "李示例", "990102198501010025"} {
			if strings.Contains(body, gone) {
				t.Errorf("the envelope still holds %q", gone)
			}
		}
	})
}

// TestPaperPromisesOnlyWhatIsKnown: what the platform will never take is not announced as sent later, and the day on which to go to
// the counter stands on screen, paper and in the envelope.
func TestPaperPromisesOnlyWhatIsKnown(t *testing.T) {
	for _, state := range []casefile.State{casefile.Kept, casefile.Refused} {
		t.Run(string(state), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newStand(t)
				defer func() { s.stop() }()
				s.stop()
				it := *testItem(t).Item
				it.MaxKeptDays = 7
				it.Receipt = item.Receipt{Title: zh("申领回执"), Contact: zh("有事请打 12345")}
				s.items = offers{offer(t, &it)}
				s.start()
				s.toResult()
				s.box.mu.Lock()
				for _, r := range s.box.kept {
					r.State = state
				}
				s.box.mu.Unlock()
				time.Sleep(21 * time.Second)
				synctest.Wait()
				d := s.shows(localapi.ViewKept).View.Done
				s.must(localapi.IntentPrint)
				s.give(s.hands.prints, device.Yes)
				paper := s.hands.paper[0]
				says := strings.Join(paper.Notes, " ")
				for _, r := range paper.Rows {
					says += " " + r.Value
				}
				later, day := strings.Contains(says, "自动提交"), strings.Contains(says, "还查不到")
				kept := state == casefile.Kept
				if later != kept || day != kept || d.Refused == kept || (d.TakeBy != "") != kept {
					t.Errorf("paper says %q, screen %+v", says, d)
				}
				if paper.Title != "申领回执" || paper.Contact != "有事请打 12345" {
					t.Errorf("paper is headed %q and ends with %q", paper.Title, paper.Contact)
				}
				if kept && !strings.Contains(string(s.box.bodies[slicesKey(s.box)]), `"take_to_counter_by":"`+d.TakeBy+`"`) {
					t.Error("envelope and screen name different days")
				}
			})
		})
	}
}

// TestGoodbyeAfterARestartSaysNothingUntrue: nothing was done when nothing was kept.
func TestGoodbyeAfterARestartSaysNothingUntrue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStand(t)
		defer func() { s.stop() }()
		s.toCheck()
		s.stop()
		s.start()
		s.shows(localapi.ViewRestarted)
		s.must(localapi.IntentFinish)
		if g := s.shows(localapi.ViewGoodbye).View.Goodbye; g.Why != "cancelled" {
			t.Errorf("goodbye says %q", g.Why)
		}
	})
}
