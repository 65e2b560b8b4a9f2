package sdt

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"kiosk/device"
	"kiosk/drivers/sdt/sdtsim"
)

// These tests run the driver and the far end over a pipe in virtual time: the limits of seconds cost nothing
// and hold exactly.

// virtual is a far end on a pipe and the environment that dials it.
type virtual struct {
	*sdtsim.Sim
	env  device.Env
	line net.Conn // the far end's side; closing it is pulling the cable
	log  *bytes.Buffer
}

const pipeConfig = `{"port":"tcp://reader:4001"}`

func dialled(t *testing.T, opt sdtsim.Options) *virtual {
	v := &virtual{Sim: sdtsim.New(opt), log: &bytes.Buffer{}}
	near, far := net.Pipe()
	v.line = far
	v.env = device.Env{
		Log: slog.New(slog.NewTextHandler(v.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
		Dial: func(_ context.Context, network, address string) (net.Conn, error) {
			if network != "tcp" || address != "reader:4001" {
				return nil, fmt.Errorf("dialled %s %s", network, address)
			}
			return near, nil
		},
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = v.Serve(ctx, far) // ends with its line or ctx, as tests want
	}()
	t.Cleanup(func() {
		cancel()
		<-done
		_ = far.Close()
	})
	return v
}

func (v *virtual) open(t *testing.T, cfg string) *Reader {
	t.Helper()
	p, err := Driver.Open(t.Context(), v.env, json.RawMessage(cfg))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Close() })
	return p.(*Reader)
}

// insert lays the card of an invented person on the reader.
func (v *virtual) insert(t *testing.T, name string) sdtsim.Person {
	t.Helper()
	p, ok := sdtsim.Sample(name)
	if !ok {
		t.Fatalf("no sample %q", name)
	}
	if err := v.Insert(p); err != nil {
		t.Fatal(err)
	}
	return p
}

func TestFaultsOfOneReply(t *testing.T) {
	// want says what Read returns: nil for the whole card in spite of the fault.
	for _, c := range []struct {
		name  string
		fault sdtsim.Fault
		want  error
	}{
		{"find slow", sdtsim.Fault{Kind: sdtsim.Slow, On: sdtsim.Find, Delay: 450 * time.Millisecond}, nil},
		{"find too slow", sdtsim.Fault{Kind: sdtsim.Slow, On: sdtsim.Find, Delay: 700 * time.Millisecond}, nil},
		{"find late by seconds", sdtsim.Fault{Kind: sdtsim.Slow, On: sdtsim.Find, Delay: 1800 * time.Millisecond}, nil},
		{"find pauses", sdtsim.Fault{Kind: sdtsim.Slow, On: sdtsim.Find, At: 8, Delay: 350 * time.Millisecond}, nil},
		{"find silent", sdtsim.Fault{Kind: sdtsim.Silent, On: sdtsim.Find}, nil},
		{"find cut", sdtsim.Fault{Kind: sdtsim.Cut, On: sdtsim.Find, At: 9}, nil},
		{"find cut after two bytes", sdtsim.Fault{Kind: sdtsim.Cut, On: sdtsim.Find, At: 2}, nil},
		{"find bad checksum", sdtsim.Fault{Kind: sdtsim.BadChecksum, On: sdtsim.Find}, nil},
		{"find bad length", sdtsim.Fault{Kind: sdtsim.BadLength, On: sdtsim.Find}, nil},
		{"find short frame", sdtsim.Fault{Kind: sdtsim.MalformedShort, On: sdtsim.Find}, nil},
		{"find noise before", sdtsim.Fault{Kind: sdtsim.NoiseBefore, On: sdtsim.Find, At: 40}, nil},
		{"find noise after", sdtsim.Fault{Kind: sdtsim.NoiseBetween, On: sdtsim.Find, At: 40}, nil},
		{"select silent", sdtsim.Fault{Kind: sdtsim.Silent, On: sdtsim.Select}, nil},
		{"select cut", sdtsim.Fault{Kind: sdtsim.Cut, On: sdtsim.Select, At: 12}, nil},
		{"select short frame", sdtsim.Fault{Kind: sdtsim.MalformedShort, On: sdtsim.Select}, nil},
		{"select noise before", sdtsim.Fault{Kind: sdtsim.NoiseBefore, On: sdtsim.Select, At: 3000}, nil},
		{"read slow", sdtsim.Fault{Kind: sdtsim.Slow, On: sdtsim.Read, Delay: 2900 * time.Millisecond}, nil},
		{"read pauses", sdtsim.Fault{Kind: sdtsim.Slow, On: sdtsim.Read, At: 700, Delay: 350 * time.Millisecond}, nil},
		{"read noise before", sdtsim.Fault{Kind: sdtsim.NoiseBefore, On: sdtsim.Read, At: 64}, nil},
		{"read noise after", sdtsim.Fault{Kind: sdtsim.NoiseBetween, On: sdtsim.Read, At: 64}, nil},
		// The module believes that it has read these cards: only lifting brings them back.
		{"read too slow", sdtsim.Fault{Kind: sdtsim.Slow, On: sdtsim.Read, Delay: 4 * time.Second}, device.ErrMedia},
		{"read stops for long", sdtsim.Fault{Kind: sdtsim.Slow, On: sdtsim.Read, At: 700, Delay: time.Second}, device.ErrMedia},
		{"read cut", sdtsim.Fault{Kind: sdtsim.Cut, On: sdtsim.Read, At: 1294}, device.ErrMedia},
		{"read bad checksum", sdtsim.Fault{Kind: sdtsim.BadChecksum, On: sdtsim.Read}, device.ErrMedia},
		{"read bad length", sdtsim.Fault{Kind: sdtsim.BadLength, On: sdtsim.Read}, device.ErrMedia},
		{"read silent", sdtsim.Fault{Kind: sdtsim.Silent, On: sdtsim.Read}, device.ErrMedia},
		{"torn reading", sdtsim.Fault{Kind: sdtsim.Torn}, device.ErrMedia},
		{"lifted after find", sdtsim.Fault{Kind: sdtsim.LiftAfterFind}, device.ErrMedia},
		{"status silent", sdtsim.Fault{Kind: sdtsim.Silent, On: sdtsim.SelfTest}, nil},
		{"number bad checksum", sdtsim.Fault{Kind: sdtsim.BadChecksum, On: sdtsim.GetNumber}, nil},
		{"request hurt once", sdtsim.Fault{Kind: sdtsim.Status, Code: 0x10, On: sdtsim.Read}, nil},
		// For good.
		{"find always silent", sdtsim.Fault{Kind: sdtsim.Silent, On: sdtsim.Find, Times: sdtsim.Always}, device.ErrGone},
		{"find always garbled", sdtsim.Fault{Kind: sdtsim.BadChecksum, On: sdtsim.Find, Times: sdtsim.Always}, device.ErrGone},
		{"find always the short frame", sdtsim.Fault{Kind: sdtsim.MalformedShort, On: sdtsim.Find, Times: sdtsim.Always}, device.ErrGone},
		{"all silent", sdtsim.Fault{Kind: sdtsim.Silent, Times: sdtsim.Always}, device.ErrGone},
		{"all garbled", sdtsim.Fault{Kind: sdtsim.BadLength, Times: sdtsim.Always}, device.ErrGone},
		{"request always hurt", sdtsim.Fault{Kind: sdtsim.Status, Code: 0x10, Times: sdtsim.Always}, device.ErrGone},
		{"read always fails", sdtsim.Fault{Kind: sdtsim.Status, Code: 0x41, On: sdtsim.Read, Times: sdtsim.Always}, device.ErrMedia},
		{"every third read fails", sdtsim.Fault{Kind: sdtsim.Status, Code: 0x41, On: sdtsim.Read, Nth: 3, Times: sdtsim.Always}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				v := dialled(t, sdtsim.Options{Paced: true, Seed: 3})
				r := v.open(t, pipeConfig)
				p := v.insert(t, "resident")
				v.Fault(c.fault)
				began := time.Now()
				card, err := r.Read(within(t))
				if took := time.Since(began); took > 15*time.Second {
					t.Errorf("it took %v", took)
				}
				if c.want == nil {
					if err != nil {
						t.Fatalf("got %v, want the card", err)
					}
					compare(t, card, p)
					return
				}
				if !errors.Is(err, c.want) {
					t.Fatalf("got %v, want %v", err, c.want)
				}
				if card.Kind != "" || !card.Number.Empty() || card.Photo != nil {
					t.Error("half a card came with the error")
				}
				if c.want != device.ErrMedia || c.fault.Times == sdtsim.Always {
					return
				}
				// The person lifts the card and lays it down again.
				if there, _ := v.Inserted(); there {
					v.Remove()
				}
				p = v.insert(t, "minority")
				if card, err = r.Read(within(t)); err != nil {
					t.Fatalf("second reading: %v", err)
				}
				compare(t, card, p)
			})
		})
	}
}

func TestEveryCode(t *testing.T) {
	outOfOrder := []Code{CodeSelfTest, CodeUnlicensed, CodeUnknownCmd, CodeForbidden}
	byLine := []Code{CodeChecksum, CodeLength}
	codes := []Code{CodeChecksum, CodeLength, CodeUnknownCmd, CodeForbidden, CodeError, CodeCardRefuse, CodeSAMRefuse,
		CodeCardCheck, CodeKind, CodeRead, CodeRandom, CodeSelfTest, CodeUnlicensed, CodeSelect, CodeEmpty, 0x05, 0x77}
	for _, step := range []sdtsim.Command{sdtsim.Find, sdtsim.Select, sdtsim.Read} {
		for _, code := range codes {
			t.Run(fmt.Sprintf("%v answers %v", step, code), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					v := dialled(t, sdtsim.Options{})
					r := v.open(t, pipeConfig)

					// Once: the card is read all the same, unless the reader says that it cannot work.
					p := v.insert(t, "resident")
					v.Fault(sdtsim.Fault{Kind: sdtsim.Status, Code: byte(code), On: step})
					card, err := r.Read(within(t))
					if slices.Contains(outOfOrder, code) {
						if !errors.Is(err, ErrOutOfOrder) {
							t.Errorf("once: got %v, want ErrOutOfOrder", err)
						}
						if r.Status().Usable() || len(r.Status().Faults) != 1 {
							t.Errorf("status is %+v", r.Status())
						}
					} else if err != nil {
						t.Errorf("once: %v", err)
					} else {
						compare(t, card, p)
					}

					// Always.
					v.Remove()
					v.insert(t, "minority")
					v.Fault(sdtsim.Fault{Kind: sdtsim.Status, Code: byte(code), On: step, Times: sdtsim.Always})
					card, err = r.Read(within(t))
					want := device.ErrMedia
					switch {
					case slices.Contains(outOfOrder, code):
						want = ErrOutOfOrder
					case slices.Contains(byLine, code) && step == sdtsim.Find:
						want = device.ErrGone
					}
					if !errors.Is(err, want) {
						t.Errorf("always: got %v, want %v", err, want)
					}
					if errors.Is(err, ErrKind) != (code == CodeKind) || errors.Is(err, device.ErrKind) != (code == CodeKind) {
						t.Errorf("always: %v and ErrKind", err)
					}
					if !card.Number.Empty() {
						t.Error("half a card came with the error")
					}
				})
			})
		}
	}
}

func TestOutOfOrderAndBack(t *testing.T) {
	for code, fault := range map[byte]device.FaultID{
		0x60: device.FaultSelfTest, 0x66: device.FaultUnlicensed, 0x24: device.FaultOther,
	} {
		synctest.Test(t, func(t *testing.T) {
			v := dialled(t, sdtsim.Options{})
			v.SetStatus(code)
			r := v.open(t, pipeConfig)
			s := r.Status()
			if s.Usable() || s.Link != device.Good || s.Device != device.Bad || !slices.Equal(s.Faults, []device.FaultID{fault}) {
				t.Errorf("status with %02X is %+v", code, s)
			}
			v.insert(t, "resident")
			if _, err := r.Read(within(t)); !errors.Is(err, ErrOutOfOrder) || errors.Is(err, device.ErrGone) {
				t.Errorf("got %v, want ErrOutOfOrder", err)
			}
			v.SetStatus(0x90)
			time.Sleep(2 * idle) // virtual
			if s := r.Status(); !s.Usable() || len(s.Faults) != 0 || s.Serial != "05.01-20090401-0003012345-0987654321" {
				t.Errorf("status after it recovered is %+v", s)
			}
			if _, err := r.Read(within(t)); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestCardThatWasReadIsNotRemoved(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := dialled(t, sdtsim.Options{})
		r := v.open(t, pipeConfig)
		v.insert(t, "resident")
		if _, err := r.Read(within(t)); err != nil {
			t.Fatal(err)
		}
		// It still lies there; the module answers "no card", and Read waits without a word.
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if _, err := r.Read(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
		if !r.Status().Usable() {
			t.Errorf("status is %+v", r.Status())
		}
		v.Remove()
		want := v.insert(t, "resident")
		card, err := r.Read(within(t))
		if err != nil {
			t.Fatal(err)
		}
		compare(t, card, want)
	})
}

func TestReadEndsWithItsContext(t *testing.T) {
	for _, c := range []struct {
		name  string
		card  bool
		fault sdtsim.Fault
		after time.Duration
	}{
		{"no card", false, sdtsim.Fault{}, 10 * time.Second},
		{"find does not answer", true, sdtsim.Fault{Kind: sdtsim.Slow, On: sdtsim.Find, Delay: time.Hour}, 300 * time.Millisecond},
		{"in the middle of a reading", true, sdtsim.Fault{Kind: sdtsim.Slow, On: sdtsim.Read, Delay: 2 * time.Second}, time.Second},
		{"while the card is tried again", true, sdtsim.Fault{Kind: sdtsim.Silent, On: sdtsim.Read, Times: sdtsim.Always}, 3500 * time.Millisecond},
		{"before it began", true, sdtsim.Fault{}, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				v := dialled(t, sdtsim.Options{})
				r := v.open(t, pipeConfig)
				if c.card {
					v.insert(t, "resident")
				}
				if c.fault.Kind != "" {
					v.Fault(c.fault)
				}
				ctx, cancel := context.WithCancel(t.Context())
				if c.after == 0 {
					cancel()
				}
				time.AfterFunc(c.after, cancel)
				began := time.Now()
				_, err := r.Read(ctx)
				if !errors.Is(err, context.Canceled) {
					t.Errorf("got %v", err)
				}
				if late := time.Since(began) - c.after; late > 100*time.Millisecond {
					t.Errorf("it ended %v late", late)
				}
				if c.fault.Delay == time.Hour {
					return // the far end still sleeps
				}
				// What was given up does not disturb the next one.
				v.Mend()
				v.Remove()
				want := v.insert(t, "minority")
				card, err := r.Read(within(t))
				if err != nil {
					t.Fatal(err)
				}
				compare(t, card, want)
			})
		})
	}
}

func TestOneReadAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := dialled(t, sdtsim.Options{})
		r := v.open(t, pipeConfig)
		first := make(chan error, 1)
		go func() { _, err := r.Read(within(t)); first <- err }()
		synctest.Wait()
		if _, err := r.Read(within(t)); !errors.Is(err, device.ErrBusy) {
			t.Errorf("second Read gave %v", err)
		}
		v.insert(t, "resident")
		if err := <-first; err != nil {
			t.Errorf("first Read gave %v", err)
		}
	})
}

func TestNewAddress(t *testing.T) {
	for _, c := range []struct {
		name, card string
		old        bool
		want       string
	}{
		{"moved", "resident", false, "北京市东城区示例新街2号"},
		{"not moved", "minority", false, "新疆示例市示例路2号"},
		{"old module", "resident", true, "北京市东城区示例胡同1号"},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				v := dialled(t, sdtsim.Options{Old: c.old})
				r := v.open(t, `{"port":"tcp://reader:4001","address":true}`)
				v.insert(t, c.card)
				card, err := r.Read(within(t))
				if err != nil {
					t.Fatal(err)
				}
				if got := card.Address.Reveal(); got != c.want {
					t.Errorf("address is %q, want %q", got, c.want)
				}
			})
		})
	}
}

func TestUnknownLayoutIsNoResident(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := dialled(t, sdtsim.Options{})
		r := v.open(t, pipeConfig)
		p, _ := sdtsim.Sample("resident")
		p.Marker = "Q"
		if err := v.Insert(p); err != nil {
			t.Fatal(err)
		}
		card, err := r.Read(within(t))
		if !errors.Is(err, ErrKind) || !errors.Is(err, device.ErrMedia) || card.Kind != "" {
			t.Errorf("got %v and kind %q", err, card.Kind)
		}
	})
}

func TestBuffersAreWiped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := dialled(t, sdtsim.Options{})
		r := v.open(t, pipeConfig)
		v.insert(t, "resident")
		card, err := r.Read(within(t))
		if err != nil {
			t.Fatal(err)
		}
		if r.line.dec.buf != [MaxReply]byte{} {
			t.Error("the reply is still in the driver's buffer")
		}
		number := card.Number.Bytes()
		card.Wipe()
		if !bytes.Equal(number, make([]byte, 18)) {
			t.Error("the number outlived Wipe")
		}
	})
}
