package e2e_test

import (
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"github.com/neoforge-dev/neoforge/tests/harness/program"
)

// TestUploads_GoOnAfterALostConnectionOnAPhone drops a photograph into the editor on a
// telephone, loses the connection on the way, says what it shows, and publishes it.
func TestUploads_GoOnAfterALostConnectionOnAPhone(t *testing.T) {
	t.Parallel()
	onBothDatabases(t, func(t *testing.T, p *program.Program) {
		b := open(t, p.URL)
		if _, err := chromedp.Call(b.ctx, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: 390, Height: 844, DeviceScaleFactor: 1, Mobile: true}); err != nil {
			t.Fatal(err)
		}
		signIn(b, "ben@neoforge.test", "/studio")
		b.visit("/studio/posts/new")
		b.editorWakes()
		b.fill("title", "From a telephone")
		b.fill("body_markdown", "Before.")
		b.run(`(() => {
			window.field = document.querySelector('[name=body_markdown]');
			` + surface + `.select(field.value.length, field.value.length);
			window.parts = 0;
			const ask = window.fetch;
			// The second part is lost, and the answer to the third: what arrived is asked.
			window.fetch = async (path, options) => {
				if (options?.method !== 'PATCH' || !String(path).includes('/uploads/')) return ask(path, options);
				window.parts++;
				if (window.parts === 2) throw new TypeError('the connection is lost');
				const answer = await ask(path, options);
				if (window.parts === 3) throw new TypeError('the connection is lost');
				return answer;
			};
			const canvas = document.createElement('canvas');
			canvas.width = 1600; canvas.height = 1200;
			const pen = canvas.getContext('2d');
			for (let x = 0; x < 1600; x += 8) for (let y = 0; y < 1200; y += 8) {
				pen.fillStyle = 'hsl(' + (x * 7 + y * 13) % 360 + ' ' + (x * y) % 100 + '% ' + (x + y * 3) % 90 + '%)';
				pen.fillRect(x, y, 8, 8);
			}
			canvas.toBlob((blob) => {
				const data = new DataTransfer();
				data.items.add(new File([blob], 'Wald [1].jpg', {type: 'image/jpeg'}));
				` + written + `.dispatchEvent(new DragEvent('drop', {bubbles: true, cancelable: true, dataTransfer: data}));
			}, 'image/jpeg', 0.95);
		})()`)
		upload := editorElement + `.shadowRoot.querySelector('.upload')`
		b.until("the connection is lost", `window.parts === 2 && `+upload+`.textContent.includes('The connection is lost: it goes on at')`)
		b.until("nothing is wider than the telephone", `document.documentElement.scrollWidth <= 390`)
		b.until("who brought it is asked what it shows", editorElement+`.shadowRoot.activeElement === `+upload+`.querySelector('input')`)
		b.run(`window.dispatchEvent(new Event('online'))`)
		b.until("it is lost once more", `window.parts === 3 && `+upload+`.textContent.includes('The connection is lost')`)
		b.run(`(() => {
			const input = ` + upload + `.querySelector('input');
			input.value = 'A [dark] wood';
			input.dispatchEvent(new KeyboardEvent('keydown', {key: 'Enter', bubbles: true, cancelable: true}));
			window.dispatchEvent(new Event('online'));
		})()`)
		b.until("it goes on, and in", `/^Before\.\n\n!\[A \\\[dark\\\] wood\]\(\/media\/[0-9a-f-]{36}\)\n\n$/.test(field.value) && `+upload+` === null`)
		b.until("the field has the focus again", surface+`.hasFocus()`)
		b.run(`[...document.querySelector('nf-content-editor').shadowRoot.querySelectorAll('button')].find((e) => e.textContent === 'Preview').click()`)
		b.until("the preview shows it", `document.querySelector('nf-content-editor .prose figure img')?.naturalWidth > 0`)
		b.press("Publish")
		b.until("it is published", `document.querySelector('.state')?.textContent === 'Published'`)
		b.visit("/posts/from-a-telephone")
		b.until("readers see it", `document.querySelector('.prose figure img[alt="A [dark] wood"]')?.naturalWidth > 0`)
		b.visit("/studio/media")
		b.until("the library knows what it shows", `document.querySelector('.media-card')?.textContent.includes('Wald [1].jpg') && document.querySelector('.media-card__note').textContent.trim() === 'In one post'`)
	})
}
