package item

import (
	"strings"
	"testing"

	"kiosk/device/identity"
)

func TestCheckValue(t *testing.T) {
	choice := Field{ID: "f", Type: TypeChoice, Choices: []Choice{{Value: "yes"}, {Value: "no"}}}
	number := Field{ID: "f", Type: TypeNumber, Min: 6, Max: 8}
	exact := Field{ID: "f", Type: TypeNumber, Min: 4, Max: 4}
	text := Field{ID: "f", Type: TypeText, Max: 5}
	of := func(t FieldType) Field { return Field{ID: "f", Type: t} }
	for _, tt := range []struct {
		f     Field
		value string
		want  string // part of the words, "" when the value fits
	}{
		{of(TypePhone), "19900001234", ""},
		{of(TypePhone), "1990000123", "应是11位，现在是10位"},
		{of(TypePhone), "199000012345", "应是11位，现在是12位"},
		{of(TypePhone), "29900001234", "以1开头"},
		{of(TypePhone), "1990000123a", "以1开头"},
		{of(TypeIDNumber), "990102198501010025", ""},
		{of(TypeIDNumber), "11010519491231002X", ""},
		{of(TypeIDNumber), "810000199408230021", ""},
		{of(TypeIDNumber), "990102198501010026", "号码对不上"},
		{of(TypeIDNumber), "990102198513010020", "不是日期"},
		{of(TypeIDNumber), "99010219850101002", "应是18位，现在是17位"},
		{of(TypeIDNumber), "99010219850101002Y", "最后一位可以是X"},
		{of(TypeDate), "19491231", ""},
		{of(TypeDate), "20240229", ""},
		{of(TypeDate), "20230229", "没有这一天"},
		{of(TypeDate), "18991231", "没有这一天"},
		{of(TypeDate), "2024022", "8位"},
		{of(TypeDate), "2024-2-9", "8位"},
		{of(TypeMoney), "0", ""},
		{of(TypeMoney), "12.5", ""},
		{of(TypeMoney), "999999999.99", ""},
		{of(TypeMoney), "12.505", "最多两位"},
		{of(TypeMoney), "1234567890", "金额太大"},
		{of(TypeMoney), "012", "请填金额"},
		{of(TypeMoney), ".5", "请填金额"},
		{of(TypeMoney), "5.", "请填金额"},
		{of(TypeMoney), "-5", "请填金额"},
		{of(TypeMoney), "1e5", "请填金额"},
		{of(TypeMoney), "5.5.5", "请填金额"},
		{choice, "yes", ""},
		{choice, "maybe", "请选一项"},
		{choice, "", "请选一项"},
		{number, "123456", ""},
		{number, "12345", "应是6到8位数字"},
		{number, "123456789", "应是6到8位数字"},
		{number, "12345x", "只能填数字"},
		{number, "１２３４５６", "只能填数字"},
		{exact, "123", "应是4位数字"},
		{text, "aB-3", ""},
		{text, "aB-345", "应是1到5个字"},
		{text, "a b", "只能填字母、数字和短横"},
		{text, "张三", "只能填字母、数字和短横"},
		{text, "", "请填写这一项"},
		{text, strings.Repeat("a", MaxAnswer+1), "太长"},
		{text, "\xff\xfe", "太长"},
		{of(TypeName), "张三", "由身份证填写"},
		{of(TypeAddress), "示例省", "由身份证填写"},
	} {
		err := CheckValue(tt.f, tt.value)
		switch {
		case tt.want == "" && err != nil:
			t.Errorf("%s %.30q: %s", tt.f.Type, tt.value, err.Text.ZH)
		case tt.want != "" && (err == nil || !strings.Contains(err.Text.ZH, tt.want) || err.Text.EN == ""):
			t.Errorf("%s %.30q: %+v, want %s", tt.f.Type, tt.value, err, tt.want)
		case err != nil && tt.value != "" && strings.Contains(err.Error(), tt.value):
			t.Errorf("%s: the error carries the answer: %v", tt.f.Type, err)
		}
	}
	optional := Field{ID: "f", Type: TypePhone, Optional: true}
	if err := CheckValue(optional, ""); err != nil {
		t.Errorf("an optional field left empty: %v", err)
	}
}

func TestCanon(t *testing.T) {
	for _, tt := range []struct {
		t        FieldType
		in, want string
	}{
		{TypeIDNumber, "110105 19491231 002x", "11010519491231002X"},
		{TypePhone, "199 0000 1234", "19900001234"},
		{TypeText, "ab x", "abx"},
	} {
		if got := Canon(tt.t, tt.in); got != tt.want {
			t.Errorf("%s %q: %q, want %q", tt.t, tt.in, got, tt.want)
		}
	}
}

func TestMask(t *testing.T) {
	for _, tt := range []struct {
		t        FieldType
		in, want string
	}{
		{TypeName, "张三", "张*"},
		{TypeIDNumber, "990102198501010025", "990***********0025"},
		{TypePhone, "19900001234", "199****1234"},
		{TypeNumber, "123456", "******"},
		{TypeNumber, "1234567890", "123***7890"},
		{TypeDate, "19850101", "1985****"},
		{TypeDate, "长期", "**"},
		{TypeAddress, "示例省示例市", "示*****"},
		{TypeText, "AB-12", "A****"},
		{TypeMoney, "12.50", "12.50"},
		{TypeChoice, "post", "post"},
		{FieldType("later"), "张三", "张*"},
		{TypeName, "", ""},
	} {
		if got := Mask(tt.t, identity.SecretString(tt.in)); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.t, got, tt.want)
		}
	}
}

// TestInputLetsEveryRightAnswerIn holds the keyboard of a type against values that fit the type.
func TestInputLetsEveryRightAnswerIn(t *testing.T) {
	right := map[FieldType][]string{
		TypePhone: {"19900001234"}, TypeIDNumber: {"11010519491231002X"}, TypeDate: {"20240229"},
		TypeMoney: {"999999999.99", "0.5"}, TypeNumber: {"12345678"}, TypeText: {"aB-34"},
	}
	for typ, values := range right {
		f := Field{ID: "f", Type: typ}
		if typ == TypeNumber || typ == TypeText {
			f.Max = 8
		}
		in := InputOf(f)
		for _, v := range values {
			if err := CheckValue(f, v); err != nil {
				t.Fatalf("%s %q: %v", typ, v, err.Text)
			}
			if len(v) > in.Max {
				t.Errorf("%s: %q has %d characters, the keyboard takes %d", typ, v, len(v), in.Max)
			}
			for _, c := range v {
				if in.Kind == "pad" && !isDigit(c) && !(c == 'X' && in.AllowX) && !(c == '.' && in.AllowDot) {
					t.Errorf("%s: the pad has no %q", typ, c)
				}
			}
			if sum := total(in.Group); sum != 0 && sum != in.Max {
				t.Errorf("%s: groups %v do not make %d", typ, in.Group, in.Max)
			}
		}
	}
	if in := InputOf(Field{Type: TypeChoice}); in.Kind != "choice" {
		t.Errorf("choice: %+v", in)
	}
}

func total(list []int) int {
	sum := 0
	for _, n := range list {
		sum += n
	}
	return sum
}

func FuzzCheckValue(f *testing.F) {
	for _, s := range []string{"", "19900001234", "990102198501010025", "12.50", "张三", "20240229"} {
		f.Add(s)
	}
	types := []FieldType{TypeIDNumber, TypePhone, TypeNumber, TypeDate, TypeMoney, TypeText}
	f.Fuzz(func(t *testing.T, s string) {
		for _, typ := range types {
			fd := Field{ID: "f", Type: typ, Max: 20}
			if err := CheckValue(fd, s); err == nil {
				if strings.IndexFunc(s, func(r rune) bool { return r < 0x20 || r > 0x7e }) >= 0 || s == "" {
					t.Fatalf("%s took %q", typ, s)
				}
			} else if err.Text.ZH == "" {
				t.Fatalf("%s refused %q without words", typ, s)
			}
		}
	})
}
