package paper

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// cells measures as a fixed-width font does: Han two, all others one.
func cells(s string) int {
	n := 0
	for _, r := range s {
		n++
		if wide(r) {
			n++
		}
	}
	return n
}

func TestBreakLines(t *testing.T) {
	for _, c := range []struct {
		name, in string
		max      int
		want     []string
	}{
		{"fits", "收存回执", 8, []string{"收存回执"}},
		{"Han anywhere", "您的材料已经收存", 8, []string{"您的材料", "已经收存"}},
		{"no comma first", "您的材料，已经收存", 8, []string{"您的材", "料，已经", "收存"}},
		{"no full stop first", "您的材料。", 8, []string{"您的材", "料。"}},
		{"no bracket last", "请带（回执）", 6, []string{"请带", "（回", "执）"}},
		{"brackets and points together", "他说：“好。”", 8, []string{"他说：", "“好。”"}},
		{"words stay whole", "one two three", 8, []string{"one two", "three"}},
		{"numbers stay whole", "电话0791-5550123", 12, []string{"电话", "0791-5550123"}},
		{"blanks at the break go", "aaaa    bbbb", 6, []string{"aaaa", "bbbb"}},
		{"a word that is too long", "abcdefghij", 4, []string{"abcd", "efgh", "ij"}},
		{"percent stays with its number", "还有百分之 50%", 12, []string{"还有百分之", "50%"}},
		{"line feeds", "一\n二", 8, []string{"一", "二"}},
		{"control characters", "a\x1b@b\tc", 80, []string{"a @b c"}},
		{"empty", "", 8, nil},
		{"narrower than a character", "收存", 1, []string{"收", "存"}},
		{"only closing brackets", "））））", 4, []string{"））", "））"}},
	} {
		if got := breakLines(c.in, c.max, cells); !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

// FuzzBreakLines: nothing is lost but blanks, and no line is wider than allowed unless one character is.
func FuzzBreakLines(f *testing.F) {
	f.Add("您的材料已经收存在本机，还没有受理。call 0791-5550123", 12)
	f.Add("（（（）））", 3)
	f.Fuzz(func(t *testing.T, in string, max int) {
		if !utf8.ValidString(in) || len(in) > 300 || max < 1 || max > 1000 {
			return
		}
		lines := breakLines(in, max, cells)
		squeeze := func(s string) string { return strings.Join(strings.Fields(string(clean(s))), "") }
		if got, want := squeeze(strings.Join(lines, "")), squeeze(strings.ReplaceAll(in, "\n", " ")); got != want {
			t.Fatalf("%q became %q", want, got)
		}
		for _, l := range lines {
			if cells(l) > max && utf8.RuneCountInString(l) > 1 {
				t.Fatalf("%q is wider than %d", l, max)
			}
		}
	})
}
