package model

import (
	"kiosk/device/localapi"
	"kiosk/ui/words"
)

// capture is C07: one page under the camera.
func (b *build) capture(v localapi.Capture) {
	b.ID, b.Title, b.Hint = "C07", b.say(words.ShootTitle, b.in(v.Name)), b.in(v.Hint)
	if v.Of > 1 {
		b.Hint = b.say(words.ShootCount, v.N, v.Of) + " " + b.Hint
	}
	switch {
	case v.Lost:
		b.add(Notice{Tone: Danger, Text: b.say(words.ShootLost), More: b.say(words.ShootLostDo)})
	case v.SaveError:
		b.add(Notice{Tone: Danger, Text: b.say(words.ShootFailed)})
	}
	caption := words.ShootWait
	switch {
	case v.Lost:
		caption = words.ShootAway
	case v.Saving:
		caption = words.ShootSaving
	}
	b.add(Preview{Camera: v.Camera, Guide: "page", Looking: v.Looking && !v.Lost && !v.Saving, Caption: b.say(caption)})
	line := ""
	if v.MaxPages > 1 {
		line = b.say(words.ShootPage, v.Page, v.MaxPages)
	}
	if v.Taken > 0 {
		if line != "" {
			line += "  "
		}
		line += b.say(words.ShootSaved, v.Taken)
	}
	if line == "" {
		line = b.say(words.ShootPlace)
	}
	b.add(Paragraph{Text: line, Centre: true})

	full := v.MaxPages > 0 && v.Taken >= v.MaxPages
	if !v.Lost && !full {
		b.Primary = &Button{ID: "shoot", Label: b.say(words.Shoot), Icon: "camera", Tone: Primary, Disabled: !b.can(localapi.IntentShoot),
			Action: Action{Kind: ActIntent, Intent: localapi.Intent{Kind: localapi.IntentShoot}}}
	}
	done := wayNext
	done.bar, done.wide = words.NoMore, words.NoMore
	if v.Taken > 0 && b.Primary != nil {
		b.Aux = b.intent("next", words.NoMore, Plain, localapi.IntentNext)
	}
	if b.Aux == nil {
		b.Aux = b.intent("skip", words.Skip, Plain, localapi.IntentSkip)
	}
	if full {
		b.offer(done)
	}
	if v.Lost {
		b.offer(wayRetry, done)
	}
	if v.Taken > 0 {
		b.offer(way{"delete", words.Delete, words.WayDropLast, "trash", localapi.Intent{Kind: localapi.IntentDelete, Material: v.Material, Page: v.Taken}})
	}
}

// review is C08: is the page clear?
func (b *build) review(v localapi.Capture) {
	b.ID, b.Title = "C08", b.say(words.ReviewTitle)
	b.Hint = b.in(v.Name)
	if v.MaxPages > 1 {
		b.Hint = b.say(words.Colon, b.Hint, b.say(words.ShootPage, v.Page, v.MaxPages))
	}
	if v.SaveError {
		b.add(Notice{Tone: Danger, Text: b.say(words.ShootFailed)})
	}
	b.add(Picture{ID: v.Shot, Alt: b.say(words.ReviewAlt)})
	if rows := b.fact(nil, "eye", words.ReviewLook, b.list(v.Review)...); rows != nil {
		b.add(Facts{Rows: rows})
	}
	if v.Saving {
		b.add(Notice{Tone: Info, Text: b.say(words.ShootSaving)})
	}
	b.Aux = b.intent("retake", words.Retake, Plain, localapi.IntentRetake)
	keep := way{"keep-page", words.KeepPage, words.KeepPage, "check", localapi.Intent{Kind: localapi.IntentKeepPage}}
	done := wayNext
	done.bar = words.NoMore
	more := way{"more", words.WayMore, words.WayMore, "camera", localapi.Intent{Kind: localapi.IntentMore}}
	drop := way{"delete", words.Delete, words.WayDelete, "trash",
		localapi.Intent{Kind: localapi.IntentDelete, Material: v.Material, Page: v.Page}}
	b.offer(keep, done, more, drop)
}
