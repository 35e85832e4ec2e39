package e2e_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"github.com/neoforge-dev/neoforge/tests/harness"
	"github.com/neoforge-dev/neoforge/tests/harness/program"
)

// drawPicture uploads a drawing of some width and height from the page, and leaves the id of
// the picture in window.picture.
func drawPicture(b *browser, width, height int) {
	b.run(fmt.Sprintf(`(async () => {
		const canvas = document.createElement('canvas');
		canvas.width = %d; canvas.height = %d;
		const pen = canvas.getContext('2d');
		const sky = pen.createLinearGradient(0, 0, 0, canvas.height);
		sky.addColorStop(0, '#24344d'); sky.addColorStop(0.6, '#c96f3b'); sky.addColorStop(1, '#2b1d16');
		pen.fillStyle = sky;
		pen.fillRect(0, 0, canvas.width, canvas.height);
		for (let x = 0; x < canvas.width; x += 40) { pen.fillStyle = '#1a120e'; pen.fillRect(x, canvas.height * (0.5 + 0.25 * Math.sin(x / 130)), 26, canvas.height); }
		const file = await new Promise((done) => canvas.toBlob(done, 'image/jpeg', 0.9));
		const answer = await fetch('/api/v1/media?name=dusk.jpg&alt=Trees%%20at%%20dusk', {method: 'POST', headers: {'Content-Type': 'application/octet-stream'}, body: file});
		window.picture = (await answer.json()).id;
	})()`, width, height))
	b.until("the picture is in the library", `window.picture`)
}

// TestCover_IsChosenWithoutAScript chooses a cover by a form, and looks at the post and the
// list on a telephone.
func TestCover_IsChosenWithoutAScript(t *testing.T) {
	t.Parallel()
	harness.Chromium(t)
	p := program.Start(t, program.Options{Environ: []string{"RATE_LIMIT=off"}})
	ben := p.SignedIn(t, "ben@neoforge.test")
	id := fmt.Sprint(ask(t, ben, http.MethodPost, p.URL+"/api/v1/posts", map[string]string{"title": "At dusk", "body_markdown": "The trees stand still.\n\nAnd so do I.", "visibility": "members"})["id"])
	ask(t, ben, http.MethodPost, p.URL+"/api/v1/posts/"+id+"/publish", nil)
	b := open(t, p.URL)
	signIn(b, "ben@neoforge.test", "/studio")
	drawPicture(b, 1600, 1000)
	b.withoutScripts()
	b.visit("/studio/posts/" + id + "/details")
	b.press("Choose a cover")
	b.click(`.cover-choice:nth-child(2) label`)
	b.fill("cover_caption", "By nobody")
	b.press("Save")
	b.sees("this picture is the cover")
	if _, err := chromedp.Call(b.ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{}); err != nil {
		t.Fatal(err)
	}
	signOut(b)
	if _, err := chromedp.Call(b.ctx, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: 390, Height: 844, DeviceScaleFactor: 1, Mobile: true}); err != nil {
		t.Fatal(err)
	}
	b.visit("/posts/at-dusk")
	b.until("a visitor sees the cover of a members' post", `document.querySelector('.cover__picture').naturalWidth > 0 && document.querySelector('.cover__picture').alt === 'Trees at dusk' && document.querySelector('.gate') !== null`)
	b.until("it has its shape, and is no wider than the telephone", `Math.abs(document.querySelector('.cover__picture').clientWidth / document.querySelector('.cover__picture').clientHeight - 1.6) < 0.02 && document.documentElement.scrollWidth <= 390`)
	b.visit("/posts")
	b.until("the list has it beside the title", `document.querySelector('.post-row__cover')?.naturalWidth > 0 && document.documentElement.scrollWidth <= 390`)
}
