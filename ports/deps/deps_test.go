package deps_test

import (
	"io"
	"strings"
	"testing"

	"github.com/neoforge-dev/neoforge/ports/deps"
)

type sample struct {
	Reader io.Reader
	Name   string
	Call   func()
	Extra  io.Reader `deps:"optional"`
	Limit  int       `deps:"optional"`
}

func TestCheck_NamesEverythingThatIsMissing(t *testing.T) {
	t.Parallel()
	err := deps.Check("sampleapp", sample{Name: "given"})
	if err == nil || err.Error() != "sampleapp: missing Reader, Call" {
		t.Errorf("have %v", err)
	}
}

func TestCheck_IsContentWithoutWhatIsOptional(t *testing.T) {
	t.Parallel()
	if err := deps.Check("sampleapp", sample{Reader: strings.NewReader(""), Name: "given", Call: func() {}}); err != nil {
		t.Error(err)
	}
}
