package contentapp

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/neoforge-dev/neoforge/modules/content"
	"github.com/neoforge-dev/neoforge/ports/billingport"
	"github.com/neoforge-dev/neoforge/ports/fault"
	"github.com/neoforge-dev/neoforge/ports/identityport"
)

// Explainer tells why somebody may, or may not, do something to a post.
func (a *App) Explainer() identityport.Explainer { return explainer{a} }

type explainer struct{ a *App }

// errUnknownAction refuses an action that posts do not have.
var errUnknownAction = fault.New(fault.Invalid, "content.unknown_action", "A post is read, edited, published or shared. Ask about one of them.")

// Kind implements [identityport.Explainer].
func (explainer) Kind() string { return content.ResourceKind }

// Actions implements [identityport.Explainer].
func (explainer) Actions() []identityport.ExplainedAction {
	return []identityport.ExplainedAction{
		{Name: "read", Label: "read a post whole, where it is published"}, {Name: "edit", Label: "edit a post"},
		{Name: "publish", Label: "publish a post"}, {Name: "share", Label: "decide with whom a post is shared"},
	}
}

// Explain implements [identityport.Explainer].
func (e explainer) Explain(ctx context.Context, actor identityport.Actor, action, resource string) (identityport.Explanation, error) {
	article, err := e.find(ctx, resource)
	if err != nil {
		return identityport.Explanation{}, err
	}
	p := article.Post
	grants, err := e.a.grantsOn(ctx, actor, p.ID)
	if err != nil {
		return identityport.Explanation{}, err
	}
	out := identityport.Explanation{Resource: content.ResourceOf(p.ID), Title: named(article)}
	if p.Status == content.Published {
		out.URL = p.Path()
	}
	share, until := content.ShareOf(grants...), untilOf(grants)
	rule := func(holds bool, text string, args ...any) {
		out.Rules = append(out.Rules, identityport.Rule{Text: fmt.Sprintf(text, args...), Holds: holds})
	}
	shared := func(least content.Share) {
		holds := share.Covers(least) && !actor.SecondFactorOverdue // who lacks one holds nothing
		out.Rules = append(out.Rules, identityport.Rule{Text: fmt.Sprintf("It is shared with them, to %s it or more.", least), Holds: holds, Until: until})
	}
	must := func(holds bool, text string, args ...any) {
		out.Rules = append(out.Rules, identityport.Rule{Text: fmt.Sprintf(text, args...), Holds: holds, Forbids: true})
	}
	anyPost := func() {
		rule(actor.May(content.PermissionEditAny), "Their role holds %s, for every post.", content.PermissionEditAny)
	}
	writes, wrote := actor.May(content.PermissionWrite), actor.SignedIn() && p.WrittenBy(actor.UserID)
	switch action {
	case "read":
		gate, err := e.a.gate(ctx, actor, p)
		if err != nil {
			return identityport.Explanation{}, err
		}
		out.Allowed = gate == content.Open && p.Status == content.Published
		must(p.Status == content.Published, "It is published.")
		rule(p.Text.Visibility == content.Public, "It is for everybody.")
		rule(p.Text.Visibility == content.Members && content.GateFor(actor, p, false, content.NotShared) == content.Open, "It is for members, and they are one.")
		if p.Text.Visibility == content.Paid {
			paying, err := e.a.entitlements.Entitled(ctx, actor.Organizations, billingport.ContentPaid)
			if err != nil {
				return identityport.Explanation{}, fmt.Errorf("explain post %s: %w", p.ID, err)
			}
			rule(paying, "It is for subscribers, and an organization of theirs has %s.", billingport.ContentPaid)
		}
		anyPost()
		rule(wrote && writes, "They wrote it, and their role holds %s.", content.PermissionWrite)
		shared(content.ShareRead)
	case "edit":
		out.Allowed = content.MayEditShared(actor, p, share)
		anyPost()
		must(writes || actor.May(content.PermissionEditAny), "Their role holds %s.", content.PermissionWrite)
		rule(wrote, "They wrote it.")
		shared(content.ShareEdit)
	case "publish":
		err := e.a.mayPublish(ctx, actor, p)
		if err != nil && !errors.Is(err, content.ErrMayNotPublish) {
			return identityport.Explanation{}, err
		}
		out.Allowed = err == nil
		rule(actor.May(content.PermissionPublish) && actor.May(content.PermissionEditAny), "Their role holds %s and %s, for every post.", content.PermissionPublish, content.PermissionEditAny)
		rule(actor.May(content.PermissionPublish) && wrote && writes, "They wrote it, and their role holds %s and %s.", content.PermissionPublish, content.PermissionWrite)
		out.Rules = append(out.Rules, identityport.Rule{
			Text: fmt.Sprintf("It is shared with them, to publish it, and their role holds %s.", content.PermissionWrite), Holds: writes && share.Covers(content.SharePublish), Until: until,
		})
	case "share":
		out.Allowed = content.Owns(actor, p)
		anyPost()
		rule(writes && actor.SignedIn() && actor.UserID == p.Author, "They are its first author, and their role holds %s.", content.PermissionWrite)
	default:
		return identityport.Explanation{}, errUnknownAction
	}
	return out, nil
}

// find returns a post by its id, or the published one with a slug.
func (e explainer) find(ctx context.Context, resource string) (content.Article, error) {
	article, err := e.a.reads.Article(ctx, content.PostID(resource))
	if errors.Is(err, content.ErrPostNotFound) {
		return e.a.published(ctx, resource)
	}
	return article, err
}

// untilOf is when the most of what was granted is over.
func untilOf(grants []identityport.Grant) (until time.Time) {
	most := content.ShareOf(grants...)
	for _, g := range grants {
		if content.ShareOf(g) == most {
			until = g.Until
		}
	}
	return until
}
