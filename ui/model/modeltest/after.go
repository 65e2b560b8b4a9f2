package modeltest

import (
	"time"

	"kiosk/device/localapi"
)

// after are the screens behind submit, and the cases that are looked up.
func after() []Named {
	done := localapi.Done{Number: number, PlatformNumber: "9901202611210001", Ticket: ticket, Contact: text("0990-1234567", "0990-1234567"),
		Lines: []localapi.Text{text("受理地会先看材料，再联系您。", "The office reads your papers first, then contacts you.")}, Printer: true}
	result := func(name, screen, phase string, kind localapi.ViewKind, f func(*localapi.Done), intents ...string) Named {
		d := done
		f(&d)
		n := with(name, screen, phase, localapi.View{Kind: kind, Done: &d}, intents...)
		n.State.Visit.Personal = true
		if kind == localapi.ViewKept {
			n.State.Network.Online = false
		}
		return n
	}
	keep := func(*localapi.Done) {}
	local := func(d *localapi.Done) { d.PlatformNumber, d.TakeBy = "", "2026-12-05" }
	refused := func(d *localapi.Done) { d.PlatformNumber, d.TakeBy, d.Refused = "", "", true }
	submit := func(name string, s localapi.Submit) Named {
		return with(name, "D01", "submitting", localapi.View{Kind: localapi.ViewSubmitting, Submit: &s})
	}
	bye := func(why string) Named {
		n := with("goodbye-"+why, "D07", "ending", localapi.View{Kind: localapi.ViewGoodbye, Goodbye: &localapi.Goodbye{Wiped: true, Why: why}}, localapi.IntentStart)
		n.State.Visit.Personal = true
		return n
	}
	one := localapi.Case{
		Number: number, PlatformNumber: "9901202611210001", Name: text("异地代收代办", "Hand in for another place"), State: "accepted", AsOf: At,
		Contact: "0990-1234567", Events: []localapi.CaseStep{
			{State: "kept", At: At.Add(-50 * time.Hour)}, {State: "received", At: At.Add(-49 * time.Hour)}, {State: "accepted", At: At.Add(-3 * time.Hour)}},
	}
	cases := func(name, screen string, kind localapi.ViewKind, c localapi.Cases, intents ...string) Named {
		n := with(name, screen, "steps", localapi.View{Kind: kind, Cases: &c}, append(intents, back, cancel, localapi.IntentFinish)...)
		n.State.Visit.Item = &localapi.ItemName{Code: "progress", Everyday: text("办件进度", "Progress of a case")}
		return n
	}
	var list []localapi.Case
	for _, s := range []string{"accepted", "supplement", "done", "refused", "received", "kept"} {
		c := one
		c.State = s
		list = append(list, c)
	}
	stuck := one
	stuck.State, stuck.Local, stuck.PlatformNumber, stuck.Events = "refused", true, "", one.Events[:1]
	return []Named{
		submit("submitting", localapi.Submit{Steps: []localapi.SubmitStep{{ID: "keep", Done: true}, {ID: "send"}, {ID: "number"}}}),
		submit("submitting-long", localapi.Submit{Steps: []localapi.SubmitStep{{ID: "seal", Done: true}, {ID: "keep"}}, Long: true}),
		result("received", "D02", "result", localapi.ViewReceived, keep, localapi.IntentPrint, localapi.IntentNoPrint),
		result("received-no-printer", "D02", "result", localapi.ViewReceived, func(d *localapi.Done) { d.Printer = false }, localapi.IntentPrint, localapi.IntentNoPrint),
		result("kept", "D03", "result", localapi.ViewKept, local, localapi.IntentPrint, localapi.IntentNoPrint),
		result("kept-refused", "D03", "result", localapi.ViewKept, refused, localapi.IntentPrint, localapi.IntentNoPrint),
		result("kept-printed", "D03", "result", localapi.ViewKept, func(d *localapi.Done) { local(d); d.Printed = "yes" }, localapi.IntentPrint, localapi.IntentNoPrint),
		result("kept-not-known", "D03", "result", localapi.ViewKept, func(d *localapi.Done) { local(d); d.Printed = "not-known" }, localapi.IntentPrint, localapi.IntentNoPrint),
		result("printing", "D04", "printing", localapi.ViewPrinting, keep),
		result("take", "D05", "taking", localapi.ViewTake, func(d *localapi.Done) { d.Printed, d.Seconds = "yes", 20 }, localapi.IntentFinish, localapi.IntentPrint),
		bye("done"), bye("cancelled"), bye("timeout"),
		cases("cases", "C11", localapi.ViewCases, localapi.Cases{List: list, Open: -1, AsOf: At}, localapi.IntentOpen),
		cases("cases-none", "C11", localapi.ViewCases, localapi.Cases{Open: -1, AsOf: At}),
		cases("cases-loading", "C11", localapi.ViewCases, localapi.Cases{Open: -1, Loading: true}),
		cases("case", "C12", localapi.ViewCase, localapi.Cases{List: list, Open: 0, AsOf: At, Masked: true}),
		cases("case-stuck", "C12", localapi.ViewCase, localapi.Cases{List: []localapi.Case{stuck}, Open: 0, AsOf: At, Local: true}),
	}
}

// trouble are the screens of something broken.
func trouble() []Named {
	fault := func(name, screen, phase string, kind localapi.ViewKind, t localapi.Trouble, intents ...string) Named {
		return with(name, screen, phase, localapi.View{Kind: kind, Trouble: &t}, intents...)
	}
	paper := func(name, printed string) Named {
		return fault(name, "E05", "trouble", localapi.ViewPrinter, localapi.Trouble{Device: "receipt-printer", Fault: text("没有纸了", "Out of paper"),
			Do: text("请工作人员装一卷新纸", "Staff: load a new roll"), Printed: printed, Number: number, Ticket: ticket, Kept: true},
			localapi.IntentPrint, localapi.IntentNoPrint)
	}
	restarted := func(name string, r localapi.Restarted, intents ...string) Named {
		return with(name, "E11", "interrupted", localapi.View{Kind: localapi.ViewRestarted, Restarted: &r}, append(intents, localapi.IntentFinish)...)
	}
	gone := fault("reader-gone", "E09", "steps", localapi.ViewDevice, localapi.Trouble{Device: "id-card-reader",
		Fault: text("读卡器没有连上", "The card reader is not connected"), Do: text("请找工作人员", "Please ask the staff")},
		back, cancel, localapi.IntentRetry, localapi.IntentWay)
	gone.State.Visit.View.Card = &localapi.ReadCard{Other: []string{"number", "counter"}, Why: "gone"}
	return []Named{
		paper("printer-no", "no"), paper("printer-not-known", "not-known"), paper("printer-yes", "yes"),
		fault("network", "E06", "steps", localapi.ViewNetwork, localapi.Trouble{Fault: text("现在查不到，网络没连上", "No answer, the network is away"),
			Do: text("可以换个方式，或过一会儿再来", "Try another way, or come back later")}, localapi.IntentRetry, back, cancel),
		fault("store", "E09", "steps", localapi.ViewDevice, localapi.Trouble{Device: "store", Fault: text("没有存上，还没有提交", "It could not be stored"),
			Do: text("请再试一次，或找人帮忙", "Please try again, or call for help")}, localapi.IntentRetry, back, cancel),
		gone,
		restarted("restarted-lost", localapi.Restarted{}),
		restarted("restarted-yes", localapi.Restarted{Kept: true, Number: number, PlatformNumber: "9901202611210001", Ticket: ticket, Printed: "yes", CanPrint: true}, localapi.IntentPrint),
		restarted("restarted-no", localapi.Restarted{Kept: true, Number: number, Ticket: ticket, Printed: "no", CanPrint: true}, localapi.IntentPrint),
		restarted("restarted-not-known", localapi.Restarted{Kept: true, Number: number, Ticket: ticket, Printed: "not-known", CanPrint: true}, localapi.IntentPrint),
		restarted("restarted-no-printer", localapi.Restarted{Kept: true, Number: number, Ticket: ticket, Printed: "no"}),
	}
}
