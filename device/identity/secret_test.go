package identity

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestSecretShowsItselfToNobody(t *testing.T) {
	const text = "张三示例"
	s := SecretString(text)
	card := Card{Kind: Resident, Name: s, Number: SecretString("11010519491231002X"), Birth: SecretString("19491231")}
	var out bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%T %v"} {
		fmt.Fprintf(&out, verb+"\n", s)
		fmt.Fprintf(&out, verb+"\n", &s)
		fmt.Fprintf(&out, verb+"\n", card)
		fmt.Fprintf(&out, verb+"\n", &card)
		fmt.Fprintf(&out, verb+"\n", []Secret{s})
		fmt.Fprintf(&out, verb+"\n", map[string]Secret{"name": s})
	}
	for _, log := range []*slog.Logger{
		slog.New(slog.NewTextHandler(&out, nil)), slog.New(slog.NewJSONHandler(&out, nil)),
	} {
		log.Info("card", "name", s, "card", card, "pointer", &card, "group", slog.GroupValue(slog.Any("name", s)))
	}
	if _, err := json.Marshal(card); err == nil {
		t.Error("a card can be encoded")
	}
	if _, err := json.Marshal(map[string]any{"name": &s}); err == nil {
		t.Error("a Secret can be encoded")
	}
	for _, secret := range []string{text, "张", "11010519491231002X", "19491231", "e5bca0", "E5BCA0", "229 188"} {
		if strings.Contains(out.String(), secret) {
			t.Errorf("%q was shown", secret)
		}
	}
}

func TestWipe(t *testing.T) {
	fields := func(c *Card) []*Secret {
		return []*Secret{&c.Name, &c.LatinName, &c.Birth, &c.Address, &c.Number, &c.Pass}
	}
	var card Card
	var kept []Secret
	for _, s := range fields(&card) {
		*s = SecretString("张三示例")
		kept = append(kept, *s) // shares the buffer
	}
	card.Kind, card.Photo = Resident, bytes.Repeat([]byte{7}, 1024)
	photo := card.Photo
	card.Wipe()
	for i, s := range kept {
		if !bytes.Equal(s.Bytes(), make([]byte, 12)) {
			t.Errorf("field %d outlived Wipe", i)
		}
	}
	if !bytes.Equal(photo, make([]byte, 1024)) {
		t.Error("the photo outlived Wipe")
	}
	if card.Kind != "" || !card.Name.Empty() {
		t.Error("the card still says something")
	}
	card.Wipe() // an empty card may be wiped too
}

func TestClonedSecretStands(t *testing.T) {
	a := SecretString("张三")
	b := a.Clone()
	a.Wipe()
	if b.Reveal() != "张三" || a.Equal(b) {
		t.Errorf("clone is %q", b.Reveal())
	}
}

func TestDisplayName(t *testing.T) {
	c := Card{LatinName: SecretString("SAMPLE")}
	if got := c.DisplayName().Reveal(); got != "SAMPLE" {
		t.Errorf("got %q", got)
	}
	c.Name = SecretString("示例")
	if got := c.DisplayName().Reveal(); got != "示例" {
		t.Errorf("got %q", got)
	}
}

func TestMasks(t *testing.T) {
	for _, c := range []struct {
		mask       func(Secret) string
		text, want string
	}{
		{MaskName, "", ""}, {MaskName, "张", "*"}, {MaskName, "张三", "张*"}, {MaskName, "张小三", "张*三"},
		{MaskName, "阿不都·示例", "阿****例"}, {MaskName, "\U00020BB7示例", "\U00020BB7*例"},
		{MaskNumber, "11010519491231002X", "110***********002X"}, {MaskNumber, "SAU326885010117", "SAU********0117"},
		{MaskNumber, "1234567", "*******"}, {MaskNumber, "", ""},
		{MaskPhone, "19900001234", "199****1234"},
		{MaskText, "北京市东城区", "北*****"}, {MaskText, "北", "*"}, {MaskText, "", ""},
	} {
		if got := c.mask(SecretString(c.text)); got != c.want {
			t.Errorf("%q is masked as %q, want %q", c.text, got, c.want)
		}
	}
}

// FuzzMask: a mask keeps the length and shows no more than it promises.
func FuzzMask(f *testing.F) {
	for _, s := range []string{"张三", "11010519491231002X", "", "\xff\xfe", "\U00020BB7示例"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		n := utf8.RuneCountInString(text)
		for _, m := range []struct {
			mask  func(Secret) string
			shown int
		}{{MaskName, 2}, {MaskNumber, 7}, {MaskPhone, 7}, {MaskText, 1}} {
			got := m.mask(SecretString(text))
			if utf8.RuneCountInString(got) != n {
				t.Fatal("length differs")
			}
			if stars := strings.Count(got, "*"); n > 0 && stars < max(1, n-m.shown) {
				t.Fatalf("%d of %d characters are hidden", stars, n)
			}
		}
	})
}
