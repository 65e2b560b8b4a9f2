package hub

import (
	"bytes"
	_ "embed"
	"html/template"
	"net/http"
	"time"

	"kiosk/device"
	"kiosk/device/casefile"
	"kiosk/sync/platform"
)

//go:embed console.html
var consoleHTML string

//go:embed console.css
var consoleCSS []byte

var consolePage = template.Must(template.New("console").Funcs(template.FuncMap{
	"when": when, "kind": kindWords, "fault": func(id string) device.Fault { return device.FaultByID(device.FaultID(id)) }, "state": stateWords, "grade": grade, "spaced": spaced, "local": func(s string) string { return casefile.Number(s).Spaced() },
}).Parse(consoleHTML))

// silentAfter is how long after its last beat a terminal counts as silent.
const silentAfter = 2 * time.Minute

type consoleData struct {
	Now       time.Time
	Terminals []consoleTerminal
	Cases     []AdminCase
	Waiting   int
}

type consoleTerminal struct {
	AdminTerminal
	Silent bool
}

// console is one page of what this hub knows: no form, no script, nothing of a person but a masked name.
func (h *Hub) console(w http.ResponseWriter, r *http.Request) error {
	terminals, err := h.listTerminals(r)
	if err != nil {
		return err
	}
	d := consoleData{Now: h.now()}
	for _, t := range terminals {
		d.Terminals = append(d.Terminals, consoleTerminal{t, d.Now.Sub(t.SeenAt) > silentAfter})
		d.Waiting += t.Reported.Queue.Waiting
	}
	if d.Cases, err = h.listCases(r); err != nil {
		return err
	}
	var page bytes.Buffer
	if err := consolePage.Execute(&page, d); err != nil {
		return err
	}
	secure(w)
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = w.Write(page.Bytes())
	return nil
}

func consoleStyle(w http.ResponseWriter, _ *http.Request) error {
	secure(w)
	w.Header().Set("Content-Type", "text/css; charset=utf-8")
	_, _ = w.Write(consoleCSS)
	return nil
}

func secure(w http.ResponseWriter) {
	w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
	w.Header().Set("Referrer-Policy", "no-referrer")
	w.Header().Set("Cross-Origin-Opener-Policy", "same-origin")
	w.Header().Set("Cross-Origin-Resource-Policy", "same-origin")
	w.Header().Set("Cache-Control", "no-store")
}

func when(t time.Time) string {
	if t.IsZero() {
		return "—"
	}
	return t.Local().Format("01-02 15:04:05")
}

// words in both languages.
type words struct{ ZH, EN string }

func kindWords(kind string) words {
	switch device.Kind(kind) {
	case device.KindIDCardReader:
		return words{"身份证阅读器", "ID card reader"}
	case device.KindReceiptPrinter:
		return words{"凭条打印机", "receipt printer"}
	case device.KindCamera:
		return words{"高拍仪", "document camera"}
	}
	return words{kind, ""}
}

func stateWords(state string) words {
	switch platform.ProgressState(state) {
	case platform.ProgressKept:
		return words{"等待页面", "awaiting pages"}
	case platform.ProgressReceived:
		return words{"平台已收到", "received"}
	case platform.ProgressAccepted:
		return words{"已受理", "accepted"}
	case platform.ProgressSupplement:
		return words{"需补正", "to be supplemented"}
	case platform.ProgressDone:
		return words{"已办结", "done"}
	case platform.ProgressRefused:
		return words{"不予受理", "refused"}
	}
	return words{state, ""}
}

// grade sums a device up: the worst of its layers, and whether it is open at all.
func grade(d platform.Device) string {
	if d.State != "open" {
		return string(device.Bad)
	}
	worst := string(device.Good)
	for _, l := range []string{d.Link, d.Device, d.Supplies, d.Data} {
		switch device.Level(l) {
		case device.Bad:
			return l
		case device.Poor:
			worst = l
		}
	}
	return worst
}

// spaced groups digits by four for the eye.
func spaced(s string) string {
	var b []byte
	for i := range len(s) {
		if i > 0 && (len(s)-i)%4 == 0 {
			b = append(b, ' ')
		}
		b = append(b, s[i])
	}
	return string(b)
}
