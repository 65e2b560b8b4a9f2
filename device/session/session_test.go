package session

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"kiosk/device"
	"kiosk/device/casefile"
	"kiosk/device/localapi"
)

// toCheck walks the test item up to "check your answers".
func (s *stand) toCheck() {
	s.t.Helper()
	s.must(localapi.IntentStart)
	s.shows(localapi.ViewHome)
	s.must(localapi.IntentChoose, code("test"))
	s.shows(localapi.ViewGuide)
	s.must(localapi.IntentNext)
	s.shows(localapi.ViewConsent)
	s.must(localapi.IntentAgree)
	s.shows(localapi.ViewCard)
	s.give(s.hands.cards, person())
	if r := s.shows(localapi.ViewCard).View.Card.Read; r == nil || r.Name != "张*示" {
		s.t.Fatalf("card shows %+v", r)
	}
	s.must(localapi.IntentNext)
	s.must(localapi.IntentAnswer, value("place", "a"))
	s.must(localapi.IntentAnswer, value("phone", "19900001234"))
	s.shows(localapi.ViewCapture)
	s.give(s.hands.frames, page(s.t))
	s.must(localapi.IntentShoot)
	s.give(s.hands.frames, page(s.t))
	s.shows(localapi.ViewReview)
	s.must(localapi.IntentKeepPage)
	s.shows(localapi.ViewCheck)
}

// toResult goes on to the number.
func (s *stand) toResult() {
	s.t.Helper()
	s.toCheck()
	s.must(localapi.IntentNext)
	s.shows(localapi.ViewSign)
	s.must(localapi.IntentSign, ink)
}

func TestTableAnswersEveryPair(t *testing.T) {
	for _, p := range Phases {
		for _, e := range Events {
			m, ok := table[p][e]
			if !ok {
				t.Errorf("no cell for %s in %s", e, p)
				continue
			}
			if !slices.Contains(Phases, m.next) {
				t.Errorf("%s in %s goes to the unknown phase %q", e, p, m.next)
			}
			if m.effect == nil && m.next != p {
				t.Errorf("%s in %s changes the phase without an effect", e, p)
			}
		}
		if len(table[p]) != len(Events) {
			t.Errorf("%s has %d cells for %d events", p, len(table[p]), len(Events))
		}
	}
}

func TestVisitFromCardToPaper(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStand(t)
		defer s.stop()
		close(s.box.answer)
		s.toResult()
		d := s.shows(localapi.ViewReceived).View.Done
		if d.PlatformNumber != "8800000017" || len(d.Number) != 15 {
			t.Fatalf("result shows %+v", d)
		}
		s.must(localapi.IntentPrint)
		s.shows(localapi.ViewPrinting)
		s.give(s.hands.prints, device.Yes)
		s.shows(localapi.ViewTake)
		if got, want := strings.Join(s.box.calls, ", "), "keep, receipt not-known, print, receipt yes"; got != want {
			t.Fatalf("order of calls: %s, want %s", got, want)
		}
		r := s.hands.paper[0]
		if string(r.Number) != d.Number || r.Ticket.String() != d.Ticket || r.Copy {
			t.Fatalf("paper says %+v", r)
		}
		s.must(localapi.IntentFinish)
		s.shows(localapi.ViewGoodbye)
		time.Sleep(settings8)
		synctest.Wait()
		s.shows(localapi.ViewAttract)
		if s.box.mark != nil {
			t.Error("the mark of an ended visit is left")
		}
		for _, e := range s.log.all {
			for _, secret := range []string{"张小示", "11010519491231002X", "19900001234"} {
				if strings.Contains(e, secret) {
					t.Errorf("event holds personal data: %s", e)
				}
			}
		}
		body := string(s.box.bodies[slicesKey(s.box)])
		for _, want := range []string{"张小示", "11010519491231002X", "19900001234"} {
			if !strings.Contains(body, want) {
				t.Errorf("envelope lacks %q", want)
			}
		}
	})
}

const settings8 = 9 * time.Second

func slicesKey(b *box) casefile.Key {
	for k := range b.bodies {
		return k
	}
	return ""
}

func TestPlatformAwayGivesLocalNumber(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStand(t)
		defer s.stop()
		s.toResult()
		s.shows(localapi.ViewSubmitting)
		time.Sleep(19 * time.Second)
		synctest.Wait()
		if v := s.shows(localapi.ViewSubmitting); !v.View.Submit.Long || !v.View.Submit.Steps[0].Done {
			t.Fatalf("after 19 s: %+v", v.View.Submit)
		}
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if d := s.shows(localapi.ViewKept).View.Done; d.PlatformNumber != "" || d.Number == "" {
			t.Fatalf("kept shows %+v", d)
		}
	})
}

func TestIdleWarnsCountsDownAndWipes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStand(t)
		defer s.stop()
		s.toCheck()
		card := s.v.draft.Person("applicant")
		name, photo := card.Name.Bytes(), card.Photo
		s.must(localapi.IntentTouch) // what was read here happens before what the actor does next
		time.Sleep(121 * time.Second)
		synctest.Wait()
		if w := s.v.View().Warning; w == nil || w.Seconds > 30 || w.Seconds < 28 {
			t.Fatalf("warning %+v", w)
		}
		s.must(localapi.IntentContinue)
		if s.v.View().Warning != nil {
			t.Fatal("the warning stays after a press")
		}
		time.Sleep(151 * time.Second)
		synctest.Wait()
		if g := s.shows(localapi.ViewGoodbye).View.Goodbye; g.Why != "timeout" {
			t.Fatalf("goodbye %+v", g)
		}
		if !zero(name) || !zero(photo) {
			t.Fatal("name or photo is still in memory after the wipe")
		}
		if !slices.Contains(s.box.calls, "drop") {
			t.Fatal("the draft was not dropped")
		}
		if len(s.v.pictures) != 0 || len(s.v.frame) != 0 {
			t.Fatal("pictures are left after the wipe")
		}
	})
}

// TestWipeAtEveryEnd ends the visit in every way there is from every step and looks for what is left.
func TestWipeAtEveryEnd(t *testing.T) {
	for _, how := range []string{"cancel", "timeout", "stop", "submit", "leave"} {
		t.Run(how, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newStand(t)
				close(s.box.answer)
				s.toCheck()
				card := s.v.draft.Person("applicant")
				buffers := [][]byte{card.Name.Bytes(), card.Number.Bytes(), card.Address.Bytes(), card.Birth.Bytes(), card.Photo}
				for _, f := range []string{"name", "phone"} {
					value, _, _ := s.v.draft.Value(f)
					buffers = append(buffers, value.Bytes())
				}
				for _, p := range s.v.pictures {
					buffers = append(buffers, p)
				}
				s.must(localapi.IntentTouch) // what was read here happens before what the actor does next
				switch how {
				case "cancel":
					s.must(localapi.IntentCancel)
				case "timeout":
					time.Sleep(200 * time.Second)
					synctest.Wait()
				case "leave":
					for s.v.View().View.Kind != localapi.ViewHome {
						s.must(localapi.IntentBack)
					}
				case "submit":
					s.must(localapi.IntentNext)
					s.must(localapi.IntentSign, ink)
				case "stop":
					s.stop()
				}
				for i, b := range buffers {
					if !zero(b) {
						t.Errorf("buffer %d is not zero", i)
					}
				}
				if how != "stop" {
					s.stop()
				}
			})
		})
	}
}

func zero(b []byte) bool { return len(bytes.Trim(b, "\x00")) == 0 }

func TestStaleAndRepeatedTaps(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStand(t)
		defer s.stop()
		old := s.v.View().Step
		in := localapi.Intent{ID: "one", Step: old, Kind: localapi.IntentStart}
		if err := s.v.Do(context.Background(), in); err != nil {
			t.Fatal(err)
		}
		if err := s.v.Do(context.Background(), in); err != nil {
			t.Fatalf("a repeat is refused: %v", err)
		}
		synctest.Wait()
		var p *localapi.Problem
		err := s.v.Do(context.Background(), localapi.Intent{ID: "two", Step: old, Kind: localapi.IntentStart})
		if !errors.As(err, &p) || p.Status != 409 || p.Code != localapi.CodeStale {
			t.Fatalf("a stale tap gives %v", err)
		}
		if err := s.tap(localapi.IntentSubmit); !errors.As(err, &p) || p.Code != localapi.CodeIntent {
			t.Fatalf("an intent that is not offered gives %v", err)
		}
	})
}

func TestCardTroubleHasWaysOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStand(t)
		defer s.stop()
		s.must(localapi.IntentChoose, code("test"))
		s.must(localapi.IntentNext)
		s.must(localapi.IntentAgree)
		for i := range 3 {
			s.give(s.hands.cards, fmt.Errorf("card moved: %w", device.ErrMedia))
			if c := s.shows(localapi.ViewCardFailed).View.Card; c.Why != "media" || c.Tries != i+1 {
				t.Fatalf("try %d shows %+v", i, c)
			}
		}
		if c := s.v.View().View.Card; !slices.Contains(c.Other, "counter") {
			t.Fatalf("after three tries no other way: %+v", c)
		}
		s.give(s.hands.cards, fmt.Errorf("a bus card: %w", device.ErrKind))
		if c := s.shows(localapi.ViewCardFailed).View.Card; c.Why != "kind" {
			t.Fatalf("another kind of card shows %+v", c)
		}
		s.give(s.hands.cards, fmt.Errorf("unplugged: %w", device.ErrGone))
		s.shows(localapi.ViewDevice)
		time.Sleep(time.Second + time.Millisecond)
		synctest.Wait()
		s.give(s.hands.cards, person()) // the reader is back: the visit goes on by itself
		s.shows(localapi.ViewCard)
		time.Sleep(readShown + time.Millisecond)
		synctest.Wait()
		s.shows(localapi.ViewField)
	})
}

// TestFailingReaderDoesNotHoldTheVisit: a card that was left on the reader and fails for ever, and a reader that stays away, are nobody who
// is still there.
func TestFailingReaderDoesNotHoldTheVisit(t *testing.T) {
	for name, err := range map[string]error{"card left there": device.ErrMedia, "another kind left there": device.ErrKind, "reader away": device.ErrGone} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newStand(t)
				defer s.stop()
				s.must(localapi.IntentChoose, code("test"))
				s.must(localapi.IntentNext)
				s.must(localapi.IntentAgree)
				for range 200 {
					select {
					case s.hands.cards <- fmt.Errorf("again: %w", err):
					case <-time.After(time.Second):
					}
					time.Sleep(time.Second)
					synctest.Wait()
					if g := s.v.View().View.Goodbye; g != nil {
						if g.Why != "timeout" || s.v.draft != nil {
							t.Errorf("goodbye %+v, draft %v", g, s.v.draft)
						}
						return
					}
				}
				t.Errorf("after 200 s somebody is still served: %+v", s.v.View().View)
			})
		})
	}
}

func TestCameraLostKeepsPages(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStand(t)
		defer s.stop()
		s.toCheck()
		s.must(localapi.IntentEdit, func(in *localapi.Intent) { in.Material = "form" })
		s.give(s.hands.frames, page(t))
		s.give(s.hands.frames, fmt.Errorf("gone: %w", device.ErrGone))
		c := s.shows(localapi.ViewCapture).View.Capture
		if !c.Lost || c.Taken != 1 {
			t.Fatalf("lost camera shows %+v", c)
		}
		time.Sleep(lostRetry + time.Millisecond)
		synctest.Wait()
		s.give(s.hands.frames, page(t))
		if c := s.shows(localapi.ViewCapture).View.Capture; c.Lost || !c.Looking {
			t.Fatalf("camera that came back shows %+v", c)
		}
		s.must(localapi.IntentNext)
		s.shows(localapi.ViewCheck)
	})
}

func TestPrinterTroubleIsThreeEnded(t *testing.T) {
	for _, end := range []device.Outcome{device.No, device.NotKnown} {
		t.Run(string(end), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newStand(t)
				defer s.stop()
				close(s.box.answer)
				s.toResult()
				s.must(localapi.IntentPrint)
				s.give(s.hands.prints, end)
				if tr := s.shows(localapi.ViewPrinter).View.Trouble; tr.Printed != string(end) || tr.Number == "" || !tr.Kept {
					t.Fatalf("trouble shows %+v", tr)
				}
				s.must(localapi.IntentPrint)
				s.give(s.hands.prints, device.Yes)
				if copied := s.hands.paper[1].Copy; copied != (end == device.NotKnown) {
					t.Fatalf("second print marked as a copy: %v", copied)
				}
				s.shows(localapi.ViewTake)
			})
		})
	}
}

func TestRestartSaysWhatIsKnown(t *testing.T) {
	for _, at := range []string{"steps", "kept", "printing"} {
		t.Run(at, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newStand(t)
				s.toCheck()
				if at != "steps" {
					s.must(localapi.IntentNext)
					s.must(localapi.IntentSign, ink)
					if at == "printing" {
						time.Sleep(21 * time.Second)
						synctest.Wait()
						s.must(localapi.IntentPrint)
					}
				}
				s.stop()
				s.start()
				r := s.shows(localapi.ViewRestarted).View.Restarted
				want := map[string]localapi.Restarted{
					"steps": {}, "kept": {Kept: true, Printed: "no"}, "printing": {Kept: true, Printed: "not-known"},
				}[at]
				if r.Kept != want.Kept || r.Printed != want.Printed {
					t.Fatalf("after a restart at %s: %+v", at, r)
				}
				if r.Kept {
					s.must(localapi.IntentPrint)
					s.give(s.hands.prints, device.Yes)
					if last := s.hands.paper[len(s.hands.paper)-1]; last.Copy != (at == "printing") {
						t.Fatalf("copy mark is %v", last.Copy)
					}
				}
				s.must(localapi.IntentFinish)
				s.stop()
				s.start()
				s.shows(localapi.ViewAttract)
				s.stop()
			})
		})
	}
}

func TestStoreThatRefusesLosesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStand(t)
		defer s.stop()
		close(s.box.answer)
		s.box.keepErr = errors.New("disk is full")
		s.toResult()
		if tr := s.shows(localapi.ViewDevice).View.Trouble; tr.Device != "store" || tr.Kept {
			t.Fatalf("trouble shows %+v", tr)
		}
		s.box.keepErr = nil
		s.must(localapi.IntentRetry)
		s.shows(localapi.ViewReceived)
		if len(s.box.kept) != 1 {
			t.Fatalf("%d cases kept", len(s.box.kept))
		}
	})
}

func TestEditComesBackAndOpensNewQuestions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStand(t)
		defer s.stop()
		s.toCheck()
		s.must(localapi.IntentEdit, field("phone"))
		s.must(localapi.IntentAnswer, value("phone", "123"))
		if f := s.shows(localapi.ViewField).View.Field; f.Error.ZH == "" {
			t.Fatal("a wrong phone number is taken")
		}
		s.must(localapi.IntentAnswer, value("phone", "19900005678"))
		s.shows(localapi.ViewCheck)
		s.must(localapi.IntentNext)
		s.must(localapi.IntentBack)
		s.must(localapi.IntentEdit, field("place"))
		s.must(localapi.IntentAnswer, value("place", "b"))
		if f := s.shows(localapi.ViewField).View.Field; f.ID != "why" {
			t.Fatalf("asks %s after the place was changed, want why", f.ID)
		}
		s.must(localapi.IntentAnswer, value("why", "ABC-1"))
		s.shows(localapi.ViewCheck)
	})
}

func TestChangeVoidsSignature(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStand(t)
		defer s.stop()
		s.toCheck()
		d := s.v.draft
		d.Sign("true", "applicant", "", [][]casefile.Point{{{X: 1}}}, nil)
		if !d.Signed("true", "applicant") {
			t.Fatal("not signed")
		}
		s.must(localapi.IntentEdit, field("phone"))
		s.must(localapi.IntentAnswer, value("phone", "19900005678"))
		if d.Signed("true", "applicant") {
			t.Fatal("the signature survives a change of the form")
		}
	})
}

func TestQueryByCardCodeAndNumber(t *testing.T) {
	one := casefile.Progress{Number: "360001010000017", State: "received", ItemName: casefile.ItemName{ZH: "测试", EN: "Test"}}
	one.Number, _ = casefile.NewNumber(casefile.NumberParts{Terminal: "360001", Epoch: 1, Sequence: 1})
	ticket := casefile.Ticket{Number: one.Number, Code: casefile.NewLookupCode()}
	synctest.Test(t, func(t *testing.T) {
		s := newStand(t)
		defer s.stop()
		s.cases.list = []casefile.Progress{one, one}
		open := func(w string) {
			s.must(localapi.IntentChoose, code("query"))
			s.must(localapi.IntentNext)
			s.shows(localapi.ViewWays)
			s.must(localapi.IntentWay, way(w))
		}
		open("card")
		s.shows(localapi.ViewConsent)
		s.must(localapi.IntentAgree)
		s.give(s.hands.cards, person())
		s.shows(localapi.ViewCases)
		s.must(localapi.IntentOpen, func(in *localapi.Intent) { in.Index = 1 })
		s.shows(localapi.ViewCase)
		s.must(localapi.IntentFinish)
		s.must(localapi.IntentStart)

		s.cases.list = []casefile.Progress{one}
		open("number")
		s.must(localapi.IntentAnswer, value("case-number", "360001010000010"))
		if f := s.shows(localapi.ViewField).View.Field; f.Error.ZH == "" {
			t.Fatal("a number with a wrong check digit is asked for")
		}
		s.must(localapi.IntentAnswer, value("case-number", string(one.Number)))
		s.shows(localapi.ViewCase)
		s.must(localapi.IntentFinish)
		s.must(localapi.IntentStart)

		open("code")
		s.shows(localapi.ViewScanCode)
		s.hands.codes = []string{"http://example.com/"}
		s.give(s.hands.frames, page(t))
		if p := s.shows(localapi.ViewScanCode).View.Scan.Problem; p != "other-code" {
			t.Fatalf("a strange code gives %q", p)
		}
		s.hands.codes = []string{ticket.String()}
		time.Sleep(scanEvery)
		s.give(s.hands.frames, page(t))
		s.shows(localapi.ViewCase)
		s.must(localapi.IntentFinish)
		s.must(localapi.IntentStart)

		s.cases.list, s.cases.err = nil, casefile.ErrOffline
		open("number")
		s.must(localapi.IntentAnswer, value("case-number", string(one.Number)))
		s.shows(localapi.ViewNetwork)
		s.must(localapi.IntentRetry)
		s.shows(localapi.ViewWays)
	})
}

func TestGateShutsOnlyBetweenVisits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStand(t)
		defer s.stop()
		s.must(localapi.IntentChoose, code("test"))
		s.gate = "closed"
		s.v.Poke()
		synctest.Wait()
		s.shows(localapi.ViewGuide)
		s.must(localapi.IntentCancel)
		time.Sleep(settings8)
		synctest.Wait()
		s.shows(localapi.ViewClosed)
		s.gate = ""
		s.v.Poke()
		synctest.Wait()
		s.shows(localapi.ViewAttract)
	})
}

func TestReceiptPrintsByItselfWhenNobodyPresses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStand(t)
		defer s.stop()
		close(s.box.answer)
		s.toResult()
		time.Sleep(31 * time.Second)
		synctest.Wait()
		s.shows(localapi.ViewPrinting)
		s.give(s.hands.prints, device.Yes)
		time.Sleep(31 * time.Second)
		synctest.Wait()
		s.shows(localapi.ViewGoodbye)
	})
}

func TestHelpHoldsTheClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStand(t)
		defer s.stop()
		s.toCheck()
		s.must(localapi.IntentHelp)
		time.Sleep(290 * time.Second)
		synctest.Wait()
		s.shows(localapi.ViewHelp)
		s.must(localapi.IntentClose)
		s.shows(localapi.ViewCheck)
	})
}

func TestBrokenDeviceClosesOnlyWhatNeedsIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStand(t)
		defer s.stop()
		s.hands.set(device.KindCamera, device.Status{Link: device.Bad, Faults: []device.FaultID{device.FaultUnplugged}})
		if err := s.tap(localapi.IntentChoose, code("test")); err == nil {
			t.Fatal("an item without its camera can be begun")
		}
		if ok, why := Available(testItem(t).Item, s.hands, true); ok || why.ZH != "高拍仪没有连上，暂时办不了" {
			t.Fatalf("the home screen says %v %q", ok, why.ZH)
		}
		s.must(localapi.IntentChoose, code("query"))
		s.must(localapi.IntentNext)
		for _, w := range s.shows(localapi.ViewWays).View.Ways.List {
			if w.Available == (w.ID == "code") {
				t.Errorf("way %s is available: %v", w.ID, w.Available)
			}
		}
	})
}

// TestNobodyAtTheReaderEndsTheVisit: touches and all, a person who walks away from the reader or the camera is forgotten.
func TestNobodyAtTheReaderEndsTheVisit(t *testing.T) {
	for _, at := range []string{"card", "code"} {
		t.Run(at, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newStand(t)
				defer s.stop()
				s.must(localapi.IntentChoose, code("query"))
				s.must(localapi.IntentNext)
				s.must(localapi.IntentWay, way(at))
				if at == "card" {
					s.must(localapi.IntentAgree)
				}
				time.Sleep(91 * time.Second)
				synctest.Wait()
				s.must(localapi.IntentTouch)
				time.Sleep(151 * time.Second)
				synctest.Wait()
				if g := s.shows(localapi.ViewGoodbye).View.Goodbye; g.Why != "timeout" {
					t.Fatalf("goodbye %+v", g)
				}
			})
		})
	}
}

// TestReaderThatComesBackAsksAnew: a reader that says "out of order" and then mends itself takes the fault off the screen, though no
// reading ends meanwhile.
func TestReaderThatComesBackAsksAnew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStand(t)
		defer s.stop()
		s.must(localapi.IntentChoose, code("test"))
		s.must(localapi.IntentNext)
		s.must(localapi.IntentAgree)
		good := s.hands.Status(device.KindIDCardReader)
		s.hands.set(device.KindIDCardReader, device.Status{Device: device.Bad, Faults: []device.FaultID{device.FaultOther}})
		s.give(s.hands.cards, errors.New("out of order"))
		s.shows(localapi.ViewDevice)
		time.Sleep(5 * time.Second)
		synctest.Wait()
		s.shows(localapi.ViewDevice)
		s.hands.set(device.KindIDCardReader, good)
		time.Sleep(2 * time.Second)
		synctest.Wait()
		s.shows(localapi.ViewCard)
		s.give(s.hands.cards, person())
		if s.shows(localapi.ViewCard).View.Card.Read == nil {
			t.Fatal("the card is not read")
		}
	})
}
