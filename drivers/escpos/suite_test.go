package escpos

import (
	"context"
	"encoding/json"
	"testing"

	"kiosk/device"
	"kiosk/device/devicetest"
	"kiosk/drivers/escpos/escpossim"
)

func TestSuite(t *testing.T) {
	hurried := Driver
	hurried.Open = func(ctx context.Context, env device.Env, cfg json.RawMessage) (device.Peripheral, error) {
		p, err := open(ctx, env, cfg, brisk)
		if err != nil {
			return nil, err
		}
		return p, nil
	}
	for name, line := range lines {
		t.Run(name, func(t *testing.T) {
			devicetest.TestReceiptPrinter(t, func(t *testing.T) devicetest.PrinterBench {
				f := line(t, escpossim.Options{})
				return devicetest.PrinterBench{
					Driver: hurried, Config: json.RawMessage(f.config + "}"),
					Absent: json.RawMessage(`{"tcp":"127.0.0.1:1"}`),
					Wrong:  json.RawMessage(f.config + `,"profile":{"dots":7}}`),
					Papers: func() int {
						n := 0
						for _, p := range f.Printed() {
							if p.Complete && len(p.Pictures) > 0 {
								n++
							}
						}
						return n
					},
					Dots: func() bool {
						if err := f.Settle(t.Context()); err != nil {
							t.Error(err)
						}
						return f.Stats().PictureBytes > 0
					},
					PaperOut:     func() { f.SetPaper(escpossim.PaperOut) },
					PaperBack:    func() { f.SetPaper(escpossim.PaperOK) },
					PaperOutSoon: func() { f.OutAfterRows(200) },
					Block:        func() { f.SetFaults(escpossim.Faults{Blocked: true}) },
					Unplug:       f.unplug,
				}
			})
		})
	}
}
