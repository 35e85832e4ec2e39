package sitepages

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/modules/content"
	"github.com/neoforge-dev/neoforge/ports/cursor"
	"github.com/neoforge-dev/neoforge/ports/identityport"
)

// revised is a store with a page of this many versions.
type revised struct {
	content.Reads
	versions int
}

func (s revised) SitePageVersions(_ context.Context, name content.SitePageName, before, limit int) (out []content.SitePageVersion, _ error) {
	number := s.versions
	if before > 0 {
		number = min(number, before-1)
	}
	for ; number > 0 && len(out) < limit; number-- {
		out = append(out, content.SitePageVersion{Name: name, Number: number, PublishedAt: time.Unix(int64(number), 0)})
	}
	return out, nil
}

func TestSitePageVersions_ContinueAfterTheCursor(t *testing.T) {
	t.Parallel()
	by := identityport.Actor{UserID: "ada", Permissions: []identityport.Permission{content.PermissionManageSite}}
	for _, versions := range []int{0, 1, sitePageVersions, sitePageVersions + 1, 3 * sitePageVersions} {
		a := &App{reads: revised{versions: versions}}
		next := versions
		for from := ""; ; {
			page, err := a.SitePageVersions(t.Context(), by, content.PageTerms, from)
			if err != nil || len(page.Items) > sitePageVersions {
				t.Fatalf("of %d: %d items, %v", versions, len(page.Items), err)
			}
			for _, v := range page.Items {
				if v.Number != next {
					t.Fatalf("of %d: number %d follows %d", versions, v.Number, next+1)
				}
				next--
			}
			if from = page.NextCursor; from == "" {
				break
			}
		}
		if next != 0 {
			t.Errorf("of %d: %d were not listed", versions, next)
		}
	}
	a := &App{reads: revised{versions: 3}}
	for _, wrong := range []string{"2", "x", cursor.Encode(cursor.Position{At: time.Unix(1, 0), ID: "2147483648"})} {
		if _, err := a.SitePageVersions(t.Context(), by, content.PageTerms, wrong); !errors.Is(err, content.ErrInvalidCursor) {
			t.Errorf("%q: %v", wrong, err)
		}
	}
}
