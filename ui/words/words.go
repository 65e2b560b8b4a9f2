// Package words is the one catalogue of every sentence that a citizen sees and that does not come with the data. A
// sentence is a variable of this package, so a misspelt one does not compile. Rules, checked by a test: both languages,
// at most 20 Han a sentence, verbs on buttons, no sentence that nobody uses. Recorded speech will hang on the same ids.
package words

import "fmt"

// Word is one sentence in both languages. Its texts may hold fmt verbs; both languages take the same arguments.
type Word struct {
	ID string // stable; "button.next"
	ZH string
	EN string
}

// In returns the sentence in "zh" or "en" with its arguments filled in.
func (w Word) In(lang string, args ...any) string {
	text := w.ZH
	if lang == "en" {
		text = w.EN
	}
	if len(args) == 0 {
		return text
	}
	return fmt.Sprintf(text, args...)
}
