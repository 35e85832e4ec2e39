package content

import (
	"slices"

	"github.com/neoforge-dev/neoforge/ports/identityport"
)

// What content lets people do; which roles hold what is declared in the wiring.
const (
	PermissionWrite   identityport.Permission = "content.post.write"   // write and change one's own posts
	PermissionPublish identityport.Permission = "content.post.publish" // publish and unpublish one's own
	PermissionEditAny identityport.Permission = "content.post.edit_any"
	// PermissionEdit and PermissionRead are granted on one post; no role holds them.
	PermissionEdit identityport.Permission = "content.post.edit"
	PermissionRead identityport.Permission = "content.post.read"
)

// Share is what one person may do to one post beside what their role lets them. Each
// includes those before it.
type Share string

// The shares.
const (
	NotShared    Share = ""
	ShareRead    Share = "read"    // read it whole, whoever else may
	ShareEdit    Share = "edit"    // change it, for who may write at all
	SharePublish Share = "publish" // publish and unpublish it as well
)

// shares are ordered as they include one another.
var shares = []Share{NotShared, ShareRead, ShareEdit, SharePublish}

// Valid reports whether it is one that can be given.
func (s Share) Valid() bool { return s != NotShared && slices.Contains(shares, s) }

// Covers reports whether it includes another.
func (s Share) Covers(other Share) bool {
	return slices.Index(shares, s) >= slices.Index(shares, other)
}

// Permission is what is granted on the post to give it.
func (s Share) Permission() identityport.Permission {
	switch s {
	case ShareRead:
		return PermissionRead
	case ShareEdit:
		return PermissionEdit
	case SharePublish:
		return PermissionPublish
	}
	return ""
}

// ShareOf is the most of what was granted on one post.
func ShareOf(granted ...identityport.Grant) (most Share) {
	for _, g := range granted {
		for _, s := range shares {
			if s.Permission() == g.Permission && s.Covers(most) {
				most = s
			}
		}
	}
	return most
}

// MayEdit reports whether the actor may change a post: one of its authors with the
// permission to write, or an editor of any.
func MayEdit(a identityport.Actor, p PostState) bool {
	return a.May(PermissionEditAny) || a.May(PermissionWrite) && p.WrittenBy(a.UserID)
}

// Owns reports whether the actor decides what becomes of a post, beside its text: who it is
// shared with, and whether it is archived or deleted. Its first author does, and an editor
// of any.
func Owns(a identityport.Actor, p PostState) bool {
	return a.May(PermissionEditAny) || a.May(PermissionWrite) && a.UserID != "" && a.UserID == p.Author
}

// MayEditShared is MayEdit for somebody with whom the post is, or is not, shared.
func MayEditShared(a identityport.Actor, p PostState, share Share) bool {
	return MayEdit(a, p) || share.Covers(ShareEdit) && a.May(PermissionWrite)
}

// ResourceKind is the kind of a post among what grants are kept for.
const ResourceKind = "post"

// ResourceOf names a post to whoever keeps grants.
func ResourceOf(id PostID) string { return ResourceKind + ":" + string(id) }

// MayPublish reports whether the actor may publish and unpublish a post. A personal access
// token does nothing with what is shared that it may not do with the person's own posts.
func MayPublish(a identityport.Actor, p PostState, share Share) bool {
	publishes := a.May(PermissionPublish)
	return publishes && MayEdit(a, p) || share.Covers(SharePublish) && a.May(PermissionWrite) && (publishes || a.TokenID == "")
}

// Shown reports whether readers see a post of this status, or will by themselves at its moment.
// What is changed of such a post reaches them with nobody in between: it is for who may publish
// it. Others write on its working copy.
func (s Status) Shown() bool { return s == Published || s == Scheduled }

// Gate is what stands between a reader and the body of a post.
type Gate string

// The gates.
const (
	Open       Gate = "open"
	NeedSignIn Gate = "sign_in"
	NeedPlan   Gate = "subscribe"
)

// GateFor says what a reader still needs. paying is whether they hold
// billingport.ContentPaid. Whoever may edit a post reads it, and so does who it is shared
// with.
func GateFor(a identityport.Actor, p PostState, paying bool, share Share) Gate {
	switch {
	case p.Text.Visibility == Public, MayEdit(a, p):
		return Open
	case a.SignedIn() && !a.SecondFactorOverdue && share.Covers(ShareRead):
		return Open
	case p.Text.Visibility == Members && a.SignedIn() && !a.SecondFactorOverdue:
		return Open
	case p.Text.Visibility == Members:
		return NeedSignIn
	case paying:
		return Open
	default:
		return NeedPlan
	}
}

// SearchedWhole lists the visibilities whose posts somebody's search goes through to their
// end; of the posts of others it reads what everybody may read. Who may read one post
// alone, as its author or because it is shared with them, finds it by what is open of it.
func SearchedWhole(a identityport.Actor, paying bool) (whole []Visibility) {
	if !a.SignedIn() || a.SecondFactorOverdue {
		return nil
	}
	for _, v := range []Visibility{Members, Paid} {
		if GateFor(a, PostState{Text: Text{Visibility: v}}, paying, NotShared) == Open {
			whole = append(whole, v)
		}
	}
	return whole
}
