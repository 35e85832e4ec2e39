//go:build release

package wire

import (
	"context"
	"errors"
	"io"

	"github.com/neoforge-dev/neoforge/adapters/fiberhttp"
	"github.com/neoforge-dev/neoforge/app/config"
)

// developing is false: no tool of development is part of a release.
func developing(config.Config) bool { return false }

// TellOfChanges does nothing: the files of a release stay as they are.
func (*Application) TellOfChanges() {}

func (*Application) developmentRoutes(*fiberhttp.Server) error { return nil }

func (*Application) checkDevelopment([]fiberhttp.RouteInfo) error { return nil }

// People lists nobody.
func (*Application) People() []SamplePerson { return nil }

// Seed is not part of a release.
func (*Application) Seed(context.Context, io.Writer) error {
	return errors.New("a release has no sample data: run the program from its source instead, with `go run`")
}
