package identity_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/ports/fault"
)

func TestDataExport_IsOneAtATimeAndThreeADay(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)
	export := func(state identity.ExportState, age time.Duration) identity.DataExport {
		return identity.DataExport{State: state, CreatedAt: now.Add(-age)}
	}
	for name, c := range map[string]struct {
		others []identity.DataExport
		want   error
	}{
		"the first":                       {nil, nil},
		"beside one that runs":            {[]identity.DataExport{export(identity.ExportRunning, time.Minute)}, identity.ErrExportUnderWay},
		"beside one that runs no more":    {[]identity.DataExport{export(identity.ExportRunning, identity.ExportTimeout)}, nil},
		"after one that is ready":         {[]identity.DataExport{export(identity.ExportReady, time.Minute)}, nil},
		"the third":                       {[]identity.DataExport{export(identity.ExportReady, 1), export(identity.ExportFailed, 2)}, nil},
		"the fourth":                      {[]identity.DataExport{export(identity.ExportReady, 1), export(identity.ExportFailed, 2), export(identity.ExportReady, 23*time.Hour)}, identity.ErrTooManyExports},
		"the fourth, a day after a first": {[]identity.DataExport{export(identity.ExportReady, 1), export(identity.ExportFailed, 2), export(identity.ExportReady, 24*time.Hour)}, nil},
	} {
		if err := identity.MayExport(c.others, now); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	err := identity.MayExport([]identity.DataExport{export(identity.ExportReady, time.Hour), export(identity.ExportReady, 20*time.Hour), export(identity.ExportReady, 2*time.Hour)}, now)
	if f := fault.As(err); f == nil || f.RetryAfter != 4*time.Hour {
		t.Errorf("come back: %v", err)
	}
}

func TestDeletion_HasAGracePeriodAndCanBeCancelled(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)
	u, err := identity.User{}.AskErasure(now)
	if err != nil || u.EraseAt != now.Add(14*24*time.Hour) {
		t.Fatalf("%v, %v", u.EraseAt, err)
	}
	if _, err := u.AskErasure(now); !errors.Is(err, identity.ErrDeletionAsked) {
		t.Errorf("twice: %v", err)
	}
	if u.ErasableAt(u.EraseAt.Add(-1)) || !u.ErasableAt(u.EraseAt) || (identity.User{}).ErasableAt(now) {
		t.Error("the account ends at its end, and one that stays never")
	}
	kept, err := u.Keep(now)
	if err != nil || !kept.EraseAt.IsZero() {
		t.Errorf("%v, %v", kept.EraseAt, err)
	}
	if _, err := kept.Keep(now); !errors.Is(err, identity.ErrDeletionNotAsked) {
		t.Errorf("kept twice: %v", err)
	}
}

func TestDeletionBlockers_KeepOthersFromBeingLeftBehind(t *testing.T) {
	t.Parallel()
	if err := identity.MayLeave(identity.DeletionBlockers{}); err != nil {
		t.Error(err)
	}
	if err := identity.MayLeave(identity.DeletionBlockers{LastAdministrator: true}); !errors.Is(err, identity.ErrLastAdministrator) {
		t.Error(err)
	}
	err := identity.MayLeave(identity.DeletionBlockers{Organizations: []identity.Organization{{Name: "Forge & Sons"}, {Name: "Anvil"}}})
	if !errors.Is(err, identity.ErrOwnsOrganizations) || !strings.Contains(fault.As(err).Message, "Forge & Sons, Anvil") {
		t.Error(err)
	}
}

func TestAgreeAtSignUp_NamesTheTextsThatChanged(t *testing.T) {
	t.Parallel()
	texts := identity.Texts{identity.ConsentTerms: "2026-03-05.2"}
	for want, shown := range map[string]identity.Agreed{
		"There is a new version of the terms of use. Read it, then agree to it.":   {identity.ConsentTerms: "2026-03-04.1", identity.ConsentPrivacy: "unpublished"},
		"There is a new version of the privacy notice. Read it, then agree to it.": {identity.ConsentTerms: "2026-03-05.2", identity.ConsentPrivacy: "2026-03-04.1"},
		"There are new versions of the terms of use and the privacy notice. Read them, then agree to them.": {
			identity.ConsentTerms: "unpublished", identity.ConsentPrivacy: "2026-03-04.1",
		},
	} {
		_, err := texts.AgreeAtSignUp(shown, false)
		if f := fault.As(err); !errors.Is(err, identity.ErrConsentOutdated) || f.Message != want {
			t.Errorf("shown %v: %v, want %q", shown, err, want)
		}
	}
	if agreed, err := texts.AgreeAtSignUp(identity.Agreed{identity.ConsentTerms: "2026-03-05.2"}, false); err != nil || agreed[identity.ConsentTerms] != "2026-03-05.2" {
		t.Errorf("the text in force: %v, %v", agreed, err)
	}
	if _, err := texts.AgreeAtSignUp(identity.Agreed{"soul": "1"}, false); !errors.Is(err, identity.ErrConsentUnknown) {
		t.Errorf("a text that does not exist: %v", err)
	}
}

func TestConsent_IsGivenToTheCurrentTextAndWithdrawnWhereItIsFree(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		kind    identity.ConsentKind
		version string
		given   bool
		want    error
	}{
		"given":                  {identity.ConsentNews, "", true, nil},
		"taken back":             {identity.ConsentNews, "", false, nil},
		"a text of before":       {identity.ConsentTerms, "1999-01-01", true, identity.ErrConsentOutdated},
		"what the account needs": {identity.ConsentPrivacy, "", false, identity.ErrConsentNeeded},
		"nothing":                {"soul", "", true, identity.ErrConsentUnknown},
	} {
		a, err := identity.Texts(nil).MayConsent(c.kind, c.version, c.given)
		if !errors.Is(err, c.want) || err == nil && (a.Kind != c.kind || a.Version == "") {
			t.Errorf("%s: %+v, %v", name, a, err)
		}
	}
	at := time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)
	history := []identity.Consent{{Kind: identity.ConsentNews, At: at.Add(1)}, {Kind: identity.ConsentNews, Given: true, At: at}, {Kind: identity.ConsentTerms, Given: true, At: at}}
	standing := identity.Standing(history)
	if standing[identity.ConsentNews].Given || !standing[identity.ConsentTerms].Given || len(standing) != 2 {
		t.Errorf("%+v", standing)
	}
}
