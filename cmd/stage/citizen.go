package stage

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"sync/atomic"
	"time"

	"kiosk/cmd/kiosksim/bench"
	"kiosk/device/localapi"
)

// Citizen plays a person over the local API: looks at what is shown and does the next sensible thing. It presses nothing that
// is not offered, and nothing twice.
type Citizen struct {
	API     *localapi.Client
	Sim     bench.Client
	Item    string            // code to choose
	Person  string            // built-in card of the bench
	Persons []string          // further cards, for items with several persons
	Answers map[string]string // by field; others take the first choice, or are skipped
	Way     string            // for query items: card, code, number
	Number  string            // to type when the way is number
	Paper   bool              // press print; otherwise go without
	// Before is called with each state that the citizen is about to act on.
	Before func(localapi.State, string)
	// Saw is called with each state, acted on or not. Optional.
	Saw func(localapi.State)
	// Again makes the citizen ask for the paper again when printing failed.
	Again bool

	ids     atomic.Int64
	inserts int
	laidAt  string
	waitsAt string // step and try at which the next card is due
	waits   time.Time
}

// Visit is what a citizen took home.
type Visit struct {
	Number         string
	PlatformNumber string
	Ticket         string
	Printed        string // yes, no, not-known or "" when it never came to that
	Restarted      bool   // the screen after a crash was shown
	Kept           bool   // the screen after a crash said so
	Told           string // what that screen said first about the paper
	Cases          []localapi.Case
	End            string // why the goodbye screen was shown
}

// ErrAway says that the daemon ended while somebody was served.
var ErrAway = errors.New("the daemon went away")

// Serve acts until the goodbye screen, or until stop says that the citizen has seen enough.
func (c *Citizen) Serve(ctx context.Context, stop func(localapi.State) bool) (Visit, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	watching, lost := context.WithCancel(ctx) // the first break of the line is the end
	states := make(chan localapi.State, 1)
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = c.API.Watch(watching, func(st localapi.State) {
			select { // newest wins
			case <-states:
			default:
			}
			states <- st
		}, func(error) { lost() })
	}()
	defer func() { cancel(); <-done }()
	var v Visit
	acted := ""
	var st localapi.State
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return v, ctx.Err()
		case <-done:
			return v, ErrAway
		case st = <-states:
		case <-tick.C: // a hand waits and then tries again
			if st.Boot == "" {
				continue
			}
		}
		c.note(&v, st)
		if c.Saw != nil {
			c.Saw(st)
		}
		if stop != nil && stop(st) || st.Visit.View.Kind == localapi.ViewGoodbye && acted != "" {
			return v, nil
		}
		// A screen is acted on once; the same step may change its face (a card was read, the camera began to look).
		if f := st.Visit.View.Field; f != nil && f.Error.ZH != "" {
			return v, fmt.Errorf("the answer to %s is refused: %s", f.ID, f.Error.EN)
		}
		kind, with, face := c.decide(st)
		if kind == "" || acted == st.Visit.Step+face {
			continue
		}
		if !slices.Contains(st.Visit.Intents, kind) {
			continue
		}
		acted = st.Visit.Step + face
		in := localapi.Intent{ID: "c" + strconv.FormatInt(c.ids.Add(1), 10) + "-" + st.Boot, Step: st.Visit.Step, Kind: kind}
		if with != nil {
			with(&in)
		}
		if c.Before != nil {
			c.Before(st, kind)
		}
		var p *localapi.Problem
		if err := c.API.Intent(ctx, in); errors.As(err, &p) && p.Code == localapi.CodeStale {
			acted = ""
		} else if err != nil && p == nil {
			return v, fmt.Errorf("%w: %w", ErrAway, err)
		} else if err != nil {
			return v, fmt.Errorf("cannot %s on %s: %w", kind, st.Visit.View.Kind, err)
		}
	}
}

func (c *Citizen) note(v *Visit, st localapi.State) {
	view := st.Visit.View
	if d := view.Done; d != nil {
		v.Number, v.PlatformNumber, v.Ticket, v.Printed = d.Number, d.PlatformNumber, d.Ticket, d.Printed
	}
	if r := view.Restarted; r != nil {
		if !v.Restarted {
			v.Told = r.Printed
		}
		v.Restarted, v.Kept = true, r.Kept
		v.Number, v.PlatformNumber, v.Ticket, v.Printed = r.Number, r.PlatformNumber, r.Ticket, r.Printed
	}
	if t := view.Trouble; t != nil && t.Printed != "" {
		v.Printed = t.Printed
	}
	if view.Cases != nil {
		v.Cases = view.Cases.List
	}
	if g := view.Goodbye; g != nil {
		v.End = g.Why
	}
}

// ink is a signature: a stroke like a flat wave.
func ink(in *localapi.Intent) {
	var stroke []localapi.Point
	for i := range 24 {
		stroke = append(stroke, localapi.Point{X: 150 + 25*i, Y: 200 + 40*(i%4), T: 16 * i})
	}
	in.Strokes = [][]localapi.Point{stroke}
}

func value(field, v string) func(*localapi.Intent) {
	return func(in *localapi.Intent) { in.Field, in.Value = field, v }
}

// decide returns the intent for what is shown, and a word for the screen's face where one step has several.
func (c *Citizen) decide(st localapi.State) (kind string, with func(*localapi.Intent), face string) {
	view := st.Visit.View
	switch view.Kind {
	case localapi.ViewGoodbye: // of somebody else
		return localapi.IntentStart, nil, ""
	case localapi.ViewAttract, localapi.ViewHome:
		c.inserts = 0
		return localapi.IntentChoose, func(in *localapi.Intent) { in.Item = c.Item }, ""
	case localapi.ViewGuide:
		return localapi.IntentNext, nil, ""
	case localapi.ViewConsent:
		return localapi.IntentAgree, nil, ""
	case localapi.ViewWays:
		return localapi.IntentWay, value("", c.Way), ""
	case localapi.ViewCard, localapi.ViewCardFailed:
		if view.Card != nil && view.Card.Read != nil {
			_ = c.Sim.RemoveCard(context.Background())
			return localapi.IntentNext, nil, "read"
		}
		c.lay(st)
	case localapi.ViewField:
		return c.answer(view.Field)
	case localapi.ViewCapture:
		if view.Capture.Looking {
			return localapi.IntentShoot, nil, "looking"
		}
	case localapi.ViewReview:
		if !view.Capture.Saving {
			return localapi.IntentKeepPage, nil, ""
		}
	case localapi.ViewCheck:
		if view.Check.Last {
			return localapi.IntentSubmit, nil, ""
		}
		return localapi.IntentNext, nil, ""
	case localapi.ViewSign:
		return localapi.IntentSign, ink, ""
	case localapi.ViewReceived, localapi.ViewKept:
		if c.Paper {
			return localapi.IntentPrint, nil, ""
		}
		return localapi.IntentNoPrint, nil, ""
	case localapi.ViewTake, localapi.ViewCase:
		return localapi.IntentFinish, nil, ""
	case localapi.ViewCases:
		if len(view.Cases.List) == 0 {
			return localapi.IntentFinish, nil, ""
		}
		return localapi.IntentOpen, nil, ""
	case localapi.ViewPrinter:
		if c.Again {
			return localapi.IntentPrint, nil, ""
		}
		return localapi.IntentNoPrint, nil, ""
	case localapi.ViewRestarted:
		if view.Restarted.CanPrint && view.Restarted.Printed == "no" && c.Paper {
			return localapi.IntentPrint, nil, ""
		}
		return localapi.IntentFinish, nil, ""
	}
	return "", nil, ""
}

// lay puts the next card on the reader, once for each person that is asked for, and again after a reading that failed.
func (c *Citizen) lay(st localapi.State) {
	people := append([]string{c.Person}, c.Persons...)
	at := st.Visit.Step
	if card := st.Visit.View.Card; card != nil {
		at += " " + strconv.Itoa(card.Tries)
	}
	if at != c.waitsAt {
		c.waitsAt, c.waits = at, time.Now()
	}
	if c.inserts > 0 && time.Since(c.waits) < patience {
		return // the card that lies there may still be read
	}
	if c.laidAt != at && c.inserts < len(people) {
		c.laidAt = at
		_ = c.Sim.RemoveCard(context.Background())
		_ = c.Sim.InsertSample(context.Background(), people[c.inserts])
		c.inserts++
	}
}

func (c *Citizen) answer(f *localapi.Field) (string, func(*localapi.Intent), string) {
	v, ok := c.Answers[f.ID]
	switch {
	case f.ID == "case-number" && c.Number != "" && c.Way == "number":
		v = c.Number
	case ok:
	case f.Optional:
		return localapi.IntentSkip, nil, f.ID
	case f.Input == "choice":
		v = f.Choices[0].Value
	}
	return localapi.IntentAnswer, value(f.ID, v), f.ID
}

// Settle waits until the queue holds nothing that the platform has not received.
func (s *Stage) Settle(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 60*time.Second)
	defer cancel()
	return s.await(ctx, "queue", s.daemon, func() error {
		st, err := s.API.State(ctx)
		if err == nil && st.Queue.Waiting > 0 {
			err = fmt.Errorf("%d cases wait", st.Queue.Waiting)
		}
		return err
	})
}

// patience is how long a person looks at a screen that asks for a card before lifting it and laying it down again.
const patience = 1500 * time.Millisecond

// AnyPerson is a built-in card of the bench.
const AnyPerson = "resident"
