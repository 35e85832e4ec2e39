//go:build !release

package assets_test

import (
	"context"
	"testing"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// scripts lists what a page has fetched of scripts, without the loader.
const scripts = `performance.getEntriesByType('resource').map(({name}) => new URL(name).pathname)
	.filter((path) => path.endsWith('.js') && !path.includes('/loader')).join()`

func TestAnonymousPage_LoadsNoIslandOfWhoIsSignedIn(t *testing.T) {
	t.Parallel()
	for name, store := range openStores(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, url := newSite(t, store)
			ctx := browse(t)
			do(ctx, t,
				chromedp.Navigate(url+"/press"),
				holds(`document.readyState === 'complete'`),
				// Neither a press nor the focus begins it: there is nobody to ask about.
				script(`document.querySelector('nf-identity-menu a').focus()`),
				script(`document.querySelector('nf-identity-menu').dispatchEvent(new MouseEvent('click', {bubbles: true}))`),
				script(`fetch(location.href).then(() => fetch(location.href)).then(() => { window.later = true; })`),
				holds(`window.later === true`),
			)
			if loaded := ask[string](ctx, t, scripts); loaded != "" {
				t.Errorf("a visitor's page loads %s", loaded)
			}
			if text := ask[string](ctx, t, `document.querySelector('nf-identity-menu').textContent`); text != "Sign in" {
				t.Errorf("the menu of nobody says %q", text)
			}
			s.mu.Lock()
			defer s.mu.Unlock()
			if s.asked != 0 {
				t.Errorf("who is signed in was asked %d times", s.asked)
			}
		})
	}
}

func TestIdentityStore_AsksOnceForAllIslandsOfAPage(t *testing.T) {
	t.Parallel()
	for name, store := range openStores(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, url := newSite(t, store)
			s.signIn, s.acting = true, true
			ctx := browse(t)
			do(ctx, t,
				chromedp.Navigate(url+"/posts/welcome"),
				holds(`document.querySelector('nf-identity-menu summary')?.textContent.includes('Ada Example') === true`),
				holds(`document.querySelector('nf-identity-acting form')?.textContent.includes('You act for Ada Example.') === true`),
			)
			s.mu.Lock()
			defer s.mu.Unlock()
			if s.asked != 1 {
				t.Errorf("two islands asked %d times who is signed in", s.asked)
			}
		})
	}
}

func TestMenu_TakesThePlaceOfTheLinkAtOnce(t *testing.T) {
	t.Parallel()
	for name, store := range openStores(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, url := newSite(t, store)
			s.signIn = true
			ctx := browse(t)
			// Every state that could be painted: the children of the menu whenever they have changed.
			do(ctx, t,
				watchMenu(),
				chromedp.Navigate(url+"/posts/welcome"),
				holds(`document.querySelector('nf-identity-menu summary') !== null`),
			)
			if seen := ask[string](ctx, t, `[...new Set(menus)].join()`); seen != "A,DETAILS" {
				t.Errorf("the menu showed %s; want the link, and then the menu alone", seen)
			}
			if !ask[bool](ctx, t, `(() => {
				const menu = document.querySelector('nf-identity-menu');
				return menu.shadowRoot.querySelectorAll('slot').length === 1 && menu.querySelectorAll('a[href="/login"]').length === 0
					&& [...menu.querySelectorAll('a')].map((a) => a.pathname).join() === '/studio,/account';
			})()`) {
				t.Error("the menu is not the one of who is signed in")
			}
			if moved := ask[float64](ctx, t, `shifted`); moved > 0 {
				t.Errorf("the page moved by %g when the menu came", moved)
			}
		})
	}
}

// watchMenu records what stands in the menu at every change of the pages to come, and how far the page moved.
func watchMenu() chromedp.Action[chromedp.Void] {
	source := `window.menus = []; window.shifted = 0;
		new PerformanceObserver((list) => { for (const {value} of list.getEntries()) shifted += value; }).observe({type: 'layout-shift', buffered: true});
		new MutationObserver(() => {
			const menu = document.querySelector('nf-identity-menu');
			const inside = menu && [...menu.children].map(({tagName}) => tagName).filter((tag) => tag !== 'TEMPLATE').join('+');
			if (inside) menus.push(inside);
		}).observe(document, {childList: true, subtree: true});`
	return func(ctx context.Context, _ *chromedp.Target) (chromedp.Void, error) {
		_, err := chromedp.Call(ctx, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: source})
		return chromedp.Void{}, err
	}
}

func TestMenu_ClosesByKeyAndByAPressElsewhere(t *testing.T) {
	t.Parallel()
	for name, store := range openStores(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, url := newSite(t, store)
			s.signIn = true
			ctx := browse(t)
			do(ctx, t,
				chromedp.Navigate(url+"/account"),
				holds(`document.readyState === 'complete'`),
			)
			if loaded := ask[string](ctx, t, scripts); loaded != "" {
				t.Errorf("before anybody touches it the page of a person loads %s", loaded)
			}
			const menu = `document.querySelector('nf-identity-menu')`
			do(ctx, t,
				script(`window.details = `+menu+`.querySelector('details')`),
				chromedp.Focus(chromedp.CSS(`nf-identity-menu summary`)),
				chromedp.KeyEvent(kb.Enter),
				holds(`details.open && `+menu+`.hasUpdated === true`),
				chromedp.KeyEvent(kb.Tab),
				holds(`document.activeElement.textContent === 'Studio'`),
				chromedp.KeyEvent(kb.Escape),
				holds(`!details.open && document.activeElement === details.querySelector('summary')`),
				script(`details.open = true; document.querySelector('h1').click()`),
				holds(`!details.open`),
			)
			if !ask[bool](ctx, t, menu+`.querySelector('details') === details`) {
				t.Error("the menu that the page came with was replaced")
			}
			s.mu.Lock()
			defer s.mu.Unlock()
			if s.asked != 0 {
				t.Errorf("a page that knows its reader asked %d times who it is", s.asked)
			}
		})
	}
}
