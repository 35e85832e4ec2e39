package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// pocketBase is the cached read and the cached list beside PocketBase, which many would
// pick instead, with the same posts: its answers have the same fields, and it is spared
// the counting of all posts that its lists do unless they are told not to.
func (b *bench) pocketBase(ctx context.Context) error {
	const work = "reads beside PocketBase"
	bin, err := builder{root: b.root, into: b.work, say: b.say}.pocketBase(ctx)
	if err != nil {
		if ctx.Err() != nil {
			return err
		}
		b.report.omissions = append(b.report.omissions, omission{work: work, why: fmt.Sprintf("PocketBase could not be built: %v", err)})
		return nil
	}
	dir, err := b.folder("pocketbase")
	if err != nil {
		return err
	}
	database := newSettings("sqlite://" + filepath.Join(dir, "neoforge.db"))
	if err := database.prepare(ctx, b.sampler, dir); err != nil {
		return err
	}
	ours, err := database.serve(ctx, b.program, dir)
	if err != nil {
		return err
	}
	defer ours.stop()
	file := filepath.Join(dir, "posts.json")
	slugs, err := ours.writePosts(ctx, file)
	if err != nil {
		return err
	}
	addr, err := freeAddr(ctx)
	if err != nil {
		return err
	}
	theirs, err := spec{name: "pocketbase", bin: bin, args: []string{"-addr", addr, "-dir", filepath.Join(dir, "data"), "-posts", file}, dir: dir, addr: addr}.start(ctx)
	if err != nil {
		return err
	}
	defer theirs.stop()

	list := "/api/collections/posts/records?perPage=20&sort=-published_at,id&skipTotal=1&fields=id,slug,title,excerpt,tags,visibility,status,author_handle,author_name,reading_minutes,published_at,updated_at,version"
	if err := sameOrder(ctx, theirs, list, slugs); err != nil {
		return err
	}
	for _, c := range []struct {
		work, ours, mark, theirs, theirMark string
		bound                               float64
	}{
		{"cached read of a post", "/api/v1/posts/" + slugs[0], `"slug":"` + slugs[0], "/api/collections/posts/records/" + recordID(0), `{"author_handle":"`, 10},
		{"cached list of posts", "/api/v1/posts?limit=20", `{"items":[{`, list, `"items":[{`, 6},
	} {
		us, size, err := b.asked(ctx, ours.process, c.ours, c.mark)
		if err != nil {
			return err
		}
		them, _, err := b.asked(ctx, theirs, c.theirs, c.theirMark)
		if err != nil {
			return err
		}
		row := comparison{
			work: c.work, detail: fmt.Sprintf("JSON, %s bytes", count(float64(size))), peer: "pocketbase", program: "neoforge",
			throughput: goal{what: "ratio", bound: c.bound, unit: "x"},
		}
		row.limit, row.ours, err = duel(ctx, b.plan, side{name: row.peer, process: theirs, workload: them}, side{name: row.program, process: ours.process, workload: us})
		if err != nil {
			return err
		}
		b.report.comparisons = append(b.report.comparisons, row)
	}
	return nil
}

// asked is the load of one request that is answered by as many bytes each time.
func (b *bench) asked(ctx context.Context, p *process, path, mark string) (workload, int, error) {
	request := getPath(path)
	_, body, err := p.ready(ctx, request)
	if err != nil {
		return workload{}, 0, err
	}
	return workload{
		connections: b.connections, size: len(body),
		next: func(buf []byte) ([]byte, []byte) { return append(buf, request...), []byte(mark) },
	}, len(body), nil
}

// recordID is the n-th post's in PocketBase, whose ids have 15 characters.
func recordID(n int) string { return fmt.Sprintf("post%011d", n) }

// writePosts writes the newest posts to a file for PocketBase, and returns their slugs.
func (s serving) writePosts(ctx context.Context, file string) ([]string, error) {
	var list struct{ Items []map[string]any }
	if err := s.read(ctx, "/api/v1/posts?limit=20", &list); err != nil {
		return nil, err
	}
	var slugs []string
	for i, summary := range list.Items {
		slug, ok := summary["slug"].(string)
		if !ok {
			return nil, fmt.Errorf("a post without a slug: %v", summary)
		}
		post := map[string]any{}
		if err := s.read(ctx, "/api/v1/posts/"+slug, &post); err != nil {
			return nil, err
		}
		if author, ok := post["author"].(map[string]any); ok {
			post["author_handle"], post["author_name"] = author["handle"], author["name"]
		}
		post["id"] = recordID(i)
		list.Items[i], slugs = post, append(slugs, slug)
	}
	if len(slugs) != listed {
		return nil, fmt.Errorf("the list has %d posts instead of %d", len(slugs), listed)
	}
	text, err := json.Marshal(list.Items)
	if err != nil {
		return nil, err
	}
	return slugs, os.WriteFile(file, text, 0o600)
}

func (p *process) read(ctx context.Context, path string, into any) error {
	_, body, err := p.ready(ctx, getPath(path))
	if err != nil {
		return err
	}
	return json.Unmarshal(body, into)
}

// sameOrder fails unless a peer lists the same posts in the same order.
func sameOrder(ctx context.Context, p *process, path string, slugs []string) error {
	var list struct{ Items []struct{ Slug string } }
	if err := p.read(ctx, path, &list); err != nil {
		return err
	}
	var got []string
	for _, item := range list.Items {
		got = append(got, item.Slug)
	}
	if !slices.Equal(got, slugs) {
		return fmt.Errorf("%s lists %s, want %s", p.name, strings.Join(got, ", "), strings.Join(slugs, ", "))
	}
	return nil
}
