package platform

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestReach(t *testing.T) {
	var r Reach
	if r.Online() || !r.Since().IsZero() || r.Trouble() != "" {
		t.Error("nobody has asked, and there is an answer")
	}
	for _, c := range []struct {
		name    string
		err     error
		online  bool
		trouble string
		changes bool
	}{
		{"silence at first", &Transport{errors.New("cut")}, false, NoAnswer, true},
		{"silence again", &Transport{errors.New("cut")}, false, NoAnswer, false},
		{"a refusal", &Refused{BadSignature}, true, "", true},
		{"all well", nil, true, "", false},
		{"asked too often", &TryLater{Status: 429, After: time.Second}, true, "", false},
		{"unknown terminal", &Problem{Status: 403, Code: CodeNotEnrolled}, true, "", false},
		{"a platform that fails", fmt.Errorf("cannot do: %w", &TryLater{Status: 503}), false, TryAgain, true},
		{"a conflict", &Conflict{CodeKeyConflict}, true, "", true},
	} {
		changed := r.Changed()
		r.Note(c.err)
		if r.Online() != c.online || r.Trouble() != c.trouble || r.Since().IsZero() {
			t.Errorf("%s: online %t, trouble %q", c.name, r.Online(), r.Trouble())
		}
		select {
		case <-changed:
			if !c.changes {
				t.Errorf("%s counts as a change", c.name)
			}
		default:
			if c.changes {
				t.Errorf("%s does not count as a change", c.name)
			}
		}
	}
}

func TestCodesNameNoStranger(t *testing.T) {
	for _, c := range []struct {
		err  error
		want string
	}{
		{nil, ""},
		{errors.New("disk"), ""},
		{&Transport{errors.New("x")}, NoAnswer},
		{fmt.Errorf("cannot: %w", &TryLater{}), TryAgain},
		{&Refused{PageAltered}, "refused-page-altered"},
		{&Conflict{CodeOffsetConflict}, "offset-conflict"},
		{&Problem{Code: CodeNotEnrolled}, "problem-not-enrolled"},
		{&Problem{Code: "张三 19900001234"}, "problem-unknown"},
		{&Conflict{strings.Repeat("a", 49)}, "unknown"},
		{&Problem{}, "problem-unknown"},
	} {
		if got := Code(c.err); got != c.want {
			t.Errorf("%v: %q, want %q", c.err, got, c.want)
		}
	}
	if RetryAfter(&TryLater{After: time.Minute}) != time.Minute || RetryAfter(nil) != 0 {
		t.Error("what the platform asked for is lost")
	}
}
