package sdt

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"testing"
	"time"

	"kiosk/device"
	"kiosk/device/identity"
	"kiosk/drivers/sdt/sdtsim"
)

// rigged is a far end on a pseudo-terminal.
type rigged struct {
	*sdtsim.Sim
	path   string
	master *os.File
}

// plug starts a far end; it ends with the test.
func plug(t testing.TB, opt sdtsim.Options) rigged {
	t.Helper()
	path, master, err := sdtsim.OpenPTY()
	if err != nil {
		t.Fatal(err)
	}
	sim := sdtsim.New(opt)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- sim.Serve(ctx, master) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil && !errors.Is(err, os.ErrClosed) {
			t.Errorf("far end: %v", err)
		}
		_ = master.Close()
	})
	return rigged{sim, path, master}
}

func (r rigged) config() json.RawMessage {
	return json.RawMessage(fmt.Sprintf(`{"port":%q,"poll_ms":20}`, r.path))
}

func quietEnv() device.Env { return device.Env{Log: slog.New(slog.DiscardHandler)} }

func open(t testing.TB, raw json.RawMessage) *Reader {
	t.Helper()
	p, err := Driver.Open(t.Context(), quietEnv(), raw)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	return p.(*Reader)
}

// within bounds a test that hangs, and nothing else.
func within(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	t.Cleanup(cancel)
	return ctx
}

func TestReadsEveryKindOfCard(t *testing.T) {
	for _, name := range sdtsim.Samples() {
		t.Run(name, func(t *testing.T) {
			far := plug(t, sdtsim.Options{Split: true, Seed: 7})
			r := open(t, far.config())
			p, _ := sdtsim.Sample(name)
			if err := far.Insert(p); err != nil {
				t.Fatal(err)
			}
			card, err := r.Read(within(t))
			if err != nil {
				t.Fatal(err)
			}
			compare(t, card, p)
			want := identity.Evidence{SAM: "05.01-20090401-0003012345-0987654321", Port: far.path}
			if card.Evidence != want {
				t.Errorf("evidence is %+v, want %+v", card.Evidence, want)
			}
			if len(card.Photo) != PhotoSize || string(card.Photo[:3]) != "WLf" {
				t.Errorf("photo has %d bytes", len(card.Photo))
			}
		})
	}
}

// compare holds a card against the person whom it should tell of.
func compare(t *testing.T, card identity.Card, p sdtsim.Person) {
	t.Helper()
	for _, f := range []struct{ name, got, want string }{
		{"kind", string(card.Kind), string(p.Kind)},
		{"name", card.Name.Reveal(), p.Name},
		{"latin name", card.LatinName.Reveal(), p.LatinName},
		{"sex", card.Sex, p.Sex},
		{"nation", card.Nation, p.Nation},
		{"country", card.Country, p.Country},
		{"birth", card.Birth.Reveal(), p.Birth},
		{"address", card.Address.Reveal(), p.Address},
		{"number", card.Number.Reveal(), p.Number},
		{"pass", card.Pass.Reveal(), p.Pass},
		{"issuer", card.Issuer, p.Issuer},
		{"valid from", card.ValidFrom, p.ValidFrom},
		{"valid to", card.ValidTo, p.ValidTo},
	} {
		if f.got != f.want {
			t.Errorf("%s is %q, want %q", f.name, f.got, f.want)
		}
	}
}

func TestFindsTheModulesSpeed(t *testing.T) {
	for _, baud := range []int{115200, 57600, 38400, 19200, 9600} {
		t.Run(fmt.Sprint(baud), func(t *testing.T) {
			t.Parallel() // a wrong speed costs half a second of real silence
			far := plug(t, sdtsim.Options{Baud: baud})
			r := open(t, far.config())
			p, _ := sdtsim.Sample("resident")
			if err := far.Insert(p); err != nil {
				t.Fatal(err)
			}
			card, err := r.Read(within(t))
			if err != nil {
				t.Fatal(err)
			}
			compare(t, card, p)
			if r.line.baud != baud {
				t.Errorf("the line runs at %d baud", r.line.baud)
			}
		})
	}
}

func TestUnpluggedInTheMiddleOfAReading(t *testing.T) {
	reading := make(chan struct{}, 1)
	far := plug(t, sdtsim.Options{Answered: func(e sdtsim.Exchange) {
		if e.Command == sdtsim.Read {
			reading <- struct{}{}
		}
	}})
	r := open(t, far.config())
	p, _ := sdtsim.Sample("resident")
	if err := far.Insert(p); err != nil {
		t.Fatal(err)
	}
	far.Fault(sdtsim.Fault{Kind: sdtsim.Cut, On: sdtsim.Read, At: 700})
	go func() {
		<-reading
		_ = far.master.Close()
	}()
	card, err := r.Read(within(t))
	if !errors.Is(err, device.ErrGone) {
		t.Errorf("got %v, want ErrGone", err)
	}
	if card.Kind != "" || !card.Number.Empty() {
		t.Error("half a card came with the error")
	}
	if s := r.Status(); s.Link != device.Bad || s.Faults[0] != device.FaultUnplugged {
		t.Errorf("status is %+v", s)
	}
	if _, err := r.Read(within(t)); !errors.Is(err, device.ErrGone) {
		t.Errorf("reading a reader that is gone gave %v", err)
	}
}

func TestPluggedInAgain(t *testing.T) {
	link := t.TempDir() + "/reader" // as udev makes a stable name
	for range 3 {
		if _, err := Driver.Open(t.Context(), quietEnv(), json.RawMessage(fmt.Sprintf(`{"port":%q}`, link))); !errors.Is(err, device.ErrGone) {
			t.Errorf("opening a reader that is not there gave %v", err)
		}
		far := plug(t, sdtsim.Options{})
		if err := os.Symlink(far.path, link); err != nil {
			t.Fatal(err)
		}
		r := open(t, json.RawMessage(fmt.Sprintf(`{"port":%q,"poll_ms":20}`, link)))
		p, _ := sdtsim.Sample("hmt")
		if err := far.Insert(p); err != nil {
			t.Fatal(err)
		}
		card, err := r.Read(within(t))
		if err != nil {
			t.Fatal(err)
		}
		compare(t, card, p)
		_ = far.master.Close()
		if _, err := r.Read(within(t)); !errors.Is(err, device.ErrGone) {
			t.Errorf("got %v", err)
		}
		if err := r.Close(); err != nil {
			t.Error(err)
		}
		if err := os.Remove(link); err != nil {
			t.Fatal(err)
		}
	}
}

func TestOpenedTwiceByOneReaderAfterAnother(t *testing.T) {
	far := plug(t, sdtsim.Options{Split: true})
	for _, name := range sdtsim.Samples() {
		r, err := Driver.Open(t.Context(), quietEnv(), far.config())
		if err != nil {
			t.Fatal(err)
		}
		p, _ := sdtsim.Sample(name)
		if err := far.Insert(p); err != nil {
			t.Fatal(err)
		}
		card, err := r.(device.IDCardReader).Read(within(t))
		if err != nil {
			t.Fatal(err)
		}
		compare(t, card, p)
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestCloseEndsRead(t *testing.T) {
	asked := make(chan struct{}, 1)
	far := plug(t, sdtsim.Options{Answered: func(e sdtsim.Exchange) {
		if e.Command == sdtsim.Find {
			select {
			case asked <- struct{}{}:
			default:
			}
		}
	}})
	r := open(t, far.config())
	ended := make(chan error, 1)
	go func() { _, err := r.Read(within(t)); ended <- err }()
	<-asked
	if err := r.Close(); err != nil {
		t.Error(err)
	}
	if err := <-ended; !errors.Is(err, device.ErrGone) {
		t.Errorf("got %v, want ErrGone", err)
	}
	if _, err := r.Read(within(t)); !errors.Is(err, device.ErrGone) {
		t.Errorf("reading a closed reader gave %v", err)
	}
	if err := r.Close(); err != nil {
		t.Errorf("closing again: %v", err)
	}
}

func TestNotASerialPort(t *testing.T) {
	file := t.TempDir() + "/file"
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]error{
		file:                 device.ErrConfig,
		"/dev/null":          device.ErrConfig,
		t.TempDir():          device.ErrConfig,
		"/dev/ttyNOTHERE":    device.ErrGone,
		"/dev/no/such/place": device.ErrGone,
	} {
		_, err := Driver.Open(t.Context(), quietEnv(), json.RawMessage(fmt.Sprintf(`{"port":%q}`, path)))
		if !errors.Is(err, want) {
			t.Errorf("%s: got %v, want %v", path, err, want)
		}
	}
}
