package identity_test

import (
	"errors"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/neoforge-dev/neoforge/modules/identity"
)

func TestPassword_IsNotOnesOwnEmailOrName(t *testing.T) {
	t.Parallel()
	for password, refused := range map[string]bool{
		"cleo.berg@example.com": true, "Cleo.Berg": true, "cleoberg1": true, "CLEO-BERG-2026": true, "cleobergexample": true,
		"Cleopatra Berg": true, "cleopatraberg99": true,
		"my friend cleo berg": false, "12345678": false, "lanterns drift": false, "": false,
	} {
		err := identity.NotOwnWords(password, identity.PasswordContext{Email: "cleo.berg@example.com", Name: "Cleopatra Berg"})
		if errors.Is(err, identity.ErrWeakPassword) != refused {
			t.Errorf("%q: %v", password, err)
		}
	}
}

func TestNotOwnWords_RefusesWordsOfThePersonAndTheSite(t *testing.T) {
	t.Parallel()
	c := identity.PasswordContext{Email: "maria.lopez@mail.xn--mnchen-3ya.test", Name: "María-José López Ortiz", Site: []string{"Acme Forge", "shop.acme-works.example"}}
	for password, refused := range map[string]bool{
		"acme2026!": true, "maria.lopez1": true, "Lopez#2026": true, "AcmeMaria2026": true, "m4r1a-l0pez!": true, "München2026": true, "munchen2026": true,
		"ortizortiz": true, "josejose": true, "m.a.r.i.a.1.9.9.0": true, "1opez|1opez": true, "!!!Acme!!!": true, "1.1.1990 maria": true, "forge-acme-01": true, "ｍａｒｉａ２０２６": true, "@cme-f0rge": true, "lópezórtiz9": true,
		"shopacmeworks": true, "works2026works": true, "mariajose1": true, "maria.lopez@mail.münchen.test": true, "4cme2026": true, "2026acme": true,

		"acme builds small rockets": false, "maria sings at dawn": false, "marigold2026": false, "acme-12345678901": false, "correct-horse-battery": false,
		"loprez-miara": false, "josjosjos": false, "20262026": false, "!!!!!!!!": false, "": false, "Пароль с лампой": false,
	} {
		err := identity.NotOwnWords(password, c)
		if errors.Is(err, identity.ErrWeakPassword) != refused {
			t.Errorf("%q: %v", password, err)
		}
	}
	if err := identity.NotOwnWords("seven lanterns", identity.PasswordContext{}); err != nil {
		t.Errorf("without a context: %v", err)
	}
}

// TestNotOwnWords_LetsAPassphraseContainThem: a word that is not of the context makes
// any password good, and decoration makes none.
func TestNotOwnWords_LetsAPassphraseContainThem(t *testing.T) {
	t.Parallel()
	c := identity.PasswordContext{Email: "maria.lopez@example.test", Name: "Maria Lopez", Site: []string{"Acme"}}
	words := []string{"maria", "Lopez", "ACME", "example", "m4ria", "l0pez"}
	signs := []string{"", " ", "-", ".", "!"}
	endings := []string{"", "1", "99", "2026", "2026!", "!!", "#1984#"}
	random := rand.New(rand.NewPCG(3, 1))
	for range 2000 {
		own := make([]string, 1+random.IntN(4))
		for i := range own {
			own[i] = words[random.IntN(len(words))]
		}
		sign, ending := signs[random.IntN(len(signs))], endings[random.IntN(len(endings))]
		password := strings.Join(own, sign) + ending
		if err := identity.NotOwnWords(password, c); !errors.Is(err, identity.ErrWeakPassword) {
			t.Fatalf("%q: %v", password, err)
		}
		phrase := strings.Join(slices.Insert(own, random.IntN(len(own)+1), "zukunft"), sign) + ending
		if err := identity.NotOwnWords(phrase, c); err != nil {
			t.Fatalf("%q: %v", phrase, err)
		}
	}
}
