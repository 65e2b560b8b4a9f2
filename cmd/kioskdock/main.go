// Command kioskdock is a small window beside the terminal for those who show it or try it out: it lays cards on the reader,
// takes the printer's paper away, pulls plugs and lays papers under the camera, all of it at the far ends of kiosksim. The
// terminal cannot tell; nothing here is ever part of the product.
package main

import (
	"context"
	"fmt"
	"image/color"
	"os"
	"os/signal"
	"syscall"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/app"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/theme"
	"github.com/alecthomas/kong"

	"kiosk/cmd/kiosksim/bench"
	"kiosk/ui/look"
)

type flags struct {
	Control string `help:"Control socket of kiosksim." required:""`
	At      string `help:"Where the window is to stand, as X,Y." placeholder:"X,Y"`
}

// refresh is how often the bench is asked how things stand.
const refresh = time.Second

// The window's size.
const width, height = 480, 960

// light is the toolkit's own theme by day, with Chinese letters.
type light struct {
	fyne.Theme
	letters fyne.Theme
}

func (l light) Font(s fyne.TextStyle) fyne.Resource { return l.letters.Font(s) }

func (l light) Color(name fyne.ThemeColorName, _ fyne.ThemeVariant) color.Color {
	return l.Theme.Color(name, theme.VariantLight)
}

func main() {
	var f flags
	kong.Parse(&f, kong.Name("kioskdock"), kong.Description("A small window that works the far ends of a terminal."))
	// The toolkit would measure the monitor and stretch the window by what it finds.
	for name, value := range map[string]string{"FYNE_DISABLE_DPI_DETECTION": "1", "FYNE_SCALE": "1", "FYNE_PLATFORM": "x11"} {
		if err := os.Setenv(name, value); err != nil {
			fail(err)
		}
	}
	if err := show(f); err != nil {
		fail(err)
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "kioskdock:", err)
	os.Exit(1)
}

// show blocks until the window is closed or the program is asked to end.
func show(f flags) error {
	x, y := 0, 0
	if f.At != "" {
		if n, err := fmt.Sscanf(f.At, "%d,%d", &x, &y); n != 2 || err != nil {
			return fmt.Errorf("cannot read the place %q: want for example 556,0", f.At)
		}
	}
	letters, err := look.LoadFonts(look.Sources)
	if err != nil {
		return fmt.Errorf("cannot draw Chinese: %w", err)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	a := app.NewWithID("kiosk.dock")
	a.Settings().SetTheme(light{theme.DefaultTheme(), look.NewTheme(look.Of(look.Mode{}), letters)})
	p := newPanel(ctx, bench.Client{Socket: f.Control}, fyne.Do)
	w := a.NewWindow("kioskdock")
	w.SetMaster()
	w.SetContent(p.object)
	w.Resize(fyne.NewSize(width, height))
	if d, ok := w.(desktop.Window); ok && f.At != "" {
		d.RequestPosition(x, y)
	}
	ended := make(chan struct{})
	a.Lifecycle().SetOnStarted(func() {
		go func() {
			defer close(ended)
			p.run(refresh)
			fyne.Do(a.Quit)
		}()
	})
	w.ShowAndRun()
	stop()
	<-ended
	return nil
}
