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
	"strings"
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
				card, err := r.Read(t.Context())
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
				if card, err = r.Read(t.Context()); err != nil {
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
					card, err := r.Read(t.Context())
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
					card, err = r.Read(t.Context())
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
					if errors.Is(err, ErrKind) != (code == CodeKind) {
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
			if _, err := r.Read(t.Context()); !errors.Is(err, ErrOutOfOrder) || errors.Is(err, device.ErrGone) {
				t.Errorf("got %v, want ErrOutOfOrder", err)
			}
			v.SetStatus(0x90)
			time.Sleep(2 * idle) // virtual
			if s := r.Status(); !s.Usable() || len(s.Faults) != 0 || s.Serial != "05.01-20090401-0003012345-0987654321" {
				t.Errorf("status after it recovered is %+v", s)
			}
			if _, err := r.Read(t.Context()); err != nil {
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
		if _, err := r.Read(t.Context()); err != nil {
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
		card, err := r.Read(t.Context())
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
				card, err := r.Read(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				compare(t, card, want)
			})
		})
	}
}

func TestLostReader(t *testing.T) {
	for _, c := range []struct {
		name  string
		lose  func(*virtual)
		fault device.FaultID
	}{
		{"cable pulled", func(v *virtual) { _ = v.line.Close() }, device.FaultUnplugged},
		{"mute", func(v *virtual) { v.Fault(sdtsim.Fault{Kind: sdtsim.Silent, Times: sdtsim.Always}) }, device.FaultSilent},
		{"garbled", func(v *virtual) { v.Fault(sdtsim.Fault{Kind: sdtsim.BadChecksum, Times: sdtsim.Always}) }, device.FaultGarbled},
		{"another module", func(v *virtual) { v.SetSAM(sdtsim.SAM{Maker: 5, Model: 1, Date: 20200202, Serial: 1, Check: 2}) }, device.FaultOther},
	} {
		for _, reading := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, reading %v", c.name, reading), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					v := dialled(t, sdtsim.Options{})
					r := v.open(t, pipeConfig)
					if reading && c.fault != device.FaultOther {
						time.AfterFunc(2*time.Second, func() { c.lose(v) })
						if _, err := r.Read(t.Context()); !errors.Is(err, device.ErrGone) {
							t.Errorf("got %v, want ErrGone", err)
						}
					} else {
						c.lose(v)
						time.Sleep(3*idle + 5*time.Second) // nobody reads; virtual
					}
					s := r.Status()
					if s.Link != device.Bad || s.Usable() || !slices.Equal(s.Faults, []device.FaultID{c.fault}) {
						t.Errorf("status is %+v", s)
					}
					if s.Serial == "" || s.Model == "" {
						t.Error("it is not known any more which reader this was")
					}
					if _, err := r.Read(t.Context()); !errors.Is(err, device.ErrGone) {
						t.Errorf("reading a lost reader gave %v", err)
					}
				})
			})
		}
	}
}

func TestModuleSwappedBetweenTwoQuestions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := dialled(t, sdtsim.Options{})
		r := v.open(t, pipeConfig)
		time.AfterFunc(2*time.Second, func() { // plugging takes a moment, in which a question goes unanswered
			v.Fault(sdtsim.Fault{Kind: sdtsim.Silent})
			v.SetSAM(sdtsim.SAM{Maker: 5, Model: 1, Date: 20200202, Serial: 1, Check: 2})
		})
		if _, err := r.Read(t.Context()); !errors.Is(err, errSwapped) || !errors.Is(err, device.ErrGone) {
			t.Errorf("got %v, want that another module answers", err)
		}
	})
}

func TestSilentPortDoesNotOpen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := dialled(t, sdtsim.Options{})
		v.Fault(sdtsim.Fault{Kind: sdtsim.Silent, Times: sdtsim.Always})
		began := time.Now()
		_, err := Driver.Open(t.Context(), v.env, json.RawMessage(pipeConfig))
		var fault interface{ Fault() device.FaultID }
		if !errors.Is(err, device.ErrGone) || !errors.As(err, &fault) || fault.Fault() != device.FaultSilent {
			t.Errorf("got %v", err)
		}
		if took := time.Since(began); took > 10*time.Second {
			t.Errorf("it took %v", took)
		}
	})
}

func TestOneReadAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := dialled(t, sdtsim.Options{})
		r := v.open(t, pipeConfig)
		first := make(chan error, 1)
		go func() { _, err := r.Read(t.Context()); first <- err }()
		synctest.Wait()
		if _, err := r.Read(t.Context()); !errors.Is(err, device.ErrBusy) {
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
				card, err := r.Read(t.Context())
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
		card, err := r.Read(t.Context())
		if !errors.Is(err, ErrKind) || !errors.Is(err, device.ErrMedia) || card.Kind != "" {
			t.Errorf("got %v and kind %q", err, card.Kind)
		}
	})
}

// Whatever goes wrong, Read gives the right card or none, says which of the known errors it is, and comes to
// an end; and neither log nor error tells of the person.
func TestManyFaults(t *testing.T) {
	if len(sdtsim.FaultKinds) != 11 {
		t.Error("a new kind of fault needs a place in these tests")
	}
	read := 0
	for seed := range uint64(200) {
		synctest.Test(t, func(t *testing.T) {
			v := dialled(t, sdtsim.Options{Seed: seed, Split: seed%2 == 0, Paced: seed%3 == 0})
			r := v.open(t, `{"port":"tcp://reader:4001","address":true}`)
			pick := newPicker(seed)
			for range 6 {
				v.Mend()
				for range pick(4) {
					v.Fault(sdtsim.Fault{
						Kind:  sdtsim.FaultKinds[pick(len(sdtsim.FaultKinds))],
						On:    []sdtsim.Command{0, sdtsim.Find, sdtsim.Select, sdtsim.Read, sdtsim.ReadNewAddress}[pick(5)],
						At:    pick(1300),
						Code:  []byte{0x10, 0x11, 0x24, 0x31, 0x33, 0x41, 0x47, 0x80, 0x81, 0x9F}[pick(10)],
						Delay: time.Duration(pick(4000)) * time.Millisecond,
						Nth:   pick(4),
						Times: pick(3),
					})
				}
				want := v.insert(t, sdtsim.Samples()[pick(len(sdtsim.Samples()))])
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				card, err := r.Read(ctx)
				cancel()
				v.Remove()
				switch {
				case err == nil:
					read++
					if want.NewAddress != "" && card.Address.Reveal() == want.NewAddress {
						want.Address = want.NewAddress
					}
					compare(t, card, want)
				case errors.Is(err, device.ErrMedia), errors.Is(err, context.DeadlineExceeded):
				case errors.Is(err, ErrOutOfOrder): // a code that was put into the self-test's place
				case errors.Is(err, device.ErrGone):
					_ = r.Close() // the rig would open it again; a pipe cannot be
					return
				default:
					t.Errorf("seed %d: %v", seed, err)
				}
				tellsNothing(t, want, fmt.Sprint(err))
			}
			tellsNothing(t, sdtsim.Person{}, v.log.String())
		})
	}
	if read < 200 {
		t.Errorf("only %d cards were read: the faults hide what is tested", read)
	}
	t.Logf("%d cards were read", read)
}

// newPicker is a small deterministic choice.
func newPicker(seed uint64) func(n int) int {
	x := seed*2654435761 + 12345
	return func(n int) int {
		x ^= x << 13
		x ^= x >> 7
		x ^= x << 17
		return int(x>>33) % n
	}
}

// tellsNothing looks for what any of the invented cards says.
func tellsNothing(t *testing.T, p sdtsim.Person, text string) {
	t.Helper()
	all := []sdtsim.Person{p}
	for _, name := range sdtsim.Samples() {
		s, _ := sdtsim.Sample(name)
		all = append(all, s)
	}
	for _, p := range all {
		for _, secret := range []string{p.Name, p.LatinName, p.Number, p.Address, p.Birth, p.Pass} {
			if secret != "" && strings.Contains(text, secret) {
				t.Errorf("%q was told", secret)
			}
		}
	}
}

func TestBuffersAreWiped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := dialled(t, sdtsim.Options{})
		r := v.open(t, pipeConfig)
		v.insert(t, "resident")
		card, err := r.Read(t.Context())
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
