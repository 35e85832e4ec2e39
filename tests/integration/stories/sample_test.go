package stories_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/neoforge-dev/neoforge/modules/billing/billingapp"
	"github.com/neoforge-dev/neoforge/ports/clock"
	"github.com/neoforge-dev/neoforge/tests/integration/fixture"

	"github.com/neoforge-dev/neoforge/adapters/entstore"
	"github.com/neoforge-dev/neoforge/app/wire/sample"
	"github.com/neoforge-dev/neoforge/app/wire/sample/people"
	"github.com/neoforge-dev/neoforge/app/wire/sample/plans"
	"github.com/neoforge-dev/neoforge/app/wire/sample/posts"
	"github.com/neoforge-dev/neoforge/modules/billing"
	"github.com/neoforge-dev/neoforge/modules/content"
	"github.com/neoforge-dev/neoforge/modules/content/contentapp"
	"github.com/neoforge-dev/neoforge/ports/billingport"
	"github.com/neoforge-dev/neoforge/ports/identityport"
)

// TestSampleContent_IsReadable seeds every database.
func TestSampleContent_IsReadable(t *testing.T) {
	t.Parallel()
	for name, open := range fixture.Databases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			t.Run("it is whole without the worker, and stays as it is", func(t *testing.T) {
				t.Parallel()
				seededOnce(t, open(t))
			})
			t.Run("replicas that seed at once make one of everything", func(t *testing.T) {
				t.Parallel()
				seededAtOnce(t, open(t))
			})
		})
	}
}

type village struct {
	identity *fixture.Identity
	content  *contentapp.App
	billing  *billingapp.App
	clock    clock.Clock
	reads    billing.Reads
}

// openVillage builds the use cases of all modules, each knowing the others as in the
// program.
func openVillage(t *testing.T, db *entstore.DB) (v village) {
	t.Helper()
	var err error
	if v.identity, err = fixture.NewIdentity(fixture.IdentityDeps(t, db)); err != nil {
		t.Fatal(err)
	}
	ofBilling := fixture.BillingDeps(t, db)
	ofBilling.People, v.reads = v.identity, ofBilling.Reads
	if v.billing, err = billingapp.New(ofBilling); err != nil {
		t.Fatal(err)
	}
	ofContent := fixture.ContentDeps(t, db)
	ofContent.Entitlements, ofContent.People, v.clock = v.billing, v.identity, ofContent.Clock
	if v.content, err = contentapp.New(ofContent); err != nil {
		t.Fatal(err)
	}
	return v
}

// seed goes through the modules in the order in which the program builds them.
func (v village) seed(t *testing.T) (*sample.Seeding, error) {
	s := &sample.Seeding{People: append(people.People(), plans.People()...)}
	if err := people.Seed(t.Context(), s, v.identity.Rooms); err != nil {
		return s, err
	}
	if err := plans.Seed(t.Context(), s, v.billing); err != nil {
		return s, err
	}
	return s, posts.Seed(t.Context(), s, v.content, v.clock)
}

// actor is a sample person as a request's actor.
func (v village) actor(t *testing.T, name string) identityport.Actor {
	t.Helper()
	user, organizations, err := v.identity.FindPerson(t.Context(), name+"@neoforge.test")
	if err != nil {
		t.Fatal(err)
	}
	return identityport.Actor{UserID: user.ID, Role: user.Role, Organizations: organizations[:1]}
}

func seededOnce(t *testing.T, db *entstore.DB) {
	v := openVillage(t, db)
	first, err := v.seed(t)
	if err != nil || first.New("people") != 4 || first.New("plans") != 3 || first.New("posts") < 12 {
		t.Fatalf("first: %s, %v", first, err)
	}
	if again, err := v.seed(t); err != nil || again.String() != "The sample people, plans and posts are in place." {
		t.Errorf("again: %s, %v", again, err)
	}
	const hidden = "only-for-subscribers"
	for name, entitled := range map[string]bool{"": false, "cleo": false, "dan": true} {
		reader := identityport.Actor{}
		if name != "" {
			reader = v.actor(t, name)
		}
		r, err := v.content.ReadPost(t.Context(), reader, "inside-the-forge")
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Contains(fmt.Sprintf("%+v", r), hidden); got != entitled || (r.Gate == content.Open) != entitled {
			t.Errorf("%q is shown the words: %v, through gate %s", name, got, r.Gate)
		}
	}
	welcome, err := v.content.ReadPublicPost(t.Context(), "welcome")
	if err != nil || welcome.Gate != content.Open || welcome.Article.Author.Handle != "ada" {
		t.Errorf("welcome: %+v, %v", welcome, err)
	}
	list, err := v.content.ListPosts(t.Context(), contentapp.ListPosts{Limit: 100})
	if err != nil || len(list.Items) != first.New("posts") || list.Items[0].Slug != "welcome" {
		t.Fatalf("list: %d posts, %v", len(list.Items), err)
	}
	if strings.Contains(fmt.Sprintf("%+v", list), hidden) {
		t.Error("the list shows the words")
	}
	for i, s := range list.Items {
		if s.AuthorName == "" || i > 0 && !s.PublishedAt.Before(list.Items[i-1].PublishedAt) {
			t.Errorf("%s by %q is dated %s", s.Slug, s.AuthorName, s.PublishedAt)
		}
	}
	sold, err := v.billing.ListPlans(t.Context())
	if err != nil || len(sold) != 3 {
		t.Fatalf("plans: %+v, %v", sold, err)
	}
	for _, p := range sold {
		if len(p.Prices) != 4 || p.Includes(billingport.ContentPaid) != (p.Code == "pro") {
			t.Errorf("plan %+v", p)
		}
	}
	if _, err := v.reads.Account(t.Context(), v.actor(t, "cleo").PersonalOrganization()); errors.Is(err, billing.ErrAccountNotFound) {
		t.Error("cleo has no billing account")
	}
	if _, err := v.content.ReadAuthor(t.Context(), "cleo"); !errors.Is(err, content.ErrAuthorNotFound) {
		t.Errorf("a member has a profile: %v", err)
	}
}

func seededAtOnce(t *testing.T, db *entstore.DB) {
	replicas := []village{openVillage(t, db), openVillage(t, db), openVillage(t, db)}
	var (
		wg                  sync.WaitGroup
		mu                  sync.Mutex
		newPeople, newPosts int
	)
	for _, v := range replicas {
		wg.Go(func() {
			r, err := v.seed(t)
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				t.Error(err)
			}
			newPeople += r.New("people")
			newPosts += r.New("posts")
		})
	}
	wg.Wait()
	written, err := posts.Posts()
	if err != nil {
		t.Fatal(err)
	}
	if newPeople != 4 || newPosts != len(written) {
		t.Errorf("made %d people and %d posts", newPeople, newPosts)
	}
	sold, err := replicas[0].reads.Plans(t.Context())
	if err != nil || len(sold) != 3 {
		t.Fatalf("plans: %+v, %v", sold, err)
	}
	for _, p := range sold {
		if len(p.Prices) != 4 {
			t.Errorf("%s has %d prices", p.Code, len(p.Prices))
		}
	}
	dan := replicas[0].actor(t, "dan")
	if ok, err := replicas[0].billing.Entitled(t.Context(), dan.Organizations, billingport.ContentPaid); err != nil || !ok {
		t.Errorf("dan is not entitled: %v", err)
	}
}
