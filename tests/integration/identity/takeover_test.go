package identity_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/ent/declared"
	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/identitytest"
	"github.com/neoforge-dev/neoforge/modules/identity/signin"
	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/tests/integration/fixture"
)

// holders is every table, and what becomes of the rows of an account whose address
// somebody else proves.
var holders = map[string]string{
	// Those that an older release let an unproven account found stay too: nothing tells its owner, who had not
	// opened the link yet, from a stranger, and an organization may hold what was paid for, and other people.
	"identity_organizations":   "stay: an account that is not proven makes none but its own, which gets the new name",
	"identity_roles":           "stay with their organization",
	"identity_signing_keys":    "name nobody",
	"content_authors":          "stays: it is rewritten with the account",
	"content_author_handles":   "stay with their author, who may sign in before there is one",
	"content_site_pages":       "stay: only an administrator publishes one, so after a proof",
	"content_posts":            "stay: only who may sign in writes one, so it was written after a proof",
	"content_open_editors":     "goes within minutes; it says only that they have a post open",
	"content_post_authors":     "stay with their post",
	"content_post_schedules":   "stay with their post",
	"content_working_copies":   "stay with their post",
	"content_preview_links":    "stay with their post",
	"content_private_feeds":    "stay: only who may sign in makes one, so it was made after a proof",
	"content_media":            "stay: pictures of the publication; its editors delete them",
	"content_media_uses":       "stay with their post",
	"content_uploads":          "goes within a day; only who began one sees it",
	"content_upload_quotas":    "stays: how much somebody uploaded today",
	"content_post_slugs":       "stay with their post",
	"content_post_tags":        "stay with their post",
	"content_post_details":     "stay with their post",
	"content_tag_uses":         "stay with their post",
	"content_tag_names":        "name nobody",
	"content_tags":             "name nobody",
	"content_saved_views":      "stay: only who may write keeps one, so after a proof",
	"content_review_steps":     "stay with their post",
	"content_revisions":        "stay with their post",
	"billing_accounts":         "stays with its organization",
	"billing_checkouts":        "stay: only who may sign in begins one",
	"billing_refunds":          "stay with their account",
	"billing_subscriptions":    "stay with their account",
	"billing_webhooks":         "stay: they are the provider's",
	"billing_plans":            "name nobody",
	"billing_prices":           "name nobody",
	"job_workers":              "names nobody",
	"platform_invalidations":   "name nobody but by id, for an hour",
	"platform_audit":           "stays: it is what happened",
	"platform_audit_checks":    "names nobody but entries of the trail by id",
	"platform_audit_seals":     "name nobody but entries of the trail by id",
	"platform_audit_streams":   "name nobody",
	"platform_error_groups":    "name nobody: what they hold is scrubbed",
	"platform_events":          "stay: they are what happened",
	"platform_figures":         "name nobody: they are numbers",
	"platform_inbox":           "names nobody",
	"platform_mail_failures":   "go: mail arrives there now",
	"identity_users":           "stays: it is the account",
	"identity_credentials":     "goes, unless the proof sets a password",
	"identity_external":        "goes, unless the proof is by a provider",
	"identity_sessions":        "ends",
	"identity_refresh_tokens":  "ends with its session",
	"identity_mail_tokens":     "goes",
	"identity_pending_emails":  "goes",
	"identity_totp":            "goes",
	"identity_recovery_codes":  "goes",
	"identity_passkeys":        "goes",
	"identity_challenges":      "goes",
	"identity_personal_tokens": "ends",
	"identity_grants":          "goes, held and given",
	"identity_avatars":         "goes",
	"identity_exports":         "goes",
	"identity_consents":        "is replaced",
	"identity_invitations":     "ends",
	"identity_oauth_flows":     "ends with the session that it links to",
	"identity_memberships":     "stays: who belongs to an organization is for the organization",
}

// TestProveAddress_LeavesNothingOfWhoeverRegistered makes everything that an account
// can hold, has the owner prove the address in each way, and looks at every table.
func TestProveAddress_LeavesNothingOfWhoeverRegistered(t *testing.T) {
	t.Parallel()
	tables, err := declared.Tables(declared.Identity, declared.Content, declared.Billing, declared.Platform)
	if err != nil {
		t.Fatal(err)
	}
	for _, table := range tables {
		if holders[table.Name] == "" {
			t.Errorf("nobody decided what becomes of %s when an address is proven: add it to proveAddress or say why it stays", table.Name)
		}
	}
	proofs := map[string]func(t *testing.T, h *fixture.Room, u identity.User) error{
		"a link of their own registration": func(t *testing.T, h *fixture.Room, _ identity.User) error {
			h.MustSignUpIn(t, "cleo@neoforge.test", fixture.OtherPassword, "Cleo", "own browser")
			return h.ProveEmailIn(t, fixture.MustLink(t, h.MustMailWithLink(t, "cleo@neoforge.test", "/verify-email"), "/verify-email"), "own browser", "")
		},
		"a reset": func(t *testing.T, h *fixture.Room, _ identity.User) error {
			h.MustForgetPassword(t, "cleo@neoforge.test")
			return h.SetForgottenPassword(t, fixture.MustLink(t, h.MustMailWithLink(t, "cleo@neoforge.test", "/reset"), "/reset"), fixture.OtherPassword)
		},
		"a magic link": func(t *testing.T, h *fixture.Room, _ identity.User) error {
			h.MustAskLink(t, "cleo@neoforge.test")
			_, err := h.FollowLink(t, fixture.MustLink(t, h.MustMailWithLink(t, "cleo@neoforge.test", "/auth/magic"), "/auth/magic"))
			return err
		},
		"a provider": func(t *testing.T, h *fixture.Room, _ identity.User) error {
			h.Provider.Answers(fixture.VerifiedClaim("cleo-at-acme", "cleo@neoforge.test"))
			browser, params := h.MustBegin(t, "")
			_, err := h.SignInWithProvider(t.Context(), signin.SignInWithProvider{Provider: "acme", BrowserSecret: browser, Params: params, Device: fixture.Laptop})
			return err
		},
	}
	for database, open := range fixture.Databases {
		for name, prove := range proofs {
			t.Run(database+"/"+name, func(t *testing.T) {
				t.Parallel()
				db := open(t)
				h := fixture.NewRoom(t, db)
				h.MustSignUp(t, "cleo@neoforge.test", fixture.Password, "Mallory")
				u := h.MustPerson(t, "cleo@neoforge.test")
				plant(t, h, u.ID)
				if err := prove(t, h, u); err != nil {
					t.Fatal(err)
				}
				now := h.MustPerson(t, "cleo@neoforge.test")
				if now.ID != u.ID || !now.EmailVerified || !now.EraseAt.IsZero() {
					t.Errorf("the account: %+v", now)
				}
				if _, err := h.TryPassword(t, "cleo@neoforge.test", fixture.Password); !errors.Is(err, identity.ErrInvalidCredentials) {
					t.Errorf("the stranger's password: %v", err)
				}
				for what, query := range map[string]string{
					"sessions":          "SELECT count(*) FROM identity_sessions WHERE revoked_at IS NULL AND user_agent = 'planted'",
					"refresh tokens":    "SELECT count(*) FROM identity_refresh_tokens t JOIN identity_sessions s ON s.id = t.session_id WHERE s.revoked_at IS NULL AND s.user_agent = 'planted'",
					"providers":         "SELECT count(*) FROM identity_external WHERE subject = 'planted'",
					"totp":              "SELECT count(*) FROM identity_totp",
					"recovery codes":    "SELECT count(*) FROM identity_recovery_codes",
					"passkeys":          "SELECT count(*) FROM identity_passkeys",
					"challenges":        "SELECT count(*) FROM identity_challenges WHERE user_id IS NOT NULL",
					"tokens":            "SELECT count(*) FROM identity_personal_tokens WHERE revoked_at IS NULL",
					"grants":            "SELECT count(*) FROM identity_grants",
					"pictures":          "SELECT count(*) FROM identity_avatars",
					"exports":           "SELECT count(*) FROM identity_exports",
					"invitations":       "SELECT count(*) FROM identity_invitations WHERE revoked_at IS NULL",
					"pending addresses": "SELECT count(*) FROM identity_pending_emails",
					"links":             "SELECT count(*) FROM identity_mail_tokens",
					"news":              "SELECT count(*) FROM identity_consents WHERE kind = 'news'",
				} {
					var n int
					if err := db.SQL().QueryRowContext(t.Context(), query).Scan(&n); err != nil {
						t.Fatalf("%s: %v", what, err)
					}
					if n != 0 {
						t.Errorf("%d %s of the stranger are left", n, what)
					}
				}
			})
		}
	}
}

// plant gives an account all that a release before let an unproven one have.
func plant(t *testing.T, h *fixture.Room, id identity.UserID) {
	t.Helper()
	other := h.MustCreate(t, "fellow@neoforge.test", identityport.RoleMember, true)
	now, ids := h.Clock.Now(), h.Deps.IDs
	err := h.Deps.UnitOfWork.Do(t.Context(), func(ctx context.Context, s identity.Stores) (err error) {
		try := func(next error) {
			if err == nil {
				err = next
			}
		}
		session := identity.OpenSession(ids.New(), id, identity.BrowserSession, identity.NewSecret(), identity.Device{UserAgent: "planted"}, now)
		try(s.Sessions.Insert(ctx, session))
		try(s.RefreshTokens.Insert(ctx, identity.RefreshToken{Session: session.ID, Hash: identity.NewSecret().Hash(), CreatedAt: now, ExpiresAt: now.Add(time.Hour)}))
		try(s.Identities.Insert(ctx, identity.ExternalIdentity{ID: ids.New(), User: id, Provider: "acme", Subject: "planted", CreatedAt: now}))
		try(s.TOTPs.Begin(ctx, identitytest.TOTP(id)))
		try(s.RecoveryCodes.Replace(ctx, id, [][]byte{[]byte("a-hash")}, now))
		try(s.Passkeys.Insert(ctx, identitytest.Passkey(id)))
		try(s.Challenges.Insert(ctx, identity.Challenge{
			Hash: identity.NewSecret().Hash(), Purpose: identity.SecondFactorChallenge, User: id, Data: []byte("{}"), ExpiresAt: now.Add(time.Hour),
		}))
		try(s.Tokens.Insert(ctx, fixture.GrantedToken(id, identity.ScopeRead, identity.NewSecret(), now), now, 10))
		for _, g := range []identity.ResourceGrant{
			{ID: ids.New(), User: id, Permission: "content.post.edit", Resource: "post:1", GrantedBy: other.ID, CreatedAt: now},
			{ID: ids.New(), User: other.ID, Permission: "content.post.edit", Resource: "post:2", GrantedBy: id, CreatedAt: now},
		} {
			_, put := s.Grants.Put(ctx, g)
			try(put)
		}
		try(s.Avatars.Put(ctx, identity.Avatar{User: id, Picture: identity.Picture{ContentType: "image/png", Body: []byte("x")}, ETag: "e", UpdatedAt: now}))
		try(s.Exports.Insert(ctx, identity.DataExport{ID: ids.New(), User: id, State: identity.ExportRunning, Total: 1, CreatedAt: now, ExpiresAt: now.Add(time.Hour)}))
		try(s.PendingEmails.Put(ctx, identity.PendingEmail{ID: ids.New(), User: id, Email: "mallory@elsewhere.test", CreatedAt: now, ExpiresAt: now.Add(time.Hour)}))
		try(s.MailTokens.Insert(ctx, identity.NewMailToken(id, identity.ResetPassword, "cleo@neoforge.test", identity.NewSecret(), now)))
		organization := identity.Organization{ID: identity.OrganizationID(ids.New()), Name: "Planted", CreatedAt: now}
		try(s.Organizations.Insert(ctx, organization, id))
		try(s.Invitations.Insert(ctx, identity.Invitation{
			ID: ids.New(), Organization: organization.ID, Email: "victim@elsewhere.test", Role: identity.Staff, Hash: identity.NewSecret().Hash(), InvitedBy: id,
			CreatedAt: now, ExpiresAt: now.Add(time.Hour),
		}))
		u, read := s.Users.ByID(ctx, id)
		try(read)
		u.EraseAt = now.Add(time.Hour)
		try(s.Users.Update(ctx, u))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
