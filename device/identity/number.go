package identity

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// Errors of number checks; they carry no digits.
var (
	ErrLength = errors.New("wrong length")
	ErrDigits = errors.New("wrong characters")
	ErrCheck  = errors.New("check digit does not fit")
	ErrBirth  = errors.New("no such birth date")
)

// CheckNumber checks an 18-character number (GB 11643, ISO 7064 MOD 11-2): length, digits, birth
// date and check digit. A small x is accepted; see CanonNumber.
func CheckNumber(number string) error {
	if len(number) != 18 {
		return ErrLength
	}
	weights := [17]int{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2}
	sum := 0
	for i, w := range weights {
		d := number[i]
		if d < '0' || d > '9' {
			return ErrDigits
		}
		sum += int(d-'0') * w
	}
	if _, err := time.Parse("20060102", number[6:14]); err != nil {
		return ErrBirth
	}
	last := number[17]
	if last == 'x' {
		last = 'X'
	}
	if (last < '0' || last > '9') && last != 'X' {
		return ErrDigits
	}
	if "10X98765432"[sum%11] != last {
		return ErrCheck
	}
	return nil
}

// CanonNumber writes a trailing x as X.
func CanonNumber(number string) string { return strings.ToUpper(number) }

// CheckForeignNumber checks the 15-character number of the 2017 foreign card: three letters,
// twelve digits, weights 7 3 1 with A=10 … Z=35. One public source only.
func CheckForeignNumber(number string) error {
	if len(number) != 15 {
		return ErrLength
	}
	weights := [3]int{7, 3, 1}
	sum := 0
	for i := range 15 {
		c := number[i]
		var v int
		switch {
		case i < 3 && c >= 'A' && c <= 'Z':
			v = int(c-'A') + 10
		case i >= 3 && c >= '0' && c <= '9':
			v = int(c - '0')
		default:
			return ErrDigits
		}
		if i < 14 {
			sum += v * weights[i%3]
		} else if sum%10 != v {
			return ErrCheck
		}
	}
	return nil
}

// CheckPhone checks a mainland mobile number: eleven digits, 1 and then 3 to 9.
func CheckPhone(phone string) error {
	if len(phone) != 11 {
		return ErrLength
	}
	for i := range 11 {
		if phone[i] < '0' || phone[i] > '9' {
			return ErrDigits
		}
	}
	if phone[0] != '1' || phone[1] < '3' {
		return ErrDigits
	}
	return nil
}

// BirthOf returns the birth date inside an 18-character number that has been checked.
func BirthOf(number string) (string, error) {
	if err := CheckNumber(number); err != nil {
		return "", fmt.Errorf("cannot take the birth date: %w", err)
	}
	return number[6:14], nil
}
