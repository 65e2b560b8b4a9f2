package words_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"kiosk/ui/words"
)

// entry is one line of the catalogue as the source says it.
type entry struct {
	file, name, id, zh, en string
}

// catalogue reads the package's own source, so that nothing can be left out of the checks.
func catalogue(t *testing.T) []entry {
	t.Helper()
	var all []entry
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(f, func(n ast.Node) bool {
			spec, ok := n.(*ast.ValueSpec)
			if !ok {
				return true
			}
			for i, name := range spec.Names {
				lit, ok := spec.Values[i].(*ast.CompositeLit)
				if !ok || len(lit.Elts) != 3 {
					t.Errorf("%s: %s is not a Word of three texts", file, name)
					continue
				}
				var texts [3]string
				for j, e := range lit.Elts {
					texts[j], err = strconv.Unquote(e.(*ast.BasicLit).Value)
					if err != nil {
						t.Fatal(err)
					}
				}
				all = append(all, entry{file, name.Name, texts[0], texts[1], texts[2]})
			}
			return true
		})
	}
	if len(all) < 100 {
		t.Fatalf("found %d words, want the whole catalogue", len(all))
	}
	return all
}

var (
	verb      = regexp.MustCompile(`%[a-z]`)
	sentences = regexp.MustCompile(`[。！？；，：]`)
)

func han(s string) int {
	n := 0
	for _, r := range s {
		if unicode.Is(unicode.Han, r) {
			n++
		}
	}
	return n
}

func TestCatalogue(t *testing.T) {
	seen := map[string]string{}
	for _, e := range catalogue(t) {
		if before := seen[e.id]; before != "" {
			t.Errorf("%s and %s have the same id %q", before, e.name, e.id)
		}
		seen[e.id] = e.name
		if e.id == "" || e.zh == "" || e.en == "" {
			t.Errorf("%s lacks its id or a language", e.name)
		}
		zh, en := verb.FindAllString(e.zh, -1), verb.FindAllString(e.en, -1)
		if !slices.Equal(zh, en) {
			t.Errorf("%s takes %v in Chinese and %v in English", e.name, zh, en)
		}
		for _, s := range regexp.MustCompile(`[。！？；]`).Split(e.zh, -1) {
			if n := han(s); n > 20 {
				t.Errorf("%s: %q has %d Han, want at most 20", e.name, s, n)
			}
		}
		for _, s := range sentences.Split(e.zh, -1) {
			if s == "确定" || s == "取消" {
				t.Errorf("%s: %q does not say what happens", e.name, s)
			}
		}
		for _, bad := range []string{"你", "兹", "贵", "敬请", "请您"} {
			if strings.Contains(e.zh, bad) && !strings.Contains(e.zh, "您") {
				t.Errorf("%s: %q is not plain speech", e.name, e.zh)
			}
		}
		if h := han(e.en); h > 0 && e.name != "Language" {
			t.Errorf("%s: %q is not English", e.name, e.en)
		}
		if han(e.zh) == 0 && e.name != "Language" && !strings.Contains(e.zh, "%") {
			t.Errorf("%s: %q is not Chinese", e.name, e.zh)
		}
	}
}

func TestButtonsAreShort(t *testing.T) {
	for _, e := range catalogue(t) {
		zh, en := 0, 0
		switch {
		case strings.HasPrefix(e.id, "button."), strings.HasPrefix(e.id, "key."):
			zh, en = 8, 18
		case strings.HasPrefix(e.id, "way."):
			zh, en = 14, 36
		default:
			continue
		}
		if n := utf8.RuneCountInString(e.zh); n > zh {
			t.Errorf("%s: %q has %d characters, want at most %d", e.name, e.zh, n, zh)
		}
		if n := utf8.RuneCountInString(e.en); n > en {
			t.Errorf("%s: %q has %d letters, want at most %d", e.name, e.en, n, en)
		}
	}
}

// Nobody but the authority accepts: the word stands only where its word is repeated.
func TestOnlyTheAuthorityAccepts(t *testing.T) {
	may := []string{"StateTaken", "StateNo", "DoneText"}
	for _, e := range catalogue(t) {
		if strings.Contains(e.zh, "受理") && !slices.Contains(may, e.name) {
			t.Errorf("%s: %q speaks of acceptance", e.name, e.zh)
		}
		if strings.Contains(e.zh, "短信") {
			t.Errorf("%s: %q promises a message that nobody sends", e.name, e.zh)
		}
	}
}

func TestEveryWordIsUsed(t *testing.T) {
	used := map[string]bool{}
	use := regexp.MustCompile(`\bwords\.([A-Z]\w*)`)
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		f, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			return err
		}
		ast.Inspect(f, func(n ast.Node) bool {
			if s, ok := n.(*ast.SelectorExpr); ok {
				if x, ok := s.X.(*ast.Ident); ok {
					for _, m := range use.FindAllStringSubmatch(x.Name+"."+s.Sel.Name, -1) {
						used[m[1]] = true
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
	for _, e := range catalogue(t) {
		if !used[e.name] {
			t.Errorf("nobody says %s, %q", e.name, e.zh)
		}
		delete(used, e.name)
	}
	delete(used, "Word")
	for name := range maps.Keys(used) {
		t.Errorf("words.%s is said but not in the catalogue", name)
	}
}

func TestIn(t *testing.T) {
	if got := words.PageOf.In("zh", 2, 3); got != "第 2 页，共 3 页" {
		t.Errorf("zh: %q", got)
	}
	if got := words.PageOf.In("en", 2, 3); got != "Page 2 of 3" {
		t.Errorf("en: %q", got)
	}
	if got := words.Next.In(""); got != words.Next.ZH {
		t.Errorf("no language: %q, want Chinese", got)
	}
}
