package layout

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"maps"
	"slices"

	"github.com/a-h/templ"
)

// IslandTag is a custom element of a module in a page, which its script takes over when
// its moment comes.
type IslandTag struct {
	Element    string            // nf-<module>-<thing>
	On         string            // the moment: load, idle, visible, interaction or signed-in; empty: load
	Attributes map[string]string // further ones; "" for one without a value
	Data       any               // what the element gets, as JSON in its attribute data; nil: none
}

// IslandRenderer answers the whole element with its children: the tag, and the shadow
// root that the server rendered.
type IslandRenderer func(ctx context.Context, element string, attributes map[string]string, data any, children string) (string, error)

type islandsKey struct{}

// WithIslands has the islands of a page rendered by render.
func WithIslands(ctx context.Context, render IslandRenderer) context.Context {
	return context.WithValue(ctx, islandsKey{}, render)
}

// Island places an island. Its children are what the page has of it without a script, or
// what the element wraps. Without a renderer it is the plain tag around them.
func Island(tag IslandTag) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		var children bytes.Buffer
		if err := templ.GetChildren(ctx).Render(templ.ClearChildren(ctx), &children); err != nil {
			return err
		}
		attributes := map[string]string{"on": tag.On}
		maps.Copy(attributes, tag.Attributes)
		if attributes["on"] == "" {
			attributes["on"] = "load"
		}
		render, ok := ctx.Value(islandsKey{}).(IslandRenderer)
		if !ok {
			render = plainIsland
		}
		out, err := render(ctx, tag.Element, attributes, tag.Data, children.String())
		if err != nil {
			return fmt.Errorf("place %s: %w", tag.Element, err)
		}
		_, err = io.WriteString(w, out)
		return err
	})
}

// plainIsland is the tag alone.
func plainIsland(_ context.Context, element string, attributes map[string]string, data any, children string) (string, error) {
	if data != nil {
		text, err := json.Marshal(data)
		if err != nil {
			return "", err
		}
		attributes["data"] = string(text)
	}
	out := "<" + element
	for _, name := range slices.Sorted(maps.Keys(attributes)) {
		if out += " " + name; attributes[name] != "" {
			out += `="` + html.EscapeString(attributes[name]) + `"`
		}
	}
	return out + ">" + children + "</" + element + ">", nil
}
