package markdown_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/neoforge-dev/neoforge/adapters/markdown"
	"github.com/neoforge-dev/neoforge/modules/content"
)

func embedding(t *testing.T, providers ...markdown.EmbedProvider) func(source string) string {
	t.Helper()
	r, err := markdown.New(markdown.WithEmbeds(append(markdown.EmbedProviders(), providers...)...))
	if err != nil {
		t.Fatal(err)
	}
	return func(source string) string {
		t.Helper()
		out, err := r.Render(t.Context(), source, content.Public)
		if err != nil {
			t.Fatal(err)
		}
		return out.Body
	}
}

func TestEmbeds_AreLinksOfKnownSitesThatStandAlone(t *testing.T) {
	t.Parallel()
	render := embedding(t)
	const id = "dQw4w9WgXcQ"
	for source, frame := range map[string]string{
		"https://www.youtube.com/watch?v=" + id:                        "https://www.youtube-nocookie.com/embed/" + id,
		"<https://youtu.be/" + id + ">":                                "https://www.youtube-nocookie.com/embed/" + id,
		"[A *film*](https://YouTube.com/watch?t=90s&v=" + id + ` "T")`: "https://www.youtube-nocookie.com/embed/" + id + "?start=90",
		"[A film][f]\n\n[f]: https://m.youtube.com/shorts/" + id:       "https://www.youtube-nocookie.com/embed/" + id,
		"> [A film](https://vimeo.com/76979871)":                       "https://player.vimeo.com/video/76979871?dnt=1",
		"http://vimeo.com/76979871/8272103f6e":                         "https://player.vimeo.com/video/76979871?h=8272103f6e&amp;dnt=1",
		"https://codepen.io/ada_l/pen/wvwQeL":                          "https://codepen.io/ada_l/embed/wvwQeL?default-tab=result",
	} {
		page := render(source)
		if !strings.Contains(page, ` frame="`+frame+`"><a href="`) || strings.Count(page, `<figure class="embed"><nf-content-embed on="visible" provider="`) != 1 || !strings.Contains(page, "</a></nf-content-embed></figure>") {
			t.Errorf("%s: %s", source, page)
		}
	}
	if page := render("[A film](https://vimeo.com/1)"); page != `<figure class="embed"><nf-content-embed on="visible" provider="vimeo" name="Vimeo" frame="https://player.vimeo.com/video/1?dnt=1"><a href="https://vimeo.com/1" rel="nofollow noopener">A film</a></nf-content-embed></figure>`+"\n" {
		t.Error(page)
	}
}

func TestEmbeds_AreNoOtherAddressesAndNoneWithinASentence(t *testing.T) {
	t.Parallel()
	render := embedding(t)
	const id = "dQw4w9WgXcQ"
	for _, source := range []string{
		"See https://youtu.be/" + id, "https://youtu.be/" + id + " https://vimeo.com/1", "- https://youtu.be/" + id + "\n- b",
		"[![x](/a.png)](https://youtu.be/" + id + ")", "[](https://youtu.be/" + id + ")", "[<b>x</b>](https://youtu.be/" + id + ")",
		"https://ada@youtu.be/" + id, "https://youtu.be:444/" + id, "<https://youtu.be:/" + id + ">", "//youtu.be/" + id, "<ftp://youtu.be/" + id + ">",
		"https://youtu.be.example.com/" + id, "https://xyoutube.com/watch?v=" + id, "<https://y\u043eutube.com/watch?v=" + id + ">", "<https://youtube.com./watch?v=" + id + ">",
		"<https://youtu.be/" + id + "%22%3E>", "<https://youtu.be/..%2Fx>", "<https://youtube.com/watch?v=%3Cscript%3E1>", "<https://youtube.com/watch>", "<https://youtu.be/" + id + "/x>",
		"<https://www.youtube.com/playlist?list=x>", "<https://www.youtube-nocookie.com/embed/" + id + ">", "<https://vimeo.com/1%0A2>", "<https://vimeo.com/channels/1>", "<https://codepen.io/a%22b/pen/wvwQeL>",
		`<nf-content-embed on="visible" provider="youtube" name="YouTube" frame="https://evil.example/x">x</nf-content-embed>`,
		`<figure class="embed">x</figure>`, "`https://youtu.be/" + id + "`",
	} {
		if page := render(source); strings.Contains(page, "<nf-content-embed") || strings.Contains(page, `class="embed"`) {
			t.Errorf("%s: %s", source, page)
		}
	}
}

// TestEmbeds_TakeProvidersOfOthers adds one that is careless: what it makes is held to the
// form of an address all the same.
func TestEmbeds_TakeProvidersOfOthers(t *testing.T) {
	t.Parallel()
	render := embedding(t, markdown.EmbedProvider{Key: "talks", Name: "Talks & more", Origin: "https://talks.example", Frame: func(u *url.URL) (string, bool) {
		return "/frame" + u.Path, u.Host == "talks.example"
	}})
	if page := render("https://talks.example/7"); !strings.Contains(page, `provider="talks" name="Talks &amp; more" frame="https://talks.example/frame/7">`) {
		t.Error(page)
	}
	if page := render(`<https://talks.example/%22%3E%3Cscript%3Ealert(1)%3C/script%3E>`); strings.Contains(page, "<script") || strings.Contains(page, ` frame="`) {
		t.Error(page)
	}
}

// TestEmbeds_ChangeNoWordsOfAText compares with the same text where no site is known.
func TestEmbeds_ChangeNoWordsOfAText(t *testing.T) {
	t.Parallel()
	const source = "Before.\n\n[How a blade is made](https://vimeo.com/1)\n\n<!--more-->\n\nBehind.\n\nhttps://youtu.be/dQw4w9WgXcQ"
	with, err := markdown.New(markdown.WithEmbeds(markdown.EmbedProviders()...))
	if err != nil {
		t.Fatal(err)
	}
	without, err := markdown.New()
	if err != nil {
		t.Fatal(err)
	}
	a, err := with.Render(t.Context(), source, content.Paid)
	if err != nil {
		t.Fatal(err)
	}
	b, err := without.Render(t.Context(), source, content.Paid)
	if err != nil {
		t.Fatal(err)
	}
	if content.TextOf(a.Body) != content.TextOf(b.Body) || content.TextOf(a.Teaser) != content.TextOf(b.Teaser) || a.ReadingMinutes != b.ReadingMinutes || strings.Contains(a.Teaser, "youtu") {
		t.Errorf("%q and %q, %q and %q", content.TextOf(a.Body), content.TextOf(b.Body), content.TextOf(a.Teaser), content.TextOf(b.Teaser))
	}
}
