package look

import (
	"fmt"
	"regexp"
	"strings"

	"fyne.io/fyne/v2"
)

// Pictures are drawn on 480 by 360 with the colours of the look; "$name" stands for a colour.
// They show a device the way a person stands before it.

func (l Look) drawing(name string, w, h int, body string) fyne.Resource {
	c := l.Colours
	svg := strings.NewReplacer(
		"$primary", css(c.Primary), "$pressed", css(c.PrimaryPressed), "$surface", css(c.Surface), "$tint", css(c.SelectedBg), "$info", css(c.InfoBg),
		"$line", css(c.Outline), "$hair", css(c.Hairline), "$text", css(c.Text), "$good", css(c.Success), "$bad", css(c.Danger),
		"$warn", css(c.WarnBg), "$amber", css(c.FocusRing), "$skin", css(c.Skin), "$sleeve", css(c.Sleeve), "$leaf", css(c.Leaf),
		"$sky", css(c.Sky), "$wall", css(c.Wall), "$cloud", css(c.Cloud), "$bg", css(c.Bg),
	).Replace(round.ReplaceAllString(body, ` rx="$1" ry="$1"`))
	return fyne.NewStaticResource(name+".svg", fmt.Appendf(nil,
		`<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d">%s</svg>`, w, h, w, h, svg))
}

// round adds the vertical radius of corners, which the renderer does not take from the other one.
var round = regexp.MustCompile(` rx="([0-9]+)"`)

// idCard draws an identity card, its upper left corner at x, y.
func idCard(x, y float64) string {
	return fmt.Sprintf(`<rect x="%.0f" y="%.0f" width="176" height="112" rx="12" fill="$surface" stroke="$primary" stroke-width="5"/>
<rect x="%.0f" y="%.0f" width="48" height="60" rx="6" fill="$tint"/><circle cx="%.0f" cy="%.0f" r="11" fill="$primary"/>
<path d="M%.0f %.0fc2-14 10-20 18-20s16 6 18 20z" fill="$primary"/>
<path d="M%.0f %.0fh64M%.0f %.0fh80M%.0f %.0fh50" stroke="$primary" stroke-width="6" stroke-linecap="round" fill="none"/>
<path d="M%.0f %.0fh128" stroke="$wall" stroke-width="7" stroke-linecap="round" fill="none"/>`,
		x, y, x+110, y+18, x+134, y+38, x+116, y+74,
		x+18, y+28, x+18, y+48, x+18, y+68, x+18, y+93)
}

// hand draws a hand that comes from the lower right, the tip of its finger at x, y.
func hand(x, y float64) string {
	return fmt.Sprintf(`<g transform="translate(%.0f %.0f)">
<path d="M104 116l52 74h-104l-16-34z" fill="$sleeve"/>
<path d="M-4 6c-4-9 8-17 15-8l34 46 8-8c6-5 14-5 20-1l34 30c9 9 12 24 6 38l-10 22-50 22c-14-4-24-10-32-22l-30-44c-5-9 4-17 12-12l18 12z" fill="$skin"/></g>`, x, y)
}

// plate is the reader seen from above: where the card goes is drawn on it.
const plate = `<rect x="96" y="92" width="288" height="208" rx="28" fill="$primary"/><rect x="112" y="108" width="256" height="176" rx="18" fill="$pressed"/>
<rect x="146" y="138" width="188" height="124" rx="16" fill="none" stroke="$wall" stroke-width="4" stroke-dasharray="14 10"/><circle cx="240" cy="314" r="6" fill="$wall"/>`

// lit is the same while it reads.
const lit = `<rect x="96" y="92" width="288" height="208" rx="28" fill="none" stroke="$amber" stroke-width="8"/><circle cx="240" cy="314" r="9" fill="$amber"/>`

func badge(ok bool, x, y float64) string {
	if ok {
		return fmt.Sprintf(`<circle cx="%.0f" cy="%.0f" r="54" fill="$surface"/><circle cx="%.0f" cy="%.0f" r="46" fill="$good"/><path d="M%.0f %.0fl15 16 30-33" stroke="$surface" stroke-width="10" stroke-linecap="round" stroke-linejoin="round" fill="none"/>`, x, y, x, y, x-22, y+1)
	}
	return fmt.Sprintf(`<circle cx="%.0f" cy="%.0f" r="54" fill="$surface"/><circle cx="%.0f" cy="%.0f" r="46" fill="$bad"/><path d="M%.0f %.0fl34 34m0-34l-34 34" stroke="$surface" stroke-width="10" stroke-linecap="round" fill="none"/>`, x, y, x, y, x-17, y-17)
}

// glow is the light field behind a picture.
const glow = `<circle cx="240" cy="178" r="166" fill="$info"/>`

// sheet draws a written page, turned by deg about its middle.
func sheet(x, y, deg float64) string {
	return fmt.Sprintf(`<g transform="rotate(%.0f %.0f %.0f)"><rect x="%.0f" y="%.0f" width="130" height="172" rx="6" fill="$surface" stroke="$primary" stroke-width="5"/>
<path d="M%.0f %.0fh60M%.0f %.0fh86M%.0f %.0fh86M%.0f %.0fh86M%.0f %.0fh50" stroke="$wall" stroke-width="7" stroke-linecap="round" fill="none"/></g>`,
		deg, x+65, y+86, x, y, x+22, y+30, x+22, y+58, x+22, y+82, x+22, y+106, x+22, y+130)
}

// Prompt returns the frames of a device's picture. Devices: card, paper, code, printer, take-slip, take-card,
// offline, staff, kept, wiped, clock; stages: "", work, done, fail. An unknown device gives an empty field.
func (l Look) Prompt(device, stage string) []fyne.Resource {
	var frames []string
	switch device {
	case "card":
		frames = cardFrames(stage)
	case "paper":
		frames = paperFrames(stage, sheet)
	case "code":
		frames = paperFrames(stage, codeSheet)
	case "printer":
		frames = printerFrames(stage)
	case "take-slip":
		frames = []string{glow + slip(126) + mouth, glow + slip(126) + mouth + hand(268, 232), glow + slip(150) + mouth + hand(268, 250)}
	case "take-card":
		frames = []string{glow + plate + idCard(152, 144), glow + plate + turned(190, 100, 8), glow + plate + turned(226, 52, 14) + arrowOut}
	case "offline":
		frames = []string{glow + cloud(144, 44) + `<path d="M240 196v76" stroke="$line" stroke-width="8" stroke-linecap="round" stroke-dasharray="4 18" fill="none"/>
<rect x="144" y="282" width="192" height="56" rx="12" fill="$surface" stroke="$primary" stroke-width="6"/><circle cx="176" cy="310" r="8" fill="$amber"/><path d="M204 310h100" stroke="$wall" stroke-width="8" stroke-linecap="round"/>` + badge(false, 240, 232)}
	case "staff":
		frames = []string{glow + person}
	case "kept":
		frames = []string{glow + safe + badge(true, 336, 264)}
	case "wiped":
		frames = []string{glow + screenWiped}
	case "clock":
		frames = []string{glow + `<circle cx="240" cy="178" r="98" fill="$surface" stroke="$primary" stroke-width="8"/><path d="M240 114v64l42 30" stroke="$primary" stroke-width="10" stroke-linecap="round" stroke-linejoin="round" fill="none"/>`}
	case "done":
		frames = []string{glow + `<circle cx="240" cy="178" r="98" fill="$good"/><path d="M192 180l34 36 66-74" stroke="$surface" stroke-width="18" stroke-linecap="round" stroke-linejoin="round" fill="none"/>`}
	case "camera":
		frames = []string{glow + `<path d="M136 124h52l22-34h60l22 34h52v126H136z" fill="$surface" stroke="$primary" stroke-width="6" stroke-linejoin="round"/><circle cx="240" cy="184" r="40" fill="$tint" stroke="$primary" stroke-width="6"/>` + stageBadge(stage, 340, 250)}
	case "touch":
		frames = []string{glow + kiosk + hand(252, 150)}
	case "wait":
		frames = waitFrames()
	default:
		frames = []string{glow + `<circle cx="240" cy="178" r="76" fill="none" stroke="$primary" stroke-width="8"/><path d="M240 140v44" stroke="$primary" stroke-width="12" stroke-linecap="round"/><circle cx="240" cy="214" r="8" fill="$primary"/>`}
	}
	out := make([]fyne.Resource, len(frames))
	for i, f := range frames {
		out[i] = l.drawing(fmt.Sprintf("prompt-%s-%s-%d", device, stage, i), 480, 360, f)
	}
	return out
}

func stageBadge(stage string, x, y float64) string {
	switch stage {
	case "done":
		return badge(true, x, y)
	case "fail":
		return badge(false, x, y)
	}
	return ""
}

func cardFrames(stage string) []string {
	base := glow + plate
	flat := idCard(152, 144)
	switch stage {
	case "work":
		return []string{base + flat, base + flat + lit}
	case "done":
		return []string{base + flat + badge(true, 372, 276)}
	case "fail":
		return []string{base + turned(196, 96, 12) + badge(false, 372, 276)}
	}
	return []string{
		base + turned(250, 40, 18) + arrowIn,
		base + turned(208, 84, 10),
		base + flat,
		base + flat + lit,
	}
}

// turned is the card on its way, turned by deg.
func turned(x, y, deg float64) string {
	return fmt.Sprintf(`<g transform="rotate(%.0f %.0f %.0f)">%s</g>`, deg, x+88, y+56, idCard(x, y))
}

const (
	arrowIn  = `<path d="M150 48 208 106m0-40v40h-40" stroke="$amber" stroke-width="10" stroke-linecap="round" stroke-linejoin="round" fill="none"/>`
	arrowOut = `<path d="M420 250 470 200m-40 0h40v40" stroke="$amber" stroke-width="10" stroke-linecap="round" stroke-linejoin="round" fill="none"/>`
)

func codeSheet(x, y, deg float64) string {
	return fmt.Sprintf(`<g transform="rotate(%.0f %.0f %.0f)"><rect x="%.0f" y="%.0f" width="130" height="172" rx="6" fill="$surface" stroke="$primary" stroke-width="5"/>
<g fill="$text"><rect x="%.0f" y="%.0f" width="26" height="26"/><rect x="%.0f" y="%.0f" width="26" height="26"/><rect x="%.0f" y="%.0f" width="26" height="26"/><rect x="%.0f" y="%.0f" width="12" height="12"/><rect x="%.0f" y="%.0f" width="14" height="14"/><rect x="%.0f" y="%.0f" width="10" height="10"/></g>
<path d="M%.0f %.0fh86" stroke="$wall" stroke-width="7" stroke-linecap="round" fill="none"/></g>`,
		deg, x+65, y+86, x, y, x+28, y+54, x+76, y+54, x+28, y+102, x+64, y+84, x+84, y+110, x+66, y+108, x+22, y+28)
}

// paperFrames show a table from above with the camera's arm over it.
func paperFrames(stage string, page func(x, y, deg float64) string) []string {
	table := glow + `<rect x="96" y="92" width="288" height="232" rx="12" fill="$tint" stroke="$primary" stroke-width="5"/>`
	corners := `<path d="M150 142v-22h22M330 142v-22h-22M150 290v22h22M330 290v22h-22" stroke="$line" stroke-width="6" stroke-linecap="round" stroke-linejoin="round" fill="none"/>`
	arm := `<rect x="190" y="28" width="100" height="40" rx="12" fill="$primary"/><circle cx="240" cy="48" r="12" fill="$surface"/><path d="M240 68v18" stroke="$primary" stroke-width="10" stroke-linecap="round"/>`
	light := `<path d="M214 72 120 300h240L266 72z" fill="$amber" fill-opacity="0.28"/>`
	switch stage {
	case "done":
		return []string{table + corners + page(175, 130, 0) + arm + badge(true, 372, 280)}
	case "fail":
		return []string{table + corners + page(196, 138, 12) + arm + badge(false, 372, 280)}
	case "work":
		return []string{table + corners + page(175, 130, 0) + arm, table + corners + page(175, 130, 0) + light + arm}
	}
	return []string{
		table + corners + page(262, 150, 24) + arm,
		table + corners + page(212, 138, 10) + arm,
		table + corners + page(175, 130, 0) + arm,
		table + corners + page(175, 130, 0) + light + arm,
	}
}

// slip is the receipt hanging h below the printer's mouth.
func slip(h float64) string {
	lines := ""
	for y := 186.0; y < 166+h-34; y += 24 {
		lines += fmt.Sprintf("M200 %.0fh80", y)
	}
	if lines != "" {
		lines = `<path d="` + lines + `" stroke="$wall" stroke-width="7" stroke-linecap="round" fill="none"/>`
	}
	return fmt.Sprintf(`<path d="M176 150h128v%.0fl-16 12-16-12-16 12-16-12-16 12-16-12-16 12-16-12z" fill="$surface" stroke="$primary" stroke-width="5" stroke-linejoin="round"/>`, h) + lines
}

const mouth = `<path d="M84 60h312a16 16 0 0 1 16 16v66a16 16 0 0 1-16 16H84a16 16 0 0 1-16-16V76a16 16 0 0 1 16-16z" fill="$primary"/><rect x="152" y="128" width="176" height="16" rx="8" fill="$text"/><circle cx="372" cy="92" r="9" fill="$amber"/><path d="M104 92h72" stroke="$surface" stroke-width="8" stroke-linecap="round"/>`

func printerFrames(stage string) []string {
	switch stage {
	case "done":
		return []string{glow + slip(126) + mouth + badge(true, 340, 268)}
	case "fail":
		return []string{glow + mouth + badge(false, 340, 230)}
	}
	return []string{glow + slip(30) + mouth, glow + slip(70) + mouth, glow + slip(106) + mouth, glow + slip(126) + mouth}
}

func cloud(x, y float64) string {
	return fmt.Sprintf(`<g transform="translate(%.0f %.0f)"><path d="M44 120a40 40 0 0 1 -4 -80a56 56 0 0 1 106 -8a44 44 0 0 1 -6 88z" fill="$surface" stroke="$primary" stroke-width="6" stroke-linejoin="round"/></g>`, x, y)
}

const person = `<circle cx="240" cy="124" r="52" fill="$skin"/><path d="M188 118c0-40 22-58 52-58s52 18 52 58c-12-6-18-16-22-26-18 12-56 14-82 26z" fill="$text"/><path d="M128 306c6-76 50-112 112-112s106 36 112 112z" fill="$primary"/><path d="M210 196l30 38 30-38" fill="$surface"/><rect x="276" y="246" width="46" height="30" rx="6" fill="$surface"/><path d="M286 261h26" stroke="$primary" stroke-width="5" stroke-linecap="round"/><path d="M180 126v22a12 12 0 0 0 12 12h22" stroke="$amber" stroke-width="8" stroke-linecap="round" fill="none"/><rect x="172" y="106" width="18" height="34" rx="9" fill="$amber"/>`

const safe = `<rect x="128" y="80" width="224" height="196" rx="20" fill="$surface" stroke="$primary" stroke-width="8"/><rect x="156" y="108" width="168" height="140" rx="10" fill="$tint" stroke="$primary" stroke-width="5"/><circle cx="240" cy="178" r="34" fill="$surface" stroke="$primary" stroke-width="7"/><path d="M240 144v20M240 192v20M206 178h20M254 178h20" stroke="$primary" stroke-width="7" stroke-linecap="round"/><path d="M160 276v22M320 276v22" stroke="$primary" stroke-width="12" stroke-linecap="round"/>`

const screenWiped = `<rect x="136" y="66" width="208" height="220" rx="20" fill="$surface" stroke="$primary" stroke-width="8"/><path d="M170 112h140M170 150h96" stroke="$hair" stroke-width="10" stroke-linecap="round"/><path d="M240 168l44 16v32c0 30-18 48-44 58-26-10-44-28-44-58v-32z" fill="$primary"/><path d="M220 220l15 16 28-30" stroke="$surface" stroke-width="9" stroke-linecap="round" stroke-linejoin="round" fill="none"/><path d="M186 318h108" stroke="$primary" stroke-width="10" stroke-linecap="round"/>`

const kiosk = `<rect x="160" y="40" width="160" height="214" rx="16" fill="$surface" stroke="$primary" stroke-width="7"/><rect x="178" y="58" width="124" height="150" rx="8" fill="$tint"/><path d="M210 254h60v72h-60z" fill="$primary"/><path d="M180 330h120" stroke="$primary" stroke-width="10" stroke-linecap="round"/>`

// Staff is a person to ask, on a white disc of 320 by 320.
func (l Look) Staff() fyne.Resource {
	return l.drawing("staff", 320, 320, `<circle cx="160" cy="160" r="158" fill="$surface"/><g transform="translate(-80 -18)">`+person+`</g>`)
}

// waitFrames are three dots of which one is dark.
func waitFrames() []string {
	out := make([]string, 3)
	for i := range out {
		dots := ""
		for j := range 3 {
			colour := "$wall"
			if i == j {
				colour = "$primary"
			}
			dots += fmt.Sprintf(`<circle cx="%d" cy="178" r="22" fill="%s"/>`, 172+68*j, colour)
		}
		out[i] = glow + dots
	}
	return out
}

// WelcomeHeight is the height of the attract screen's picture, which is as wide as the panel.
const WelcomeHeight = 1040

// Welcome is the picture of the attract screen: a hall, a terminal and a hand that comes to touch it. From frame to
// frame clouds drift and rings open round the finger.
func (l Look) Welcome() []fyne.Resource {
	out := make([]fyne.Resource, 4)
	for i := range out {
		step := float64(i)
		if i == 3 {
			step = 1
		}
		clouds := puff(90+step*22, 120, 1) + puff(760-step*16, 72, 0.8) + puff(540+step*12, 210, 0.55)
		rings := ""
		for r := 0; r < i; r++ {
			rings += fmt.Sprintf(`<circle cx="540" cy="546" r="%d" fill="none" stroke="$amber" stroke-width="8" stroke-opacity="%.1f"/>`, 44+34*r, 1-0.3*float64(r))
		}
		reach := []float64{56, 0, 0, 24}[i]
		out[i] = l.drawing(fmt.Sprintf("welcome-%d", i), 1080, WelcomeHeight,
			`<rect width="1080" height="1040" fill="$sky"/>`+clouds+hall+trees+ground+bigKiosk+rings+
				fmt.Sprintf(`<g transform="translate(%.0f %.0f) scale(1.9 1.9)">%s</g>`, 538+reach, 540+reach, hand(0, 0)))
	}
	return out
}

func puff(x, y, k float64) string {
	return fmt.Sprintf(`<g transform="translate(%.0f %.0f) scale(%.2f %.2f)"><path d="M40 110a40 40 0 0 1 0 -80a60 60 0 0 1 112 -12a46 46 0 0 1 66 42a25 25 0 0 1 -8 50z" fill="$cloud" fill-opacity="0.85"/></g>`, x, y, k, k)
}

const hall = `<g fill="$wall"><path d="M150 430 540 280l390 150v34H150z"/><rect x="190" y="464" width="700" height="330"/></g>
<g fill="$sky"><rect x="236" y="500" width="64" height="240" rx="8"/><rect x="340" y="500" width="64" height="240" rx="8"/><rect x="676" y="500" width="64" height="240" rx="8"/><rect x="780" y="500" width="64" height="240" rx="8"/></g>
<circle cx="540" cy="380" r="34" fill="$sky"/>`

const trees = `<g fill="$leaf"><circle cx="90" cy="640" r="76"/><circle cx="150" cy="690" r="60"/><circle cx="990" cy="630" r="84"/><circle cx="930" cy="694" r="60"/></g><path d="M104 690v120M984 690v120" stroke="$line" stroke-width="14" stroke-linecap="round"/>`

const ground = `<path d="M0 794h1080v246H0z" fill="$tint"/><path d="M0 794h1080" stroke="$wall" stroke-width="6"/>`

const bigKiosk = `<path d="M448 720h184v150H448z" fill="$pressed"/><path d="M400 872h280a14 14 0 0 1 14 14v20H386v-20a14 14 0 0 1 14-14z" fill="$primary"/>
<rect x="376" y="380" width="328" height="360" rx="28" fill="$primary"/><rect x="400" y="404" width="280" height="276" rx="14" fill="$surface"/><rect x="476" y="700" width="128" height="14" rx="7" fill="$pressed"/>
<rect x="424" y="430" width="232" height="28" rx="8" fill="$tint"/><rect x="424" y="478" width="108" height="72" rx="10" fill="$tint"/><rect x="548" y="478" width="108" height="72" rx="10" fill="$tint"/><rect x="424" y="566" width="108" height="72" rx="10" fill="$tint"/><rect x="548" y="566" width="108" height="72" rx="10" fill="$tint"/>`
