package identitytest

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/ports/audit"
	"github.com/neoforge-dev/neoforge/ports/cursor"
	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/ports/idgen/idgentest"
)

var peopleCases = map[string]func(t *testing.T, h Harness){
	"people are listed newest first, page by page, each once, while others come": func(t *testing.T, h Harness) {
		var want []identity.UserID
		for i := range 7 {
			// Three of them at the same moment: then the id decides.
			u := h.person(t, fmt.Sprintf("Person %d", i), fmt.Sprintf("p%d@neoforge.test", i), Now.Add(time.Duration(i/3)*time.Second))
			want = append(want, u.ID)
		}
		all := h.people(t, identity.PeopleFilter{}, cursor.Position{}, 100)
		if len(all) != len(want) {
			t.Fatalf("%d of %d are listed", len(all), len(want))
		}
		for i, u := range all[1:] {
			before := all[i]
			if u.CreatedAt.After(before.CreatedAt) || u.CreatedAt.Equal(before.CreatedAt) && u.ID >= before.ID {
				t.Errorf("%d: %s %s stands after %s %s", i, u.CreatedAt, u.ID, before.CreatedAt, before.ID)
			}
		}
		for _, search := range []string{"", "person"} {
			var paged []identity.User
			var after cursor.Position
			for page := 0; ; page++ {
				have := h.people(t, identity.PeopleFilter{Search: search}, after, 3)
				if len(have) == 0 {
					break
				}
				paged = append(paged, have...)
				last := have[len(have)-1]
				after = cursor.Position{At: last.CreatedAt, ID: string(last.ID)}
				h.person(t, "Person late", search+fmt.Sprintf("late%d@neoforge.test", page), Now.Add(time.Hour))
			}
			paged = onlyOf(paged, want)
			equal(t, ids(paged), ids(all))
			h.do(t, func(ctx context.Context, s identity.Stores) error {
				for _, u := range h.people(t, identity.PeopleFilter{Search: "late"}, cursor.Position{}, 100) {
					if _, err := s.Users.Delete(ctx, u.ID); err != nil {
						return err
					}
				}
				return nil
			})
		}
	},
	"people are found by beginnings of words, whatever their case and accents": func(t *testing.T, h Harness) {
		zoe := h.person(t, "Zoë O’Brien-Müller", "zoe.ob+news@mail.example.com", Now)
		ivan := h.person(t, "Иван Петров", "ivan@neoforge.test", Now.Add(time.Second))
		h.person(t, "Somebody Else", "else@example.org", Now.Add(2*time.Second))
		for search, want := range map[string][]identity.UserID{
			"zoe": {zoe.ID}, "ZOË": {zoe.ID}, "Zoe\u0308": {zoe.ID}, "zo mull": {zoe.ID}, "müller zoë": {zoe.ID},
			"brien": {zoe.ID}, "O'Brien": {zoe.ID}, "zoe.ob+news@mail.example.com": {zoe.ID}, "news": {zoe.ID},
			"example": {zoe.ID, h.idOf(t, "else@example.org")}, "example.com": {zoe.ID},
			"Петр": {ivan.ID}, "ivan@neo": {ivan.ID}, "  ivan\t": {ivan.ID},
			"oe": nil, "rien": nil, "zoe petrov": nil, "nobody": nil,
		} {
			have := h.people(t, identity.PeopleFilter{Search: search}, cursor.Position{}, 100)
			if len(onlyOf(have, want)) != len(want) || len(have) != len(want) {
				t.Errorf("%q finds %v, want %v", search, ids(have), want)
			}
		}
	},
	"people are found by their names in any script, however they are typed": func(t *testing.T, h Harness) {
		names := []string{
			"김철수", "がくと 山田", "ガクト ﾔﾏﾀﾞ", "Сергей Йовков", "Фёдор Ёлкин", "हिन्दी प्रेमी", "สมชาย ใจดี", "مُحَمَّد عَلِيّ", "שָׁלוֹם כֹּהֵן", "Ａｄａ Ｌｏｖｅｌａｃｅ",
			"Łukasz Żółć", "Nguyễn Văn Ân", "Οδυσσεύς", "李小龍", "தமிழ் செல்வி", "Strauß İpek", "می\u200cخواهم", "ქეთევან", "Հայկ", "ꯃꯅꯤꯄꯨꯔ",
		}
		people := map[string]identity.UserID{}
		for i, name := range names {
			people[name] = h.person(t, name, fmt.Sprintf("p%d@neoforge.test", i), Now.Add(time.Duration(i)*time.Second)).ID
		}
		find := func(search, name string, want bool) {
			t.Helper()
			found := len(onlyOf(h.people(t, identity.PeopleFilter{Search: search}, cursor.Position{}, 100), []identity.UserID{people[name]})) == 1
			if found != want {
				t.Errorf("%q finds %q: %t", search, name, found)
			}
		}
		for _, name := range names {
			for _, typed := range []string{name, strings.ToUpper(name), strings.ToLower(name)} {
				find(typed, name, true)
			}
			first, _, _ := strings.Cut(name, " ")
			letters := []rune(first)
			find(string(letters[:len(letters)-1]), name, true) // a beginning
		}
		for typed, name := range map[string]string{
			"김철": "김철수", "\u1100\u1175\u11b7\u110e\u1165\u11af": "김철수", "か\u3099くと": "がくと 山田", "カ\u3099": "ガクト ﾔﾏﾀﾞ", "Сергеи\u0306": "Сергей Йовков", "Е\u0308лкин": "Фёдор Ёлкин",
			"Nguye\u0302\u0303n": "Nguyễn Văn Ân", "z\u0307o\u0301\u0142c\u0301": "Łukasz Żółć", "ｓｔｒａｕｓｓ": "Strauß İpek",
			"ｶﾞｸﾄ": "ガクト ﾔﾏﾀﾞ", "ヤマダ": "ガクト ﾔﾏﾀﾞ", "сергеи": "Сергей Йовков", "йов": "Сергей Йовков", "елк": "Фёдор Ёлкин", "федор": "Фёдор Ёлкин", "ada love": "Ａｄａ Ｌｏｖｅｌａｃｅ",
			"محمد علي": "مُحَمَّد عَلِيّ", "שלום": "שָׁלוֹם כֹּהֵן", "lukasz zolc": "Łukasz Żółć", "nguyen van an": "Nguyễn Văn Ân", "strauss ipek": "Strauß İpek", "ΟΔΥΣΣ": "Οδυσσεύς", "हिन्": "हिन्दी प्रेमी", "प्रे": "हिन्दी प्रेमी",
		} {
			find(typed, name, true)
		}
		for typed, name := range map[string]string{"かくと": "がくと 山田", "ह": "김철수", "小龍": "李小龍", "प्ले": "हिन्दी प्रेमी"} {
			find(typed, name, false)
		}
	},
	"a domain is found by the letters of a label of it": func(t *testing.T, h Harness) {
		kept := h.person(t, "Cleo", "cleo@mail.xn--mnchen-3ya.test", Now)
		called := h.person(t, "Otto München", "otto@neoforge.test", Now.Add(time.Second))
		h.person(t, "Dan", "dan@xn--80a0bp.test", Now.Add(2*time.Second))
		for search, want := range map[string][]identity.UserID{
			"münchen": {kept.ID, called.ID}, "MÜNCHEN": {kept.ID, called.ID}, "mu\u0308nchen": {kept.ID, called.ID}, "cleo münchen": {kept.ID}, "münchen cleo": {kept.ID},
			"münchen.test": {kept.ID, called.ID}, "otto münchen": {called.ID}, "xn--mnchen": {kept.ID}, "münchner": nil, "dan münchen": nil, "münchen ü": nil,
		} {
			have := h.people(t, identity.PeopleFilter{Search: search}, cursor.Position{}, 100)
			if len(onlyOf(have, want)) != len(want) || len(have) != len(want) {
				t.Errorf("%q finds %v, want %v", search, ids(have), want)
			}
		}
	},
	"what a search is made of is never read as a query": func(t *testing.T, h Harness) {
		h.person(t, "Cleo", "cleo@neoforge.test", Now)
		for _, search := range []string{
			`"`, `'`, `''`, `*`, `:*`, `%`, `_`, `\`, `!!`, `@`, `--`, `;`, "\x00", "\xff\xfe", "\u0308", `^`, `{name}:`, `(`, `) OR (`,
			strings.Repeat(`"`, 10_000),
		} {
			if have := h.people(t, identity.PeopleFilter{Search: search}, cursor.Position{}, 100); len(have) != 0 {
				t.Errorf("%.20q finds %v", search, ids(have))
			}
		}
		for _, search := range []string{
			"ü\"|\"cleo", "cleo ü'|'x", "cleo)|(ü", `cleo" OR "x`, `cleo' | 'x`, `cleo:* | x`, `cleo NOT neoforge`, `NEAR(cleo neoforge)`, `name : nobody`, `'; DROP TABLE identity_users; --`,
			strings.Repeat("x", 100_000), strings.Repeat("nobody ", 10_000),
		} {
			if have := h.people(t, identity.PeopleFilter{Search: search}, cursor.Position{}, 100); len(have) != 0 {
				t.Errorf("%.40q finds %v", search, ids(have))
			}
		}
		if have := h.people(t, identity.PeopleFilter{Search: `CLEO* "neoforge" (test)`}, cursor.Position{}, 100); len(have) != 1 {
			t.Errorf("found %v", ids(have))
		}
		if have := h.people(t, identity.PeopleFilter{Search: " \t\n "}, cursor.Position{}, 100); len(have) != 1 {
			t.Errorf("no words narrow to %v", ids(have))
		}
	},
	"the words follow the person": func(t *testing.T, h Harness) {
		u := h.person(t, "Before", "before@neoforge.test", Now)
		find := func(search string) int {
			return len(h.people(t, identity.PeopleFilter{Search: search}, cursor.Position{}, 10))
		}
		u.Name, u.Email = "After", "later@neoforge.test"
		h.do(t, func(ctx context.Context, s identity.Stores) error { return s.Users.Update(ctx, u) })
		if find("before") != 0 || find("after") != 1 || find("later") != 1 {
			t.Errorf("before %d, after %d, later %d", find("before"), find("after"), find("later"))
		}
		h.do(t, func(ctx context.Context, s identity.Stores) error {
			_, err := s.Users.Delete(ctx, u.ID)
			return err
		})
		if find("after") != 0 {
			t.Error("somebody who is gone is found")
		}
	},
	"the words follow a name that an older release writes": func(t *testing.T, h Harness) {
		u := h.person(t, "Before", "person@neoforge.test", Now)
		for _, name := range []string{"Ёлкина", "김철수", "김철수 ", "After"} {
			h.OlderName(t, u.ID, name)
			for search, want := range map[string]int{name: 1, "before": 0, "person": 1} {
				if n := len(h.people(t, identity.PeopleFilter{Search: search}, cursor.Position{}, 10)); n != want {
					t.Errorf("as %q, %q finds %d, want %d", name, search, n, want)
				}
			}
		}
	},
	"people are narrowed by role and by state": func(t *testing.T, h Harness) {
		states := map[identity.PersonState]identity.User{
			identity.PersonActive:     {EmailVerified: true},
			identity.PersonUnverified: {},
			identity.PersonSuspended:  {SuspendedAt: Now, EraseAt: Now},
			identity.PersonLeaving:    {EmailVerified: true, EraseAt: Now},
		}
		for state, like := range states {
			u := User()
			u.Name, u.EmailVerified, u.SuspendedAt, u.EraseAt = "State "+string(state), like.EmailVerified, like.SuspendedAt, like.EraseAt
			u.Role = identityport.RoleAuthor
			equal(t, u.State(), state)
			h.do(t, func(ctx context.Context, s identity.Stores) error { return s.Users.Insert(ctx, u) })
		}
		for state := range states {
			for _, f := range []identity.PeopleFilter{
				{State: state}, {State: state, Role: identityport.RoleAuthor}, {State: state, Search: "state"},
			} {
				have := h.people(t, f, cursor.Position{}, 10)
				if len(have) != 1 || have[0].State() != state {
					t.Errorf("%+v: %v", f, ids(have))
				}
			}
		}
		for now, want := range map[time.Time]int{Now: 0, Now.Add(time.Second): 2} { // suspended or not
			if have := h.people(t, identity.PeopleFilter{State: identity.PersonOverdue, Now: now}, cursor.Position{}, 10); len(have) != want {
				t.Errorf("overdue at %s: %v", now, ids(have))
			}
			if n, err := h.Reads.Overdue(t.Context(), now); err != nil || n != want {
				t.Errorf("%d are overdue at %s: %v", n, now, err)
			}
		}
		if have := h.people(t, identity.PeopleFilter{Role: "nothing"}, cursor.Position{}, 10); len(have) != 0 {
			t.Errorf("a role that nobody has: %v", ids(have))
		}
		if have := h.people(t, identity.PeopleFilter{Role: identityport.RoleAuthor, Search: "state"}, cursor.Position{}, 10); len(have) != len(states) {
			t.Errorf("authors: %v", ids(have))
		}
	},
	"people are looked up together, and who is absent is left out": func(t *testing.T, h Harness) {
		u := h.insertUser(t)
		have, err := h.Reads.PeopleByID(t.Context(), []identity.UserID{u.ID, "system", "", identity.UserID(idgentest.New())})
		is(t, err, nil)
		equal(t, have, []identity.User{u})
		have, err = h.Reads.PeopleByID(t.Context(), nil)
		is(t, err, nil)
		equal(t, len(have), 0)
	},
}

var auditCases = map[string]func(t *testing.T, h Harness){
	"an entry that is counted stands once, and says how often": func(t *testing.T, h Harness) {
		e := audit.Entry{ID: idgentest.New(), Actor: "system", Action: "identity.counted", Resource: "user:1", IP: "203.0.113.7", Detail: "password", At: Now}
		h.do(t, func(ctx context.Context, s identity.Stores) error { return s.Audit.Count(ctx, e) })
		have, err := h.Reads.AuditEntries(t.Context(), audit.Filter{Action: e.Action}, cursor.Position{}, 10)
		is(t, err, nil)
		equal(t, have, []audit.Entry{e})
		var group sync.WaitGroup
		for range 8 {
			group.Go(func() {
				later := e
				later.At = Now.Add(time.Minute)
				h.do(t, func(ctx context.Context, s identity.Stores) error { return s.Audit.Count(ctx, later) })
			})
		}
		group.Wait()
		e.Times = 9
		have, err = h.Reads.AuditEntries(t.Context(), audit.Filter{Action: e.Action}, cursor.Position{}, 10)
		is(t, err, nil)
		equal(t, have, []audit.Entry{e})
	},
	"the audit trail reads back newest first, page by page": func(t *testing.T, h Harness) {
		var want []audit.Entry
		for i := range 7 {
			want = append(want, audit.Entry{
				ID: idgentest.New(), Actor: "system", Action: "identity.tested", Resource: fmt.Sprintf("user:%d", i),
				IP: "203.0.113.7", Impersonator: "", Detail: "a “reason”, with a comma", At: Now.Add(time.Duration(i/3) * time.Second),
			})
		}
		h.do(t, func(ctx context.Context, s identity.Stores) error { return s.Audit.Append(ctx, want...) })
		var have []audit.Entry
		var after cursor.Position
		for {
			page, err := h.Reads.AuditEntries(t.Context(), audit.Filter{}, after, 2)
			is(t, err, nil)
			if len(page) == 0 {
				break
			}
			have = append(have, page...)
			after = cursor.Position{At: page[len(page)-1].At, ID: page[len(page)-1].ID}
			h.do(t, func(ctx context.Context, s identity.Stores) error {
				return s.Audit.Append(ctx, audit.Entry{ID: idgentest.New(), Actor: "system", Action: "identity.late", At: Now.Add(time.Hour)})
			})
		}
		if len(have) != len(want) {
			t.Fatalf("%d of %d are read", len(have), len(want))
		}
		for i, e := range have {
			if i > 0 && (e.At.After(have[i-1].At) || e.At.Equal(have[i-1].At) && e.ID >= have[i-1].ID) {
				t.Errorf("%d is out of order", i)
			}
			found := false
			for _, w := range want {
				found = found || w == e
			}
			if !found {
				t.Errorf("%+v was not written", e)
			}
		}
	},
	"the audit trail is narrowed by who, what, on what and when": func(t *testing.T, h Harness) {
		entry := func(actor, action, resource, impersonator string, after time.Duration) audit.Entry {
			return audit.Entry{ID: idgentest.New(), Actor: actor, Action: action, Resource: resource, Impersonator: impersonator, At: Now.Add(after)}
		}
		h.do(t, func(ctx context.Context, s identity.Stores) error {
			return s.Audit.Append(ctx,
				entry("ada", "identity.user_suspended", "user:1", "", 0),
				entry("ben", "content.post_published", "post:1", "", time.Minute),
				entry("cleo", "identity.signed_in", "session:1", "ada", 2*time.Minute),
				entry("cleo", "identity.signed_in_elsewhere", "session:2", "", 3*time.Minute),
			)
		})
		for name, c := range map[string]struct {
			filter audit.Filter
			want   int
		}{
			"all":                   {audit.Filter{}, 4},
			"a namespace":           {audit.Filter{Action: "identity."}, 3},
			"one action":            {audit.Filter{Action: "identity.signed_in"}, 1},
			"a pattern is none":     {audit.Filter{Action: "%."}, 0},
			"an actor":              {audit.Filter{Actor: "cleo"}, 2},
			"who acted for others":  {audit.Filter{Actor: "ada"}, 2},
			"both":                  {audit.Filter{Actor: "ada", Action: "identity.signed_in"}, 1},
			"a resource":            {audit.Filter{Resource: "post:1"}, 1},
			"from, inclusive":       {audit.Filter{From: Now.Add(time.Minute)}, 3},
			"to, exclusive":         {audit.Filter{To: Now.Add(time.Minute)}, 1},
			"nobody":                {audit.Filter{Actor: "dan"}, 0},
			"what is no query":      {audit.Filter{Actor: "' OR 1=1 --"}, 0},
			"nothing is before all": {audit.Filter{To: Now.Add(-time.Hour)}, 0},
		} {
			have, err := h.Reads.AuditEntries(t.Context(), c.filter, cursor.Position{}, 10)
			if err != nil || len(have) != c.want {
				t.Errorf("%s: %d entries, %v; want %d", name, len(have), err, c.want)
			}
		}
	},
}

func (h Harness) person(t *testing.T, name, email string, at time.Time) identity.User {
	t.Helper()
	u := User()
	u.Name, u.Email, u.CreatedAt = name, identity.Email(email), at
	h.do(t, func(ctx context.Context, s identity.Stores) error { return s.Users.Insert(ctx, u) })
	return u
}

func (h Harness) people(t *testing.T, f identity.PeopleFilter, after cursor.Position, limit int) []identity.User {
	t.Helper()
	have, err := h.Reads.People(t.Context(), f, after, limit)
	if err != nil {
		t.Fatalf("%.60q: %v", f.Search, err)
	}
	return have
}

func (h Harness) idOf(t *testing.T, email string) identity.UserID {
	t.Helper()
	u, err := h.Reads.UserByEmail(t.Context(), identity.Email(email))
	is(t, err, nil)
	return u.ID
}

func ids(all []identity.User) []identity.UserID {
	out := make([]identity.UserID, len(all))
	for i, u := range all {
		out[i] = u.ID
	}
	return out
}

func onlyOf(all []identity.User, which []identity.UserID) []identity.User {
	var out []identity.User
	for _, u := range all {
		for _, id := range which {
			if u.ID == id {
				out = append(out, u)
			}
		}
	}
	return out
}
