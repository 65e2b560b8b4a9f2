package look

import (
	"fmt"
	"image/color"
	"slices"
	"strings"

	"fyne.io/fyne/v2"
)

// icons are drawn by hand on a square of 48 with one line weight of 3, round ends, no fill.
// "@" stands for the colour where a dot has to be filled.
var icons = map[string]string{
	// services
	"parcel":   `<path d="M7 16 24 7l17 9v17l-17 9-17-9z"/><path d="M7 16l17 9 17-9"/><path d="M24 25v17"/><path d="M15.5 11.5l17 9v7"/>`,
	"progress": `<path d="M22 12h20"/><path d="M22 24h20"/><path d="M22 36h12"/><path d="M6 12l4 4 6-8"/><path d="M6 24l4 4 6-8"/><circle cx="11" cy="36" r="4"/>`,
	"card":     `<rect x="4" y="10" width="40" height="28" rx="4"/><circle cx="16" cy="20" r="4.5"/><path d="M9 32c1-4 3.5-6 7-6s6 2 7 6"/><path d="M30 19h8"/><path d="M30 27h8"/>`,
	"house":    `<path d="M6 23 24 8l18 15"/><path d="M11 19v21h26V19"/><path d="M20 40V28h8v12"/>`,
	"people":   `<circle cx="18" cy="15" r="7"/><path d="M5 40c0-9 5-13 13-13s13 4 13 13"/><path d="M31 8.5a7 7 0 0 1 0 13"/><path d="M35 27.5c5 1.5 8 5.5 8 12.5"/>`,
	"paper":    `<path d="M11 5h17l9 9v29H11z"/><path d="M28 5v9h9"/><path d="M18 24h12"/><path d="M18 32h12"/>`,
	"heart":    `<path d="M24 41C12 32 6 25 6 17c0-6 4-10 9-10 4 0 7 2 9 6 2-4 5-6 9-6 5 0 9 4 9 10 0 8-6 15-18 24z"/>`,
	"money":    `<circle cx="24" cy="24" r="18"/><path d="M17 14l7 10 7-10"/><path d="M24 24v12"/><path d="M18 25h12"/><path d="M18 31h12"/>`,
	// directions
	"back":  `<path d="M29 9 14 24l15 15"/>`,
	"next":  `<path d="M19 9l15 15-15 15"/>`,
	"up":    `<path d="M9 30 24 15l15 15"/>`,
	"down":  `<path d="M9 18l15 15 15-15"/>`,
	"exit":  `<path d="M20 7H9v34h11"/><path d="M20 24h22"/><path d="M33 15l9 9-9 9"/>`,
	"again": `<path d="M39 24a15 15 0 1 1-5-11.2"/><path d="M40 6v9h-9"/>`,
	// signs
	"check":        `<path d="M8 25l11 11 21-24"/>`,
	"check-circle": `<circle cx="24" cy="24" r="19"/><path d="M15 25l6.5 6.5L34 18"/>`,
	"cross":        `<path d="M11 11l26 26"/><path d="M37 11 11 37"/>`,
	"cross-circle": `<circle cx="24" cy="24" r="19"/><path d="M17 17l14 14"/><path d="M31 17 17 31"/>`,
	"warning":      `<path d="M24 6 44 41H4z"/><path d="M24 19v10"/><circle cx="24" cy="35" r="1" fill="@"/>`,
	"info":         `<circle cx="24" cy="24" r="19"/><path d="M24 22v12"/><circle cx="24" cy="14.5" r="1" fill="@"/>`,
	"help":         `<circle cx="24" cy="24" r="19"/><path d="M18 19c0-4 3-6 6-6s6 2 6 5.5c0 4.5-6 4.5-6 9"/><circle cx="24" cy="34" r="1" fill="@"/>`,
	"clock":        `<circle cx="24" cy="24" r="19"/><path d="M24 12v12l8 6"/>`,
	"dots":         `<circle cx="10" cy="24" r="2" fill="@"/><circle cx="24" cy="24" r="2" fill="@"/><circle cx="38" cy="24" r="2" fill="@"/>`,
	"plus":         `<path d="M24 8v32"/><path d="M8 24h32"/>`,
	"lock":         `<rect x="9" y="21" width="30" height="21" rx="4"/><path d="M15 21v-6a9 9 0 0 1 18 0v6"/><path d="M24 29v5"/>`,
	"shield":       `<path d="M24 5l16 6v12c0 10-6 16-16 20C14 39 8 33 8 23V11z"/><path d="M16 24l6 6 11-12"/>`,
	"bulb":         `<path d="M17 34c0-5-6-8-6-16a13 13 0 0 1 26 0c0 8-6 11-6 16z"/><path d="M18 41h12"/>`,
	// things and devices
	"phone":     `<path d="M15 6l6 10-5 5c2 5 6 9 11 11l5-5 10 6c0 5-4 9-9 9C18 42 6 30 6 15c0-5 4-9 9-9z"/>`,
	"language":  `<circle cx="24" cy="24" r="19"/><path d="M5 24h38"/><path d="M24 5c6 6 8 12 8 19s-2 13-8 19c-6-6-8-12-8-19s2-13 8-19z"/>`,
	"printer":   `<path d="M14 17V6h20v11"/><path d="M14 35H5V17h38v18h-9"/><path d="M14 28h20v14H14z"/>`,
	"camera":    `<path d="M5 14h9l4-6h12l4 6h9v26H5z"/><circle cx="24" cy="26" r="8"/>`,
	"reader":    `<rect x="8" y="5" width="32" height="20" rx="3"/><circle cx="17" cy="13" r="3"/><path d="M26 12h8"/><path d="M26 18h8"/><path d="M12 20c1-2 3-3 5-3s4 1 5 3"/><path d="M4 33h40v10H4z"/><path d="M14 38h20"/>`,
	"scan":      `<path d="M5 14V5h9"/><path d="M34 5h9v9"/><path d="M43 34v9h-9"/><path d="M14 43H5v-9"/><path d="M14 14h7v7h-7z"/><path d="M27 14h7v7h-7z"/><path d="M14 27h7v7h-7z"/><path d="M27 34v-7h7v7"/>`,
	"number":    `<path d="M18 6l-5 36"/><path d="M35 6l-5 36"/><path d="M8 17h34"/><path d="M6 31h34"/>`,
	"online":    `<path d="M4 18c12-11 28-11 40 0"/><path d="M11 26c8-7 18-7 26 0"/><path d="M18 33c4-3 8-3 12 0"/><circle cx="24" cy="40" r="1.5" fill="@"/>`,
	"offline":   `<path d="M4 18c5-4.5 10-7 15-8"/><path d="M29 10c5 1 10 3.5 15 8"/><path d="M11 26c3-2.5 6-4 9-5"/><path d="M31 22c2 1 4 2.3 6 4"/><path d="M18 33c4-3 8-3 12 0"/><path d="M8 6l32 36"/>`,
	"backspace": `<path d="M16 9h27v30H16L5 24z"/><path d="M22 18l12 12"/><path d="M34 18 22 30"/>`,
	"eye":       `<path d="M3 24c10-17 32-17 42 0-10 17-32 17-42 0z"/><circle cx="24" cy="24" r="6"/>`,
	"eye-off":   `<path d="M3 24c4-7 9-11 15-12"/><path d="M30 12c6 1 11 5 15 12-2 4-5 7-8 9"/><path d="M29 35.5C19 38 9 34 3 24"/><path d="M8 6l32 36"/>`,
	"edit":      `<path d="M8 40l2-10L33 7l8 8-23 23z"/><path d="M27 13l8 8"/>`,
	"trash":     `<path d="M7 13h34"/><path d="M17 13V6h14v7"/><path d="M11 13l2 29h22l2-29"/><path d="M20 21v13"/><path d="M28 21v13"/>`,
	"hand":      `<path d="M18 28V9a3.5 3.5 0 0 1 7 0v13l12 3c3 .8 4 2.5 3.5 5.5L39 43H21L9 30c-2-2.5 2-5.5 4.5-4z"/>`,
	"sign":      `<path d="M6 41h36"/><path d="M12 32l2-9L32 5l7 7-18 18z"/><path d="M26 11l7 7"/>`,
	"undo":      `<path d="M16 8 6 18l10 10"/><path d="M6 18h22c8 0 13 5 13 11s-5 11-13 11H14"/>`,
	"search":    `<circle cx="21" cy="21" r="14"/><path d="M31 31l11 11"/>`,
	"pin":       `<path d="M24 44C14 33 9 26 9 19a15 15 0 0 1 30 0c0 7-5 14-15 25z"/><circle cx="24" cy="19" r="5"/>`,
	"building":  `<path d="M5 18 24 6l19 12z"/><path d="M9 18v20"/><path d="M19 18v20"/><path d="M29 18v20"/><path d="M39 18v20"/><path d="M4 41h40"/>`,
	"law":       `<path d="M10 5h24a5 5 0 0 1 5 5v33H14a5 5 0 0 1-5-5V8"/><path d="M9 38a5 5 0 0 1 5-5h25"/><path d="M18 14h12"/><path d="M18 22h12"/>`,
	"terminal":  `<rect x="11" y="4" width="26" height="26" rx="3"/><path d="M18 12h12"/><path d="M18 20h12"/><path d="M20 30v13"/><path d="M28 30v13"/><path d="M13 43h22"/>`,
	"list":      `<path d="M16 12h26"/><path d="M16 24h26"/><path d="M16 36h26"/><circle cx="7" cy="12" r="1.5" fill="@"/><circle cx="7" cy="24" r="1.5" fill="@"/><circle cx="7" cy="36" r="1.5" fill="@"/>`,
	"bell":      `<path d="M10 35c3-4 3-8 3-14a11 11 0 0 1 22 0c0 6 0 10 3 14z"/><path d="M20 41h8"/>`,
}

// alias is what a thing means on a screen, where that differs from what it looks like.
var alias = map[string]string{
	"prev": "back", "retry": "again", "close": "exit", "place": "pin", "time": "clock", "network": "online",
	"result": "bell", "look": "eye", "ok": "check", "delete": "trash", "code": "scan",
}

// Icons are the names of all icons, sorted.
func Icons() []string {
	names := make([]string, 0, len(icons))
	for n := range icons {
		names = append(names, n)
	}
	slices.Sort(names)
	return names
}

// HasIcon tells whether an icon of that name exists.
func HasIcon(name string) bool {
	_, drawn := icons[name]
	_, other := alias[name]
	return drawn || other
}

// Icon is the icon in one colour. An unknown name gives a plain circle, so that a service item with
// a new icon still has something to show.
func Icon(name string, c color.NRGBA) fyne.Resource {
	if same, ok := alias[name]; ok {
		name = same
	}
	body, ok := icons[name]
	if !ok {
		name, body = "unknown", `<circle cx="24" cy="24" r="18"/>`
	}
	col := css(c)
	return fyne.NewStaticResource("icon-"+name+"-"+col[1:]+".svg", []byte(
		`<svg xmlns="http://www.w3.org/2000/svg" width="48" height="48" viewBox="0 0 48 48"><g fill="none" stroke="`+col+
			`" stroke-width="3" stroke-linecap="round" stroke-linejoin="round">`+strings.ReplaceAll(round.ReplaceAllString(body, ` rx="$1" ry="$1"`), "@", col)+`</g></svg>`))
}

func css(c color.NRGBA) string { return fmt.Sprintf("#%02x%02x%02x", c.R, c.G, c.B) }
