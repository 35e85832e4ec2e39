package cache_test

import (
	"context"
	"errors"
	"testing"

	"github.com/neoforge-dev/neoforge/ports/cache"
)

// kept is a cache that has one entry already, whatever the key.
type kept []byte

func (k kept) Fetch(context.Context, string, cache.Options, cache.Loader) ([]byte, error) {
	return k, nil
}

func (kept) Invalidate(context.Context, ...string) error { return nil }

// passing keeps nothing.
type passing struct{ kept }

func (passing) Fetch(ctx context.Context, _ string, _ cache.Options, load cache.Loader) ([]byte, error) {
	return load(ctx)
}

type plan struct {
	Name string `json:"name"`
}

func TestFetchJSON_ReadsWhatIsKept(t *testing.T) {
	t.Parallel()
	have, err := cache.FetchJSON(t.Context(), kept(`{"name":"pro"}`), "plan", cache.Options{}, func(context.Context) (plan, error) {
		t.Error("loaded what is kept")
		return plan{}, nil
	})
	if err != nil || have != (plan{Name: "pro"}) {
		t.Errorf("%+v, %v", have, err)
	}
}

func TestFetchJSON_LoadsAnewWhatCannotBeRead(t *testing.T) {
	t.Parallel()
	for _, entry := range []string{"", "{", `"pro"`, `{"name":{"en":"Pro"}}`} {
		have, err := cache.FetchJSON(t.Context(), kept(entry), "plan", cache.Options{}, func(context.Context) (plan, error) {
			return plan{Name: "pro"}, nil
		})
		if err != nil || have != (plan{Name: "pro"}) {
			t.Errorf("kept %q: %+v, %v", entry, have, err)
		}
	}
}

func TestFetchJSON_ReportsTheLoadersError(t *testing.T) {
	t.Parallel()
	gone := errors.New("gone")
	if _, err := cache.FetchJSON(t.Context(), passing{}, "plan", cache.Options{}, func(context.Context) (plan, error) {
		return plan{}, gone
	}); !errors.Is(err, gone) {
		t.Errorf("%v, want %v", err, gone)
	}
}
