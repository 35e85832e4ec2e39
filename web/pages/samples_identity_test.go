package pages_test

import (
	"time"

	"github.com/neoforge-dev/neoforge/web/pages/identitypages"
	"github.com/neoforge-dev/neoforge/web/pages/layout"
)

// peopleSamples are the pages of second factors, organizations and administration.
func peopleSamples() []sample {
	roles := []identitypages.RoleOption{{Name: "staff", Label: "Staff", Chosen: true}, {Name: "reader", Label: "Reader", Blocked: true}}
	own := []identitypages.RoleRow{
		{Name: "author", Label: "Author", Held: []string{"Write"}, BuiltIn: true},
		{Name: "editors", Label: "Editors", Permissions: roles, ChangeURL: "/roles/editors", DeleteURL: "/roles/editors/delete"},
	}
	invited := identitypages.InvitationRow{
		Organization: "Forge", Email: "dan@neoforge.test", Inviter: "Ben", Role: "Staff", ExpiresAt: morning, Until: morning,
		AcceptURL: "/accept", ResendURL: "/resend", RevokeURL: "/revoke",
	}
	shared := identitypages.OrganizationView{
		Page: seenBy(page("Forge")), ID: "1", Name: "Forge", Role: "Owner", Seats: 5, Taken: 3, MoreURL: "/organizations/1?cursor=MS4y",
		Members: []identitypages.MemberRow{
			{Name: "Ben", Email: "ben@neoforge.test", Role: "Owner", Since: morning, Self: true, Roles: roles, RoleURL: "/members/1"},
			{Name: "Cleo", Email: "cleo@neoforge.test", Role: "Staff", Since: morning, Roles: roles, RoleURL: "/members/2", RemoveURL: "/members/2/remove", FactorMissing: true, FactorBy: morning},
			{Name: "Dan", Email: "dan@neoforge.test", Role: "Reader", Since: morning, FactorMissing: true, FactorBy: morning, FactorOver: true},
		},
		Invitations: []identitypages.InvitationRow{invited}, InviteRoles: roles, Roles: own, NewRole: roles,
		MayRename: true, MayLeave: true, Owner: true, Heirs: roles,
	}
	requiring := shared
	requiring.FactorRequired, requiring.FactorSince = true, morning
	refused := func(field string) identitypages.OrganizationView {
		v := shared
		v.Errors, v.InviteEmail, v.TypedName, v.TypedLabel = layout.FieldErrors{field: "Not that one."}, "dan", "Forge!", "Editors"
		return v
	}
	person := identitypages.PersonView{
		Page: seenBy(page("Cleo")), ID: "2", Path: "/admin/people/2", Name: "Cleo", Email: "cleo@neoforge.test", Role: "member", State: "suspended",
		CreatedAt: morning, SuspendedAt: morning, EraseAt: morning, HasPassword: true, AuthenticatorApp: true, RecoveryCodes: 3, Passkeys: 1,
		Identities:    []identitypages.Identity{{Label: "GitHub", Email: "cleo@forge.example", LinkedAt: morning}},
		Sessions:      []identitypages.SignIn{{Name: "Firefox on Windows", Address: "203.0.113.7", LastSeenAt: morning, ForSomebody: true}},
		Organizations: []identitypages.PersonMembership{{ID: "1", Role: "owner", Personal: true, Since: morning}, {ID: "3", Role: "staff", Since: morning}},
		Recent: []identitypages.AuditRow{{
			At: morning, Actor: identitypages.Who{Label: "Cleo", URL: "/admin/people/2"}, Impersonator: identitypages.Who{Label: "Ada"}, Action: "identity.signed_in", Detail: "by password",
		}},
		MayImpersonate: true, MayReadAudit: true, MayAssignRoles: true, AuditURL: "/admin/audit?actor=2",
	}
	told := func(field string) identitypages.PersonView {
		v := person
		v.SuspendedAt, v.Errors, v.TypedName, v.Reason = time.Time{}, layout.FieldErrors{field: "Not that one."}, "C", "So"
		return v
	}
	return []sample{
		of("security", identitypages.Security, identitypages.SecurityView{
			Page: seenBy(page("Security")), Email: "ben@neoforge.test", HasPassword: true, TOTP: true, TOTPSince: morning, SecondFactor: true, RecoveryCodesLeft: 1,
			Passkeys: []identitypages.Passkey{{Name: "Laptop", Synced: true, AddedAt: morning, UsedAt: morning, RenameURL: "/1/rename", RemoveURL: "/1/remove"}},
			Error:    "Not that one.",
		}),
		of("an app to be set up", identitypages.TOTPSetup, identitypages.TOTPSetupView{
			Page: seenBy(page("Authenticator app")), Secret: "ABCDEFGH", URI: "otpauth://totp/x", QR: [][]bool{{true, false}, {false, true}}, Error: "Wrong.",
		}),
		of("recovery codes", identitypages.RecoveryCodes, identitypages.RecoveryCodesView{
			Page: seenBy(page("Recovery codes")), Done: "Set up.", Email: "ben@neoforge.test", Codes: []string{"abcd-efgh", "ijkl-mnop"},
		}),
		of("second factor to be set up", identitypages.FactorSetup, identitypages.FactorSetupView{
			Page: page("Second factor"), ReturnTo: "/posts", Demands: []identitypages.FactorDemand{
				{Name: "Forge", By: morning}, {Name: "Forge", Organization: true, By: morning, Over: true},
			}, Error: "Not that one.",
		}),
		of("second factor overdue", identitypages.FactorSetup, identitypages.FactorSetupView{
			Page: page("Second factor"), ReturnTo: "/posts", Demands: []identitypages.FactorDemand{{Name: "Forge", By: morning, Over: true}},
		}),
		of("second factor of somebody else", identitypages.FactorSetup, identitypages.FactorSetupView{Page: page("Second factor"), ReturnTo: "/", Impersonated: true}),
		of("second factor set up", identitypages.FactorSetup, identitypages.FactorSetupView{Page: page("Second factor"), ReturnTo: "/posts", Has: true}),
		of("an app to be set up on the way", identitypages.TOTPSetup, identitypages.TOTPSetupView{
			Page: seenBy(page("Authenticator app")), Secret: "ABCDEFGH", URI: "otpauth://totp/x", QR: [][]bool{{true}}, ReturnTo: "/posts",
		}),
		of("recovery codes on the way", identitypages.RecoveryCodes, identitypages.RecoveryCodesView{
			Page: seenBy(page("Recovery codes")), Done: "Set up.", Email: "ben@neoforge.test", Codes: []string{"abcd-efgh"}, ReturnTo: "/posts",
		}),
		of("second factor", identitypages.SecondFactor, identitypages.SecondFactorView{Page: page("Second factor"), ReturnTo: "/", TOTP: true, PasskeyOptions: "{}", Error: "Wrong."}),
		of("confirmation", identitypages.Confirm, identitypages.ConfirmView{
			Page: page("Confirm"), ReturnTo: "/", Email: "ben@neoforge.test", Password: true, Code: true, TOTP: true, Passkey: true, Error: "Wrong.", Tried: "code",
		}),
		of("confirmation by a passkey that failed", identitypages.Confirm, identitypages.ConfirmView{Page: page("Confirm"), ReturnTo: "/", Email: "ben@neoforge.test", Passkey: true, Error: "Wrong."}),
		of("confirmation elsewhere", identitypages.Confirm, identitypages.ConfirmView{
			Page: page("Confirm"), ReturnTo: "/", Providers: []identitypages.Provider{{Name: "github", Label: "GitHub", URL: "/confirm/github"}},
		}),
		of("connections", identitypages.Connections, identitypages.ConnectionsView{
			Page: seenBy(page("Connections")), Trouble: "Taken.", Others: []identitypages.Provider{{Name: "acme", Label: "Acme", URL: "/link"}},
			Connected: []identitypages.Connection{{Identity: identitypages.Identity{Label: "GitHub", Email: "ben@forge.example", LinkedAt: morning}, Idle: true, UnlinkURL: "/unlink"}},
		}),
		of("no connections", identitypages.Connections, identitypages.ConnectionsView{Page: seenBy(page("Connections"))}),
		of("organizations", identitypages.Organizations, identitypages.OrganizationsView{
			Page: seenBy(page("Organizations")), Name: "F", Errors: layout.FieldErrors{"name": "Too short."}, Invitations: []identitypages.InvitationRow{invited},
			List: []identitypages.OrganizationRow{{Name: "Forge", URL: "/organizations/1", Role: "Owner", Members: 2}, {Name: "Ben", URL: "/organizations/2", Role: "Owner", Personal: true, Members: 1}},
		}),
		of("organization", identitypages.Organization, shared),
		of("organization that requires a second factor", identitypages.Organization, requiring),
		of("refused invitation", identitypages.Organization, refused("email")),
		of("refused name of an organization", identitypages.Organization, refused("name")),
		of("refused role", identitypages.Organization, refused("label")),
		of("refused handover", identitypages.Organization, refused("")),
		of("personal organization", identitypages.Organization, identitypages.OrganizationView{Page: seenBy(page("Ben")), ID: "2", Name: "Ben", Personal: true, Role: "Owner", Members: shared.Members[:1]}),
		of("invitation", identitypages.Join, identitypages.JoinView{Page: page("An invitation"), Token: "t", Invitation: invited, SignInURL: "/login", JoinURL: "/register"}),
		of("invitation of somebody else", identitypages.Join, identitypages.JoinView{Page: page("An invitation"), Token: "t", Invitation: invited, SignedInAs: "ben@neoforge.test", SignInURL: "/login", Trouble: "Not yours."}),
		of("invitation of one's own", identitypages.Join, identitypages.JoinView{Page: page("An invitation"), Token: "t", Invitation: invited, SignedInAs: "dan@neoforge.test", Mine: true}),
		of("offers", identitypages.Offers, identitypages.OffersView{Page: seenBy(page("Offers")), Offers: []identitypages.OfferRow{
			{By: "Ada", Resource: "post:1", At: morning, URL: "/account/offers/1"}, {Resource: "post:2", At: morning, URL: "/account/offers/2"},
		}}),
		of("no offers", identitypages.Offers, identitypages.OffersView{Page: seenBy(page("Offers"))}),
		of("invitation that is gone", identitypages.Join, identitypages.JoinView{Page: page("An invitation"), Unavailable: true}),
		of("roles", identitypages.Roles, identitypages.RolesView{Page: seenBy(page("Roles")), Roles: own, NewRole: roles, Errors: layout.FieldErrors{"": "In use."}}),
		of("role that is refused", identitypages.Roles, identitypages.RolesView{Page: seenBy(page("Roles")), Roles: own, NewRole: roles, TypedLabel: "E", Errors: layout.FieldErrors{"label": "Taken."}}),
		of("overview of administration", identitypages.Overview, identitypages.OverviewView{Page: seenBy(page("Administration")), Cards: []identitypages.OverviewCard{
			{Label: "People", URL: "/admin/people", Note: "Find somebody.", Figure: identitypages.OverviewFigure{State: identitypages.FigureNeutral, Words: "12 people signed up this week", At: morning}},
			{Label: "Jobs", URL: "/admin/jobs", Figure: identitypages.OverviewFigure{State: identitypages.FigureOpen, Words: "3 dead jobs"}},
			{Label: "Errors", URL: "/admin/errors", Figure: identitypages.OverviewFigure{State: identitypages.FigureUnread}},
			{Label: "Audit trail", URL: "/admin/audit", Figure: identitypages.OverviewFigure{State: identitypages.FigureGood, Words: "As it was sealed", At: morning}},
			{Label: "System", URL: "/admin/system"},
		}}),
		of("overview of administration that nobody could read", identitypages.Overview, identitypages.OverviewView{Page: seenBy(page("Administration")), Cards: []identitypages.OverviewCard{
			{Label: "Errors", URL: "/admin/errors", Figure: identitypages.OverviewFigure{State: identitypages.FigureUnread}},
		}}),
		of("list of people", identitypages.People, identitypages.PeopleView{
			Page: seenBy(page("People")), Search: "c", People: []identitypages.PersonRow{{Name: "Cleo", Email: "cleo@neoforge.test", Role: "member", State: "active", CreatedAt: morning, URL: "/admin/people/2"}},
			OlderURL: "/admin/people?cursor=x", NewestURL: "/admin/people",
		}),
		of("nobody found", identitypages.People, identitypages.PeopleView{Page: seenBy(page("People")), Search: "nobody"}),
		of("nobody further", identitypages.People, identitypages.PeopleView{Page: seenBy(page("People"))}),
		of("person", identitypages.Person, person),
		of("refused name of a person", identitypages.Person, told("name")),
		of("refused suspension", identitypages.Person, told("reason")),
		of("refused act", identitypages.Person, told("")),
		of("oneself among people", identitypages.Person, identitypages.PersonView{Page: seenBy(page("Ada")), Name: "Ada", Email: "ada@neoforge.test", Own: true, CreatedAt: morning}),
		of("person to be erased", identitypages.ErasePerson, identitypages.ErasePersonView{Page: seenBy(page("Erase")), Name: "Cleo", Email: "cleo@neoforge.test", Path: "/admin/people/2", Error: "Another one."}),
		of("audit trail", identitypages.Audit, identitypages.AuditView{Page: seenBy(page("Audit trail")), State: identitypages.AuditState{LastSeal: 17, SealedAt: morning, CheckedAt: morning, Fault: "seal 3 was removed"}, Entries: person.Recent, OlderURL: "/admin/audit?cursor=x", CSVURL: "/csv", JSONLinesURL: "/jsonl"}),
		of("undelivered mail", identitypages.UndeliveredMail, identitypages.UndeliveredMailView{Page: seenBy(page("Undelivered mail")), Mails: []identitypages.UndeliveredMailRow{
			{To: "nobody@example.com", About: "identity.invitation", Reason: "550 no such user", FailedAt: morning, SendURL: "/admin/mail/1/send", DismissURL: "/admin/mail/1/dismiss"},
		}, OlderURL: "/admin/mail?cursor=x", NewestURL: "/admin/mail"}),
		of("jobs", identitypages.Jobs, identitypages.JobsView{Page: seenBy(page("Jobs")), Stuck: 2, Kind: "identity.mail",
			Queues: []identitypages.QueueRow{{Name: "default"}, {Name: "mail", Waiting: 12, Oldest: 95 * time.Second, Running: 4, Retrying: 3, Scheduled: 1}, {Name: "outside", Waiting: 1, Oldest: 3 * time.Second}, {Name: "long", Waiting: 1, Oldest: 200 * time.Minute}},
			Kinds:  []identitypages.KindChoice{{Kind: "identity.mail", Count: 2}, {Kind: "platform.deliver", Count: 1}},
			Dead: []identitypages.DeadJobRow{
				{ID: "42", Kind: "identity.mail", Queue: "mail", Arguments: `{"kind":"[hidden]"}`, Reason: "dial tcp: refused", Attempts: 12, Request: "0198c1f2-0000-7000-8000-000000000001", DiedAt: morning, RetryURL: "/admin/jobs/42/retry", DiscardURL: "/admin/jobs/42/discard"},
				{ID: "41", Kind: "identity.mail", Queue: "mail", DiedAt: morning, RetryURL: "/admin/jobs/41/retry", DiscardURL: "/admin/jobs/41/discard"},
			}, OlderURL: "/admin/jobs?cursor=x", NewestURL: "/admin/jobs",
		}),
		of("no dead letters", identitypages.Jobs, identitypages.JobsView{Page: seenBy(page("Jobs")), Stuck: 1, Queues: []identitypages.QueueRow{{Name: "default"}}}),
		of("no dead letters of a kind", identitypages.Jobs, identitypages.JobsView{Page: seenBy(page("Jobs")), Kind: "identity.mail"}),
		of("outside services", identitypages.Services, identitypages.ServicesView{Page: seenBy(page("Outside services")), Services: []identitypages.ServiceRow{
			{Name: "mail", State: "open", Since: morning, RetryAt: morning.Add(time.Minute), LastError: "dial tcp: refused", FailedAt: morning, Failed: 3, Refused: 12},
			{Name: "sign_in:google", State: "half_open", Since: morning, RetryAt: morning, LastError: "it answered 502", FailedAt: morning, Failed: 8},
			{Name: "captcha", State: "closed", Since: morning, AnsweredAt: morning, Answered: 7},
			{Name: "payments:stripe", State: "closed", Since: morning, AnsweredAt: morning, LastError: "it answered 500", FailedAt: morning.Add(time.Minute), Answered: 7, Failed: 1},
			{Name: "breached_passwords", State: "closed", Since: morning},
		}}),
		of("no outside services", identitypages.Services, identitypages.ServicesView{Page: seenBy(page("Outside services"))}),
		of("no undelivered mail", identitypages.UndeliveredMail, identitypages.UndeliveredMailView{Page: seenBy(page("Undelivered mail"))}),
		of("nothing in the trail", identitypages.Audit, identitypages.AuditView{Page: seenBy(page("Audit trail")), State: identitypages.AuditState{LastSeal: 17, SealedAt: morning, CheckedAt: morning}, CSVURL: "/csv", JSONLinesURL: "/jsonl"}),
	}
}
