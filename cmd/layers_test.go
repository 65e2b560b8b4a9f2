// Package cmd holds the programs. Its one test draws the borders of the whole project.
package cmd

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// The test reads what go list says and holds the rules of borders_test.go against it.
func TestLayers(t *testing.T) {
	graph := listed(t)
	ours := 0
	for path := range graph {
		if strings.HasPrefix(path, module) {
			ours++
		}
	}
	if ours < 20 {
		t.Fatalf("go list knows only %d packages of ours", ours)
	}
	for _, sentence := range borders(graph) {
		t.Error(sentence)
	}
}

// listed asks go list for all packages and what they need. Nothing is fetched.
func listed(t *testing.T) map[string]Package {
	t.Helper()
	// go test keeps results of runs whose files have not changed, and sees only files that this process looks at.
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		switch {
		case errors.Is(err, fs.ErrNotExist): // somebody else's file of a moment
			return nil
		case err != nil:
			return err
		case d.IsDir() && (d.Name() == ".git" || path == filepath.Join("..", "out")):
			return fs.SkipDir
		case filepath.Ext(path) == ".go":
			_, _ = os.Stat(path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	list := exec.CommandContext(t.Context(), "go", "list", "-e", "-deps",
		"-json=ImportPath,Name,Doc,Standard,GoFiles,Imports,TestImports,XTestImports", "./...")
	list.Dir = ".."
	var complaints bytes.Buffer
	list.Stderr = &complaints
	out, err := list.Output()
	if err != nil {
		t.Fatalf("go list: %v: %s", err, complaints.Bytes())
	}
	graph := map[string]Package{}
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var p Package
		switch err := d.Decode(&p); {
		case errors.Is(err, io.EOF):
			return graph
		case err != nil:
			t.Fatal(err)
		}
		if !p.Standard {
			graph[p.ImportPath] = p
		}
	}
}

// Each broken border gives its own sentence, word for word.
func TestBrokenBordersAreSaid(t *testing.T) {
	for _, c := range []struct {
		name  string
		graph []Package
		want  []string
	}{
		{"whole", []Package{
			{ImportPath: "kiosk/device/identity"},
			{ImportPath: "kiosk/device", Imports: []string{"kiosk/device/identity"}},
			{ImportPath: "kiosk/drivers/sdt", Imports: []string{"kiosk/device", "kiosk/drivers/port"}},
			{ImportPath: "kiosk/drivers/port"},
			{ImportPath: "kiosk/drivers/sdt/sdtsim", Imports: []string{"kiosk/drivers/sdt"}},
			{ImportPath: "kiosk/drivers", Imports: []string{"kiosk/drivers/sdt"}},
			{ImportPath: "kiosk/cmd/kioskd", Imports: []string{"kiosk/drivers"}, TestImports: []string{"kiosk/drivers/sdt/sdtsim", "kiosk/sync/hub"}},
			{ImportPath: "kiosk/sync/hub", Imports: []string{"kiosk/sync/platform"}},
			{ImportPath: "kiosk/sync/platform"},
		}, nil},
		{"queue and a driver", []Package{
			{ImportPath: "kiosk/sync/queue", Imports: []string{"kiosk/drivers/sdt"}},
			{ImportPath: "kiosk/drivers/sdt"},
		}, []string{
			"device is the middle; drivers, sync and ui stand round it, import only device, and never each other; cmd introduces them: kiosk/sync/queue imports kiosk/drivers/sdt",
		}},
		{"a far end in the daemon", []Package{
			{ImportPath: "kiosk/cmd/kioskd", Imports: []string{"kiosk/drivers"}},
			{ImportPath: "kiosk/drivers", Imports: []string{"kiosk/drivers/sdt/sdtsim"}},
			{ImportPath: "kiosk/drivers/sdt/sdtsim"},
		}, []string{
			"far ends and the platform's side never run inside the terminal: kiosk/cmd/kioskd contains kiosk/drivers/sdt/sdtsim, by way of kiosk/cmd/kioskd, kiosk/drivers, kiosk/drivers/sdt/sdtsim",
		}},
		{"a far end named by the daemon", []Package{
			{ImportPath: "kiosk/cmd/kioskd", Imports: []string{"kiosk/drivers/sdt/sdtsim"}},
			{ImportPath: "kiosk/drivers/sdt/sdtsim"},
		}, []string{
			"far ends and the platform's side never run inside the terminal: kiosk/cmd/kioskd contains kiosk/drivers/sdt/sdtsim, by way of kiosk/cmd/kioskd, kiosk/drivers/sdt/sdtsim",
		}},
		{"the hub in the app", []Package{
			{ImportPath: "kiosk/cmd/kiosk", Imports: []string{"kiosk/sync/hub"}},
			{ImportPath: "kiosk/sync/hub"},
		}, []string{
			"far ends and the platform's side never run inside the terminal: kiosk/cmd/kiosk contains kiosk/sync/hub, by way of kiosk/cmd/kiosk, kiosk/sync/hub",
			"the app sees the daemon only through device/localapi: kiosk/cmd/kiosk imports kiosk/sync/hub",
		}},
		{"device and a driver", []Package{
			{ImportPath: "kiosk/device/rig", TestImports: []string{"kiosk/drivers/sdt"}},
			{ImportPath: "kiosk/drivers/sdt"},
		}, []string{
			"device is the middle; drivers, sync and ui stand round it, import only device, and never each other; cmd introduces them: kiosk/device/rig imports kiosk/drivers/sdt in its tests",
		}},
		{"a program as a library", []Package{
			{ImportPath: "kiosk/ui", Imports: []string{"kiosk/cmd/kiosk"}},
			{ImportPath: "kiosk/cmd/kiosk"},
		}, []string{
			"device is the middle; drivers, sync and ui stand round it, import only device, and never each other; cmd introduces them: kiosk/ui imports kiosk/cmd/kiosk",
		}},
		{"driver and driver", []Package{
			{ImportPath: "kiosk/drivers/uvc", Imports: []string{"kiosk/drivers/sdt", "kiosk/device/session"}},
			{ImportPath: "kiosk/drivers/sdt"}, {ImportPath: "kiosk/device/session"},
		}, []string{
			"a driver imports device, device/identity and drivers/port, and no other driver: kiosk/drivers/uvc imports kiosk/device/session",
			"a driver imports device, device/identity and drivers/port, and no other driver: kiosk/drivers/uvc imports kiosk/drivers/sdt",
		}},
		{"queue and platform", []Package{
			{ImportPath: "kiosk/sync/queue", Imports: []string{"kiosk/device/casefile"}},
			{ImportPath: "kiosk/device/casefile"},
			{ImportPath: "kiosk/sync/platform", Imports: []string{"kiosk/sync/queue"}},
		}, []string{
			"queue and platform do not know each other; uplink joins them: kiosk/sync/platform contains kiosk/sync/queue, by way of kiosk/sync/platform, kiosk/sync/queue",
			"the queue knows bytes, keys, order and attempts, not cases: kiosk/sync/queue contains kiosk/device/casefile, by way of kiosk/sync/queue, kiosk/device/casefile",
		}},
		{"sync and the visit", []Package{
			{ImportPath: "kiosk/sync/uplink", Imports: []string{"kiosk/device/rig"}},
			{ImportPath: "kiosk/device/rig"},
		}, []string{
			"sync takes value packages from device, never rig, session or daemon: kiosk/sync/uplink imports kiosk/device/rig",
		}},
		{"a leaf that reaches up", []Package{
			{ImportPath: "kiosk/device/health", Imports: []string{"kiosk/device/rig"}},
			{ImportPath: "kiosk/device/rig"},
		}, []string{
			"inside device, leaves come first, then casefile, session, rig and daemon, and none imports a later one: kiosk/device/health imports kiosk/device/rig",
		}},
		{"a leaf with needs", []Package{
			{ImportPath: "kiosk/device/localapi", Imports: []string{"kiosk/device"}},
			{ImportPath: "kiosk/device"},
		}, []string{
			"inside device, leaves come first, then casefile, session, rig and daemon, and none imports a later one: kiosk/device/localapi imports kiosk/device",
		}},
		{"a display in a widget", []Package{
			{ImportPath: "kiosk/ui/kit", Imports: []string{"fyne.io/fyne/v2/app"}},
			{ImportPath: "kiosk/ui/model", Imports: []string{"fyne.io/fyne/v2"}},
			{ImportPath: "fyne.io/fyne/v2/app"}, {ImportPath: "fyne.io/fyne/v2"},
		}, []string{
			"only cmd/kiosk and cmd/kioskdock import Fyne's app, the one package that needs a display: kiosk/ui/kit imports fyne.io/fyne/v2/app",
			"what a screen shows is described without a toolkit: kiosk/ui/model contains fyne.io/fyne/v2, by way of kiosk/ui/model, fyne.io/fyne/v2",
		}},
		{"a toolkit in the daemon", []Package{
			{ImportPath: "kiosk/cmd/kioskd", Imports: []string{"kiosk/device"}},
			{ImportPath: "kiosk/device", Imports: []string{"fyne.io/fyne/v2"}},
			{ImportPath: "fyne.io/fyne/v2"},
		}, []string{
			"the daemon draws nothing: kiosk/cmd/kioskd contains fyne.io/fyne/v2, by way of kiosk/cmd/kioskd, kiosk/device, fyne.io/fyne/v2",
		}},
		{"no word about itself", []Package{
			{ImportPath: "kiosk/device/util", Name: "util", GoFiles: []string{"util.go"}},
			{ImportPath: "kiosk/sync", Name: "sync", GoFiles: []string{"sync.go"}, Doc: "Package sync is."},
		}, []string{
			"a package is named after its subject: kiosk/device/util",
			"every package has a comment that says what it is for: kiosk/device/util",
			"the folder sync holds folders only, so that sync.Mutex stays the standard library's: kiosk/sync",
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			graph := map[string]Package{}
			for _, p := range c.graph {
				graph[p.ImportPath] = p
			}
			if got := borders(graph); !slices.Equal(got, c.want) {
				t.Errorf("got\n  %s\nwant\n  %s", strings.Join(got, "\n  "), strings.Join(c.want, "\n  "))
			}
		})
	}
}
