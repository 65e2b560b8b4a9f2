package cmd

import (
	"maps"
	"path"
	"slices"
	"strings"
)

// module is the prefix of our own packages.
const module = "kiosk/"

// Package is what a border needs to know of one package.
type Package struct {
	ImportPath   string
	Name         string
	Doc          string
	Standard     bool
	GoFiles      []string
	Imports      []string
	TestImports  []string
	XTestImports []string
}

// The sentences. Each says the rule and why it is one.
const (
	middle     = "device is the middle; drivers, sync and ui stand round it, import only device, and never each other; cmd introduces them"
	oneDriver  = "a driver imports device, device/identity and drivers/port, and no other driver"
	strangers  = "queue and platform do not know each other; uplink joins them"
	onlyBytes  = "the queue knows bytes, keys, order and attempts, not cases"
	hubAlone   = "the platform's side shares the wire types with the terminal and nothing of its inside"
	values     = "sync takes value packages from device, never rig, session or daemon"
	upward     = "inside device, leaves come first, then casefile, session, rig and daemon, and none imports a later one"
	onlyLocal  = "the app sees the daemon only through device/localapi"
	uiInside   = "inside ui, model needs no screen and a screen needs no daemon: words and look, then model and kit, then screen, then the window"
	noToolkit  = "what a screen shows is described without a toolkit"
	oneDisplay = "only cmd/kiosk and cmd/kioskdock import Fyne's app, the one package that needs a display"
	noDrawing  = "the daemon draws nothing"
	farEnds    = "far ends and the platform's side never run inside the terminal"
	testsOnly  = "conformance suites and recorders are for tests"
	comment    = "every package has a comment that says what it is for"
	subject    = "a package is named after its subject"
	noSync     = "the folder sync holds folders only, so that sync.Mutex stays the standard library's"
)

// order is the inside of device: a package imports only from rows above its own. localapi stands alone.
var order = [][]string{
	{"device/identity", "device/schema", "device/durable", "device/localapi", "docs/api"},
	{"device", "device/trust"},
	{"device/trust/sign", "device/item", "device/settings", "device/health", "device/audit", "device/sealed"},
	{"device/casefile"},
	{"device/paper", "device/session", "device/devicetest"},
	{"device/rig"},
	{"device/daemon"},
}

// screens is the inside of ui in the same way. The package ui itself is the window.
var screens = [][]string{
	{"ui/words", "ui/look", "ui/speech", "ui/ime"},
	{"ui/model", "ui/kit"},
	{"ui/screen"},
	{"ui"},
}

// borders holds all rules against a graph of packages, ours and those they need, and returns one sentence for each
// that is broken, sorted.
func borders(graph map[string]Package) []string {
	b := book{graph: graph, said: map[string]bool{}}
	for _, p := range graph {
		if !strings.HasPrefix(p.ImportPath, module) {
			continue
		}
		b.itself(p)
		for _, to := range p.Imports {
			b.between(p.ImportPath, to, "")
			b.inside(p.ImportPath, to)
		}
		for _, to := range slices.Concat(p.TestImports, p.XTestImports) {
			b.between(p.ImportPath, to, " in its tests")
		}
	}
	b.closures()
	return slices.Sorted(maps.Keys(b.said))
}

// book collects sentences.
type book struct {
	graph map[string]Package
	said  map[string]bool
}

func (b *book) imports(rule, from, to, where string) {
	b.said[rule+": "+from+" imports "+to+where] = true
}

// itself checks what a package says about itself.
func (b *book) itself(p Package) {
	if len(p.GoFiles) == 0 {
		return // tests only
	}
	if p.Doc == "" {
		b.said[comment+": "+p.ImportPath] = true
	}
	if p.ImportPath == module+"sync" {
		b.said[noSync+": "+p.ImportPath] = true
	}
	if slices.Contains([]string{"util", "utils", "common", "helper", "helpers", "base", "manager", "types", "misc"}, p.Name) {
		b.said[subject+": "+p.ImportPath] = true
	}
}

// room is the first folder of a package of ours, "" of others.
func room(p string) string {
	rest, ours := strings.CutPrefix(p, module)
	if !ours {
		return ""
	}
	first, _, _ := strings.Cut(rest, "/")
	return first
}

// between checks the borders of the rooms, for tests, too.
func (b *book) between(from, to, where string) {
	a, z := room(from), room(to)
	if z == "" || z == "docs" || a == "cmd" {
		return
	}
	if z != a && z != "device" {
		b.imports(middle, from, to, where)
		return
	}
	if a == "ui" && z == "device" && to != module+"device/localapi" {
		b.imports(onlyLocal, from, to, where)
	}
}

// inside checks what may be imported inside a room and from device.
func (b *book) inside(from, to string) {
	source, target := strings.TrimPrefix(from, module), strings.TrimPrefix(to, module)
	if strings.HasPrefix(to, "fyne.io/fyne/v2/app") && !slices.Contains([]string{"cmd/kiosk", "cmd/kioskdock"}, source) {
		b.imports(oneDisplay, from, to, "")
	}
	if room(to) == "" {
		return
	}
	switch room(from) {
	case "device":
		if room(to) == "device" && !below(order, source, target) {
			b.imports(upward, from, to, "")
		}
	case "ui":
		if room(to) == "ui" && !below(screens, source, target) {
			b.imports(uiInside, from, to, "")
		}
	case "drivers":
		b.driver(from, to)
	case "sync":
		if slices.Contains([]string{"device/rig", "device/daemon", "device/session"}, target) {
			b.imports(values, from, to, "")
		}
	case "cmd":
		if source == "cmd/kiosk" && room(to) != "ui" && target != "device/localapi" {
			b.imports(onlyLocal, from, to, "")
		}
	}
	if target == "device/devicetest" || target == "drivers/port/porttest" {
		b.imports(testsOnly, from, to, "")
	}
}

// below reports whether to stands in a row above from. Two packages of one row do not know each other; a package that
// stands in no row may import from all and be imported by none that does.
func below(rows [][]string, from, to string) bool {
	find := func(p string) int {
		at := slices.IndexFunc(rows, func(row []string) bool { return slices.Contains(row, p) })
		if at < 0 {
			return len(rows)
		}
		return at
	}
	return find(to) < find(from)
}

// driver checks one import of a package under drivers. The list in drivers.go knows all drivers; a far end may know
// its driver and whatever it likes of device.
func (b *book) driver(from, to string) {
	own := family(from)
	if own == "" || room(to) == "drivers" && (family(to) == own || family(to) == "port") {
		return
	}
	if room(to) == "drivers" {
		b.imports(oneDriver, from, to, "")
		return
	}
	if farEnd(from) || own == "port" && to == module+"device" {
		return
	}
	if to != module+"device" && to != module+"device/identity" {
		b.imports(oneDriver, from, to, "")
	}
}

// family is the folder of a driver: "sdt" of kiosk/drivers/sdt/sdtsim, "" of the list itself.
func family(p string) string {
	rest := strings.TrimPrefix(p, module+"drivers/")
	if rest == p {
		return ""
	}
	first, _, _ := strings.Cut(rest, "/")
	return first
}

func farEnd(p string) bool { return strings.HasSuffix(path.Base(p), "sim") && room(p) != "" }

// closures checks what must not be contained at all, however long the way.
func (b *book) closures() {
	for _, program := range []string{"cmd/kioskd", "cmd/kiosk"} {
		b.without(farEnds, program, func(p string) bool {
			return farEnd(p) || p == module+"sync/hub" || strings.HasPrefix(p, module+"sync/hub/") || p == module+"cmd/kiosksim"
		})
	}
	fyne := func(p string) bool { return strings.HasPrefix(p, "fyne.io/") }
	b.without(noDrawing, "cmd/kioskd", fyne)
	b.without(noToolkit, "ui/model", fyne)
	b.without(noToolkit, "ui/words", fyne)
	b.without(strangers, "sync/queue", is("sync/platform"))
	b.without(strangers, "sync/platform", is("sync/queue"))
	b.without(onlyBytes, "sync/queue", is("device/casefile"))
	for _, part := range []string{"sync/queue", "sync/uplink", "sync/manage"} {
		b.without(hubAlone, "sync/hub", is(part))
		b.without(hubAlone, part, is("sync/hub"))
	}
}

func is(name string) func(string) bool { return func(p string) bool { return p == module+name } }

// without says the shortest way from a package to the nearest one that it must not contain.
func (b *book) without(rule, name string, bad func(string) bool) {
	start := module + name
	if _, ok := b.graph[start]; !ok {
		return
	}
	from := map[string]string{start: ""}
	for queue := []string{start}; len(queue) > 0; queue = queue[1:] {
		for _, to := range slices.Sorted(slices.Values(b.graph[queue[0]].Imports)) {
			if _, seen := from[to]; seen {
				continue
			}
			from[to] = queue[0]
			if bad(to) {
				way := []string{to}
				for at := queue[0]; at != ""; at = from[at] {
					way = append(way, at)
				}
				slices.Reverse(way)
				b.said[rule+": "+start+" contains "+to+", by way of "+strings.Join(way, ", ")] = true
				return
			}
			if _, ok := b.graph[to]; ok {
				queue = append(queue, to)
			}
		}
	}
}
