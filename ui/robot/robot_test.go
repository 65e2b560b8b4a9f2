package robot_test

import (
	"slices"
	"testing"

	"kiosk/device/localapi"
	"kiosk/ui/look"
	"kiosk/ui/model"
	"kiosk/ui/model/modeltest"
	"kiosk/ui/robot"
)

// Whatever the model offers can be found and tapped on the panel, in both languages and on every page, and nothing
// enabled lies over something else.
func TestEveryButtonHasItsPlace(t *testing.T) {
	metrics := look.Of(look.Mode{}).Metrics
	for _, n := range modeltest.States() {
		for _, lang := range []string{"zh", "en"} {
			n.State.Visit.Lang = lang
			var local model.Local
			for page := range 10 {
				m := model.Of(n.State, local, modeltest.At)
				targets, err := robot.On(m)
				if err != nil {
					t.Fatal(err)
				}
				check(t, n.Name+"/"+lang, m, targets, metrics)
				next := m.Onward()
				if next == nil {
					break
				}
				local, _ = model.Reduce(local, next.Action, n.State)
				_ = page
			}
		}
	}
}

func check(t *testing.T, name string, m model.Screen, targets []robot.Target, metrics look.Metrics) {
	t.Helper()
	for b := range m.Buttons() {
		found, ok := robot.Find(targets, b.ID)
		if !ok {
			t.Errorf("%s: %q is not on the panel", name, b.ID)
			continue
		}
		if found.Enabled == b.Disabled {
			t.Errorf("%s: %q is enabled %v, want %v", name, b.ID, found.Enabled, !b.Disabled)
		}
		if b.Icon != "" && !look.HasIcon(b.Icon) {
			t.Errorf("%s: %q has the icon %q, which nobody draws", name, b.ID, b.Icon)
		}
	}
	for _, block := range m.Body {
		if facts, ok := block.(model.Facts); ok {
			for _, f := range facts.Rows {
				if !look.HasIcon(f.Icon) {
					t.Errorf("%s: %q has the icon %q, which nobody draws", name, f.Label, f.Icon)
				}
			}
		}
		if p, ok := block.(model.Prompt); ok && !slices.Contains(model.Devices, p.Device) {
			t.Errorf("%s: prompt for %q, want one of the known devices", name, p.Device)
		}
	}
	for i, a := range targets {
		r := a.Rect
		if r.X < 0 || r.Y < 0 || r.X+r.W > int(metrics.Width) || r.Y+r.H > int(metrics.Height) || r.W < 64 || r.H < 64 {
			t.Errorf("%s: %q lies at %+v", name, a.ID, r)
		}
		if a.ID == "start" { // the whole surface lies under the footer
			continue
		}
		for _, b := range targets[i+1:] {
			q := b.Rect
			if b.ID != "start" && r.X < q.X+q.W && q.X < r.X+r.W && r.Y < q.Y+q.H && q.Y < r.Y+r.H {
				t.Errorf("%s: %q and %q lie over each other, %+v %+v", name, a.ID, b.ID, r, q)
			}
		}
	}
}

func TestSheetsLieOverTheScreen(t *testing.T) {
	targets, err := robot.Targets(modeltest.Find("home-idle"), model.Local{})
	if err != nil {
		t.Fatal(err)
	}
	if len(targets) != 2 || targets[0].ID != localapi.IntentContinue {
		t.Errorf("under the dialog %+v can be tapped", targets)
	}
	if x, y := targets[0].Rect.Middle(); x <= targets[0].Rect.X || y <= targets[0].Rect.Y {
		t.Errorf("middle %d, %d of %+v", x, y, targets[0].Rect)
	}
}
