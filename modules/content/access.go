package content

import "github.com/neoforge-dev/neoforge/ports/identityport"

// What content lets people do; which roles hold what is declared in the wiring.
const (
	PermissionWrite   identityport.Permission = "content.post.write"   // write and change one's own posts
	PermissionPublish identityport.Permission = "content.post.publish" // publish and unpublish one's own
	PermissionEditAny identityport.Permission = "content.post.edit_any"
	// PermissionEdit is granted on one post, to somebody who may write; no role holds it.
	PermissionEdit identityport.Permission = "content.post.edit"
)

// MayEdit reports whether the actor may change a post: its author with the
// permission to write, or an editor of any.
func MayEdit(a identityport.Actor, p PostState) bool {
	return a.May(PermissionEditAny) || a.May(PermissionWrite) && a.UserID == p.Author
}

// MayEditGranted is MayEdit for somebody who was, or was not, granted
// PermissionEdit on the post.
func MayEditGranted(a identityport.Actor, p PostState, granted bool) bool {
	return MayEdit(a, p) || granted && a.May(PermissionWrite)
}

// ResourceOf names a post to whoever keeps grants.
func ResourceOf(id PostID) string { return "post:" + string(id) }

// MayPublish reports whether the actor may publish and unpublish a post.
func MayPublish(a identityport.Actor, p PostState) bool {
	return a.May(PermissionPublish) && MayEdit(a, p)
}

// Gate is what stands between a reader and the body of a post.
type Gate string

// The gates.
const (
	Open       Gate = "open"
	NeedSignIn Gate = "sign_in"
	NeedPlan   Gate = "subscribe"
)

// GateFor says what a reader still needs. paying is whether they hold
// billingport.ContentPaid. Whoever may edit a post reads it.
func GateFor(a identityport.Actor, p PostState, paying bool) Gate {
	switch {
	case p.Text.Visibility == Public, MayEdit(a, p):
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
