package main_test

import (
	"bufio"
	"fmt"
	"image"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jezek/xgb"
	"github.com/jezek/xgb/xproto"
	"golang.org/x/sys/unix"

	program "kiosk/cmd/kiosk"
	"kiosk/device/localapi"
	"kiosk/ui/model"
	"kiosk/ui/robot"
)

// BenchmarkAppStart measures from the start of "kiosk show" until the daemon's first screen stands, warm and cold: cold means
// a new home without caches and nothing of the program, its libraries and fonts in memory that no other process holds. The
// other side is what the same display needs to show anything at all: a client that connects, fills a window of the same size
// and reads one pixel back.
func BenchmarkAppStart(b *testing.B) {
	th := set(b, false)
	begin(b, th) // the first start of all shows which files are mapped
	for _, cold := range []bool{false, true} {
		name := "warm"
		if cold {
			name = "cold"
		}
		b.Run(name, func(b *testing.B) {
			var sum start
			var client time.Duration
			n := 0
			for b.Loop() {
				b.StopTimer()
				if cold {
					forget(b, th)
				}
				client += minimal(b, th.screen.Name)
				b.StartTimer()
				s := begin(b, th)
				sum.usable += s.usable
				sum.picture += s.picture
				sum.said += s.said
				n++
			}
			ms := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 / float64(n) }
			b.ReportMetric(ms(sum.usable), "ms/usable")
			b.ReportMetric(ms(sum.picture), "ms/first-picture")
			b.ReportMetric(ms(sum.said), "ms/of-its-log")
			b.ReportMetric(ms(client), "ms/x-client")
			b.ReportMetric(float64(sum.usable)/float64(client), "times-x-client")
		})
	}
}

// start is how long one start took.
type start struct {
	usable  time.Duration // until the app said that the daemon's screen is drawn, and something was seen
	picture time.Duration // until something was seen
	said    time.Duration // what the app's log says
}

var (
	usableLine = regexp.MustCompile(`msg="screen usable" ms=(\d+)`)
	mapped     []string // files that the app maps, and its fonts
)

// begin starts the app, waits for its screen, and ends it.
func begin(b *testing.B, th theatre) (s start) {
	b.Helper()
	if err := os.MkdirAll(filepath.Join(th.Dir, "home"), 0o755); err != nil {
		b.Fatal(err)
	}
	cmd := exec.Command(filepath.Join(th.Bin, "kiosk"), "show", "--socket", th.Socket())
	cmd.Env = slices.Concat(os.Environ(), th.ScreenEnv(th.screen.Name), program.Toolkit)
	log, err := cmd.StderrPipe()
	if err != nil {
		b.Fatal(err)
	}
	begun := time.Now()
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	said := make(chan start, 1)
	heard := make(chan struct{})
	go func() {
		defer close(heard)
		for lines := bufio.NewScanner(log); lines.Scan(); {
			if m := usableLine.FindStringSubmatch(lines.Text()); m != nil {
				ms, _ := strconv.Atoi(m[1])
				said <- start{usable: time.Since(begun), said: time.Duration(ms) * time.Millisecond}
			}
		}
	}()
	every(b, b.Context(), 5*time.Millisecond, "a picture", func() bool {
		if s.picture == 0 && !empty(b, th) {
			s.picture = time.Since(begun)
		}
		select {
		case x := <-said:
			s.usable, s.said = x.usable, x.said
		default:
		}
		return s.usable > 0 && s.picture > 0
	})
	s.usable = max(s.usable, s.picture)
	b.StopTimer()
	if mapped == nil {
		mapped = files(b, cmd.Process.Pid)
	}
	_ = cmd.Process.Signal(syscall.SIGTERM)
	<-heard
	if err := cmd.Wait(); err != nil {
		b.Fatal(err)
	}
	every(b, b.Context(), 5*time.Millisecond, "an empty screen", func() bool { return empty(b, th) })
	b.StartTimer()
	return s
}

// empty looks at a few pixels only, to leave the processor to the app.
func empty(b *testing.B, th theatre) bool {
	b.Helper()
	for _, at := range []image.Point{{20, 20}, {width / 2, height / 3}, {width / 2, height * 4 / 5}} {
		c, err := th.screen.Pixel(at.X, at.Y)
		if err != nil {
			b.Fatal(err)
		}
		if c.R != 0 || c.G != 0 || c.B != 0 {
			return false
		}
	}
	return true
}

// files are those that a process maps, and the fonts that it has read.
func files(b *testing.B, pid int) (all []string) {
	b.Helper()
	maps, err := os.ReadFile(fmt.Sprintf("/proc/%d/maps", pid))
	if err != nil {
		b.Fatal(err)
	}
	for _, line := range strings.Split(string(maps), "\n") {
		if i := strings.IndexByte(line, '/'); i >= 0 && !slices.Contains(all, line[i:]) {
			all = append(all, line[i:])
		}
	}
	fonts, err := filepath.Glob("/usr/share/fonts/opentype/noto/NotoSansCJK-*.ttc")
	if err != nil {
		b.Fatal(err)
	}
	return append(all, fonts...)
}

// forget takes away the home with its caches and asks the kernel to drop the files that the app needs.
func forget(b *testing.B, th theatre) {
	b.Helper()
	if err := os.RemoveAll(filepath.Join(th.Dir, "home")); err != nil {
		b.Fatal(err)
	}
	for _, file := range mapped {
		f, err := os.Open(file)
		if err != nil {
			continue // a file that has been deleted is cold enough
		}
		err = unix.Fadvise(int(f.Fd()), 0, 0, unix.FADV_DONTNEED)
		_ = f.Close()
		if err != nil {
			b.Fatal(err)
		}
	}
}

// minimal is the least a client can do to show something.
func minimal(b *testing.B, name string) time.Duration {
	b.Helper()
	begun := time.Now()
	conn, err := xgb.NewConnDisplay(name)
	if err != nil {
		b.Fatal(err)
	}
	defer conn.Close()
	screen := xproto.Setup(conn).DefaultScreen(conn)
	window, err := xproto.NewWindowId(conn)
	if err != nil {
		b.Fatal(err)
	}
	const colour = 0x0A489A
	if err := xproto.CreateWindowChecked(conn, screen.RootDepth, window, screen.Root, 0, 0, width, height, 0, xproto.WindowClassInputOutput,
		screen.RootVisual, xproto.CwBackPixel|xproto.CwOverrideRedirect, []uint32{colour, 1}).Check(); err != nil {
		b.Fatal(err)
	}
	if err := xproto.MapWindowChecked(conn, window).Check(); err != nil {
		b.Fatal(err)
	}
	img, err := xproto.GetImage(conn, xproto.ImageFormatZPixmap, xproto.Drawable(window), width/2, height/2, 1, 1, 0xffffffff).Reply()
	if err != nil {
		b.Fatal(err)
	}
	took := time.Since(begun)
	if len(img.Data) < 3 || img.Data[0] != 0x9A || img.Data[1] != 0x48 || img.Data[2] != 0x0A {
		b.Fatalf("the pixel is %x", img.Data)
	}
	return took
}

// BenchmarkTap measures from the moment when the finger leaves the glass until the next screen stands there whole, the way
// through the daemon and back included: from the home screen to an item's guide and back, by turns. It looks at points all over
// the screen where the two differ, which costs the display little.
func BenchmarkTap(b *testing.B) {
	k := &keypad{theatre: set(b, true), t: b}
	k.state(localapi.ViewAttract, nil)
	tap := func(view localapi.ViewKind, id string) {
		b.Helper()
		targets, err := robot.Targets(k.state(view, nil), model.Local{})
		if err != nil {
			b.Fatal(err)
		}
		target, ok := robot.Find(targets, id)
		if !ok {
			b.Fatalf("no %q on %s", id, view)
		}
		if err := k.screen.Tap(target.Rect.Middle()); err != nil {
			b.Fatal(err)
		}
	}
	tap(localapi.ViewAttract, "start")
	tap(localapi.ViewHome, "card:ydds")
	k.state(localapi.ViewGuide, nil)
	guide := k.picture(b)
	tap(localapi.ViewGuide, "back")
	k.state(localapi.ViewHome, nil)
	home := k.picture(b)
	points := apart(home, guide)
	if len(points) < 10 {
		b.Fatalf("home and guide differ in %d places", len(points))
	}
	var longest time.Duration
	once := func(view localapi.ViewKind, id string, want *image.RGBA) {
		b.StopTimer()
		tap(view, id)
		b.StartTimer()
		begun := time.Now()
		every(b, b.Context(), time.Millisecond, "the next screen", func() bool {
			for _, at := range points {
				if c, err := k.screen.Pixel(at.X, at.Y); err != nil || c != want.RGBAAt(at.X, at.Y) {
					return false
				}
			}
			return true
		})
		longest = max(longest, time.Since(begun))
	}
	n := 0
	for b.Loop() {
		if n++; n%2 == 1 {
			once(localapi.ViewHome, "card:ydds", guide)
		} else {
			once(localapi.ViewGuide, "back", home)
		}
	}
	b.ReportMetric(float64(longest.Microseconds())/1000, "ms/longest")
}

// apart are points at which two pictures differ, one in each band of the screen below its header where there is one.
func apart(a, b *image.RGBA) (all []image.Point) {
	const band = 64
	for top := headerRows; top+band <= height; top += band {
		for i := range band * width {
			if x, y := i%width, top+i/width; a.RGBAAt(x, y) != b.RGBAAt(x, y) {
				all = append(all, image.Pt(x, y))
				break
			}
		}
	}
	return all
}
