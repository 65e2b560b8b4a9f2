package main

import (
	"context"
	"testing"
	"time"

	"kiosk/cmd/stage"
	"kiosk/device/localapi"
	"kiosk/drivers/sdt"
)

// bytesOfCard cross the wire from the first byte of "card found" to the last byte of the reading, in both directions: its reply, select
// and its reply, read and its reply. No terminal can be faster than these at 115200 baud, 8N1.
const bytesOfCard = 15 + 10 + 19 + 10 + 1295

// BenchmarkCardToAPI measures on a whole terminal, each part in a process of its own, how long a person waits: from the moment at which
// the reader's far end writes the first byte of "card found" to the masked name on the local API's event stream. The yardstick is the
// time of the same bytes on the wire, at whose speed the far end speaks.
func BenchmarkCardToAPI(b *testing.B) {
	s := setWith(b, stage.Options{Paced: true})
	ctx := b.Context()
	wire := sdt.WireTime(bytesOfCard, 115200)
	var total, worst time.Duration
	for b.Loop() {
		c := &stage.Citizen{API: s.API, Sim: s.Sim, Item: "ydds"}
		if _, err := c.Serve(ctx, func(st localapi.State) bool { return st.Visit.View.Kind == localapi.ViewCard }); err != nil {
			b.Fatal(err)
		}
		watching, cancel := context.WithTimeout(ctx, 30*time.Second)
		var at time.Time
		laid := false
		err := s.API.Watch(watching, func(st localapi.State) {
			if !laid { // the stream is open
				laid = true
				if err := s.Sim.InsertSample(ctx, stage.AnyPerson); err != nil {
					b.Error(err)
				}
			}
			if card := st.Visit.View.Card; at.IsZero() && card != nil && card.Read != nil && card.Read.Name != "" {
				at = time.Now()
				cancel()
			}
		}, nil)
		cancel()
		if at.IsZero() {
			b.Fatalf("no card on the stream: %v", err)
		}
		bench, err := s.Sim.State(ctx)
		if err != nil || bench.Reader.Found.IsZero() {
			b.Fatalf("the far end did not find the card: %v", err)
		}
		took := at.Sub(bench.Reader.Found)
		if took < wire {
			b.Fatalf("%v is less than the wire takes", took)
		}
		total += took
		worst = max(worst, took)

		st, err := s.API.State(ctx)
		if err != nil {
			b.Fatal(err)
		}
		if err := s.API.Intent(ctx, localapi.Intent{Step: st.Visit.Step, Kind: localapi.IntentCancel}); err != nil {
			b.Fatal(err)
		}
		if err := s.Sim.RemoveCard(ctx); err != nil {
			b.Fatal(err)
		}
	}
	mean := total / time.Duration(b.N)
	b.ReportMetric(float64(mean)/float64(wire), "ratio")
	b.ReportMetric(float64(worst)/float64(wire), "worst-ratio")
	b.ReportMetric(float64(mean)/float64(time.Millisecond), "ms/card")
	b.ReportMetric(float64(wire)/float64(time.Millisecond), "ms/wire")
}
