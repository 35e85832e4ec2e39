package content_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/neoforge-dev/neoforge/tests/harness/program"
)

type writtenPost struct {
	ID, Slug   string
	Version    int
	UpdatedAt  string  `json:"updated_at"`
	TeaserHTML string  `json:"teaser_html"`
	BodyHTML   *string `json:"body_html"`
}

// publishPost writes a post and publishes it, through the API.
func publishPost(t *testing.T, p *program.Program, author *http.Client, title, markdown, visibility string) (post writtenPost) {
	t.Helper()
	body, err := json.Marshal(map[string]any{"title": title, "body_markdown": markdown, "visibility": visibility, "tags": []string{"gated"}})
	if err != nil {
		t.Fatal(err)
	}
	ask := func(path, body string) {
		t.Helper()
		res, err := author.Post(p.URL+path, "application/json", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		if err := json.NewDecoder(res.Body).Decode(&post); err != nil || res.StatusCode >= 300 {
			t.Fatalf("%s: %d, %v", path, res.StatusCode, err)
		}
	}
	ask("/api/v1/posts", string(body))
	ask("/api/v1/posts/"+post.ID+"/publish", "")
	return post
}

func readPost(t *testing.T, p *program.Program, reader *http.Client, slug string) (post writtenPost) {
	t.Helper()
	if err := json.Unmarshal([]byte(get(t, reader, p.URL+"/api/v1/posts/"+slug)), &post); err != nil {
		t.Fatal(err)
	}
	return post
}

// gatedText is a generated text, each sentence of which has a number of its own.
type gatedText struct {
	markdown string
	open     []string // what may be shown: of the first paragraph, or before the mark
	last     []string // of the last block
	all      []string
}

// writeGated writes a text of all kinds of blocks. Where nothing marks the cut it is
// the end of the first paragraph.
func writeGated(random *rand.Rand, document int) (g gatedText) {
	sentence := func() string {
		s := fmt.Sprintf("sentence%dd%dx", document, len(g.all)+1)
		g.all = append(g.all, s)
		return s + "."
	}
	paragraphs := []func() string{
		sentence,
		func() string { return "*" + sentence() + "* and **" + sentence() + "**" },
		func() string { return sentence() + "\n" + sentence() },
		func() string { return sentence() + "  \n" + sentence() },
		func() string { return "[" + sentence() + "](/x)" },
		func() string { return "![" + sentence() + "](/a.png)" },
		func() string { return "`" + sentence() + "` \U0001F525 " + sentence() },
		func() string { return "<b>" + sentence() + "</b> <i>" + sentence() + "</i>" },
	}
	others := []func() string{
		func() string { return "## " + sentence() },
		func() string { return sentence() + "\n======" },
		func() string { return "> " + sentence() + "\n>\n> - " + sentence() },
		func() string { return "- " + sentence() + "\n\n  " + sentence() + "\n- " + sentence() },
		func() string { return "1. " + sentence() + "\n   1. " + sentence() },
		func() string { return "- [x] " + sentence() },
		func() string { return "~~~go\n" + sentence() + "\n\n" + sentence() + "\n~~~" },
		func() string { return "    " + sentence() },
		func() string { return "| a | b |\n|---|---|\n| " + sentence() + " | " + sentence() + " |" },
	}
	empty := []string{"---", "&nbsp;", "<br>", "\u3000", "<!-- nothing -->", "\u200b"}
	gaps := []string{"\n\n", "\r\n\r\n", "\r\r", "\u2028\u2028", "\u2029\u2029", "\n\u00a0\n", "\n\u3000\n", "\n\u200b\n\n", "\n\n\n"}
	pick := func(all []string) string { return all[random.IntN(len(all))] }

	var text strings.Builder
	mark, cut := -1, false
	n := 1 + random.IntN(6)
	if random.IntN(3) == 0 {
		mark = random.IntN(n + 1)
	}
	for i := range n + 1 {
		if i == mark {
			text.WriteString(pick([]string{"<!--more-->", "<!-- More -->"}) + pick(gaps))
			g.open, cut = slices.Clone(g.all), true
		}
		if i == n {
			break
		}
		from := len(g.all)
		switch kind := random.IntN(8); {
		case kind == 0:
			text.WriteString(pick(empty))
		case kind < 4:
			text.WriteString(others[random.IntN(len(others))]())
		default:
			text.WriteString(paragraphs[random.IntN(len(paragraphs))]())
			if !cut && mark < i {
				g.open, cut = slices.Clone(g.all[from:]), true
			}
		}
		if len(g.all) > from {
			g.last = slices.Clone(g.all[from:])
		}
		text.WriteString(pick(gaps))
	}
	if random.IntN(4) == 0 && len(g.all) > 0 { // a note and the title of a link, kept behind everything
		g.markdown = strings.Replace(text.String(), g.all[0]+".", g.all[0]+".[^n] [so][r]", 1)
		note, title := sentence(), sentence()
		g.markdown += "\n\n[^n]: " + note + "\n\n[r]: /x \"" + title + "\"\n"
		if mark < 0 {
			return g // notes explain the text: the last block is its end all the same
		}
		g.last = g.all[len(g.all)-2:]
		return g
	}
	g.markdown = text.String()
	return g
}

var sentenceNumber = regexp.MustCompile(`sentence\d+d\d+x`)

// TestTeaser_SharesNoSentenceWithWhatIsGatedAnywhere publishes generated texts and
// looks for what stands after their cuts wherever somebody reads who may not.
func TestTeaser_SharesNoSentenceWithWhatIsGatedAnywhere(t *testing.T) {
	t.Parallel()
	const documents = 60
	for database, url := range databaseURLs {
		t.Run(database, func(t *testing.T) {
			t.Parallel()
			p := program.Start(t, program.Options{DatabaseURL: url(t), Environ: []string{"RATE_LIMIT=off"}})
			author := p.SignedIn(t, "ben@neoforge.test")
			member := p.SignedIn(t, "cleo@neoforge.test") // without a plan
			random := rand.New(rand.NewPCG(17, 2026))
			withTeaser := 0
			for document := range documents {
				text := writeGated(random, document)
				post := publishPost(t, p, author, fmt.Sprintf("Generated %d", document), text.markdown, "paid")
				if whole := readPost(t, p, author, post.Slug); whole.BodyHTML == nil || len(text.all) > 0 && !sentenceNumber.MatchString(*whole.BodyHTML) {
					t.Fatalf("%q: the author reads %+v", text.markdown, whole)
				}
				shown := map[string]string{"/feed.xml": "", "/": "", "/posts": "", "/tags/gated": "", "/authors/ben": "", "/api/v1/posts": ""}
				for path := range shown {
					shown[path] = get(t, http.DefaultClient, p.URL+path)
				}
				for _, path := range []string{"/posts/" + post.Slug, "/api/v1/posts/" + post.Slug} {
					shown[path] = get(t, http.DefaultClient, p.URL+path)
					shown[path+" to a member"] = get(t, member, p.URL+path)
				}
				seen := false
				for path, page := range shown {
					for _, s := range sentenceNumber.FindAllString(page, -1) {
						if !slices.Contains(text.all, s) {
							continue // of another post in the list
						}
						seen = true
						if !slices.Contains(text.open, s) || slices.Contains(text.last, s) {
							t.Fatalf("%q: %s stands in %s", text.markdown, s, path)
						}
					}
				}
				if seen {
					withTeaser++
				}
			}
			if withTeaser < documents/4 {
				t.Errorf("%d of %d texts have a teaser at all", withTeaser, documents)
			}
		})
	}
}
