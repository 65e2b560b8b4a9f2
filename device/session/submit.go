package session

import (
	"context"
	"errors"
	"time"

	"kiosk/device"
	"kiosk/device/casefile"
	"kiosk/device/localapi"
)

// longAfter is when "still working, please wait" is said.
const longAfter = 5 * time.Second

// submit makes the draft an immutable envelope and has it kept. From here on nothing can be taken back until the
// store has answered; a second submit of the same draft is harmless, since the key is the same.
func (v *Visit) submit(event) {
	v.leave()
	v.result = outcome{item: *v.item, itemName: text(v.item.Names.Everyday), lookup: v.draft.Lookup}
	v.setMark(Submitting)
	envelope := v.draft.Envelope(v.visibleFields(), v.lang, v.cfg.Software, !v.cfg.Link.Online())
	v.result.takeBy = counterDay(envelope.SubmitAt, v.item.MaxKeptDays)
	envelope.Receipt.TakeToCounterBy = v.result.takeBy
	key, about := v.draft.Key, casefile.About{Item: v.item.Code}
	v.after(timerLong, longAfter)
	v.start(taskKeep, func(context.Context) (any, error) {
		b, err := envelope.Encode()
		if err != nil {
			return nil, err
		}
		defer clear(b)
		return v.cfg.Outbox.Keep(key, b, about)
	})
}

// keepEnded: kept, or not. After "kept" the draft has done its work and is wiped at once; the platform's answer
// is waited for, but not for ever.
func (v *Visit) keepEnded(e event) {
	if e.err != nil {
		v.cfg.Log.Error("cannot keep a case", "err", e.err)
		v.cfg.Audit.Event("store-trouble", "code", "keep")
		v.move(EvNotKept, e)
		return
	}
	v.move(EvKept, e)
}

func (v *Visit) kept(e event) {
	v.result.record = e.data.(casefile.Record)
	v.result.kept = true
	v.cfg.Audit.Event("case-kept", "number", string(v.result.record.Number), "item", v.result.record.Item)
	v.forget()
	key := v.result.record.Key
	v.start(taskAwait, func(ctx context.Context) (any, error) {
		ctx, cancel := context.WithTimeout(ctx, v.times.Platform.D())
		defer cancel()
		return v.cfg.Outbox.Await(ctx, key)
	})
}

// notKept puts the person back on the last screen: nothing was kept, nothing is lost, and it can be tried again.
func (v *Visit) notKept(event) {
	v.stopTimer(timerLong)
	v.setMark(InSteps)
	at := v.at
	v.enter(at)
	v.trouble = &localapi.Trouble{
		Device: "store",
		Fault:  localapi.Text{ZH: "没有存上，还没有提交", EN: "It could not be stored and is not submitted"},
		Do:     localapi.Text{ZH: "请再试一次，或找人帮忙", EN: "Please try again, or call for help"},
	}
}

func (v *Visit) awaitEnded(e event) {
	if e.err == nil {
		v.result.record = e.data.(casefile.Record)
	}
	v.result.waited = true
	if v.phase == Submitting {
		v.move(EvAnswered, e)
	}
}

// toResult shows the number. It stays on the screen until paper, a press or time goes on.
func (v *Visit) toResult(event) {
	v.stopTimer(timerLong)
	v.refresh()
	v.touched()
}

// refresh takes what is known now of the case: the platform may have answered late.
func (v *Visit) refresh() {
	if r, ok := v.cfg.Outbox.Find(v.result.record.Key); ok {
		v.result.record = r
	}
}

func (v *Visit) printer() bool { return v.cfg.Peripherals.Status(device.KindReceiptPrinter).Usable() }

// print moves paper. The intent is stored before the first byte, as "not known": should everything stop now, nobody
// is told what is not known.
func (v *Visit) print(event) {
	v.refresh()
	again := v.result.record.Receipt != "" && v.result.record.Receipt != device.No
	v.result.fault = nil
	v.stopTimer(timerIdle)
	v.setMark(Printing)
	receipt, key := v.receipt(again), v.result.record.Key
	v.start(taskPrint, func(ctx context.Context) (any, error) {
		if err := v.cfg.Outbox.SetReceipt(key, device.NotKnown); err != nil {
			return device.No, err
		}
		v.cfg.Audit.Event("receipt-begun", "number", string(receipt.Number))
		out, err := v.cfg.Peripherals.Print(ctx, receipt)
		if out == device.No && again {
			out = device.NotKnown // this copy did not come, but the first one may have
		}
		if e2 := v.cfg.Outbox.SetReceipt(key, out); e2 != nil {
			return device.NotKnown, errors.Join(err, e2)
		}
		return out, err
	})
}

func (v *Visit) printEnded(e event) {
	out, _ := e.data.(device.Outcome)
	v.result.printed, v.result.fault = out, e.err
	v.cfg.Audit.Event("receipt-ended", "number", string(v.result.record.Number), "outcome", string(out))
	v.refresh()
	if e.err != nil {
		v.cfg.Log.Warn("receipt was not confirmed", "outcome", out, "err", e.err)
	}
	if out == device.Yes {
		v.move(EvPrinted, e)
		return
	}
	v.move(EvUnprinted, e)
}

func (v *Visit) toTaking(event)  { v.touched() }
func (v *Visit) toTrouble(event) { v.touched() }

// receipt is what stands on the paper. It says what is known and promises nothing else.
func (v *Visit) receipt(again bool) casefile.Receipt {
	r, lang := v.result.record, v.lang
	say := func(zh, en string) string { return localapi.Text{ZH: zh, EN: en}.In(lang) }
	out := casefile.Receipt{
		Site: v.cfg.Site.In(lang), Title: text(v.result.item.Receipt.Title).In(lang), Copy: again, Item: v.result.itemName.In(lang),
		Number: r.Number, Ticket: casefile.Ticket{Number: r.Number, Code: v.result.lookup}, Lang: lang,
		PrintedAt: time.Now().Format("2006-01-02 15:04"), Contact: text(v.result.item.Receipt.Contact).In(lang),
	}
	if out.Title == "" { // the item is gone, after a restart
		out.Title = say("收存回执", "Receipt")
	}
	if out.Contact == "" && v.cfg.Phone != "" {
		out.Contact = say("咨询电话 ", "Phone ") + v.cfg.Phone
	}
	out.Rows = append(out.Rows,
		casefile.Row{Label: say("收存时间", "Kept at"), Value: r.KeptAt.Local().Format("2006-01-02 15:04")},
		casefile.Row{Label: say("材料", "Pages"), Value: say(itoa(r.Pages)+" 页", itoa(r.Pages))},
		casefile.Row{Label: say("地点", "Place"), Value: v.cfg.Place.In(lang)})
	switch r.State {
	case casefile.Received:
		out.Rows = append(out.Rows,
			casefile.Row{Label: say("平台编号", "Platform number"), Value: r.PlatformNumber, Big: true},
			casefile.Row{Label: say("状态", "State"), Value: say("平台已收到，等待受理", "Received by the platform, not yet accepted")})
	case casefile.Refused:
		out.Rows = append(out.Rows,
			casefile.Row{Label: say("状态", "State"), Value: say("平台没有收下，请带材料到窗口", "Not taken by the platform, please go to the counter")})
	default:
		out.Rows = append(out.Rows,
			casefile.Row{Label: say("状态", "State"), Value: say("已收存，联网后自动提交", "Kept here, sent when the network is back")})
		if day, err := time.Parse(time.DateOnly, v.result.takeBy); err == nil {
			out.Notes = append(out.Notes, say("到"+day.Format("2006年1月2日")+"还查不到，请去窗口。", "If nothing is found by "+v.result.takeBy+", go to the counter."))
		}
	}
	for _, l := range v.result.item.Receipt.Lines {
		out.Notes = append(out.Notes, text(l).In(lang))
	}
	return out
}

func (v *Visit) doneView(kind localapi.ViewKind) localapi.View {
	r := v.result.record
	d := &localapi.Done{
		Number: string(r.Number), PlatformNumber: r.PlatformNumber, Ticket: casefile.Ticket{Number: r.Number, Code: v.result.lookup}.String(),
		Printer: v.printer(), Copy: r.Receipt != "" && r.Receipt != device.No, Printed: string(r.Receipt),
		Contact: text(v.result.item.Receipt.Contact), TakeBy: v.result.takeBy,
	}
	if r.State == casefile.Refused { // it will not be sent again, so nobody may wait for it
		d.Refused, d.TakeBy = true, ""
		d.Lines = append(d.Lines, localapi.Text{ZH: "平台没有收下，请带材料到窗口。", EN: "The platform did not take it. Please go to the counter."})
	}
	for _, l := range v.result.item.Receipt.Lines {
		d.Lines = append(d.Lines, text(l))
	}
	return localapi.View{Kind: kind, Done: d}
}

func (v *Visit) resultView() (localapi.View, []string) {
	kind := localapi.ViewKept
	if v.result.record.State == casefile.Received {
		kind = localapi.ViewReceived
	}
	return v.doneView(kind), []string{localapi.IntentPrint, localapi.IntentNoPrint}
}

func (v *Visit) submitView() (localapi.View, []string) {
	received := v.result.record.State == casefile.Received
	return localapi.View{Kind: localapi.ViewSubmitting, Submit: &localapi.Submit{
		Long: v.result.long,
		Steps: []localapi.SubmitStep{
			{ID: "keep", Done: v.result.kept},
			{ID: "send", Done: received},
			{ID: "number", Done: received},
		},
	}}, nil
}

func (v *Visit) troubleView() (localapi.View, []string) {
	fault, do := faultText(v.cfg.Peripherals.Status(device.KindReceiptPrinter))
	if v.printer() {
		fault, do = localapi.Text{ZH: "打印中断了", EN: "Printing stopped"}, localapi.Text{}
	}
	r := v.result.record
	return localapi.View{Kind: localapi.ViewPrinter, Trouble: &localapi.Trouble{
		Device: string(device.KindReceiptPrinter), Fault: fault, Do: do, Printed: string(v.result.printed), Number: string(r.Number),
		Ticket: casefile.Ticket{Number: r.Number, Code: v.result.lookup}.String(), Kept: true,
	}}, []string{localapi.IntentPrint, localapi.IntentNoPrint}
}

// interrupted takes up a visit that the daemon did not live to end.
func (v *Visit) interrupted(mark casefile.Mark) {
	v.phase = Interrupted
	v.lang = mark.Lang
	v.id = mark.Visit
	v.result = outcome{lookup: mark.Lookup}
	if r, ok := v.cfg.Outbox.Find(mark.Key); ok {
		v.result.record, v.result.kept = r, true
		v.result.printed = r.Receipt
		for _, o := range v.cfg.Items.List() {
			if o.Item.Code == r.Item {
				v.result.item, v.result.itemName = *o.Item, text(o.Item.Names.Everyday)
				v.result.takeBy = counterDay(r.KeptAt, o.Item.MaxKeptDays)
			}
		}
	}
	v.cfg.Audit.Event("visit-interrupted", "phase", mark.Phase, "kept", yesNo(v.result.kept))
	v.touched()
}

func (v *Visit) restartedView() (localapi.View, []string) {
	r := v.result.record
	out := &localapi.Restarted{Kept: v.result.kept}
	intents := []string{localapi.IntentFinish}
	if v.result.kept {
		out.Number, out.PlatformNumber, out.Printed = string(r.Number), r.PlatformNumber, string(r.Receipt)
		if out.Printed == "" {
			out.Printed = string(device.No)
		}
		if v.result.lookup != "" {
			out.Ticket = casefile.Ticket{Number: r.Number, Code: v.result.lookup}.String()
		}
		out.CanPrint = v.printer() && v.result.lookup != ""
		if out.CanPrint {
			intents = append(intents, localapi.IntentPrint)
		}
	}
	return localapi.View{Kind: localapi.ViewRestarted, Restarted: out}, intents
}

// counterDay is the day on which the person should go to the counter if nothing was heard, "" where the item sets none.
func counterDay(from time.Time, days int) string {
	if days <= 0 {
		return ""
	}
	return from.Local().AddDate(0, 0, days).Format(time.DateOnly)
}

func yesNo(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}
