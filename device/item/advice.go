package item

import (
	"fmt"
	"reflect"
	"strings"
	"unicode"

	"kiosk/device/schema"
)

// maxSentence is how many Han characters a sentence may have and still be read at a glance.
const maxSentence = 20

// officialese are words that people do not use when they talk.
var officialese = []string{"兹", "贵方", "贵单位", "予以", "办理人员须", "务必", "该项", "上述"}

// Advise says what of an item's words could be plainer. Unlike the problems of Parse, nothing of it keeps an item
// from being used. Names of laws are left alone.
func Advise(it *Item) schema.Problems {
	var ps schema.Problems
	texts("", reflect.ValueOf(*it), func(place string, t Text) {
		if strings.HasSuffix(place, "/law") || strings.HasSuffix(place, "/official") {
			return
		}
		for sentence := range strings.FieldsFuncSeq(t.ZH, func(r rune) bool { return strings.ContainsRune("。！？；\n", r) }) {
			if n := han(sentence); n > maxSentence {
				ps.Add(place+"/zh", "a sentence of %d characters, better at most %d: %s", n, maxSentence, sentence)
			}
		}
		for _, word := range officialese {
			if strings.Contains(t.ZH, word) {
				ps.Add(place+"/zh", "say %q in everyday words", word)
			}
		}
		if t.EN == "" {
			ps.Add(place+"/en", "there is no English text")
		}
	})
	return ps
}

func han(s string) int {
	n := 0
	for _, r := range s {
		if unicode.Is(unicode.Han, r) {
			n++
		}
	}
	return n
}

// texts calls f for every text below v that is not empty, with its place.
func texts(place string, v reflect.Value, f func(place string, t Text)) {
	if t, ok := v.Interface().(Text); ok {
		if t.ZH != "" {
			f(place, t)
		}
		return
	}
	switch v.Kind() {
	case reflect.Slice:
		for i := range v.Len() {
			texts(fmt.Sprintf("%s/%d", place, i), v.Index(i), f)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			name, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("json"), ",")
			texts(place+"/"+name, v.Field(i), f)
		}
	}
}
