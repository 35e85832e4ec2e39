package contentapp

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/neoforge-dev/neoforge/modules/content"
	"github.com/neoforge-dev/neoforge/ports/cache"
	"github.com/neoforge-dev/neoforge/ports/identityport"
)

// Readers names all those who get a published post alike, so that one answer can be kept
// for them; [Visitors] are those who get what everybody gets. Others are named with the
// post and its version: who may read one version is no reason to hand out the next.
type Readers string

// Visitors are everybody.
const Visitors Readers = ""

func openTo(id content.PostID, version int) Readers {
	return Readers("open:" + string(id) + ":" + strconv.Itoa(version))
}

// ReadersOf tells which readers of a post somebody belongs to. It fails with
// content.ErrPostNotFound, also for a slug that a post had before.
func (a *App) ReadersOf(ctx context.Context, actor identityport.Actor, slug string) (Readers, error) {
	access, err := a.postAccess(ctx, slug)
	if err != nil {
		return Visitors, err
	}
	p := content.PostState{ID: access.id, Author: access.authors[0], CoAuthors: access.authors[1:], Text: content.Text{Slug: slug, Visibility: access.visibility}}
	gate, err := a.gate(ctx, actor, p)
	if err != nil || gate == content.GateFor(identityport.Actor{}, p, false, content.NotShared) {
		return Visitors, err
	}
	return openTo(access.id, access.version), nil
}

// ReadPostFor opens a published post for readers that [App.ReadersOf] named. Whoever asks
// keeps the answer, so it is not kept here as well. It fails with
// content.ErrPostNotFound, and with content.ErrPostChanged when the post is no longer
// what they were named for.
func (a *App) ReadPostFor(ctx context.Context, readers Readers, slug string) (Reading, error) {
	if readers == Visitors {
		return a.ReadPublicPost(ctx, slug)
	}
	if !content.IsSlug(slug) {
		return Reading{}, content.ErrPostNotFound
	}
	article, err := a.reads.Published(ctx, slug)
	if err != nil {
		return Reading{}, err
	}
	if readers != openTo(article.Post.ID, article.Post.Version) {
		return Reading{}, content.ErrPostChanged
	}
	return Reading{Article: article, Gate: content.Open}, nil
}

// postAccess is what decides who may read a published post.
type postAccess struct {
	id         content.PostID
	authors    []identityport.UserID // the first, and the others
	visibility content.Visibility
	version    int
}

// MarshalText writes it in words side by side: every request of somebody who is signed in
// reads it back.
func (p postAccess) MarshalText() ([]byte, error) {
	return []byte(string(p.id) + " " + joined(p.authors) + " " + string(p.visibility) + " " + strconv.Itoa(p.version)), nil
}

// UnmarshalText reads what MarshalText wrote.
func (p *postAccess) UnmarshalText(text []byte) error {
	words := strings.Split(string(text), " ")
	if len(words) != 4 {
		return fmt.Errorf("contentapp: %q does not say who may read a post", text)
	}
	version, err := strconv.Atoi(words[3])
	*p = postAccess{content.PostID(words[0]), parted(words[1]), content.Visibility(words[2]), version}
	return err
}

func joined(ids []identityport.UserID) string {
	texts := make([]string, len(ids))
	for i, id := range ids {
		texts[i] = string(id)
	}
	return strings.Join(texts, ",")
}

func parted(text string) []identityport.UserID {
	var ids []identityport.UserID
	for id := range strings.SplitSeq(text, ",") {
		ids = append(ids, identityport.UserID(id))
	}
	return ids
}

func (a *App) postAccess(ctx context.Context, slug string) (postAccess, error) {
	if !content.IsSlug(slug) {
		return postAccess{}, content.ErrPostNotFound
	}
	// Releases that know one author of a post keep what they know under another name: they would
	// take several for one whom nobody is.
	options := cache.Options{TTL: articleTTL, Tags: []string{content.TagPost(slug)}}
	return cache.FetchJSON(ctx, a.cache, "content.authors_access:"+slug, options, func(ctx context.Context) (postAccess, error) {
		article, err := a.reads.Published(ctx, slug)
		p := article.Post
		return postAccess{p.ID, p.Authors(), p.Text.Visibility, p.Version}, err
	})
}
