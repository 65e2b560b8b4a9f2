package audit_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"kiosk/device"
	"kiosk/device/audit"
	"kiosk/device/identity"
	"kiosk/device/session"
)

// TestCallersKeepToTheCatalogue reads every call of the form x.Event("id", "field", …) in the project; inside the rig it is x.note.
func TestCallersKeepToTheCatalogue(t *testing.T) {
	kinds, err := audit.Catalogue()
	if err != nil {
		t.Fatal(err)
	}
	calls := 0
	root := filepath.Join("..", "..")
	err = filepath.WalkDir(root, func(file string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(file, ".go") || strings.HasSuffix(file, "_test.go") {
			return err
		}
		set := token.NewFileSet()
		tree, err := parser.ParseFile(set, file, nil, 0)
		if err != nil {
			return err
		}
		ast.Inspect(tree, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok || len(call.Args) == 0 {
				return true
			}
			sel, ok := call.Fun.(*ast.SelectorExpr)
			id, isText := literal(call.Args[0])
			if !ok || !isText || sel.Sel.Name != "Event" && (sel.Sel.Name != "note" || filepath.Base(filepath.Dir(file)) != "rig") {
				return true
			}
			calls++
			kind, known := kinds[id]
			if !known {
				t.Errorf("%s: event %q is not in docs/api/events.json", set.Position(call.Pos()), id)
				return true
			}
			for i := 1; i < len(call.Args); i += 2 {
				if name, ok := literal(call.Args[i]); ok {
					if f, known := kind.Fields[name]; !known {
						t.Errorf("%s: event %q has no field %q", set.Position(call.Pos()), id, name)
					} else if i+1 < len(call.Args) {
						if value, ok := literal(call.Args[i+1]); ok && !f.Fits(value) {
							t.Errorf("%s: %q does not fit field %q of event %q", set.Position(call.Pos()), value, name, id)
						}
					}
				}
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if calls < 10 {
		t.Fatalf("found only %d calls", calls)
	}
}

func literal(e ast.Expr) (string, bool) {
	lit, ok := e.(*ast.BasicLit)
	if !ok || lit.Kind != token.STRING {
		return "", false
	}
	s, err := strconv.Unquote(lit.Value)
	return s, err == nil
}

// TestListsAreWhole compares the enums of the catalogue with the lists they stand for.
func TestListsAreWhole(t *testing.T) {
	kinds, err := audit.Catalogue()
	if err != nil {
		t.Fatal(err)
	}
	var faults []device.FaultID
	for _, f := range device.Faults {
		faults = append(faults, f.ID)
	}
	same(t, "phases", kinds["visit-phase"].Fields["from"], session.Phases)
	same(t, "phases", kinds["visit-phase"].Fields["to"], session.Phases)
	same(t, "phases", kinds["help-called"].Fields["phase"], session.Phases)
	same(t, "moves", kinds["visit-phase"].Fields["event"], session.Events)
	same(t, "devices", kinds["device-lost"].Fields["kind"], device.Kinds)
	same(t, "faults", kinds["device-fault"].Fields["fault"], faults)
	same(t, "outcomes", kinds["receipt-ended"].Fields["outcome"], []device.Outcome{device.Yes, device.No, device.NotKnown})
	same(t, "cards", kinds["card-read"].Fields["kind"],
		[]identity.Kind{identity.Resident, identity.ForeignResident, identity.ForeignResident2, identity.HMTResident})
}

func same[T ~string](t *testing.T, what string, f audit.Field, want []T) {
	t.Helper()
	var all []string
	for _, w := range want {
		all = append(all, string(w))
	}
	slices.Sort(all)
	have := slices.Sorted(slices.Values(f.Values))
	if !slices.Equal(have, all) {
		t.Errorf("%s in the catalogue are %v, want %v", what, have, all)
	}
}
