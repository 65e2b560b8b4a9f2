package sdt

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"strings"
	"testing"

	"kiosk/device"
	"kiosk/device/devicetest"
	"kiosk/device/identity"
	"kiosk/drivers/port/porttest"
	"kiosk/drivers/sdt/sdtsim"
)

func TestConformance(t *testing.T) {
	devicetest.TestIDCardReader(t, func(t *testing.T) devicetest.IDCardBench {
		asked := make(chan struct{}, 1)
		far := plug(t, sdtsim.Options{Split: true, Seed: 11, Answered: func(e sdtsim.Exchange) {
			if e.Command == sdtsim.Find {
				select {
				case asked <- struct{}{}:
				default:
				}
			}
		}})
		next := 0
		return devicetest.IDCardBench{
			Driver: Driver,
			Env:    quietEnv(),
			Config: far.config(),
			Absent: json.RawMessage(`{"port":"/dev/ttyNOTHERE"}`),
			Wrong:  json.RawMessage(fmt.Sprintf(`{"port":%q,"baud":1}`, far.path)),
			Lay: func() identity.Card {
				p, _ := sdtsim.Sample(sdtsim.Samples()[next%len(sdtsim.Samples())])
				next++
				if err := far.Insert(p); err != nil {
					t.Fatal(err)
				}
				return told(p)
			},
			Lift: func() { far.Mend(); far.Remove() },
			Spoil: func() {
				far.Fault(sdtsim.Fault{Kind: sdtsim.Status, Code: 0x41, On: sdtsim.Read, Times: sdtsim.Always})
			},
			Asked: func() <-chan struct{} {
				select {
				case <-asked: // of before
				default:
				}
				return asked
			},
			Unplug: func() { _ = far.master.Close() },
		}
	})
}

// told is what a person's card says.
func told(p sdtsim.Person) identity.Card {
	return identity.Card{
		Kind: p.Kind, Name: identity.SecretString(p.Name), LatinName: identity.SecretString(p.LatinName),
		Sex: p.Sex, Nation: p.Nation, Country: p.Country, Birth: identity.SecretString(p.Birth),
		Address: identity.SecretString(p.Address), Number: identity.SecretString(p.Number),
		Pass: identity.SecretString(p.Pass), Issuer: p.Issuer, ValidFrom: p.ValidFrom, ValidTo: p.ValidTo,
	}
}

// dialOnce hands out one line.
func dialOnce(c net.Conn) device.Env {
	return device.Env{Dial: func(context.Context, string, string) (net.Conn, error) { return c, nil }}
}

// The conversation in testdata was written down from the driver and the far end; the driver must go on to say
// the same bytes in the same order.
func TestPlayback(t *testing.T) {
	const path = "testdata/visit.txt"
	talk, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	p, err := Driver.Open(t.Context(), dialOnce(porttest.Play(t, string(talk))), json.RawMessage(pipeConfig))
	if err != nil {
		t.Fatal(err)
	}
	card, err := p.(device.IDCardReader).Read(within(t))
	if err != nil {
		t.Fatal(err)
	}
	want, _ := sdtsim.Sample("resident")
	compare(t, card, want)
	if err := p.Close(); err != nil {
		t.Error(err)
	}
}

// What the recorder writes of this driver is what TestPlayback plays.
func TestRecording(t *testing.T) {
	near, farSide := net.Pipe()
	sim := sdtsim.New(sdtsim.Options{})
	done := make(chan error, 1)
	go func() { done <- sim.Serve(t.Context(), farSide) }()
	var record bytes.Buffer
	p, err := Driver.Open(t.Context(), dialOnce(porttest.Record(near, &record)), json.RawMessage(pipeConfig))
	if err != nil {
		t.Fatal(err)
	}
	sim.Fault(sdtsim.Fault{Kind: sdtsim.Status, Code: 0x80, On: sdtsim.Find}) // no card, once
	person, _ := sdtsim.Sample("resident")
	if err := sim.Insert(person); err != nil {
		t.Fatal(err)
	}
	if _, err := p.(device.IDCardReader).Read(within(t)); err != nil {
		t.Fatal(err)
	}
	if err := p.Close(); err != nil {
		t.Error(err)
	}
	<-done
	talk, err := os.ReadFile("testdata/visit.txt")
	if err != nil {
		t.Fatal(err)
	}
	want, err := porttest.Parse(bytes.NewReader(talk))
	if err != nil {
		t.Fatal(err)
	}
	got, err := porttest.Parse(strings.NewReader(record.String()))
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != len(want) {
		t.Fatalf("recorded %d steps, want %d:\n%s", len(got), len(want), record.String())
	}
	for i := range got {
		if got[i].Sent != want[i].Sent || !bytes.Equal(got[i].Bytes, want[i].Bytes) {
			t.Errorf("step %d is % X", i+1, got[i].Bytes)
		}
	}
}
