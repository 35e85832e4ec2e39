package pages_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/a-h/templ"
	"golang.org/x/net/html"

	"github.com/neoforge-dev/neoforge/web/pages/billingpages"
	"github.com/neoforge-dev/neoforge/web/pages/contentpages"
	"github.com/neoforge-dev/neoforge/web/pages/identitypages"
	"github.com/neoforge-dev/neoforge/web/pages/layout"
	"github.com/neoforge-dev/neoforge/web/pages/platformpages"
)

func render(t *testing.T, c templ.Component) string {
	t.Helper()
	var b bytes.Buffer
	if err := c.Render(context.Background(), &b); err != nil {
		t.Fatalf("render: %v", err)
	}
	return b.String()
}

func parse(t *testing.T, body string) *html.Node {
	t.Helper()
	n, err := html.Parse(strings.NewReader(body))
	if err != nil {
		t.Fatalf("parse: %v", err)
	}
	return n
}

// elements lists the elements of those names in the order of the document; all of
// them when no name is given.
func elements(root *html.Node, names ...string) []*html.Node {
	var out []*html.Node
	for n := range root.Descendants() {
		if n.Type == html.ElementNode && (len(names) == 0 || slices.Contains(names, n.Data)) {
			out = append(out, n)
		}
	}
	return out
}

func attr(n *html.Node, name string) (string, bool) {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val, true
		}
	}
	return "", false
}

func text(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data)
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

func TestPages_AreWellBuilt(t *testing.T) {
	t.Parallel()
	for _, s := range samples() {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			root := parse(t, render(t, s.render(s.view)))
			checkFrame(t, root, s.sandbox)
			checkHeadings(t, root)
			checkReferences(t, root)
			checkControls(t, root)
			checkPolicy(t, root)
		})
	}
}

func checkFrame(t *testing.T, root *html.Node, sandbox bool) {
	t.Helper()
	if lang, _ := attr(elements(root, "html")[0], "lang"); lang == "" {
		t.Error("the page does not say its language")
	}
	if n := len(elements(root, "main")); n != 1 {
		t.Errorf("%d main landmarks, want 1", n)
	}
	if len(elements(root, "header")) == 0 {
		t.Error("no header")
	}
	if !sandbox && len(elements(root, "footer")) != 1 {
		t.Error("no footer")
	}
	if title := text(elements(root, "title")[0]); title == "" {
		t.Error("no title")
	}
	first := elements(elements(root, "body")[0], "a")[0]
	if href, _ := attr(first, "href"); href != "#main" {
		t.Errorf("the first link leads to %q, want the content", href)
	}
	labels := map[string]bool{}
	for _, n := range elements(root, "nav") {
		label, _ := attr(n, "aria-label")
		if label == "" || labels[label] {
			t.Errorf("nav label %q is empty or used twice", label)
		}
		labels[label] = true
	}
}

func checkHeadings(t *testing.T, root *html.Node) {
	t.Helper()
	level, ones := 0, 0
	for _, h := range elements(root, "h1", "h2", "h3", "h4") {
		n := int(h.Data[1] - '0')
		if n == 1 {
			ones++
		}
		if n > level+1 {
			t.Errorf("%s %q follows a level %d heading", h.Data, text(h), level)
		}
		if text(h) == "" {
			t.Errorf("an empty %s", h.Data)
		}
		level = n
	}
	if ones != 1 {
		t.Errorf("%d h1, want 1", ones)
	}
}

func checkReferences(t *testing.T, root *html.Node) {
	t.Helper()
	ids := map[string]bool{}
	for _, n := range elements(root) {
		if id, ok := attr(n, "id"); ok {
			if ids[id] || id == "" {
				t.Errorf("id %q is empty or used twice", id)
			}
			ids[id] = true
		}
	}
	for _, n := range elements(root) {
		for _, name := range []string{"for", "aria-describedby", "aria-labelledby"} {
			v, _ := attr(n, name)
			for id := range strings.FieldsSeq(v) {
				if !ids[id] {
					t.Errorf("%s of <%s> names %q, which is not there", name, n.Data, id)
				}
			}
		}
	}
	if n := len(slices.DeleteFunc(elements(root), func(n *html.Node) bool { _, ok := attr(n, "autofocus"); return !ok })); n > 1 {
		t.Errorf("%d elements want the focus", n)
	}
}

func checkControls(t *testing.T, root *html.Node) {
	t.Helper()
	labelled := map[string]bool{}
	for _, l := range elements(root, "label") {
		if id, ok := attr(l, "for"); ok && text(l) != "" {
			labelled[id] = true
		}
	}
	for _, n := range elements(root, "input", "textarea", "select") {
		if kind, _ := attr(n, "type"); kind == "hidden" {
			continue
		}
		name, _ := attr(n, "name")
		id, _ := attr(n, "id")
		wrapped := false
		for p := n.Parent; p != nil; p = p.Parent {
			wrapped = wrapped || p.Data == "label" && text(p) != ""
		}
		label, _ := attr(n, "aria-label")
		if !labelled[id] && !wrapped && label == "" {
			t.Errorf("the field %q has no label", name)
		}
		if name == "" {
			t.Errorf("a <%s> without a name", n.Data)
		}
	}
	for _, n := range elements(root, "a", "button", "summary") {
		label, _ := attr(n, "aria-label")
		if text(n) == "" && label == "" {
			t.Errorf("a <%s> without words: %v", n.Data, n.Attr)
		}
	}
	for _, n := range elements(root, "button") {
		if kind, _ := attr(n, "type"); kind != "submit" && kind != "button" {
			t.Errorf("the button %q does not say its type", text(n))
		}
	}
	for _, n := range elements(root, "form") {
		if action, _ := attr(n, "action"); !strings.HasPrefix(action, "/") {
			t.Errorf("a form posts to %q", action)
		}
	}
	for _, n := range elements(root, "svg") {
		if hidden, _ := attr(n, "aria-hidden"); hidden != "true" {
			t.Error("a drawing is not hidden from assistive technology")
		}
	}
}

// checkPolicy holds the page to the content security policy: no inline style, no
// inline script that runs, no handler in an attribute.
func checkPolicy(t *testing.T, root *html.Node) {
	t.Helper()
	for _, n := range elements(root) {
		for _, a := range n.Attr {
			if a.Key == "style" || a.Key != "on" && strings.HasPrefix(a.Key, "on") {
				t.Errorf("<%s> has the attribute %s", n.Data, a.Key)
			}
			if v := strings.ToLower(strings.TrimSpace(a.Val)); strings.HasPrefix(v, "javascript:") && (a.Key == "href" || a.Key == "src" || a.Key == "action") {
				t.Errorf("<%s> has %s=%q", n.Data, a.Key, a.Val)
			}
		}
	}
	if n := len(elements(root, "style")); n > 0 {
		t.Errorf("%d inline style sheets", n)
	}
	for _, n := range elements(root, "script") {
		kind, _ := attr(n, "type")
		_, src := attr(n, "src")
		if !src && kind != "importmap" && kind != "application/ld+json" {
			t.Errorf("an inline script of type %q", kind)
		}
	}
}

const hostile = `"'></title></textarea></script><script>alert(1)</script><img src=x onerror=alert(1)>`

// trusted are the fields whose content is made by this program: HTML that was
// sanitized before, and the addresses of scripts and styles.
var trusted = []string{"BodyHTML", "TeaserHTML", "Assets"}

// poison puts hostile words into every text of a view, and a hostile address into
// every address.
func poison(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			fresh := reflect.New(v.Type().Elem())
			fresh.Elem().Set(v.Elem())
			poison(fresh.Elem())
			v.Set(fresh)
		}
	case reflect.Slice:
		fresh := reflect.MakeSlice(v.Type(), v.Len(), v.Len())
		reflect.Copy(fresh, v)
		for i := range fresh.Len() {
			poison(fresh.Index(i))
		}
		v.Set(fresh)
	case reflect.Map:
		fresh := reflect.MakeMap(v.Type())
		for _, k := range v.MapKeys() {
			fresh.SetMapIndex(k, reflect.ValueOf(hostile).Convert(v.Type().Elem()))
		}
		v.Set(fresh)
	case reflect.Struct:
		for i := range v.NumField() {
			field := v.Type().Field(i)
			switch {
			case !field.IsExported(), slices.Contains(trusted, field.Name):
			case field.Type.Kind() == reflect.String && (strings.HasSuffix(field.Name, "URL") || field.Name == "Action" || field.Name == "ReturnTo"):
				v.Field(i).SetString("javascript:alert(1)//" + hostile)
			case field.Type == reflect.TypeFor[string]():
				v.Field(i).SetString(hostile)
			default:
				poison(v.Field(i))
			}
		}
	}
}

func TestPages_KeepHostileContentText(t *testing.T) {
	t.Parallel()
	for _, s := range samples() {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			before := parse(t, render(t, s.render(s.view)))
			view := reflect.New(reflect.TypeOf(s.view)).Elem()
			view.Set(reflect.ValueOf(s.view))
			poison(view)
			root := parse(t, render(t, s.render(view.Interface())))
			checkPolicy(t, root)
			for _, name := range []string{"script", "img", "title", "textarea", "main"} {
				// A page may leave a script out, never gain one.
				if got, want := len(elements(root, name)), len(elements(before, name)); got > want {
					t.Errorf("%d <%s>, want at most %d", got, name, want)
				}
			}
		})
	}
}

func TestPostPage_ThatIsGatedHoldsNeitherItsBodyNorItsIsland(t *testing.T) {
	t.Parallel()
	for _, access := range []contentpages.Access{contentpages.Members, contentpages.Paid} {
		out := render(t, contentpages.Post(contentpages.PostView{
			Page: page("Gated"), Post: summary(access), TeaserHTML: "<p>the-teaser</p>",
			BodyHTML: "<p>only-for-subscribers</p>", Gate: &contentpages.Gate{Access: access},
		}))
		if strings.Contains(out, "only-for-subscribers") || strings.Contains(out, "nf-content-share") {
			t.Errorf("%s: the page holds what the reader may not have", access)
		}
		if !strings.Contains(out, "the-teaser") {
			t.Errorf("%s: the teaser is missing", access)
		}
	}
}

func TestPages_AreTheSameForEverybodyWithoutAViewer(t *testing.T) {
	t.Parallel()
	for _, s := range samples() {
		first, second := render(t, s.render(s.view)), render(t, s.render(s.view))
		if first != second {
			t.Errorf("%s: two renderings differ", s.name)
		}
	}
}

func TestPages_WriteTheImportMapByteForByte(t *testing.T) {
	t.Parallel()
	p := page("Map")
	p.Assets.ImportMap = `{"imports":{"lit":"/a?b=1&c=2"}}`
	if out := render(t, platformpages.Offline(p)); !strings.Contains(out, `<script type="importmap">`+p.Assets.ImportMap+`</script>`) {
		t.Error("the import map was changed, so its hash does not fit")
	}
	p.Assets = layout.Assets{}
	if out := render(t, platformpages.Offline(p)); strings.Contains(out, "importmap") || strings.Contains(out, `type="module"`) {
		t.Error("a page without assets names scripts")
	}
}

func TestEditorPage_WrapsTheField(t *testing.T) {
	t.Parallel()
	v := contentpages.StudioEditView{Page: page("Edit"), Action: "/studio/1", Form: contentpages.PostForm{BodyMarkdown: "<b>"}}
	v.Editor = map[string]any{"key": "p1"}
	root := parse(t, render(t, contentpages.StudioEdit(v)))
	island := elements(root, "nf-content-editor")
	if len(island) != 1 {
		t.Fatalf("%d islands, want 1", len(island))
	}
	field := elements(island[0], "textarea")
	if len(field) != 1 || text(field[0]) != "<b>" {
		t.Error("the island does not hold the field with what was typed")
	}
}

func TestField_ThatIsFaultySaysSoAndTakesTheFocus(t *testing.T) {
	t.Parallel()
	root := parse(t, render(t, contentpages.StudioEdit(contentpages.StudioEditView{
		Page: page("Edit"), Action: "/studio/1", PostID: "1",
		Errors: layout.FieldErrors{"title": "Give it a title.", "slug": "Taken."},
	})))
	for _, n := range elements(root, "input") {
		name, _ := attr(n, "name")
		_, focus := attr(n, "autofocus")
		_, invalid := attr(n, "aria-invalid")
		if want := name == "title"; focus != want {
			t.Errorf("%s: focus %t", name, focus)
		}
		if want := name == "title" || name == "slug"; invalid != want {
			t.Errorf("%s: invalid %t", name, invalid)
		}
		if described, _ := attr(n, "aria-describedby"); invalid && !strings.Contains(described, "-error") {
			t.Errorf("%s does not name its error", name)
		}
	}
}

func TestConflictPage_OffersBothVersions(t *testing.T) {
	t.Parallel()
	root := parse(t, render(t, contentpages.StudioEdit(contentpages.StudioEditView{
		Page: page("Edit"), Action: "/studio/1", PostID: "1", Version: 3, Form: contentpages.PostForm{Title: "Mine"},
		Conflict: &contentpages.Conflict{SavedAt: morning, TheirsURL: "/studio/1", Version: 4},
	})))
	values := map[string]string{}
	for _, n := range elements(root, "input", "button") {
		name, _ := attr(n, "name")
		values[name], _ = attr(n, "value")
	}
	if values["title"] != "Mine" || values["version"] != "3" || values["overwrite"] != "4" {
		t.Errorf("the form holds %v", values)
	}
	if !strings.Contains(text(root), "Their version is from 3 November 2026, 09:41 UTC.") {
		t.Error("the page does not say when the other version was saved")
	}
}

func TestPricingPage_SellsPlansByAForm(t *testing.T) {
	t.Parallel()
	root := parse(t, render(t, billingpages.Pricing(billingpages.PricingView{
		Page: page("Plans"), ReturnTo: "/posts/x", IdempotencyKeys: map[string]string{"p2": "key-2"},
		Plans: []billingpages.Plan{
			{Name: "Free", Price: euros(0)},
			{Name: "Pro", PriceID: "p2", Price: euros(1250), Interval: billingpages.Monthly},
			{Name: "Team", PriceID: "p3", Price: euros(2000), Interval: billingpages.Monthly, Current: true},
		},
	})))
	var posts []*html.Node
	for _, f := range elements(root, "form") {
		if action, _ := attr(f, "action"); action == "/billing/checkout" {
			posts = append(posts, f)
		}
	}
	if len(posts) != 1 {
		t.Fatalf("%d plans can be bought, want 1", len(posts))
	}
	values := map[string]string{}
	for _, n := range elements(posts[0], "input") {
		name, _ := attr(n, "name")
		values[name], _ = attr(n, "value")
	}
	if values["price_id"] != "p2" || values["idempotency_key"] != "key-2" || values["return_to"] != "/posts/x" {
		t.Errorf("the form holds %v", values)
	}
	if all := text(root); !strings.Contains(all, "€12.50 a month") || !strings.Contains(all, "€0") {
		t.Errorf("the prices are missing")
	}
}

func TestPages_KeepTheSpacesOfSentences(t *testing.T) {
	t.Parallel()
	for _, s := range samples() {
		all := text(elements(parse(t, render(t, s.render(s.view))), "main")[0])
		for _, slip := range []string{" .", " ,", "until3", "Saved3", "seen3", "linked3", "changed6"} {
			if strings.Contains(all, slip) {
				t.Errorf("%s: %q in %q", s.name, slip, all)
			}
		}
	}
}

func TestShell_LeavesTheBannerOutWhereAFactorIsSetUp(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]bool{
		"/account": true, "/": true, "/account/security": true, "/account/security/totp": false, "/account/security/totp/confirm": false, "/account/second-factor": false,
	} {
		p := page("Account")
		p.Path, p.Viewer = path, &layout.Viewer{ID: "1", Name: "Ben", FactorOverdue: true}
		if have := strings.Contains(render(t, layout.Shell(p)), "Your account needs a second factor"); have != want {
			t.Errorf("%s has the banner: %t", path, have)
		}
	}
}

func TestUndeliveredMail_KeepsAnAddressInOneLine(t *testing.T) {
	t.Parallel()
	v := identitypages.UndeliveredMailView{Page: page("Undelivered mail"), Mails: []identitypages.UndeliveredMailRow{{To: "guest@neoforge.test"}}}
	if !strings.Contains(render(t, identitypages.UndeliveredMail(v)), `<td class="table__email">guest@neoforge.test</td>`) {
		t.Error("the address breaks as any text does")
	}
	css, err := os.ReadFile("../styles/identity/admin.css")
	if err != nil || !strings.Contains(string(css), ".table .table__email {\n  white-space: nowrap;\n}") {
		t.Errorf("the style lets it break (%v)", err)
	}
}

func TestError_SaysOfAConflictNothingOfARace(t *testing.T) {
	t.Parallel()
	for status, want := range map[int]string{409: "This is not possible now", 412: "Somebody was faster"} {
		if !strings.Contains(render(t, platformpages.Error(platformpages.ErrorView{Page: page("Error"), Status: status})), `<h1 class="trouble__title">`+want+`</h1>`) {
			t.Errorf("%d is not headed %q", status, want)
		}
	}
}

func TestShell_ShowsTheProductsOwnMark(t *testing.T) {
	t.Parallel()
	p := page("Page")
	if out := render(t, layout.Shell(p)); strings.Count(out, `<svg class="mark"`) != 2 || strings.Contains(out, `<img class="mark"`) {
		t.Error("a site without icons of its own does not show NeoForge's mark")
	}
	p.Assets.OwnIcons = true
	if out := render(t, layout.Shell(p)); strings.Contains(out, `<svg class="mark"`) || strings.Count(out, `<img class="mark" src="/icon.svg"`) != 2 {
		t.Error("a site with icons of its own does not show them")
	}
}

// NeoForge's name is in its documentation, and in no page of a product.
func TestPages_CallTheSiteByItsName(t *testing.T) {
	t.Parallel()
	for _, s := range samples() {
		if out := render(t, s.render(s.view)); strings.Contains(out, "NeoForge") {
			t.Errorf("%s names NeoForge", s.name)
		}
	}
}

func TestIsland_IsRenderedWhereThereIsARendererAndPlainElsewhere(t *testing.T) {
	t.Parallel()
	tag := layout.IslandTag{Element: "nf-notices-board", On: "visible", Attributes: map[string]string{"data-room": `"hall"`, "open": ""}, Data: map[string]int{"n": 1}}
	page := templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		return layout.Island(tag).Render(templ.WithChildren(ctx, templ.Raw("<b>child</b>")), w)
	})
	const plain = `<nf-notices-board data="{&#34;n&#34;:1}" data-room="&#34;hall&#34;" on="visible" open><b>child</b></nf-notices-board>`
	if out := render(t, page); out != plain {
		t.Errorf("without a renderer it is\n%s", out)
	}
	ctx := layout.WithIslands(context.Background(), func(_ context.Context, element string, attributes map[string]string, data any, children string) (string, error) {
		return fmt.Sprint(element, " ", attributes["on"], " ", attributes["data-room"], " ", data, " ", children), nil
	})
	var b bytes.Buffer
	if err := page.Render(ctx, &b); err != nil || b.String() != `nf-notices-board visible "hall" map[n:1] <b>child</b>` {
		t.Errorf("it is rendered as %s: %v", b.String(), err)
	}
}
