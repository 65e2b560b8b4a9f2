package item

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"sync"

	"kiosk/device/schema"
)

// MaxItem bounds item.json in bytes.
const MaxItem = 1 << 20

var contract = sync.OnceValues(func() (*schema.Schema, error) { return schema.Load("item.schema.json") })

// Parse reads item.json and checks all of it: the schema, every reference, the order of the steps and every
// condition. Its error is schema.Problems, a line for each thing that is wrong, with its place.
func Parse(itemJSON []byte) (*Item, error) {
	it, _, err := parse(itemJSON)
	if err != nil {
		return nil, fmt.Errorf("cannot read the item: %w", err)
	}
	return it, nil
}

func parse(itemJSON []byte) (*Item, *Rules, error) {
	if len(itemJSON) > MaxItem {
		return nil, nil, fmt.Errorf("more than %d bytes", MaxItem)
	}
	s, err := contract()
	if err != nil {
		return nil, nil, err
	}
	var it Item
	if err := s.Decode(itemJSON, &it); err != nil {
		return nil, nil, err
	}
	ps := examine(&it)
	rules, more := compile(&it)
	ps = append(ps, more...)
	if len(ps) == 0 {
		ps = append(ps, examineConditions(&it, rules)...)
	}
	if err := ps.Err(); err != nil {
		return nil, nil, err
	}
	return &it, rules, nil
}

// digestOf is the SHA-256 of item.json in hex, the digest that a case names its item by.
func digestOf(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// list writes allowed values for people.
func list(values []string) string {
	if len(values) == 0 {
		return "(none)"
	}
	return strings.Join(values, ", ")
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
