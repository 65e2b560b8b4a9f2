package session

import (
	"strconv"
	"time"

	"kiosk/device"
	"kiosk/device/casefile"
	"kiosk/device/item"
	"kiosk/device/localapi"
)

func itoa(n int) string { return strconv.Itoa(n) }

// forget zeroes everything the visit knows about people: the draft, pictures, the camera's frame. What was
// kept is not touched. A draft that was not kept is dropped: keys first, so its pages on disk are noise.
func (v *Visit) forget() {
	v.leave()
	v.step = stepState{}
	if v.draft != nil {
		if v.cfg.Outbox != nil {
			v.cfg.Outbox.Drop(v.draft.Key)
		}
		v.draft.Wipe()
		v.draft = nil
	}
	v.mu.Lock()
	for id, b := range v.pictures {
		clear(b)
		delete(v.pictures, id)
	}
	clear(v.frame)
	v.frame = nil
	v.mu.Unlock()
}

// wipe is called at every end of a visit, whatever ended it. After it nothing personal is left, and modes
// and language are as they were before anybody came.
func (v *Visit) wipe() {
	v.stopAll()
	v.forget()
	v.item, v.rules = nil, nil
	v.at, v.back, v.roomless = position{}, false, false
	v.trouble = nil
	v.timers = map[string]time.Time{}
	v.warned, v.help = false, false
	v.seen = nil
}

// end wipes, says goodbye and clears the mark.
func (v *Visit) end(why string) {
	v.why = why
	v.wipe()
	v.result = outcome{}
	if v.cfg.Outbox != nil {
		if err := v.cfg.Outbox.ClearMark(); err != nil {
			v.cfg.Log.Error("cannot clear the mark of a visit", "err", err)
		}
	}
	v.cfg.Audit.Event("visit-ended", "why", why)
	v.cfg.Audit.Event("visit-wiped")
	v.touched()
}

func (v *Visit) endDone(event)      { v.settleReceipt(); v.end("done") }
func (v *Visit) endCancelled(event) { v.end("cancelled") }
func (v *Visit) endTimeout(event)   { v.end("timeout") }

// endUnprinted stores that the person went without paper.
func (v *Visit) endUnprinted(event) { v.settleReceipt(); v.end("done") }

// endInterrupted: the person has seen, or nobody came to see, what was kept.
func (v *Visit) endInterrupted(event) {
	v.settleReceipt()
	kept := v.result.kept
	v.end("interrupted")
	if v.why = "cancelled"; kept { // what goodbye may say: nothing was done, or the case is kept
		v.why = "done"
	}
}

// settleReceipt makes sure that no kept case is left without an answer to "was a receipt printed?".
func (v *Visit) settleReceipt() {
	if !v.result.kept {
		return
	}
	v.refresh()
	if v.result.record.Receipt == "" {
		if err := v.cfg.Outbox.SetReceipt(v.result.record.Key, device.No); err != nil {
			v.cfg.Log.Error("cannot store that no receipt was printed", "err", err)
		}
	}
}

func (v *Visit) toIdle(event) {
	v.wipe()
	v.result = outcome{}
	v.id, v.lang, v.personal, v.why = "", "zh", false, ""
	v.times = v.cfg.Times()
	v.pairing = v.cfg.Pairing
	if v.shut() != "" {
		v.phase = Closed
	}
	v.touched()
}

func (v *Visit) toClosed(event) { v.wipe(); v.id, v.lang = "", "zh" }

func (v *Visit) toHome(event) {
	if v.id == "" {
		v.id = string(casefile.NewKey()[:12])
		v.times = v.cfg.Times()
		v.cfg.Audit.Event("visit-begun")
	}
	v.touched()
}

// dropToHome gives up an item before anything was submitted; the visit goes on at the home screen.
func (v *Visit) dropToHome(event) {
	lang, id, personal := v.lang, v.id, v.personal
	v.wipe()
	v.lang, v.id, v.personal = lang, id, personal
	if v.cfg.Outbox != nil {
		if err := v.cfg.Outbox.ClearMark(); err != nil {
			v.cfg.Log.Error("cannot clear the mark of a visit", "err", err)
		}
	}
	v.touched()
}

// toSteps begins the chosen item with a fresh draft and key.
func (v *Visit) toSteps(e event) {
	offer := e.data.(Offer)
	v.toHome(event{})
	v.item, v.rules = offer.Item, offer.Rules
	v.draft = casefile.NewDraft(casefile.ItemRef{Code: offer.Item.Code, Version: offer.Item.Version, Digest: offer.Digest})
	v.step = stepState{passed: map[position]bool{}}
	v.setMark(InSteps)
	v.cfg.Audit.Event("item-chosen", "item", offer.Item.Code)
	v.enter(v.positions()[0])
	v.makeRoom()
}

// makeRoom opens room for what the visit will hand in. A store that gives none is told before anything is asked.
func (v *Visit) makeRoom() {
	if v.item.Kind != item.Application {
		return
	}
	err := v.cfg.Outbox.Begin(v.draft.Key)
	if v.roomless = err != nil; !v.roomless {
		return
	}
	v.cfg.Log.Error("cannot begin a draft", "err", err)
	v.cfg.Audit.Event("store-trouble", "code", "begin")
	v.trouble = &localapi.Trouble{
		Device: "store",
		Fault:  localapi.Text{ZH: "存储出了故障，现在办不了", EN: "Storage is out of order"},
		Do:     localapi.Text{ZH: "请到窗口办理，或换一台机器", EN: "Please go to the counter or to another terminal"},
	}
}

// setMark stores where the visit stands, for the screen after a crash.
func (v *Visit) setMark(p Phase) {
	m := casefile.Mark{Visit: v.id, Phase: string(p), Lang: v.lang, BegunAt: time.Now().Round(0)}
	switch {
	case v.draft != nil:
		m.Key, m.Item, m.Lookup = v.draft.Key, v.draft.Item.Code, v.draft.Lookup
	case v.result.kept:
		m.Key, m.Item, m.Lookup = v.result.record.Key, v.result.record.Item, v.result.lookup
	}
	if err := v.cfg.Outbox.SetMark(m); err != nil {
		v.cfg.Log.Error("cannot store the mark of a visit", "err", err)
	}
}

func (v *Visit) endingView() localapi.View {
	return localapi.View{Kind: localapi.ViewGoodbye, Goodbye: &localapi.Goodbye{Wiped: true, Why: v.why}}
}
