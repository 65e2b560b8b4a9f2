package identity

import "strings"

// MaskName hides the inside of a name: 张三 → 张*, 张小三 → 张*三, 阿不都·示例 → 阿****例.
func MaskName(name Secret) string {
	r := []rune(name.Reveal())
	switch n := len(r); {
	case n == 0:
		return ""
	case n == 1:
		return "*"
	case n == 2:
		return string(r[:1]) + "*"
	default:
		return string(r[:1]) + strings.Repeat("*", n-2) + string(r[n-1:])
	}
}

// MaskNumber keeps the first three and the last four characters.
func MaskNumber(number Secret) string { return maskMiddle(number, 3, 4) }

// MaskPhone keeps the first three and the last four digits.
func MaskPhone(phone Secret) string { return maskMiddle(phone, 3, 4) }

// MaskText keeps the first character only.
func MaskText(text Secret) string { return maskMiddle(text, 1, 0) }

func maskMiddle(s Secret, head, tail int) string {
	r := []rune(s.Reveal())
	if len(r) <= head+tail {
		return strings.Repeat("*", len(r))
	}
	return string(r[:head]) + strings.Repeat("*", len(r)-head-tail) + string(r[len(r)-tail:])
}
