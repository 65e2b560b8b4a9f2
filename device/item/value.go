package item

import (
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"kiosk/device/identity"
)

// MaxAnswer bounds any answer, in bytes.
const MaxAnswer = 800

// MaxChoices bounds the answers of a choice; a place may have more, see the schema.
const MaxChoices = 20

// ValueError says why an answer is refused. Text is for the person who gave it; the error itself carries nothing
// of the answer.
type ValueError struct {
	Field string // id
	Text  Text
}

// Error names the field only.
func (e *ValueError) Error() string {
	return fmt.Sprintf("answer to %q does not fit its type", e.Field)
}

// Canon writes an answer as it is kept: without blanks, a trailing x of an ID number as X.
func Canon(t FieldType, value string) string {
	value = strings.ReplaceAll(value, " ", "")
	if t == TypeIDNumber {
		value = identity.CanonNumber(value)
	}
	return value
}

// CheckValue checks an answer in canonical form against what the field's type demands; nil means that it fits.
// An empty answer is right for an optional field only.
func CheckValue(f Field, value string) *ValueError {
	if t := checkValue(f, value); t.ZH != "" {
		return &ValueError{Field: f.ID, Text: t}
	}
	return nil
}

// checkValue returns what to tell the person, or an empty text.
func checkValue(f Field, value string) Text {
	if value == "" {
		if f.Optional {
			return Text{}
		}
		if f.Type.Listed() {
			return Text{"请选一项", "Please choose one"}
		}
		return Text{"请填写这一项", "Please fill this in"}
	}
	if len(value) > MaxAnswer || !utf8.ValidString(value) {
		return Text{"填得太长了", "This is too long"}
	}
	switch f.Type {
	case TypeIDNumber:
		return checkIDNumber(value)
	case TypePhone:
		return checkPhone(value)
	case TypeDate:
		return checkDate(value)
	case TypeMoney:
		return checkMoney(value)
	case TypeChoice, TypePlace:
		for _, c := range f.Choices {
			if c.Value == value {
				return Text{}
			}
		}
		return Text{"请选一项", "Please choose one"}
	case TypeNumber:
		return checkChars(f, value, isDigit, Text{"只能填数字", "Digits only"}, "位数字", "digits")
	case TypeText:
		return checkChars(f, value, isPlain, Text{"只能填字母、数字和短横", "Letters, digits and hyphen only"}, "个字", "characters")
	}
	// Names and addresses come from a card; nobody types them in this build.
	return Text{"这一项由身份证填写", "This is filled from the ID card"}
}

func checkIDNumber(value string) Text {
	err := identity.CheckNumber(value)
	switch {
	case err == nil:
		return Text{}
	case errors.Is(err, identity.ErrLength):
		return Text{fmt.Sprintf("应是18位，现在是%d位", utf8.RuneCountInString(value)),
			fmt.Sprintf("It has 18 characters, now there are %d", utf8.RuneCountInString(value))}
	case errors.Is(err, identity.ErrBirth):
		return Text{"第7到14位不是日期，请核对", "Places 7 to 14 are not a date, please compare"}
	case errors.Is(err, identity.ErrCheck):
		return Text{"号码对不上，请逐位核对", "The number does not add up, please compare digit by digit"}
	}
	return Text{"只能填数字，最后一位可以是X", "Digits only, the last place may be X"}
}

func checkPhone(value string) Text {
	err := identity.CheckPhone(value)
	switch {
	case err == nil:
		return Text{}
	case errors.Is(err, identity.ErrLength):
		return Text{fmt.Sprintf("应是11位，现在是%d位", utf8.RuneCountInString(value)),
			fmt.Sprintf("It has 11 digits, now there are %d", utf8.RuneCountInString(value))}
	}
	return Text{"手机号以1开头，请核对", "A mobile number begins with 1, please compare"}
}

// checkDate takes YYYYMMDD from 1900 to 2099.
func checkDate(value string) Text {
	if len(value) != 8 || strings.IndexFunc(value, func(r rune) bool { return !isDigit(r) }) >= 0 {
		return Text{"请填8位：年4位，月2位，日2位", "Please give 8 digits: year 4, month 2, day 2"}
	}
	if t, err := time.Parse("20060102", value); err != nil || t.Year() < 1900 || t.Year() > 2099 {
		return Text{"没有这一天，请核对", "There is no such day, please compare"}
	}
	return Text{}
}

// checkMoney takes yuan: no sign, no leading zeros, at most nine digits and two places.
func checkMoney(value string) Text {
	whole, places, point := strings.Cut(value, ".")
	switch {
	case !digits(whole) || point && !digits(places) || len(whole) > 1 && whole[0] == '0':
		return Text{"请填金额，比如12.50", "Please give an amount, like 12.50"}
	case len(places) > 2:
		return Text{"小数点后最多两位", "At most two places after the point"}
	case len(whole) > 9:
		return Text{"金额太大，请核对", "The amount is too large, please compare"}
	}
	return Text{}
}

func checkChars(f Field, value string, ok func(rune) bool, wrong Text, unitZH, unitEN string) Text {
	if strings.IndexFunc(value, func(r rune) bool { return !ok(r) }) >= 0 {
		return wrong
	}
	n := utf8.RuneCountInString(value)
	if n < f.Min || n > f.Max {
		if f.Min == f.Max {
			return Text{fmt.Sprintf("应是%d%s", f.Max, unitZH), fmt.Sprintf("It has %d %s", f.Max, unitEN)}
		}
		return Text{fmt.Sprintf("应是%d到%d%s", max(f.Min, 1), f.Max, unitZH),
			fmt.Sprintf("It has %d to %d %s", max(f.Min, 1), f.Max, unitEN)}
	}
	return Text{}
}

func isDigit(r rune) bool { return r >= '0' && r <= '9' }

func isPlain(r rune) bool {
	return isDigit(r) || r == '-' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
}

func digits(s string) bool {
	return s != "" && strings.IndexFunc(s, func(r rune) bool { return !isDigit(r) }) < 0
}

// countDigits is how long a number can be and still only count something: months, copies, people.
const countDigits = 3

// Mask hides an answer as its type demands. Choices and amounts of money tell little about a person and are
// shown as they are; the caller shows a choice by its label.
func Mask(t FieldType, s identity.Secret) string {
	switch t {
	case TypeName:
		return identity.MaskName(s)
	case TypeNumber:
		if len(s.Bytes()) <= countDigits {
			return s.Reveal()
		}
		return identity.MaskNumber(s)
	case TypeIDNumber:
		return identity.MaskNumber(s)
	case TypePhone:
		return identity.MaskPhone(s)
	case TypeDate:
		return maskDate(s)
	case TypeChoice, TypePlace, TypeMoney:
		return s.Reveal()
	}
	return identity.MaskText(s)
}

// maskDate keeps the year.
func maskDate(s identity.Secret) string {
	r := []rune(s.Reveal())
	if len(r) <= 4 {
		return strings.Repeat("*", len(r))
	}
	return string(r[:4]) + strings.Repeat("*", len(r)-4)
}

// Input is how the screen asks for a field.
type Input struct {
	Kind     string // "text" letters and digits, "choice", "pad" digits
	Group    []int  // digits are shown in groups of these sizes
	AllowX   bool   // the pad has an X
	AllowDot bool   // the pad has a point
	Max      int    // characters, 0 for a choice
}

// InputOf is the keyboard of a field's type.
func InputOf(f Field) Input {
	switch f.Type {
	case TypeChoice, TypePlace:
		return Input{Kind: "choice"}
	case TypeIDNumber:
		return Input{Kind: "pad", Group: []int{6, 8, 4}, AllowX: true, Max: 18}
	case TypePhone:
		return Input{Kind: "pad", Group: []int{3, 4, 4}, Max: 11}
	case TypeDate:
		return Input{Kind: "pad", Group: []int{4, 2, 2}, Max: 8}
	case TypeMoney:
		return Input{Kind: "pad", AllowDot: true, Max: 12}
	case TypeNumber:
		return Input{Kind: "pad", Max: f.Max}
	}
	return Input{Kind: "text", Max: f.Max}
}
