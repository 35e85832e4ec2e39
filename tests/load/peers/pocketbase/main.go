// Command pocketbase is what one could pick instead: PocketBase with the posts of a file
// in a collection that everybody may read, in its default settings.
package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"

	"github.com/pocketbase/pocketbase"
	"github.com/pocketbase/pocketbase/apis"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/types"
)

func main() {
	addr := flag.String("addr", "127.0.0.1:0", "listen address")
	dir := flag.String("dir", "", "the folder of its database")
	posts := flag.String("posts", "", "the file of posts: a JSON array of objects with id, slug, title, and so on")
	flag.Parse()
	if err := run(*addr, *dir, *posts); err != nil {
		fmt.Fprintln(os.Stderr, "pocketbase:", err)
		os.Exit(1)
	}
}

func run(addr, dir, file string) error {
	if dir == "" || file == "" {
		return errors.New("-dir and -posts are needed")
	}
	raw, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	var posts []map[string]any
	if err := json.Unmarshal(raw, &posts); err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	app := pocketbase.NewWithConfig(pocketbase.Config{DefaultDataDir: dir, HideStartBanner: true})
	if err := app.Bootstrap(); err != nil {
		return err
	}
	if err := app.RunAllMigrations(); err != nil {
		return err
	}
	if err := write(app, posts); err != nil {
		return err
	}
	return apis.Serve(app, apis.ServeConfig{HttpAddr: addr})
}

// write makes the collection, with an index for the order of the list.
func write(app core.App, posts []map[string]any) error {
	c := core.NewBaseCollection("posts")
	c.ListRule, c.ViewRule = types.Pointer(""), types.Pointer("")
	const longest = 1 << 20
	for _, name := range []string{"slug", "title", "excerpt", "visibility", "status", "author_handle", "author_name", "teaser_html", "body_html"} {
		c.Fields.Add(&core.TextField{Name: name, Max: longest})
	}
	c.Fields.Add(&core.JSONField{Name: "tags"}, &core.NumberField{Name: "reading_minutes"}, &core.NumberField{Name: "version"},
		&core.DateField{Name: "published_at"}, &core.DateField{Name: "updated_at"})
	c.AddIndex("posts_slug", true, "slug", "")
	c.AddIndex("posts_published_at", false, "published_at", "")
	if err := app.Save(c); err != nil {
		return fmt.Errorf("make the collection: %w", err)
	}
	for _, p := range posts {
		r := core.NewRecord(c)
		r.Load(p)
		if err := app.Save(r); err != nil {
			return fmt.Errorf("write post %v: %w", p["slug"], err)
		}
	}
	return nil
}
