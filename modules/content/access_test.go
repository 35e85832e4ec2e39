package content_test

import (
	"testing"

	"github.com/neoforge-dev/neoforge/modules/content"
	"github.com/neoforge-dev/neoforge/ports/identityport"
)

var (
	visitor = identityport.Actor{}
	member  = identityport.Actor{UserID: "cleo"}
	author  = identityport.Actor{UserID: "ben", Permissions: []identityport.Permission{content.PermissionWrite, content.PermissionPublish}}
	writer  = identityport.Actor{UserID: "eve", Permissions: []identityport.Permission{content.PermissionWrite}}
	editor  = identityport.Actor{UserID: "ada", Permissions: []identityport.Permission{
		content.PermissionWrite, content.PermissionPublish, content.PermissionEditAny,
	}}
	author2 = identityport.Actor{UserID: "dan", Permissions: author.Permissions}
	former  = identityport.Actor{UserID: "ben"} // wrote it, and is an author no longer
)

func postOf(author identityport.UserID, v content.Visibility) content.PostState {
	return content.PostState{Author: author, Text: content.Text{Visibility: v}}
}

func TestAccess_APostIsEditedByItsAuthorAndByEditors(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name          string
		who           identityport.Actor
		edit, publish bool
	}{
		{"visitor", visitor, false, false},
		{"member", member, false, false},
		{"author", author, true, true},
		{"another author", writer, false, false},
		{"editor", editor, true, true},
		{"former author", former, false, false},
	} {
		p := postOf("ben", content.Public)
		if got := content.MayEdit(c.who, p); got != c.edit {
			t.Errorf("%s may edit: %v", c.name, got)
		}
		if got := content.MayPublish(c.who, p, content.NotShared); got != c.publish {
			t.Errorf("%s may publish: %v", c.name, got)
		}
	}
	if own := postOf("eve", content.Public); !content.MayEdit(writer, own) || content.MayPublish(writer, own, content.NotShared) {
		t.Error("a writer edits, and does not publish, their own")
	}
	if nobodys := postOf("", content.Public); content.MayEdit(visitor, nobodys) {
		t.Error("a visitor edits what nobody wrote")
	}
}

func TestAccess_TheGateDependsOnThePostAndTheReader(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name       string
		who        identityport.Actor
		visibility content.Visibility
		paying     bool
		want       content.Gate
	}{
		{"a public post is open to a visitor", visitor, content.Public, false, content.Open},
		{"a post for members asks a visitor to sign in", visitor, content.Members, false, content.NeedSignIn},
		{"a post for members is open to a member", member, content.Members, false, content.Open},
		{"paying alone does not sign a visitor in", visitor, content.Members, true, content.NeedSignIn},
		{"a paid post asks a visitor to subscribe", visitor, content.Paid, false, content.NeedPlan},
		{"a paid post asks a member to subscribe", member, content.Paid, false, content.NeedPlan},
		{"a paid post is open to who pays", member, content.Paid, true, content.Open},
		{"a paid post is open to its author", author, content.Paid, false, content.Open},
		{"a paid post is open to an editor", editor, content.Paid, false, content.Open},
		{"a paid post asks another author to subscribe", writer, content.Paid, false, content.NeedPlan},
		{"a post of unknown visibility is closed", visitor, "", false, content.NeedPlan},
	} {
		if got := content.GateFor(c.who, postOf("ben", c.visibility), c.paying, content.NotShared); got != c.want {
			t.Errorf("%s: got %s", c.name, got)
		}
	}
}

func TestShare_IncludesWhatIsLess(t *testing.T) {
	t.Parallel()
	p := postOf("ben", content.Paid)
	for _, c := range []struct {
		share               content.Share
		who                 identityport.Actor
		read, edit, publish bool
	}{
		{content.NotShared, writer, false, false, false},
		{content.ShareRead, visitor, false, false, false},
		{content.ShareRead, member, true, false, false},
		{content.ShareRead, writer, true, false, false},
		{content.ShareRead, identityport.Actor{UserID: "cleo", SecondFactorOverdue: true}, false, false, false},
		{content.ShareEdit, member, true, false, false},
		{content.ShareEdit, writer, true, true, false},
		{content.ShareEdit, author2, true, true, false},
		{content.SharePublish, writer, true, true, true},
		{content.SharePublish, member, true, false, false},
		// A token of who may publish, that may not.
		{content.SharePublish, identityport.Actor{UserID: "dan", TokenID: "t", Permissions: writer.Permissions}, true, true, false},
		{content.SharePublish, identityport.Actor{UserID: "dan", TokenID: "t", Permissions: author2.Permissions}, true, true, true},
		{"everything", writer, false, false, false},
	} {
		read := content.GateFor(c.who, p, false, c.share) == content.Open
		edit, publish := content.MayEditShared(c.who, p, c.share), content.MayPublish(c.who, p, c.share)
		if read != c.read || edit != c.edit || publish != c.publish {
			t.Errorf("%q to %s: reads %v, edits %v, publishes %v", c.share, c.who.UserID, read, edit, publish)
		}
	}
}

func TestShareOf_IsTheMostThatWasGranted(t *testing.T) {
	t.Parallel()
	for want, granted := range map[content.Share][]identityport.Permission{
		content.NotShared:    {"", "content.post.another"},
		content.ShareRead:    {content.PermissionRead},
		content.ShareEdit:    {content.PermissionEdit, content.PermissionRead, "content.post.another"},
		content.SharePublish: {content.PermissionRead, content.PermissionPublish, content.PermissionEdit},
	} {
		var all []identityport.Grant
		for _, p := range granted {
			all = append(all, identityport.Grant{Permission: p})
		}
		if have := content.ShareOf(all...); have != want {
			t.Errorf("%v is %q, want %q", granted, have, want)
		}
	}
}
