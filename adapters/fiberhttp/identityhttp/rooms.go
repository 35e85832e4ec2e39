package identityhttp

import (
	"context"
	"net/url"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/account"
	"github.com/neoforge-dev/neoforge/modules/identity/administration"
	"github.com/neoforge-dev/neoforge/modules/identity/organizations"
	"github.com/neoforge-dev/neoforge/modules/identity/privacy"
	"github.com/neoforge-dev/neoforge/modules/identity/signin"
	"github.com/neoforge-dev/neoforge/modules/identity/signingkeys"
	"github.com/neoforge-dev/neoforge/ports/audit"
	"github.com/neoforge-dev/neoforge/ports/errortracking"
	"github.com/neoforge-dev/neoforge/ports/identityport"
)

// SignInUseCases is what the routes ask of signing in.
type SignInUseCases interface {
	AdmitPassword(ctx context.Context, device identity.Secret, actor identity.Actor) (_ context.Context, leave func(), err error)
	AskEmailChange(ctx context.Context, actor identity.Actor, address string) error
	BeginPasskeySignIn(ctx context.Context) (identity.PasskeyChallenge, error)
	BeginProviderSignIn(ctx context.Context, cmd signin.BeginProviderSignIn) (identity.ProviderFlow, error)
	CancelEmailChange(ctx context.Context, actor identity.Actor) error
	ConfirmEmailChange(ctx context.Context, token identity.Secret, address string) error
	FinishProgramSignIn(ctx context.Context, cmd signin.FinishSignIn) (signin.TokenPair, error)
	FinishSignIn(ctx context.Context, cmd signin.FinishSignIn) (signin.SignedIn, error)
	ForgotPassword(ctx context.Context, cmd signin.AskedByMail) error
	CaptchaPrompt(ctx context.Context) (identity.CaptchaPrompt, bool, error)
	PendingEmail(ctx context.Context, actor identity.Actor) (email identity.Email, undelivered bool, err error)
	Providers() []identity.ProviderInfo
	RefreshTokens(ctx context.Context, token identity.Secret) (signin.TokenPair, error)
	ResetPassword(ctx context.Context, cmd signin.ResetPassword) error
	ReturnPurpose(ctx context.Context, params url.Values) (identity.FlowPurpose, error)
	RevokeOtherSessions(ctx context.Context, actor identity.Actor) (int, error)
	RevokeSession(ctx context.Context, actor identity.Actor, sessionID string) error
	SecondFactor(ctx context.Context, challenge identity.Secret) (signin.SecondFactorOffer, error)
	SendMagicLink(ctx context.Context, cmd signin.AskedByMail) error
	SignInProgram(ctx context.Context, cmd signin.SignInProgram) (signin.TokenPair, error)
	SignInProgramWithCode(ctx context.Context, cmd signin.SignInWithCode) (signin.TokenPair, error)
	SignInProgramWithPasskey(ctx context.Context, cmd signin.SignInWithPasskey) (signin.TokenPair, error)
	SignInWithCode(ctx context.Context, cmd signin.SignInWithCode) (signin.SignedIn, error)
	SignInWithLink(ctx context.Context, cmd signin.SignInWithLink) (signin.SignedIn, error)
	SignInWithPasskey(ctx context.Context, cmd signin.SignInWithPasskey) (signin.SignedIn, error)
	SignInWithPassword(ctx context.Context, cmd signin.SignInWithPassword) (signin.SignedIn, error)
	SignInWithProvider(ctx context.Context, cmd signin.SignInWithProvider) (signin.SignedIn, error)
	SignOut(ctx context.Context, actor identity.Actor) error
	SignUp(ctx context.Context, cmd signin.SignUp) error
	VerifyEmail(ctx context.Context, cmd signin.VerifyEmail) error
}

// AccountUseCases is what the routes ask of the room of one's own account.
type AccountUseCases interface {
	AddPasskey(ctx context.Context, cmd account.AddPasskey) (account.AddedPasskey, error)
	Avatar(ctx context.Context, id identity.UserID) (identity.Avatar, error)
	BeginLink(ctx context.Context, cmd account.BeginLink) (identity.ProviderFlow, error)
	BeginPasskey(ctx context.Context, actor identity.Actor) (identity.PasskeyChallenge, error)
	BeginPasskeyConfirmation(ctx context.Context, actor identity.Actor) (identity.PasskeyChallenge, error)
	BeginProviderConfirmation(ctx context.Context, actor identity.Actor, provider, returnTo string) (identity.ProviderFlow, error)
	ChangePassword(ctx context.Context, actor identity.Actor, cmd account.ChangePassword) (identity.Secret, error)
	ChangeProfile(ctx context.Context, cmd account.ChangeProfile) (identity.User, error)
	Confirm(ctx context.Context, cmd account.Confirm) (account.Confirmed, error)
	ConfirmTOTP(ctx context.Context, actor identity.Actor, code string) ([]identity.RecoveryCode, error)
	ConfirmWithProvider(ctx context.Context, r identity.ProviderReturn) (account.Confirmed, error)
	Connections(ctx context.Context, actor identity.Actor) ([]account.Connection, error)
	CreatePersonalToken(ctx context.Context, actor identity.Actor, cmd account.CreatePersonalToken) (identity.PersonalToken, identity.Secret, error)
	LinkIdentity(ctx context.Context, cmd identity.ProviderReturn) (account.Linked, error)
	MakeRecoveryCodes(ctx context.Context, actor identity.Actor) ([]identity.RecoveryCode, error)
	PendingTOTP(ctx context.Context, actor identity.Actor) (account.TOTPSetup, error)
	PersonalTokens(ctx context.Context, actor identity.Actor) ([]identity.PersonalToken, error)
	Profile(ctx context.Context, actor identity.Actor) (identity.Profile, error)
	RemoveAvatar(ctx context.Context, actor identity.Actor) error
	RemovePasskey(ctx context.Context, actor identity.Actor, id string) error
	RemoveTOTP(ctx context.Context, actor identity.Actor) error
	RenamePasskey(ctx context.Context, actor identity.Actor, id, name string) error
	RevokePersonalToken(ctx context.Context, actor identity.Actor, id string) error
	SecondFactorDemand(ctx context.Context, actor identity.Actor) (account.FactorDemand, error)
	Security(ctx context.Context, actor identity.Actor) (account.Security, error)
	SetAvatar(ctx context.Context, actor identity.Actor, file []byte) (identity.Avatar, error)
	StartTOTP(ctx context.Context, actor identity.Actor) (account.TOTPSetup, error)
	UnlinkIdentity(ctx context.Context, actor identity.Actor, id string) error
}

// OrganizationUseCases is what the routes ask of organizations, roles and grants.
type OrganizationUseCases interface {
	AcceptInvitation(ctx context.Context, actor identity.Actor, cmd organizations.AcceptInvitation) (identity.OrganizationID, error)
	AcceptOffer(ctx context.Context, actor identity.Actor, id string) error
	ChangeMember(ctx context.Context, actor identity.Actor, id identity.OrganizationID, user identity.UserID, c organizations.MemberChange) error
	ChangeOrganizationRole(ctx context.Context, actor identity.Actor, id identity.OrganizationID, name string, c organizations.RoleChange) (identity.CustomRole, error)
	ChangeRole(ctx context.Context, by identity.Actor, name string, c organizations.RoleChange) (identity.CustomRole, error)
	CreateOrganization(ctx context.Context, actor identity.Actor, name string) (identity.Organization, error)
	CreateOrganizationRole(ctx context.Context, actor identity.Actor, id identity.OrganizationID, label string, permissions []identity.Permission) (identity.CustomRole, error)
	CreateRole(ctx context.Context, by identity.Actor, label string, permissions []identity.Permission) (identity.CustomRole, error)
	DeclineOffer(ctx context.Context, actor identity.Actor, id string) error
	DeleteOrganization(ctx context.Context, actor identity.Actor, id identity.OrganizationID) error
	DeleteOrganizationRole(ctx context.Context, actor identity.Actor, id identity.OrganizationID, name string) error
	DeleteRole(ctx context.Context, by identity.Actor, name string) error
	Invite(ctx context.Context, actor identity.Actor, cmd organizations.Invite) (identity.Invitation, error)
	LeaveOrganization(ctx context.Context, actor identity.Actor, id identity.OrganizationID) error
	ListInvitations(ctx context.Context, actor identity.Actor, id identity.OrganizationID) ([]organizations.OpenInvitation, error)
	ListMembers(ctx context.Context, actor identity.Actor, id identity.OrganizationID, from string, limit int) ([]identity.Member, string, error)
	ListOffers(ctx context.Context, actor identity.Actor) ([]organizations.Offer, error)
	ListOrganizations(ctx context.Context, actor identity.Actor) ([]identity.Place, []organizations.InvitationView, error)
	ListRoles(ctx context.Context, by identity.Actor) ([]organizations.RoleInfo, error)
	OpenOrganization(ctx context.Context, actor identity.Actor, id identity.OrganizationID) (organizations.OrganizationView, error)
	OrganizationPermissions() []identity.Permission
	PeekInvitation(ctx context.Context, token identity.Secret) (organizations.InvitationView, error)
	Permissions() []identity.Permission
	RemoveMember(ctx context.Context, actor identity.Actor, id identity.OrganizationID, user identity.UserID) error
	RenameOrganization(ctx context.Context, actor identity.Actor, id identity.OrganizationID, name string) error
	RequireSecondFactor(ctx context.Context, actor identity.Actor, id identity.OrganizationID, required bool) error
	ResendInvitation(ctx context.Context, actor identity.Actor, id identity.OrganizationID, invitation string) error
	RevokeInvitation(ctx context.Context, actor identity.Actor, id identity.OrganizationID, invitation string) error
	TransferOrganization(ctx context.Context, actor identity.Actor, id identity.OrganizationID, to identity.UserID) error
}

// PrivacyUseCases is what the routes ask about consent, exports and deletion.
type PrivacyUseCases interface {
	Agreements(ctx context.Context) ([]identity.Agreement, error)
	Consents(ctx context.Context, actor identity.Actor) ([]privacy.ConsentState, error)
	DataExport(ctx context.Context, actor identity.Actor, id string) (identity.DataExport, error)
	DeleteAccount(ctx context.Context, cmd privacy.DeleteAccount) (identity.User, error)
	DeletionBlockers(ctx context.Context, actor identity.Actor) (identity.DeletionBlockers, error)
	ErasePerson(ctx context.Context, by identity.Actor, id identity.UserID) error
	ExportArchive(ctx context.Context, actor identity.Actor, id string) (identity.DataExport, []byte, error)
	Exports(ctx context.Context, actor identity.Actor) ([]identity.DataExport, error)
	KeepAccount(ctx context.Context, actor identity.Actor) error
	RequestExport(ctx context.Context, actor identity.Actor) (identity.DataExport, error)
	SetConsents(ctx context.Context, actor identity.Actor, given ...privacy.GivenConsent) error
}

// AdministrationUseCases is what the routes of administrators ask.
type AdministrationUseCases interface {
	AssignRole(ctx context.Context, by identity.Actor, id identity.UserID, role identity.Role) error
	AuditState(ctx context.Context, by identity.Actor) (audit.State, error)
	Explained() []identityport.Explainer
	ExplainAccess(ctx context.Context, by identity.Actor, q administration.ExplainAccess) (administration.Access, error)
	AuditTrail(ctx context.Context, by identity.Actor, q administration.AuditQuery) (administration.AuditPage, error)
	ChangeUser(ctx context.Context, by identity.Actor, id identity.UserID, c administration.UserChange) error
	DiscardDeadJob(ctx context.Context, by identity.Actor, id string) error
	DismissUndeliveredMail(ctx context.Context, by identity.Actor, id string) error
	ErrorGroup(ctx context.Context, by identity.Actor, id string) (errortracking.Group, error)
	ErrorGroups(ctx context.Context, by identity.Actor, q administration.ListErrorGroups) (administration.ErrorGroups, error)
	ExportAudit(ctx context.Context, by identity.Actor, q administration.AuditQuery, write func([]audit.Entry) error) (cut bool, err error)
	Impersonate(ctx context.Context, cmd administration.Impersonate) (administration.Impersonation, error)
	JobQueues(ctx context.Context, by identity.Actor) (administration.JobQueues, error)
	ListDeadJobs(ctx context.Context, by identity.Actor, q administration.ListDeadJobs) (administration.DeadJobs, error)
	ListPeople(ctx context.Context, by identity.Actor, q administration.ListPeople) (administration.People, error)
	ListUndeliveredMails(ctx context.Context, by identity.Actor, cursor string, limit int) (administration.UndeliveredMails, error)
	OpenErrors(ctx context.Context, by identity.Actor) (int, error)
	PersonDetail(ctx context.Context, by identity.Actor, id identity.UserID) (administration.PersonDetail, error)
	RenameUser(ctx context.Context, by identity.Actor, id identity.UserID, name string) error
	ResetSecondFactors(ctx context.Context, by identity.Actor, id identity.UserID) error
	RestoreUser(ctx context.Context, by identity.Actor, id identity.UserID) error
	RetryDeadJob(ctx context.Context, by identity.Actor, id string) error
	SetErrorState(ctx context.Context, by identity.Actor, id string, state errortracking.State) error
	SendMailAgain(ctx context.Context, by identity.Actor, id string) error
	SendPasswordReset(ctx context.Context, by identity.Actor, id identity.UserID) error
	SendUserVerification(ctx context.Context, by identity.Actor, id identity.UserID) error
	SignOutKept(ctx context.Context, own identity.Secret) error
	SignOutUser(ctx context.Context, by identity.Actor, id identity.UserID) error
	StopImpersonating(ctx context.Context, actor identity.Actor, own identity.Secret) (back bool, err error)
	SuspendUser(ctx context.Context, by identity.Actor, id identity.UserID, reason string) error
}

// SigningKeyUseCases is where the keys of access tokens are looked up.
type SigningKeyUseCases interface {
	KeySet(ctx context.Context) ([]byte, error)
}

var (
	_ SignInUseCases         = (*signin.App)(nil)
	_ AccountUseCases        = (*account.App)(nil)
	_ OrganizationUseCases   = (*organizations.App)(nil)
	_ PrivacyUseCases        = (*privacy.App)(nil)
	_ AdministrationUseCases = (*administration.App)(nil)
	_ SigningKeyUseCases     = (*signingkeys.App)(nil)
)
