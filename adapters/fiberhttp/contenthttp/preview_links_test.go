package contenthttp_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"github.com/neoforge-dev/neoforge/adapters/fiberhttp/contenthttp"
	"github.com/neoforge-dev/neoforge/adapters/fiberhttp/fiberhttptest"
	"github.com/neoforge-dev/neoforge/adapters/markdown"
	"github.com/neoforge-dev/neoforge/modules/content"
	"github.com/neoforge-dev/neoforge/modules/content/contentapp"
	"github.com/neoforge-dev/neoforge/ports/identityport"
)

// noPreviews knows no link.
type noPreviews struct{ *fakeContent }

func (noPreviews) OpenPreview(context.Context, identityport.Actor, string) (contentapp.Reading, error) {
	return contentapp.Reading{}, content.ErrPreviewNotFound
}

func TestPreviewLink_IsNotLogged(t *testing.T) {
	t.Parallel()
	seen, logs := observer.New(zap.DebugLevel)
	settings := fiberhttptest.Settings(t)
	settings.Logger = zap.New(seen)
	s := fiberhttptest.MustNew(t, settings)
	if err := contenthttp.Register(s, contenthttp.Deps{Content: noPreviews{newFakeContent()}, Offers: offers{}, People: people{}, Markdown: markdown.FromHTML}); err != nil {
		t.Fatal(err)
	}
	if a := fiberhttptest.Serve(t, s).Get("/preview/HUSHHUSH", ""); a.StatusCode != 404 {
		t.Errorf("a link that is none answers %d", a.StatusCode)
	}
	if logs.FilterMessage("request").Len() != 1 {
		t.Error("the request is not logged")
	}
	for _, e := range logs.All() {
		if line := fmt.Sprint(e.Message, e.ContextMap()); strings.Contains(line, "HUSH") {
			t.Errorf("the log has the secret: %s", line)
		}
	}
}
