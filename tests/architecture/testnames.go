package architecture

import (
	"fmt"
	"go/ast"
	"regexp"
	"strings"
)

var (
	// testName is what is tested, then what it does: go test -run PublishPost finds the tests
	// of publishing a post.
	testName = regexp.MustCompile(`^Test[A-Z][A-Za-z0-9]*_[A-Z0-9]`)
	// suiteName is the run of an exported suite on one adapter, whose subtests have names of
	// their own.
	suiteName = regexp.MustCompile(`^Test(Main|Contract|Replicas|[A-Z][A-Za-z]*On(SQLite|Postgres|Redis|BothDatabases))$`)
	// sentence is a name that tells a story before it says what it is about.
	sentence = regexp.MustCompile(`^Test(A|An|The|Every|Each|No|Nobody|When)[A-Z][a-z]`)
)

// TestNamesBeginWithTheirSubject checks that the name of a test says what it tests, then
// what that does: TestPublishPost_RefusesAMember.
func TestNamesBeginWithTheirSubject(files []File) []Violation {
	var out []Violation
	for _, f := range files {
		if !strings.HasSuffix(f.Path, "_test.go") {
			continue
		}
		for _, declared := range f.Syntax.Decls {
			fn, ok := declared.(*ast.FuncDecl)
			if !ok || fn.Recv != nil || !strings.HasPrefix(fn.Name.Name, "Test") || suiteName.MatchString(fn.Name.Name) {
				continue
			}
			if name := fn.Name.Name; !testName.MatchString(name) || sentence.MatchString(name) {
				out = append(out, Violation{f.Path, fmt.Sprintf("%s does not begin with what it tests (TestPublishPost_RefusesAMember)", name)})
			}
		}
	}
	sortViolations(out)
	return out
}
