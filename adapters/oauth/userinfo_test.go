package oauth_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"strings"
	"testing"

	"github.com/neoforge-dev/neoforge/adapters/oauth"
	"github.com/neoforge-dev/neoforge/modules/identity"
)

func TestUserinfo_CompletesWhatTheTokenDoesNotSay(t *testing.T) {
	t.Parallel()
	person := map[string]any{"sub": "subject-1", "email": "cleo@example.com", "email_verified": true, "name": "Cleo Example"}
	with := func(change func(map[string]any)) map[string]any {
		p := maps.Clone(person)
		change(p)
		return p
	}
	for name, c := range map[string]struct {
		claims func(map[string]any)
		info   map[string]any
		want   identity.Claim
	}{
		"verified":                     {without("email_verified"), person, identity.Claim{Email: "cleo@example.com", EmailVerified: true, Name: "Cleo"}},
		"verified, null":               {set("email_verified", nil), person, identity.Claim{Email: "cleo@example.com", EmailVerified: true, Name: "Cleo"}},
		"verified, as a word":          {without("email_verified"), with(set("email_verified", "true")), identity.Claim{Email: "cleo@example.com", EmailVerified: true, Name: "Cleo"}},
		"verified, no address":         {without("email_verified"), with(without("email")), identity.Claim{Email: "cleo@example.com", EmailVerified: true, Name: "Cleo"}},
		"verified, in other letters":   {without("email_verified"), with(set("email", "Cleo@Example.com")), identity.Claim{Email: "cleo@example.com", EmailVerified: true, Name: "Cleo"}},
		"verified, of another address": {without("email_verified"), with(set("email", "ben@example.com")), identity.Claim{Email: "cleo@example.com", Name: "Cleo"}},
		"not verified":                 {without("email_verified"), with(set("email_verified", false)), identity.Claim{Email: "cleo@example.com", Name: "Cleo"}},
		"verified, the token says no":  {set("email_verified", false), person, identity.Claim{Email: "cleo@example.com", Name: "Cleo"}},
		"name":                         {without("name"), person, identity.Claim{Email: "cleo@example.com", EmailVerified: true, Name: "Cleo Example"}},
		"name before the user name":    {all(without("name"), set("preferred_username", "cleo7")), person, identity.Claim{Email: "cleo@example.com", EmailVerified: true, Name: "Cleo Example"}},
		"user name":                    {without("name"), with(all(without("name"), set("preferred_username", "cleo7"))), identity.Claim{Email: "cleo@example.com", EmailVerified: true, Name: "cleo7"}},
		"all of it":                    {without("email", "email_verified", "name"), person, identity.Claim{Email: "cleo@example.com", EmailVerified: true, Name: "Cleo Example"}},
		"nothing but a subject":        {without("email", "email_verified", "name"), map[string]any{"sub": "subject-1"}, identity.Claim{}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := openHostile(t)
			h.claims = c.claims
			h.userinfo = func(w http.ResponseWriter, r *http.Request) {
				if r.Header.Get("Authorization") != "Bearer access-1" {
					w.WriteHeader(http.StatusUnauthorized)
					return
				}
				write(w, c.info)
			}
			claim, err := h.signIn(t, nil)
			c.want.Provider, c.want.Subject = "acme", "subject-1"
			if err != nil || claim != c.want {
				t.Fatalf("have %+v, %v\nwant %+v", claim, err, c.want)
			}
		})
	}
	t.Run("signed", func(t *testing.T) {
		t.Parallel()
		h := openHostile(t)
		h.claims = without("email", "email_verified")
		h.userinfo = func(w http.ResponseWriter, _ *http.Request) {
			payload, err := json.Marshal(person)
			if err != nil {
				t.Error(err)
			}
			w.Header().Set("Content-Type", "application/jwt")
			_, _ = w.Write([]byte(signed(h.key, keyID, payload)))
		}
		if claim, err := h.signIn(t, nil); err != nil || !claim.EmailVerified || claim.Incomplete != nil {
			t.Fatalf("have %+v, %v", claim, err)
		}
	})
	t.Run("never for Microsoft's domains", func(t *testing.T) {
		t.Parallel()
		h := openHostile(t)
		h.metadata = set("issuer", h.server.URL+"/{tenantid}/v2.0")
		h.claims = all(without("email", "email_verified"), set("iss", h.server.URL+"/"+aTenant+"/v2.0"), set("tid", aTenant), set("xms_edov", true))
		h.userinfo = func(w http.ResponseWriter, _ *http.Request) { write(w, with(set("xms_edov", true))) }
		p := h.providerOf(t, oauth.ProviderConfig{Kind: "microsoft", Issuer: h.server.URL + "/{tenantid}/v2.0", ClientSecret: "the-secret"})
		claim, err := h.signInAt(t, p, flow, nil)
		if err != nil || claim.Email != "cleo@example.com" || claim.EmailVerified {
			t.Fatalf("have %+v, %v", claim, err)
		}
	})
}

func TestUserinfo_ThatFailsLeavesTheSubjectCertain(t *testing.T) {
	t.Parallel()
	answer := func(status int, media, body string) func(http.ResponseWriter, *http.Request) {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", media)
			w.WriteHeader(status)
			_, _ = w.Write([]byte(body))
		}
	}
	foreign, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		info func(http.ResponseWriter, *http.Request)
		want error
	}{
		"away":             {answer(http.StatusBadGateway, "text/html", "access-1"), identity.ErrProviderAway},
		"refused":          {answer(http.StatusUnauthorized, "application/json", `{"error":"access-1"}`), identity.ErrProviderInvalid},
		"missing":          {answer(http.StatusNotFound, "text/html", "access-1"), identity.ErrProviderInvalid},
		"moved":            {answer(http.StatusFound, "text/html", ""), identity.ErrProviderInvalid},
		"no JSON":          {answer(http.StatusOK, "text/html", "<html>"), identity.ErrProviderInvalid},
		"null":             {answer(http.StatusOK, "application/json", "null"), identity.ErrProviderInvalid},
		"no subject":       {answer(http.StatusOK, "application/json", `{"email":"mallory@example.com","email_verified":true}`), identity.ErrProviderInvalid},
		"odd subject":      {answer(http.StatusOK, "application/json", `{"sub":1,"email":"mallory@example.com"}`), identity.ErrProviderInvalid},
		"a foreign JWT":    {answer(http.StatusOK, "application/jwt", signed(foreign, keyID, []byte(`{"sub":"subject-1","email":"mallory@example.com"}`))), identity.ErrProviderInvalid},
		"an unsigned JWT":  {answer(http.StatusOK, "application/jwt", unsigned([]byte(`{"sub":"subject-1","email":"mallory@example.com"}`))), identity.ErrProviderInvalid},
		"an endless story": {answer(http.StatusOK, "application/json", `{"sub":"`+strings.Repeat("x", 2<<20)), identity.ErrProviderInvalid},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := openHostile(t)
			h.claims = without("email", "email_verified")
			h.userinfo = c.info
			claim, err := h.signIn(t, nil)
			if err != nil || claim.Subject != "subject-1" || claim.Email != "" || claim.EmailVerified {
				t.Fatalf("have %+v, %v", claim, err)
			}
			if f := failureOf(t, claim.Incomplete); !errors.Is(f, c.want) || f.Step != identity.StepUserinfo {
				t.Errorf("incomplete for %v", claim.Incomplete)
			}
		})
	}
}
