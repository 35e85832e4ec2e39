package identity_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/identitytest"
	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/tests/integration/fixture"
)

// withheld is what identity keeps about a person and does not give them, and why.
// Everything else that is kept must be in their export.
var withheld = map[string]string{
	"identity_users.version":             "counts changes, for the database alone",
	"identity_users.search_words":        "the name and the address, which are given, as they are searched",
	"identity_credentials.id":            "a row's number, for the database alone",
	"identity_credentials.hash":          "proves the person",
	"identity_sessions.token_hash":       "proves the person",
	"identity_sessions.user_id":          "whose name somebody acted in; their own is given as the id",
	"identity_sessions.impersonator_id":  "somebody else; that there was one is given",
	"identity_memberships.id":            "a row's number, for the database alone",
	"identity_mail_tokens.id":            "a row's number, for the database alone",
	"identity_mail_tokens.hash":          "proves the person",
	"identity_mail_tokens.password_hash": "proves the person",
	"identity_mail_tokens.browser_hash":  "proves the browser",
	"identity_mail_tokens.epoch":         "counts what ended links, for the database alone",
	"identity_users.links_epoch":         "counts what ended links, for the database alone",
	"identity_pending_emails.id":         "a row's number, for the database alone",
	"identity_totp.id":                   "a row's number, for the database alone",
	"identity_totp.sealed_secret":        "proves the person",
	"identity_totp.last_step":            "says which code was used, for the check alone",
	"identity_recovery_codes.id":         "a row's number, for the database alone",
	"identity_recovery_codes.hash":       "proves the person",
	"identity_recovery_codes.used_at":    "how many were used is given",
	"identity_passkeys.credential_id":    "a handle of the authenticator, for the ceremony alone",
	"identity_passkeys.record":           "the public key, for the ceremony alone",
	"identity_personal_tokens.hash":      "proves the person",
	"identity_avatars.id":                "a row's number, for the database alone",
	"identity_avatars.body":              "lies beside the file as a picture",
	"identity_avatars.etag":              "made from the picture",
	"identity_exports.archive":           "is an earlier copy of this",
	"identity_invitations.hash":          "proves the person",
	"identity_invitations.invited_by":    "somebody else",
	"identity_grants.granted_by":         "somebody else",
	"identity_grants.user_id":            "whom something was granted; their own is given as the id",
	"identity_oauth_flows.id":            "a row's number, for the database alone",
	"identity_oauth_flows.state_hash":    "proves the browser",
	"identity_oauth_flows.browser_hash":  "proves the browser",
	"identity_oauth_flows.provider":      "under way for ten minutes at the most",
	"identity_oauth_flows.nonce":         "proves the browser",
	"identity_oauth_flows.verifier":      "proves the browser",
	"identity_oauth_flows.session":       "proves the browser",
	"identity_oauth_flows.return_to":     "under way for ten minutes at the most",
	"identity_oauth_flows.agreed":        "under way for ten minutes at the most, and of nobody yet",
	"identity_oauth_flows.purpose":       "under way for ten minutes at the most",
	"identity_oauth_flows.expires_at":    "under way for ten minutes at the most",
	"identity_challenges.id":             "a row's number, for the database alone",
	"identity_challenges.hash":           "proves the browser",
	"identity_challenges.purpose":        "under way for ten minutes at the most",
	"identity_challenges.data":           "proves the browser",
	"identity_challenges.attempts":       "under way for ten minutes at the most",
	"identity_challenges.expires_at":     "under way for ten minutes at the most",
}

// aboutNobody are the tables in which no person stands.
var aboutNobody = map[string]string{
	"identity_organizations":  "are found by their memberships",
	"identity_roles":          "are found by who holds them",
	"identity_refresh_tokens": "belong to sessions, and are nothing but proofs",
	"identity_signing_keys":   "are the site's",
	"identity_migrations":     "are the tables' own",
}

// TestExport_HoldsEverythingThatIsKept has a person stand in every table of identity
// and holds every column that is about them against their export.
func TestExport_HoldsEverythingThatIsKept(t *testing.T) {
	t.Parallel()
	for name, open := range fixture.Databases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := open(t)
			h := fixture.NewRoom(t, db)
			u := everywhere(t, h)
			document, err := h.ExportUser(t.Context(), identityport.Subject{User: u.ID})
			if err != nil {
				t.Fatal(err)
			}
			text, err := json.Marshal(document)
			if err != nil {
				t.Fatal(err)
			}
			disclosure{t, fixture.Kept{T: t, DB: db}, u, text}.tables()
		})
	}
}

// everywhere writes a person into every table, every column filled.
func everywhere(t *testing.T, h *fixture.Room) identity.User {
	t.Helper()
	now := identitytest.Now
	u, other := identitytest.User(), identitytest.User()
	u.Name, u.SuspendedAt, u.EraseAt = "Ignatius Quillfeather", now.Add(time.Hour), now.Add(2*time.Hour)
	own, shared := identitytest.Organization(), identitytest.SharedOrganization()
	made, within := identitytest.CustomRole(""), identitytest.CustomRole(shared.ID)
	made.Label, within.Label = "Night watch", "Keeper of keys"
	u.Role = identity.Role(made.Name)
	mine, _ := identitytest.Session(u.ID)
	mine.Impersonator, mine.RevokedAt = other.ID, now.Add(3*time.Hour)
	foreign, _ := identitytest.Session(other.ID)
	foreign.Impersonator = u.ID
	token, _ := identitytest.PersonalToken(u.ID)
	token.ExpiresAt, token.LastUsedAt, token.RevokedAt = now.Add(4*time.Hour), now.Add(5*time.Hour), now.Add(6*time.Hour)
	token.LastUsedFrom = "2001:db8::5"
	passkey := identitytest.Passkey(u.ID)
	passkey.LastUsedAt = now.Add(7 * time.Hour)
	invited, inviting := identitytest.Invitation(shared.ID, other.ID), identitytest.Invitation(shared.ID, u.ID)
	invited.Email, invited.AcceptedAt, invited.RevokedAt = u.Email, now.Add(8*time.Hour), now.Add(9*time.Hour)
	inviting.Email = "somebody.else@neoforge.test"
	challenge, _ := identitytest.Challenge(identity.SecondFactorChallenge, u.ID)
	avatar, archive := identitytest.Avatar(u.ID), identitytest.DataExport(u.ID)
	grant := identity.ResourceGrant{ID: h.Deps.IDs.New(), User: u.ID, Permission: "content.post.write", Resource: "post:7", GrantedBy: other.ID, CreatedAt: now.Add(10 * time.Hour)}
	given := identity.ResourceGrant{ID: h.Deps.IDs.New(), User: other.ID, Permission: "content.post.read", Resource: "post:8", GrantedBy: u.ID, CreatedAt: now.Add(11 * time.Hour)}
	steps := []func(ctx context.Context, s identity.Stores) error{
		func(ctx context.Context, s identity.Stores) error { return s.Users.Insert(ctx, u) },
		func(ctx context.Context, s identity.Stores) error { return s.Users.Insert(ctx, other) },
		func(ctx context.Context, s identity.Stores) error {
			return s.Credentials.Put(ctx, identity.Credential{User: u.ID, Hash: "$argon2id$v=19$secret", ChangedAt: now.Add(12 * time.Hour)})
		},
		func(ctx context.Context, s identity.Stores) error {
			return s.Identities.Insert(ctx, identitytest.ExternalIdentity(u.ID))
		},
		func(ctx context.Context, s identity.Stores) error { return s.Sessions.Insert(ctx, mine) },
		func(ctx context.Context, s identity.Stores) error { return s.Sessions.Insert(ctx, foreign) },
		func(ctx context.Context, s identity.Stores) error {
			return s.RefreshTokens.Insert(ctx, identitytest.RefreshToken(mine.ID))
		},
		func(ctx context.Context, s identity.Stores) error {
			return s.Flows.Insert(ctx, identitytest.LinkFlow(u.ID))
		},
		func(ctx context.Context, s identity.Stores) error {
			return s.MailTokens.Insert(ctx, identitytest.MailToken(u.ID, identity.VerifyEmail))
		},
		func(ctx context.Context, s identity.Stores) error {
			return s.PendingEmails.Put(ctx, identity.PendingEmail{
				ID: h.Deps.IDs.New(), User: u.ID, Email: "next@neoforge.test", CreatedAt: now.Add(20 * time.Hour), ExpiresAt: now.Add(5000 * 24 * time.Hour),
			})
		},
		func(ctx context.Context, s identity.Stores) error { return s.Organizations.Insert(ctx, own, u.ID) },
		func(ctx context.Context, s identity.Stores) error {
			return s.Organizations.Insert(ctx, shared, other.ID)
		},
		func(ctx context.Context, s identity.Stores) error { return s.Roles.Insert(ctx, made) },
		func(ctx context.Context, s identity.Stores) error { return s.Roles.Insert(ctx, within) },
		func(ctx context.Context, s identity.Stores) error {
			return s.Organizations.Join(ctx, identity.Membership{
				Organization: shared.ID, User: u.ID, Role: identity.OrganizationRole(within.Name), CreatedAt: now.Add(13 * time.Hour),
			})
		},
		func(ctx context.Context, s identity.Stores) error { return s.Invitations.Insert(ctx, invited) },
		func(ctx context.Context, s identity.Stores) error { return s.Invitations.Insert(ctx, inviting) },
		func(ctx context.Context, s identity.Stores) error { _, err := s.Grants.Put(ctx, grant); return err },
		func(ctx context.Context, s identity.Stores) error { _, err := s.Grants.Put(ctx, given); return err },
		func(ctx context.Context, s identity.Stores) error { return s.TOTPs.Begin(ctx, identitytest.TOTP(u.ID)) },
		func(ctx context.Context, s identity.Stores) error {
			return s.TOTPs.Confirm(ctx, identitytest.TOTP(u.ID), 7, now.Add(14*time.Hour))
		},
		func(ctx context.Context, s identity.Stores) error {
			codes := identity.NewRecoveryCodes()
			if err := s.RecoveryCodes.Replace(ctx, u.ID, [][]byte{codes[0].Hash(u.ID), codes[1].Hash(u.ID)}, now.Add(15*time.Hour)); err != nil {
				return err
			}
			return s.RecoveryCodes.Redeem(ctx, u.ID, codes[0].Hash(u.ID), now.Add(16*time.Hour))
		},
		func(ctx context.Context, s identity.Stores) error { return s.Passkeys.Insert(ctx, passkey) },
		func(ctx context.Context, s identity.Stores) error { return s.Passkeys.Used(ctx, passkey) },
		func(ctx context.Context, s identity.Stores) error { return s.Challenges.Insert(ctx, challenge) },
		func(ctx context.Context, s identity.Stores) error { return s.Tokens.Insert(ctx, token, now, 50) },
		func(ctx context.Context, s identity.Stores) error {
			return s.Tokens.Touch(ctx, token.ID, token.LastUsedFrom, token.LastUsedAt)
		},
		func(ctx context.Context, s identity.Stores) error { return s.Avatars.Put(ctx, avatar) },
		func(ctx context.Context, s identity.Stores) error { return s.Exports.Insert(ctx, archive) },
		func(ctx context.Context, s identity.Stores) error {
			_, err := s.Exports.Finish(ctx, archive.ID, []byte("an archive"), now.Add(17*time.Hour))
			return err
		},
		func(ctx context.Context, s identity.Stores) error {
			return s.Consents.Insert(ctx, identitytest.Consent(u.ID, true, now.Add(18*time.Hour)))
		},
	}
	for i, step := range steps {
		if err := h.Deps.UnitOfWork.Do(t.Context(), step); err != nil {
			t.Fatalf("step %d: %v", i, err)
		}
	}
	return u
}

// disclosure holds a person's rows against their export.
type disclosure struct {
	t      *testing.T
	db     fixture.Kept
	person identity.User
	export []byte
}

func (c disclosure) tables() {
	seen := map[string]bool{}
	for _, table := range c.db.Tables() {
		if !strings.HasPrefix(table, "identity_") || strings.HasPrefix(table, "identity_users_search") { // an index over people
			continue
		}
		found := false
		for _, row := range c.db.Rows(table) {
			if !c.about(row) {
				continue
			}
			found = true
			for column, value := range row {
				name := table + "." + column
				seen[name] = true
				if value == nil {
					continue
				}
				if reason, yes := withheld[name]; yes {
					if strings.HasPrefix(reason, "proves") && c.shows(value) {
						c.t.Errorf("%s is in the export, and %s", name, reason)
					}
				} else if !c.tells(column, value) {
					c.t.Errorf("%s (%v) is not in the export", name, value)
				}
			}
		}
		if _, none := aboutNobody[table]; found == none {
			c.t.Errorf("%s: the person stands there is %v", table, found)
		}
	}
	for name := range withheld {
		if !seen[name] {
			c.t.Errorf("%s is withheld and does not exist", name)
		}
	}
	if c.t.Failed() {
		c.t.Logf("the export: %s", c.export)
	}
}

// about reports whether a row names the person.
func (c disclosure) about(row map[string]any) bool {
	for _, value := range row {
		if value != nil && (fixture.Mentions(value, string(c.person.ID)) || fixture.Mentions(value, string(c.person.Email))) {
			return true
		}
	}
	return false
}

// tells reports whether the export has a value: numbers and flags by the name of
// their column, since they look alike.
func (c disclosure) tells(column string, value any) bool {
	switch value.(type) {
	case bool, int64:
		return bytes.Contains(c.export, []byte(`"`+column+`":`))
	}
	return c.shows(value)
}

// shows reports whether the value itself stands in the export.
func (c disclosure) shows(value any) bool {
	switch v := value.(type) {
	case time.Time:
		return c.has(v.UTC())
	case string:
		if list, ok := leaves(v); ok {
			return !slices.ContainsFunc(list, func(s string) bool { return !c.has(s) })
		}
		return c.has(v)
	case [16]byte:
		return c.has(uuid.UUID(v).String())
	case []byte:
		if id, err := uuid.FromBytes(v); err == nil {
			return c.has(id.String())
		}
		return c.shows(string(v)) || c.has(hex.EncodeToString(v)) || c.has(base64.StdEncoding.EncodeToString(v))
	}
	return c.has(fmt.Sprint(value))
}

// has looks for a value as JSON writes it, without the quotes.
func (c disclosure) has(v any) bool {
	text, err := json.Marshal(v)
	if err != nil {
		c.t.Fatal(err)
	}
	return bytes.Contains(c.export, bytes.Trim(text, `"`))
}

// leaves are the texts in a column of JSON.
func leaves(text string) ([]string, bool) {
	var list []string
	if strings.HasPrefix(text, "[") && json.Unmarshal([]byte(text), &list) == nil {
		return list, true
	}
	var object map[string]string
	if strings.HasPrefix(text, "{") && json.Unmarshal([]byte(text), &object) == nil {
		return slices.Concat(slices.Collect(maps.Keys(object)), slices.Collect(maps.Values(object))), true
	}
	return nil, false
}

func TestBuildExport_GivesUpOneThatIsTooLarge(t *testing.T) {
	onDatabases(t, func(t *testing.T, h *fixture.Room) {
		cleo, _ := h.MustCleo(t)
		// Noise does not compress.
		noise := make([]byte, identity.ExportBytes)
		seed := uint32(1)
		for i := range noise {
			seed = seed*1664525 + 1013904223
			noise[i] = byte(seed >> 24)
		}
		h.Exporters = []identity.Exporter{fixture.ExporterOf("noise", noise)}
		e, err := h.RequestExport(t.Context(), cleo)
		if err != nil {
			t.Fatal(err)
		}
		if err := h.RunExport(t); err != nil {
			t.Fatal(err)
		}
		if have, err := h.DataExport(t.Context(), cleo, e.ID); err != nil || have.State != identity.ExportFailed {
			t.Errorf("%+v, %v", have, err)
		}
		if sent := h.MustDeliver(t); len(sent) != 1 || !strings.Contains(sent[0].Subject, "could not be collected") {
			t.Errorf("mails: %+v", sent)
		}
	})
}
