package identity

import "github.com/neoforge-dev/neoforge/ports/fault"

// What can go wrong, as callers see it.
var (
	ErrNotSignedIn        = fault.New(fault.Unauthenticated, "identity.not_signed_in", "Sign in first.")
	ErrInvalidCredentials = fault.New(fault.Unauthenticated, "identity.invalid_credentials", "The address or the password is wrong. Check both, or sign in another way. If you have just registered, first open the link that we sent you.")
	ErrSignInEnded        = fault.New(fault.Unauthenticated, "identity.sign_in_ended", "Every sign-in of this account was ended while you signed in, as when its password is changed. Sign in again.")
	ErrInvalidToken       = fault.New(fault.Unauthenticated, "identity.invalid_token", "The access token is not valid, or no longer. Sign in again or refresh it.")
	ErrTokenReused        = fault.New(fault.Unauthenticated, "identity.refresh_token_reused", "This refresh token was used before, so every token of this sign-in was revoked. Sign in again.")
	ErrNotRecent          = fault.New(fault.Forbidden, "identity.recent_authentication_required", "Confirm that it is you first: this needs a proof from the last ten minutes.")
	ErrForbidden          = fault.New(fault.Forbidden, "identity.forbidden", "Your role does not include this. Ask an administrator for it.")
	ErrSuspended          = fault.New(fault.Forbidden, "identity.suspended", "This account is suspended. Write to the administrators.")
	ErrUserNotFound       = fault.New(fault.NotFound, "identity.user_not_found", "There is no such person.")
	ErrOrganizationAbsent = fault.New(fault.NotFound, "identity.organization_not_found", "There is no such organization.")
	ErrSessionNotFound    = fault.New(fault.NotFound, "identity.session_not_found", "There is no such session.")
	ErrProviderUnknown    = fault.New(fault.NotFound, "identity.provider_not_found", "This way of signing in is not set up here. Choose one from the sign-in page.")
	ErrEmailTaken         = fault.New(fault.Conflict, "identity.email_taken", "Somebody uses this address already. Choose another one.")
	ErrIdentityNotFound   = fault.New(fault.NotFound, "identity.identity_not_found", "You have no such connected account.")
	ErrIdentityTaken      = fault.New(fault.Conflict, "identity.identity_taken", "This account is connected with somebody else here already. Sign in with it and disconnect it there first, or choose another one.")
	ErrUserChanged        = fault.New(fault.Outdated, "identity.user_changed", "The account was changed meanwhile. Load it again and repeat the change.")
	ErrInvalidEmail       = fault.New(fault.Invalid, "identity.invalid_email", "This is not an e-mail address. Write it as in name@example.com.")
	ErrNameHasLink        = fault.New(fault.Invalid, "identity.name_has_link", "A name cannot hold a web address. Write it without.")
	ErrInvalidName        = fault.New(fault.Invalid, "identity.invalid_name", "The name must have 1 to 100 characters.")
	ErrWeakPassword       = fault.New(fault.Invalid, "identity.weak_password", "The password must have 8 to 256 characters and must not be a common one.")
	ErrBreachedPassword   = fault.New(fault.Invalid, "identity.breached_password", "This password leaked from another service, so it is among the first that are tried. Choose another one, and change it wherever else you use it.")
	ErrUnknownRole        = fault.New(fault.Invalid, "identity.unknown_role", "The role must be member, author or administrator.")
	ErrEmailUnproven      = fault.New(fault.Forbidden, "identity.email_unproven", "Prove first that the address is yours: open the link in the mail that we sent to it, or reset your password.")
	ErrEmailVerified      = fault.New(fault.Conflict, "identity.email_verified", "Your address is verified already. There is nothing to do.")
	ErrEmailSame          = fault.New(fault.Invalid, "identity.email_same", "This is your address already. Type the new one.")
	ErrTooManyAttempts    = fault.New(fault.TooMany, "identity.too_many_attempts", "Too many attempts in a short time.")
	ErrBusy               = fault.New(fault.Unavailable, "identity.busy", "Too many people are signing in at this moment. Try again in a few seconds.")

	// Sign-in at another provider.
	ErrFlowUnknown     = fault.New(fault.Invalid, "identity.sign_in_expired", "This sign-in was started too long ago, in another browser, or was finished already. Start it again from the sign-in page.")
	ErrLinkUnknown     = fault.New(fault.Invalid, "identity.link_expired", "Connecting was started too long ago, in another sign-in, or was finished already. Start it again under Connections.")
	ErrLinkInBrowser   = fault.New(fault.Forbidden, "identity.link_needs_browser", "Accounts are connected in the browser in which you are signed in. Open Connections there.")
	ErrLastWayIn       = fault.New(fault.Conflict, "identity.last_way_in", "This is your last way in. Set a password, add a passkey or connect another account first.")
	ErrProviderDenied  = fault.New(fault.Unauthenticated, "identity.provider_denied", "The provider did not sign you in. Start again, or choose another way.")
	ErrProviderInvalid = fault.New(fault.Unauthenticated, "identity.provider_invalid", "The provider's answer could not be verified, so you were not signed in. Start again, or choose another way.")
	ErrProviderAway    = fault.New(fault.Unavailable, "identity.provider_unavailable", "The provider does not answer at the moment. Try again, or choose another way.")
	ErrEmailUnverified = fault.New(fault.Forbidden, "identity.email_unverified", "The provider has not verified your e-mail address. Verify it there, then sign in again.")
)
