package hub

import (
	"fmt"
	"strings"
)

// platformNumber is two digits of the hub, nine that run, and a check digit (ISO 7064 MOD 11,10). Twelve digits
// cannot be taken for a local number, which has fifteen.
type platformNumber struct {
	prefix  string
	running int
}

func (n platformNumber) String() string {
	s := fmt.Sprintf("%s%09d", n.prefix, n.running)
	return s + string(rune('0'+checkDigit(s)))
}

// validPlatformNumber checks length, digits and check digit.
func validPlatformNumber(s string) bool {
	return len(s) == 12 && strings.Trim(s, "0123456789") == "" && checkDigit(s[:11]) == int(s[11]-'0')
}

func checkDigit(s string) int {
	p := 10
	for i := range len(s) {
		if p = (p + int(s[i]-'0')) % 10; p == 0 {
			p = 10
		}
		p = p * 2 % 11
	}
	return (11 - p) % 10
}
