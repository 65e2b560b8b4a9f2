package queue

import (
	"bytes"
	"crypto/rand"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// BenchmarkKeep measures what a citizen waits for at "submit": Keep of a case with one page of 200 kB and an envelope of 6 kB. The
// yardstick is the least that a durable store can do: appending the same bytes to one file in the same folder and fsyncing it, in
// turn with the Keeps.
func BenchmarkKeep(b *testing.B) {
	page, envelope := make([]byte, 200_000), make([]byte, 6_000)
	_, _ = rand.Read(page)
	_, _ = rand.Read(envelope)
	cfg := config(b.TempDir(), 1)
	q, _ := openTest(b, cfg, disk{})
	plain, err := os.OpenFile(filepath.Join(cfg.Folders[0], "plain"), os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		b.Fatal(err)
	}
	defer plain.Close()

	var keeps, whole, appends []time.Duration
	for b.Loop() {
		key := newKey()
		start := time.Now()
		if err := q.Begin(key); err != nil {
			b.Fatal(err)
		}
		if _, _, err := q.AddPage(key, bytes.NewReader(page)); err != nil {
			b.Fatal(err)
		}
		submit := time.Now()
		if _, err := q.Keep(key, envelope, []byte(`{"item":"x"}`)); err != nil {
			b.Fatal(err)
		}
		keeps = append(keeps, time.Since(submit))
		whole = append(whole, time.Since(start))

		start = time.Now()
		for _, p := range [][]byte{page, envelope} {
			if _, err := plain.Write(p); err != nil {
				b.Fatal(err)
			}
		}
		if err := plain.Sync(); err != nil {
			b.Fatal(err)
		}
		appends = append(appends, time.Since(start))
	}
	ms := func(all []time.Duration, percent int) float64 {
		slices.Sort(all)
		return float64(all[(len(all)-1)*percent/100]) / float64(time.Millisecond)
	}
	b.ReportMetric(ms(keeps, 50), "keep-p50-ms")
	b.ReportMetric(ms(keeps, 99), "keep-p99-ms")
	b.ReportMetric(ms(whole, 99), "draft+keep-p99-ms")
	b.ReportMetric(ms(appends, 50), "append-p50-ms")
	b.ReportMetric(ms(appends, 99), "append-p99-ms")
	b.ReportMetric(ms(keeps, 99)/ms(appends, 99), "p99-ratio")
}
