package identityport

import (
	"context"
	"time"
)

// Explainer tells, for the resources of one kind, whether somebody may do something to one,
// and why. Its answer is that of the functions that decide when they try.
type Explainer interface {
	// Kind names the resources: "post", in a grant's "post:<id>".
	Kind() string
	// Actions are what may be asked, as programs and people name it.
	Actions() []ExplainedAction
	// Explain answers about a resource by its id, or by what people call it (a slug). It
	// fails with fault.NotFound.
	Explain(ctx context.Context, actor Actor, action, resource string) (Explanation, error)
}

// ExplainedAction is something that may be done to a resource.
type ExplainedAction struct {
	Name  string // "edit"
	Label string // "edit a post"
}

// Explanation is whether somebody may do something, and every rule that was looked at.
type Explanation struct {
	Resource string // "post:<id>"
	Title    string // in words
	URL      string // where it is read; empty: nowhere yet
	Allowed  bool
	Rules    []Rule
}

// Rule is one way to be allowed something, or what keeps somebody out whatever else holds.
type Rule struct {
	Text  string // a sentence that is true where Holds is: "They wrote it, and hold content.post.write."
	Holds bool
	// Forbids says that the action is refused unless the rule holds; another rule that
	// holds is one reason to allow it.
	Forbids bool
	Until   time.Time // when it stops to hold; zero: not by itself
}
