package main

import (
	"context"
	"errors"
	"fmt"
	"image"
	_ "image/png" // papers
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"kiosk/cmd/kiosksim/bench"
	"kiosk/drivers/mjpeg/mjpegsim"
	"kiosk/drivers/sdt/sdtsim"
)

// deadline of one word to the bench, which answers at once when it is there.
const deadline = 5 * time.Second

// panel is the content of the window. All but run and ask belong to the toolkit's main goroutine.
type panel struct {
	object fyne.CanvasObject
	ctx    context.Context
	bench  bench.Client
	do     func(func())
	work   sync.WaitGroup
	now    chan struct{} // asks run to look at once
	said   atomic.Int64  // words so far
	busy   atomic.Int64  // words under way

	line  *widget.Label // how things stand
	wrong *widget.Label // what became of the last word, "" when it was taken
	plugs map[string]*widget.Check
	paper *canvas.Image
	title *widget.Label
	laid  *widget.Button // the last receipt under the camera
	last  int            // paper that is shown
	file  string         // its picture
	quiet bool           // marks change because the bench says so
}

// newPanel makes the content. Words are sent to the bench on goroutines of their own, which end with ctx; do runs a function on
// the main one.
func newPanel(ctx context.Context, b bench.Client, do func(func())) *panel {
	p := &panel{ctx: ctx, bench: b, do: do, now: make(chan struct{}, 1), plugs: map[string]*widget.Check{}}
	p.line = widget.NewLabel("…")
	p.line.Wrapping = fyne.TextWrapWord
	p.wrong = widget.NewLabel("")
	p.wrong.Wrapping = fyne.TextWrapWord
	p.title = widget.NewLabel("nothing printed yet")
	p.paper = canvas.NewImageFromImage(nil)
	p.paper.FillMode = canvas.ImageFillContain
	p.laid = p.button("last receipt", func(ctx context.Context) error { return b.Scene(ctx, p.file) })
	p.laid.Disable()

	var cards, papers, scenes []fyne.CanvasObject
	for _, name := range sdtsim.Samples() {
		who, _ := sdtsim.Sample(name)
		cards = append(cards, p.button(who.Name+" · "+name, func(ctx context.Context) error { return b.InsertSample(ctx, name) }))
	}
	cards = append(cards, p.button("take the card away", b.RemoveCard))
	for _, state := range []string{"ok", "low", "out", "jam", "cover"} {
		papers = append(papers, p.button(state, func(ctx context.Context) error { return b.Paper(ctx, state) }))
	}
	for _, kind := range mjpegsim.Kinds() {
		scenes = append(scenes, p.button(kind, func(ctx context.Context) error { return b.Scene(ctx, kind) }))
	}
	scenes = append(scenes, p.laid)
	plugs := container.NewGridWithColumns(3)
	for _, name := range []string{bench.Reader, bench.Printer, bench.Camera} {
		p.plugs[name] = p.plug(name)
		plugs.Add(p.plugs[name])
	}
	top := container.NewVBox(
		heading("Card on the reader"), container.NewGridWithColumns(2, cards...),
		heading("Paper in the printer"), container.NewGridWithColumns(5, papers...),
		heading("Under the camera"), container.NewGridWithColumns(4, scenes...),
		heading("Plugged in"), plugs,
		widget.NewSeparator(), p.line, p.wrong, widget.NewSeparator(), p.title)
	p.object = container.NewBorder(top, nil, nil, nil, p.paper)
	return p
}

func heading(text string) fyne.CanvasObject {
	return widget.NewLabelWithStyle(text, fyne.TextAlignLeading, fyne.TextStyle{Bold: true})
}

// button sends one word to the bench.
func (p *panel) button(label string, word func(context.Context) error) *widget.Button {
	return widget.NewButton(label, func() { p.send(word) })
}

// plug is a mark that pulls a plug and puts it in again.
func (p *panel) plug(name string) *widget.Check {
	return widget.NewCheck(name, func(in bool) {
		if p.quiet {
			return
		}
		p.send(func(ctx context.Context) error {
			if in {
				return p.bench.Plug(ctx, name)
			}
			return p.bench.Unplug(ctx, name)
		})
	})
}

// send sends a word without holding up the window, and shows what came of it.
func (p *panel) send(word func(context.Context) error) {
	p.said.Add(1)
	p.busy.Add(1)
	p.work.Go(func() {
		defer p.busy.Add(-1)
		ctx, cancel := context.WithTimeout(p.ctx, deadline)
		defer cancel()
		said := ""
		if err := word(ctx); err != nil {
			said = err.Error()
		}
		if p.ctx.Err() != nil {
			return
		}
		p.do(func() { p.wrong.SetText(said) })
		select {
		case p.now <- struct{}{}:
		default:
		}
	})
}

// run asks the bench how things stand until ctx ends, and waits for words that are under way. It returns early when the bench
// was there and has gone: nothing is left to work then.
func (p *panel) run(pace time.Duration) {
	tick := time.NewTicker(pace)
	defer tick.Stop()
	defer p.work.Wait()
	met := false
	for {
		err := p.ask()
		if met && (errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ECONNREFUSED)) {
			return
		}
		met = met || err == nil
		select {
		case <-p.ctx.Done():
			return
		case <-p.now:
		case <-tick.C:
		}
	}
}

// ask looks at the bench once.
func (p *panel) ask() error {
	ctx, cancel := context.WithTimeout(p.ctx, deadline)
	defer cancel()
	said, quiet := p.said.Load(), p.busy.Load() == 0
	st, err := p.bench.State(ctx)
	if err != nil {
		if p.ctx.Err() == nil {
			p.do(func() { p.line.SetText(err.Error()) })
		}
		return err
	}
	var n int
	var file string
	var img image.Image
	if len(st.Papers) > 0 {
		n = st.Papers[len(st.Papers)-1].N
		file = filepath.Join(st.Endpoints.Printed, fmt.Sprintf("receipt-%d.png", n))
		img, _ = picture(file) // one that is not written yet comes with the next look
	}
	p.do(func() {
		p.show(st, n, file, img)
		if quiet && p.said.Load() == said { // a look from before a word would take the word's mark back
			p.mark(st)
		}
	})
	return nil
}

// show brings the window up to date. img is nil when there is no paper, or no picture of it yet.
func (p *panel) show(st bench.State, n int, file string, img image.Image) {
	p.line.SetText(words(st))
	if img == nil || n == p.last {
		return
	}
	p.last, p.file = n, file
	p.title.SetText(fmt.Sprintf("receipt %d, %s", n, st.Papers[len(st.Papers)-1].At.Format(time.TimeOnly)))
	p.paper.Image = img
	p.paper.Refresh()
	p.laid.Enable()
}

// mark shows what is plugged in.
func (p *panel) mark(st bench.State) {
	p.quiet = true
	for name, in := range map[string]bool{bench.Reader: st.Reader.Plugged, bench.Printer: st.Printer.Plugged, bench.Camera: st.Camera.Plugged} {
		p.plugs[name].SetChecked(in)
	}
	p.quiet = false
}

// words say how things stand in one line.
func words(st bench.State) string {
	card := "no card"
	switch {
	case st.Reader.Read:
		card = "card read"
	case st.Reader.Card:
		card = "card lies there"
	}
	paper := string(st.Printer.Paper)
	switch {
	case st.Printer.Cover:
		paper = "under an open cover"
	case st.Printer.Jam:
		paper = "jammed"
	}
	camera := "off"
	if st.Camera.Streams > 0 {
		camera = "looking"
	}
	scene := strings.TrimSuffix(filepath.Base(st.Camera.Scene), ".png")
	return fmt.Sprintf("reader: %s   printer: paper %s   camera: %s, sees %s", card, paper, camera, scene)
}

func picture(file string) (image.Image, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, fmt.Errorf("cannot show the receipt: %w", err)
	}
	defer f.Close()
	img, _, err := image.Decode(f)
	if err != nil {
		return nil, fmt.Errorf("cannot show the receipt: %w", err)
	}
	return img, nil
}
