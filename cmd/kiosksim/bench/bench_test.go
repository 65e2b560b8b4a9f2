package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"os"
	"strings"
	"testing"
	"time"

	"kiosk/device"
	"kiosk/device/casefile"
	"kiosk/device/paper"
	"kiosk/drivers"
	"kiosk/drivers/codes"
	"kiosk/drivers/sdt/sdtsim"
)

func start(t *testing.T) *Bench {
	t.Helper()
	b, err := Start(t.Context(), Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	})
	return b
}

func open[T device.Peripheral](t *testing.T, driver, cfg string, args ...any) T {
	t.Helper()
	d, ok := drivers.Find(driver)
	if !ok {
		t.Fatalf("no driver %q", driver)
	}
	p, err := d.Open(t.Context(), device.Env{}, json.RawMessage(fmt.Sprintf(cfg, args...)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Close() })
	typed, ok := p.(T)
	if !ok {
		t.Fatalf("driver %q opens a %T", driver, p)
	}
	return typed
}

func soon(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	t.Cleanup(cancel)
	return ctx
}

// One pass through everything: a card is read, a receipt is printed, laid under the camera, and its code is found.
func TestWholeBench(t *testing.T) {
	b := start(t)
	e := b.Endpoints()

	reader := open[device.IDCardReader](t, "sdt", `{"port":%q}`, e.Reader)
	person, _ := sdtsim.Sample("resident")
	if err := b.InsertCard(person); err != nil {
		t.Fatal(err)
	}
	card, err := reader.Read(soon(t))
	if err != nil || card.Number.Reveal() != person.Number {
		t.Fatalf("the card was not read: %v", err)
	}

	number, err := casefile.NewNumber(casefile.NumberParts{Terminal: "360001", Epoch: 1, Sequence: 7})
	if err != nil {
		t.Fatal(err)
	}
	ticket := casefile.Ticket{Number: number, Code: casefile.NewLookupCode()}
	printer := open[device.ReceiptPrinter](t, "escpos", `{"tcp":%q}`, e.PrinterAddr)
	setter, err := paper.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = setter.Close() }()
	slip, err := setter.Lay(casefile.Receipt{Site: "示例", Title: "收存回执", Number: number, Ticket: ticket}, printer.Dots())
	if err != nil {
		t.Fatal(err)
	}
	if out, err := printer.Print(soon(t), slip); out != device.Yes || err != nil {
		t.Fatalf("Print: %s, %v", out, err)
	}
	papers := b.Printed()
	if len(papers) != 1 || !papers[0].Complete || !strings.Contains(papers[0].Text, "[QR] "+ticket.String()) {
		t.Fatalf("papers: %+v", papers)
	}

	if err := b.ShowPrinted(papers[0].N); err != nil {
		t.Fatal(err)
	}
	camera := open[device.Camera](t, "mjpeg", `{"url":%q}`, e.CameraURL)
	ctx, cancel := context.WithCancel(soon(t))
	defer cancel()
	var texts []string
	err = camera.Stream(ctx, func(f device.Frame) {
		if texts, err = (codes.Finder{}).Find(ctx, f.JPEG); len(texts) > 0 || err != nil {
			cancel()
		}
	})
	if err != nil || len(texts) != 1 || texts[0] != ticket.String() {
		t.Errorf("under the camera: %q, %v; want %q", texts, err, ticket)
	}
}

// Devices really go away and come back under their names.
func TestPlugs(t *testing.T) {
	b := start(t)
	e := b.Endpoints()
	opened := func(driver, cfg string) error {
		d, _ := drivers.Find(driver)
		p, err := d.Open(t.Context(), device.Env{}, json.RawMessage(cfg))
		if err == nil {
			err = p.Close()
		}
		return err
	}
	for name, c := range map[string][2]string{
		Reader:             {"sdt", fmt.Sprintf(`{"port":%q}`, e.Reader)},
		Printer:            {"escpos", fmt.Sprintf(`{"tcp":%q}`, e.PrinterAddr)},
		Printer + " (pty)": {"escpos", fmt.Sprintf(`{"serial":%q}`, e.PrinterPath)},
		Camera:             {"mjpeg", fmt.Sprintf(`{"url":%q}`, e.CameraURL)},
	} {
		device1, _, _ := strings.Cut(name, " ")
		if err := opened(c[0], c[1]); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if err := b.Unplug(device1); err != nil {
			t.Error(err)
		}
		if err := opened(c[0], c[1]); !errors.Is(err, device.ErrGone) {
			t.Errorf("%s: unplugged, but Open says %v", name, err)
		}
		if err := b.Plug(device1); err != nil {
			t.Error(err)
		}
		if err := opened(c[0], c[1]); err != nil {
			t.Errorf("%s: plugged in again: %v", name, err)
		}
	}
}

func TestControlSocket(t *testing.T) {
	b := start(t)
	c := Client{Socket: b.Endpoints().Control}
	ctx := soon(t)
	for what, err := range map[string]error{
		"card":   c.InsertSample(ctx, "resident"),
		"paper":  c.Paper(ctx, "low"),
		"scene":  c.Scene(ctx, "lease"),
		"unplug": c.Unplug(ctx, Camera),
		"fault":  c.Fault(ctx, Fault{Device: Printer, Kind: "mute"}),
	} {
		if err != nil {
			t.Errorf("%s: %v", what, err)
		}
	}
	s, err := c.State(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if !s.Reader.Card || s.Printer.Paper != "low" || s.Camera.Scene != "lease" || s.Camera.Plugged || !s.Printer.Faults.Mute {
		t.Errorf("state %+v", s)
	}
	for what, err := range map[string]error{
		"no such person": c.InsertSample(ctx, "nobody"),
		"no such paper":  c.Paper(ctx, "blue"),
		"no such scene":  c.Scene(ctx, "nowhere"),
		"no such plug":   c.Plug(ctx, "toaster"),
		"no such fault":  c.Fault(ctx, Fault{Device: Camera, Kind: "sad"}),
	} {
		if err == nil {
			t.Errorf("%s: no error", what)
		}
	}
	var e Endpoints
	raw, err := os.ReadFile(strings.TrimSuffix(b.Endpoints().Control, "control.sock") + "endpoints.json")
	if err != nil || json.Unmarshal(raw, &e) != nil || e != b.Endpoints() {
		t.Errorf("endpoints.json: %v, %v", e, err)
	}
	if _, err := Start(ctx, Options{Dir: strings.TrimSuffix(b.Endpoints().Control, "/control.sock")}); err == nil {
		t.Error("a second bench runs in the same folder")
	}
}

func TestShow(t *testing.T) {
	b := start(t)
	var pic bytes.Buffer
	if err := jpeg.Encode(&pic, image.NewGray(image.Rect(0, 0, 320, 200)), nil); err != nil {
		t.Fatal(err)
	}
	if err := b.Show(pic.Bytes()); err != nil {
		t.Fatal(err)
	}
	camera := open[device.Camera](t, "mjpeg", `{"url":%q}`, b.Endpoints().CameraURL)
	ctx, cancel := context.WithCancel(soon(t))
	err := camera.Stream(ctx, func(f device.Frame) {
		if bytes.Equal(f.JPEG, pic.Bytes()) {
			cancel()
		}
	})
	if err != nil || ctx.Err() != context.Canceled {
		t.Errorf("the picture was not shown: %v", err)
	}
}
