package sdt

import (
	"testing"
	"time"

	"kiosk/drivers/sdt/sdtsim"
)

// bytesOfCard are the bytes that cross the wire from the first one of "card found" to the last one of the
// reading: its reply, select, and read. No line of 115200 baud can be faster than these.
const bytesOfCard = 15 + requestSize + 19 + requestSize + 1295

// BenchmarkCard measures from the moment at which the far end writes the first byte of "card found" to Read's
// return, on a pseudo-terminal that is paced like a line of 115200 baud, 8N1. The ratio is that time over the
// time of the same bytes on the wire.
func BenchmarkCard(b *testing.B) {
	found := make(chan time.Time, 1)
	far := plug(b, sdtsim.Options{Paced: true, Found: func(at time.Time) { found <- at }})
	r := open(b, far.config())
	p, _ := sdtsim.Sample("resident")
	wire := WireTime(bytesOfCard, 115200)
	var total, worst time.Duration
	for b.Loop() {
		if err := far.Insert(p); err != nil {
			b.Fatal(err)
		}
		card, err := r.Read(b.Context())
		took := time.Since(<-found)
		if err != nil {
			b.Fatal(err)
		}
		card.Wipe()
		far.Remove()
		total += took
		worst = max(worst, took)
	}
	mean := total / time.Duration(b.N)
	b.ReportMetric(float64(mean)/float64(wire), "ratio")
	b.ReportMetric(float64(worst)/float64(wire), "worst-ratio")
	b.ReportMetric(float64(mean)/float64(time.Millisecond), "ms/card")
	b.ReportMetric(float64(wire)/float64(time.Millisecond), "ms/wire")
}
