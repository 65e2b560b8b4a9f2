package session

import (
	"slices"
	"time"

	"kiosk/device"
	"kiosk/device/casefile"
	"kiosk/device/item"
	"kiosk/device/localapi"
)

// position is one screen of an item: the step, and what of it (a field, a material, a purpose asked separately).
type position struct {
	step int
	id   string
}

// stepState is what the current screen remembers. It is made anew on entry and zeroed on leaving.
type stepState struct {
	screen localapi.ViewKind
	passed map[position]bool // survives from screen to screen of one visit

	hint  bool
	tries int
	why   string
	last  string // why as it was before the reader came back, so that one that comes and goes does not count as a person
	read  *localapi.ReadDone

	err     localapi.Text // field: what is wrong with the answer
	shot    []byte        // capture: the page under review
	shotID  string
	saving  bool
	saveErr bool
	lost    bool // the camera is away
	looking bool

	revealed  bool
	revealEnd time.Time

	way     string // lookup
	code    string // the code seen last
	loading bool
	problem string
	cases   []casefile.Progress
	open    int
	asOf    time.Time
}

// ids are the screens of one step as the answers stand now.
func (v *Visit) ids(i int) []string {
	s := v.item.Steps[i]
	if !v.asked(v.rules.When("step", itoa(i), v.env())) {
		return nil
	}
	switch s.Kind {
	case item.StepConsent:
		var out []string
		for _, id := range s.Purposes {
			p, _ := v.item.Purpose(id)
			if p.Basis == item.Separate {
				out = append(out, id)
			} else if !slices.Contains(out, "") {
				out = append([]string{""}, out...)
			}
		}
		return out
	case item.StepForm:
		var out []string
		for _, id := range s.Fields {
			if f, _ := v.item.Field(id); f.From == "" && v.asked(v.rules.When("field", id, v.env())) {
				out = append(out, id)
			}
		}
		return out
	case item.StepCapture:
		var out []string
		for _, id := range s.Materials {
			if v.asked(v.rules.When("material", id, v.env())) {
				out = append(out, id)
			}
		}
		return out
	default:
		return []string{""}
	}
}

func (v *Visit) positions() []position {
	var out []position
	for i := range v.item.Steps {
		for _, id := range v.ids(i) {
			out = append(out, position{i, id})
		}
	}
	return out
}

// asked reports what a condition of the item says. One that fails to evaluate shows what it guards: asking once too
// often is better than losing a question.
func (v *Visit) asked(ok bool, err error) bool {
	if err != nil {
		v.cfg.Audit.Event("item-rule-failed", "item", v.item.Code)
		return true
	}
	return ok
}

// env is what conditions may see.
func (v *Visit) env() item.Env {
	e := item.Env{Field: map[string]string{}, Person: map[string]bool{}}
	for _, f := range v.item.Fields {
		if a, _, ok := v.draft.Value(f.ID); ok {
			e.Field[f.ID] = a.Reveal()
		}
	}
	for _, p := range v.item.Persons {
		e.Person[p.ID] = v.draft.Person(p.ID) != nil
	}
	return e
}

// visibleFields are the fields that belong to the case as the answers stand now, in the order of the item.
func (v *Visit) visibleFields() []item.Field {
	var out []item.Field
	for _, f := range v.item.Fields {
		if v.asked(v.rules.When("field", f.ID, v.env())) {
			out = append(out, f)
		}
	}
	return out
}

func (v *Visit) kind() item.StepKind { return v.item.Steps[v.at.step].Kind }

// enter shows one screen of the item and starts the devices it needs.
func (v *Visit) enter(at position) {
	v.leave()
	v.at = at
	passed := v.step.passed
	v.step = stepState{passed: passed}
	switch v.kind() {
	case item.StepGuide:
		v.step.screen = localapi.ViewGuide
	case item.StepConsent:
		v.step.screen = localapi.ViewConsent
	case item.StepCard:
		v.enterCard()
	case item.StepForm:
		v.step.screen = localapi.ViewField
	case item.StepCapture:
		v.enterCapture()
	case item.StepCheck:
		v.prune()
		v.step.screen = localapi.ViewCheck
	case item.StepSign:
		v.step.screen = localapi.ViewSign
	case item.StepLookup:
		v.step.screen = localapi.ViewWays
	case item.StepCases:
		v.step.screen = localapi.ViewCases
	}
	v.touched()
}

// leave stops what the current screen has running and zeroes what it held.
func (v *Visit) leave() {
	for _, name := range []string{taskCard, taskCamera, taskSeal, taskLookup} {
		v.stop(name)
	}
	for _, name := range []string{timerHint, timerOther, timerAuto, timerReveal, timerAgain} {
		v.stopTimer(name)
	}
	clear(v.step.shot)
	v.step.shot = nil
	v.dropPicture(v.step.shotID)
	v.hideFrame()
	v.trouble = nil
}

// prune drops cards and pages that are no longer asked for: a case holds only what the item wants.
func (v *Visit) prune() {
	people := map[string]bool{}
	for _, p := range v.positions() {
		if s := v.item.Steps[p.step]; s.Kind == item.StepCard {
			people[s.Person] = true
		}
	}
	for _, p := range v.item.Persons {
		if !people[p.ID] && v.draft.Person(p.ID) != nil {
			v.removePerson(p.ID)
		}
	}
	wanted := map[string]bool{}
	for i, s := range v.item.Steps {
		if s.Kind == item.StepCapture {
			for _, id := range v.ids(i) {
				wanted[id] = true
			}
		}
	}
	for _, p := range v.draft.Pages("") {
		if !wanted[p.Material] {
			_ = v.deletePage(p.Material, 1) // the first one again and again: later ones move up
		}
	}
}

// removePerson forgets a card and what was taken from it. Should it be asked for again, it is read again.
func (v *Visit) removePerson(id string) {
	v.draft.RemovePerson(id)
	for _, f := range v.item.Fields {
		if person, _, ok := splitFrom(f.From); ok && person == id {
			v.draft.RemoveAnswer(f.ID)
		}
	}
	for i, s := range v.item.Steps {
		if s.Kind == item.StepCard && s.Person == id {
			delete(v.step.passed, position{step: i})
		}
	}
}

// next goes to the screen behind this one. An edit from the check screen goes back there, unless the new answer has
// opened a question that has none.
func (v *Visit) next() {
	v.step.passed[v.at] = true
	all := v.positions()
	if v.back {
		for _, p := range all {
			if v.item.Steps[p.step].Kind == item.StepCheck {
				v.back = false
				v.enter(p)
				return
			}
			if !v.step.passed[p] {
				v.enter(p)
				return
			}
		}
	}
	i := slices.Index(all, v.at)
	if i+1 < len(all) {
		v.enter(all[i+1])
		return
	}
	if v.item.Kind == item.Query {
		v.move(EvQueryDone, event{})
		return
	}
	v.move(EvStepsDone, event{})
}

// previous goes one screen back; from the first one to the home screen. What was given stays.
func (v *Visit) previous() {
	if v.back { // an edit that is given up
		for _, p := range v.positions() {
			if v.item.Steps[p.step].Kind == item.StepCheck {
				v.back = false
				v.enter(p)
				return
			}
		}
	}
	all := v.positions()
	i := slices.Index(all, v.at)
	if i <= 0 {
		v.move(EvLeave, event{})
		return
	}
	v.enter(all[i-1])
}

// edit goes to the screen that owns a field, a material or a person, and comes back to the check screen.
func (v *Visit) edit(in localapi.Intent) *localapi.Problem {
	for _, p := range v.positions() {
		s := v.item.Steps[p.step]
		if in.Field != "" && s.Kind == item.StepForm && p.id == in.Field ||
			in.Material != "" && s.Kind == item.StepCapture && p.id == in.Material ||
			in.Person != "" && s.Kind == item.StepCard && s.Person == in.Person {
			v.back = true
			v.enter(p)
			return nil
		}
	}
	return bad("nothing on this screen has that name")
}

// stepTimer handles the timers of a screen.
func (v *Visit) stepTimer(name string) {
	switch name {
	case timerHint:
		v.step.hint = true
	case timerOther:
		v.step.why = "wait"
		if v.step.screen == localapi.ViewCard {
			v.step.screen = localapi.ViewCardFailed
		}
		v.after(timerIdle, v.times.Idle.D())
	case timerAuto:
		if v.step.read != nil {
			v.cardTaken()
		}
	case timerAgain:
		switch v.step.screen {
		case localapi.ViewCard, localapi.ViewCardFailed:
			v.readerAgain()
		case localapi.ViewCapture, localapi.ViewScanCode:
			v.look()
		}
	}
}

// happened handles the result of a task. A late result of a task that was stopped is wiped.
func (v *Visit) happened(e event) {
	name := e.task
	switch name {
	case taskSeen, taskShot, taskCode:
		name = taskCamera
	}
	t := v.running[name]
	if t == nil || t.id != e.id {
		discard(e.data)
		return
	}
	if name != e.task {
		v.cameraEvent(e)
		return
	}
	delete(v.running, e.task)
	switch e.task {
	case taskCard:
		v.cardRead(e)
	case taskCamera:
		v.cameraEnded(e)
	case taskSeal:
		v.pageSealed(e)
	case taskLookup:
		v.found(e)
	case taskKeep:
		v.keepEnded(e)
	case taskAwait:
		v.awaitEnded(e)
	case taskPrint:
		v.printEnded(e)
	case taskEnrol:
		v.enrolled(e)
	}
}

// Names of tasks.
const (
	taskCard   = "card"
	taskCamera = "camera"
	taskSeal   = "seal"
	taskLookup = "lookup"
	taskKeep   = "keep"
	taskAwait  = "await"
	taskPrint  = "print"
	taskEnrol  = "enrol"
)

// faultText takes a device's first blocking fault in words for the person who stands there: what staff have to do is not
// asked of them.
func faultText(s device.Status) (text, do localapi.Text) {
	for _, id := range s.Faults {
		if f := device.FaultByID(id); f.Blocks {
			return faultWords(f)
		}
	}
	return faultWords(device.FaultByID(device.FaultUnplugged))
}

func faultWords(f device.Fault) (text, do localapi.Text) {
	text = localapi.Text{ZH: f.ZH, EN: f.EN}
	if f.Who == device.ActorCitizen {
		return text, localapi.Text{ZH: f.DoZH, EN: f.DoEN}
	}
	return text, localapi.Text{ZH: "要工作人员来处理，可以找人帮忙", EN: "Staff have to see to it. You can call for help"}
}

func text(t item.Text) localapi.Text { return localapi.Text{ZH: t.ZH, EN: t.EN} }

func bad(detail string) *localapi.Problem {
	return &localapi.Problem{Title: "cannot do that on this step", Status: 400, Code: localapi.CodeIntent, Detail: detail}
}
