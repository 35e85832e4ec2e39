package markdown_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/neoforge-dev/neoforge/adapters/markdown"
	"github.com/neoforge-dev/neoforge/modules/content"
)

// pictures are those of a library.
type pictures []content.Media

func (p pictures) MediaByIDs(_ context.Context, ids []content.MediaID) ([]content.Media, error) {
	if len(ids) == 0 {
		return nil, errors.New("nothing was asked for")
	}
	return p, nil
}

const (
	firstPicture  = "0190a8f0-0000-7000-8000-000000000001"
	secondPicture = "0190a8f0-0000-7000-8000-000000000002"
	lostPicture   = "0190a8f0-0000-7000-8000-00000000000f"
)

func mustRenderPictures(t *testing.T, text string, v content.Visibility) content.Rendered {
	t.Helper()
	library := pictures{
		{ID: firstPicture, Alt: "A \"wood\"", Format: content.JPEG, Width: 3000, Height: 2000, Tone: "#10a0f0", Version: 7, Variants: []content.MediaVariant{
			{Width: 480, Height: 320, Format: content.JPEG}, {Width: 960, Height: 640, Format: content.JPEG}, {Width: 2400, Height: 1600, Format: content.JPEG},
		}},
		{ID: secondPicture, Format: content.GIF, Animated: true, Width: 40, Height: 30, Version: 1},
	}
	r, err := markdown.New(markdown.WithPictures(library))
	if err != nil {
		t.Fatal(err)
	}
	out, err := r.Render(t.Context(), text, v)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestPictures_StandAsFiguresWithTheirSizes(t *testing.T) {
	t.Parallel()
	const first = "/media/" + firstPicture
	shown := `src="` + first + `/7/960x640.jpg" srcset="` + first + `/7/480x320.jpg 480w, ` + first + `/7/960x640.jpg 960w, ` + first +
		`/7/2400x1600.jpg 2400w" sizes="(min-width: 46rem) 42rem, 100vw" width="3000" height="2000" class="tone-023"`
	for text, want := range map[string]string{
		"![Trees](" + first + ` "In the *wood* &amp; <b>so</b>")`: `<figure><img ` + shown + ` alt="Trees" decoding="async"><figcaption>In the *wood* &amp; &lt;b&gt;so&lt;/b&gt;</figcaption></figure>`,
		"![](" + first + ")": `<figure><img ` + shown + ` alt="A &#34;wood&#34;" decoding="async"></figure>`,
		"See ![Trees](" + first + `/7/original.jpg "Title") here`: `<p>See <img ` + shown + ` alt="Trees" title="Title" loading="lazy" decoding="async"> here</p>`,
		"![A][p]\n\n[p]: " + first + ` "A caption"`:               `<figure><img ` + shown + ` alt="A" decoding="async"><figcaption>A caption</figcaption></figure>`,
		"![Moves](/media/" + secondPicture + ")":                  `<figure><img src="/media/` + secondPicture + `/1/original.gif" width="40" height="30" alt="Moves" decoding="async"></figure>`,
		"![Lost](/media/" + lostPicture + ")":                     `<p><img src="/media/` + lostPicture + `" alt="Lost" decoding="async"></p>`,
		"![Elsewhere](https://example.com" + first + ")":          `<p><img src="https://example.com` + first + `" alt="Elsewhere" decoding="async"></p>`,
		"![x](" + first + "0)":                                    `<p><img src="` + first + `0" alt="x" decoding="async"></p>`,
	} {
		if have := strings.TrimSpace(mustRenderPictures(t, text, content.Public).Body); have != want {
			t.Errorf("%s\nhave %s\nwant %s", text, have, want)
		}
	}
}

func TestPictures_SeveralAloneAreAGallery(t *testing.T) {
	t.Parallel()
	two := "![A](/media/" + firstPicture + " \"One\")\n![B](/media/" + secondPicture + ")"
	body := mustRenderPictures(t, "Before.\n\n"+two+"\n\nAfter.", content.Public).Body
	for _, want := range []string{`<div class="gallery"><figure><img `, `sizes="(min-width: 46rem) 21rem, 50vw"`, "<figcaption>One</figcaption></figure>\n<figure>", "</figure></div>\n<p>After.</p>"} {
		if !strings.Contains(body, want) {
			t.Errorf("%s is missing in\n%s", want, body)
		}
	}
	for name, text := range map[string]string{
		"beside words":               two + " and words",
		"beside a picture elsewhere": two + "\n![C](https://example.com/c.png)",
	} {
		if body := mustRenderPictures(t, text, content.Public).Body; strings.Contains(body, "gallery") || strings.Contains(body, "<figure>") {
			t.Errorf("%s: %s", name, body)
		}
	}
}

func TestPictures_NothingBehindTheGateIsInTheTeaser(t *testing.T) {
	t.Parallel()
	text := "An opening.\n\n![Shown](/media/" + firstPicture + ")\n\n" + content.MoreMark + "\n\n![Hidden](/media/" + secondPicture + ")\n\nThe rest."
	out := mustRenderPictures(t, text, content.Paid)
	if !strings.Contains(out.Teaser, "<figure><img src=\"/media/"+firstPicture+"/7/") || strings.Contains(out.Teaser, secondPicture) {
		t.Errorf("the teaser is %s", out.Teaser)
	}
	if !strings.Contains(out.Body, secondPicture) {
		t.Errorf("the body is %s", out.Body)
	}
}

func TestPictures_ALookUpThatFailsIsTold(t *testing.T) {
	t.Parallel()
	away := errors.New("the database is away")
	r, err := markdown.New(markdown.WithPictures(failing{away}))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.Render(t.Context(), "![A](/media/"+firstPicture+")", content.Public); !errors.Is(err, away) {
		t.Errorf("have %v", err)
	}
	if _, err := r.Render(t.Context(), "Words alone ask nobody: /media/ is no picture.", content.Public); err != nil {
		t.Errorf("have %v", err)
	}
}

type failing struct{ err error }

func (f failing) MediaByIDs(context.Context, []content.MediaID) ([]content.Media, error) {
	return nil, f.err
}
