package session

// Phase is where a visit stands, the same for every item.
type Phase string

// Phases.
const (
	Closed      Phase = "closed"      // nobody is served: unenrolled, outside hours, broken
	Idle        Phase = "idle"        // attract picture
	Choosing    Phase = "choosing"    // home screen
	InSteps     Phase = "in-steps"    // the item's own steps, up to its last one
	Submitting  Phase = "submitting"  // being kept, then waiting for the platform
	Result      Phase = "result"      // kept or received, the receipt not yet begun
	Printing    Phase = "printing"    // paper may be moving
	Trouble     Phase = "trouble"     // paper not printed, or not known
	Taking      Phase = "taking"      // paper waits to be taken
	Ending      Phase = "ending"      // goodbye; everything is wiped already
	Interrupted Phase = "interrupted" // the machine was restarted in the middle of a visit
)

// Phases lists all, for the test that walks the table.
var Phases = []Phase{Closed, Idle, Choosing, InSteps, Submitting, Result, Printing, Trouble, Taking, Ending, Interrupted}

// Event is something that moves a visit from one phase to another. What happens inside the item's steps never
// comes here.
type Event string

// Events.
const (
	EvGateShut  Event = "gate-shut"  // the terminal may not serve now
	EvGateOpen  Event = "gate-open"  // it may again
	EvStart     Event = "start"      // somebody touched the attract picture
	EvChoose    Event = "choose"     // an item was chosen
	EvLeave     Event = "leave"      // back to the home screen from the first step
	EvStepsDone Event = "steps-done" // application: the last step is done
	EvQueryDone Event = "query-done" // query item: the person has seen enough
	EvKept      Event = "kept"       // sealed, fsynced, numbered
	EvNotKept   Event = "not-kept"   // the store refused; the draft still lives
	EvAnswered  Event = "answered"   // the platform has answered, or the wait is over
	EvPrint     Event = "print"      // print the receipt
	EvNoPrint   Event = "no-print"   // go on without paper
	EvPrinted   Event = "printed"    // the printer confirmed the end
	EvUnprinted Event = "unprinted"  // not printed, or not known
	EvCancel    Event = "cancel"     // the person ends the visit
	EvTimeout   Event = "timeout"    // the phase's time is over, warnings included
	EvFinish    Event = "finish"     // the person is done
)

// Events lists all, for the test that walks the table.
var Events = []Event{
	EvGateShut, EvGateOpen, EvStart, EvChoose, EvLeave, EvStepsDone, EvQueryDone, EvKept, EvNotKept, EvAnswered,
	EvPrint, EvNoPrint, EvPrinted, EvUnprinted, EvCancel, EvTimeout, EvFinish,
}

// move is one cell of the table. A cell with no effect and the same phase says that the event changes nothing there;
// that is an answer, too, and is counted in the audit log as ignored.
type move struct {
	next   Phase
	effect func(*Visit, event)
}

// stay lists the events that change nothing in a phase.
func stay(p Phase, row map[Event]move, events ...Event) map[Event]move {
	for _, e := range events {
		row[e] = move{next: p}
	}
	return row
}

// table is the outer machine: every pair of phase and event has a cell.
//
//	idle ─start▶ choosing ─choose▶ in-steps ─steps-done▶ submitting ─answered▶ result ─print▶ printing ─printed▶ taking ─▶ ending ─▶ idle
//	                                  └─query-done▶ ending                        └no-print▶ ending     └unprinted▶ trouble ─print/no-print▶ …
var table map[Phase]map[Event]move

func init() { // a composite literal would refer to itself through the effects
	table = map[Phase]map[Event]move{
		Closed: stay(Closed, map[Event]move{
			EvGateOpen: {Idle, (*Visit).toIdle},
		}, EvGateShut, EvStart, EvChoose, EvLeave, EvStepsDone, EvQueryDone, EvKept, EvNotKept, EvAnswered, EvPrint, EvNoPrint,
			EvPrinted, EvUnprinted, EvCancel, EvTimeout, EvFinish),
		Idle: stay(Idle, map[Event]move{
			EvGateShut: {Closed, (*Visit).toClosed},
			EvStart:    {Choosing, (*Visit).toHome},
			EvChoose:   {InSteps, (*Visit).toSteps},
		}, EvGateOpen, EvLeave, EvStepsDone, EvQueryDone, EvKept, EvNotKept, EvAnswered, EvPrint, EvNoPrint, EvPrinted,
			EvUnprinted, EvCancel, EvTimeout, EvFinish),
		Choosing: stay(Choosing, map[Event]move{
			EvGateShut: {Closed, (*Visit).toClosed},
			EvChoose:   {InSteps, (*Visit).toSteps},
			EvCancel:   {Idle, (*Visit).toIdle},
			EvTimeout:  {Idle, (*Visit).toIdle},
			EvFinish:   {Idle, (*Visit).toIdle},
		}, EvGateOpen, EvStart, EvLeave, EvStepsDone, EvQueryDone, EvKept, EvNotKept, EvAnswered, EvPrint, EvNoPrint,
			EvPrinted, EvUnprinted),
		InSteps: stay(InSteps, map[Event]move{
			EvLeave:     {Choosing, (*Visit).dropToHome},
			EvStepsDone: {Submitting, (*Visit).submit},
			EvQueryDone: {Ending, (*Visit).endDone},
			EvCancel:    {Ending, (*Visit).endCancelled},
			EvTimeout:   {Ending, (*Visit).endTimeout},
			EvFinish:    {Ending, (*Visit).endCancelled},
		}, EvGateShut, EvGateOpen, EvStart, EvChoose, EvKept, EvNotKept, EvAnswered, EvPrint, EvNoPrint, EvPrinted, EvUnprinted),
		Submitting: stay(Submitting, map[Event]move{
			EvKept:     {Submitting, (*Visit).kept},
			EvNotKept:  {InSteps, (*Visit).notKept},
			EvAnswered: {Result, (*Visit).toResult},
		}, EvGateShut, EvGateOpen, EvStart, EvChoose, EvLeave, EvStepsDone, EvQueryDone, EvPrint, EvNoPrint, EvPrinted,
			EvUnprinted, EvCancel, EvTimeout, EvFinish), // between submit and the answer nothing can be taken back
		Result: stay(Result, map[Event]move{
			EvPrint:   {Printing, (*Visit).print},
			EvNoPrint: {Ending, (*Visit).endUnprinted},
			EvTimeout: {Printing, (*Visit).print}, // nobody presses: paper is the safer end
			EvCancel:  {Ending, (*Visit).endUnprinted},
			EvFinish:  {Ending, (*Visit).endUnprinted},
		}, EvGateShut, EvGateOpen, EvStart, EvChoose, EvLeave, EvStepsDone, EvQueryDone, EvKept, EvNotKept, EvAnswered,
			EvPrinted, EvUnprinted),
		Printing: stay(Printing, map[Event]move{
			EvPrinted:   {Taking, (*Visit).toTaking},
			EvUnprinted: {Trouble, (*Visit).toTrouble},
		}, EvGateShut, EvGateOpen, EvStart, EvChoose, EvLeave, EvStepsDone, EvQueryDone, EvKept, EvNotKept, EvAnswered,
			EvPrint, EvNoPrint, EvCancel, EvTimeout, EvFinish),
		Trouble: stay(Trouble, map[Event]move{
			EvPrint:   {Printing, (*Visit).print},
			EvNoPrint: {Ending, (*Visit).endDone},
			EvTimeout: {Ending, (*Visit).endDone},
			EvCancel:  {Ending, (*Visit).endDone},
			EvFinish:  {Ending, (*Visit).endDone},
		}, EvGateShut, EvGateOpen, EvStart, EvChoose, EvLeave, EvStepsDone, EvQueryDone, EvKept, EvNotKept, EvAnswered,
			EvPrinted, EvUnprinted),
		Taking: stay(Taking, map[Event]move{
			EvPrint:   {Printing, (*Visit).print}, // "nothing came out": again, marked as a copy
			EvNoPrint: {Ending, (*Visit).endDone},
			EvTimeout: {Ending, (*Visit).endDone},
			EvCancel:  {Ending, (*Visit).endDone},
			EvFinish:  {Ending, (*Visit).endDone},
		}, EvGateShut, EvGateOpen, EvStart, EvChoose, EvLeave, EvStepsDone, EvQueryDone, EvKept, EvNotKept, EvAnswered,
			EvPrinted, EvUnprinted),
		Ending: stay(Ending, map[Event]move{
			EvStart:   {Idle, (*Visit).toIdle},
			EvTimeout: {Idle, (*Visit).toIdle},
			EvCancel:  {Idle, (*Visit).toIdle},
			EvFinish:  {Idle, (*Visit).toIdle},
		}, EvGateShut, EvGateOpen, EvChoose, EvLeave, EvStepsDone, EvQueryDone, EvKept, EvNotKept, EvAnswered, EvPrint,
			EvNoPrint, EvPrinted, EvUnprinted),
		Interrupted: stay(Interrupted, map[Event]move{
			EvPrint:   {Printing, (*Visit).print},
			EvNoPrint: {Ending, (*Visit).endInterrupted},
			EvTimeout: {Ending, (*Visit).endInterrupted},
			EvCancel:  {Ending, (*Visit).endInterrupted},
			EvFinish:  {Ending, (*Visit).endInterrupted},
		}, EvGateShut, EvGateOpen, EvStart, EvChoose, EvLeave, EvStepsDone, EvQueryDone, EvKept, EvNotKept, EvAnswered,
			EvPrinted, EvUnprinted),
	}
}
