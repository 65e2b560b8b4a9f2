// Package devicetest holds what a peripheral must do to be one of its kind: a suite of tests for each
// contract of package device. A driver's test hands in its far end and gets them all, cancelling, unplugging
// and wrong configuration included; a second driver of a kind gets the same.
package devicetest
