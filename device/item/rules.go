package item

// Rules are the compiled conditions of one item.
type Rules struct{}
