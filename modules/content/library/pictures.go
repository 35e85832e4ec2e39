package library

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/neoforge-dev/neoforge/modules/content"
	"github.com/neoforge-dev/neoforge/ports/audit"
	"github.com/neoforge-dev/neoforge/ports/blobs"
	"github.com/neoforge-dev/neoforge/ports/cursor"
	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/ports/jobs"
)

const (
	// oldFilesStay is how long the files of a picture that was replaced can still be opened:
	// pages that show them lie in caches.
	oldFilesStay = time.Hour
	// mediaUses is how many posts are named that show a picture.
	mediaUses = 50
)

// UploadMedia is a picture that is sent in one piece.
type UploadMedia struct {
	content.MediaDescription
	Body []byte
}

// UploadMedia puts a picture into the library. It fails with content.ErrMayNotWrite,
// content.ErrInvalidMedia, content.ErrMediaFormat, content.ErrMediaTooLarge and
// content.ErrMediaQuota.
func (a *App) UploadMedia(ctx context.Context, actor identityport.Actor, c UploadMedia) (content.Media, error) {
	if !actor.May(content.PermissionWrite) {
		return content.Media{}, content.ErrMayNotWrite
	}
	described, err := c.Clean()
	if err != nil {
		return content.Media{}, err
	}
	if err := a.roomFor(ctx, actor.UserID, int64(len(c.Body))); err != nil {
		return content.Media{}, err
	}
	return a.addMedia(ctx, actor, content.MediaID(a.ids.New()), described, c.Body, a.takeQuota(actor.UserID, int64(len(c.Body))))
}

// takeQuota takes bytes of the owner's quota of today, with what is written in the same
// transaction.
func (a *App) takeQuota(owner identityport.UserID, bytes int64) func(ctx context.Context, s content.Stores) error {
	return func(ctx context.Context, s content.Stores) error {
		most := a.limits.DailyBytes
		if most <= 0 {
			most = math.MaxInt64
		}
		return s.Media.TakeQuota(ctx, owner, a.clock.Now(), bytes, most)
	}
}

// roomFor checks the limits for some more bytes, before they are kept.
func (a *App) roomFor(ctx context.Context, owner identityport.UserID, more int64) error {
	if a.limits.FileBytes > 0 && more > a.limits.FileBytes {
		return a.tooLarge()
	}
	if a.limits.DailyBytes <= 0 {
		return nil
	}
	taken, err := a.reads.QuotaTaken(ctx, owner, a.clock.Now())
	if err != nil {
		return fmt.Errorf("what %s uploaded: %w", owner, err)
	}
	if more > a.limits.DailyBytes-taken {
		return content.ErrMediaQuota
	}
	return nil
}

func (a *App) tooLarge() error {
	return content.ErrMediaTooLarge.WithMessage(fmt.Sprintf("The file is too large. Choose one of at most %d MB.", a.limits.FileBytes>>20))
}

// addMedia keeps a file, then the row that names it, and with that the job that prepares
// it. done is what else is written with the row.
func (a *App) addMedia(ctx context.Context, actor identityport.Actor, id content.MediaID, d content.MediaDescription, body []byte,
	done func(ctx context.Context, s content.Stores) error,
) (content.Media, error) {
	file, err := a.images.Inspect(body)
	if err != nil {
		return content.Media{}, err
	}
	now := a.clock.Now()
	m := content.NewMedia(id, actor.UserID, d, file, now)
	if err := a.putFile(ctx, m, file.Body); err != nil {
		return content.Media{}, err
	}
	err = a.work.Do(ctx, func(ctx context.Context, s content.Stores) error {
		if err := s.Media.Insert(ctx, m); err != nil {
			return err
		}
		if err := done(ctx, s); err != nil {
			return err
		}
		return a.prepareLater(ctx, s, actor, "content.media_uploaded", m, now)
	})
	if err != nil {
		return content.Media{}, fmt.Errorf("add picture %s: %w", id, err)
	}
	return m, nil
}

func (a *App) putFile(ctx context.Context, m content.Media, body []byte) error {
	key := content.MediaKey(m.ID, m.Version, m.Original())
	if err := a.files.Put(ctx, key, m.Format.ContentType(), bytes.NewReader(body), int64(len(body))); err != nil {
		return fmt.Errorf("keep the file of picture %s: %w", m.ID, err)
	}
	return nil
}

// prepareLater notes what was done to a picture, and has its other sizes made.
func (a *App) prepareLater(ctx context.Context, s content.Stores, actor identityport.Actor, action string, m content.Media, now time.Time) error {
	if err := s.Audit.Append(ctx, a.mediaEntry(actor, action, m.ID, now)); err != nil {
		return err
	}
	return filesJob(ctx, s, prepareMediaJob, content.MediaFiles{ID: m.ID, Version: m.Version}, time.Time{})
}

// filesJob queues work on files of a picture.
func filesJob(ctx context.Context, s content.Stores, kind string, of content.MediaFiles, at time.Time) error {
	job, err := of.Job(kind, at)
	if err != nil {
		return err
	}
	return s.Jobs.Enqueue(ctx, job)
}

func (a *App) mediaEntry(actor identityport.Actor, action string, id content.MediaID, now time.Time) audit.Entry {
	return audit.Entry{ID: a.ids.New(), Actor: string(actor.UserID), Action: action, Resource: "media:" + string(id), IP: actor.IP, At: now}
}

// changeable returns a picture for somebody who may change it, and content.ErrMediaNotFound
// for everybody else.
func (a *App) changeable(ctx context.Context, actor identityport.Actor, id content.MediaID) (content.Media, error) {
	m, err := a.reads.MediaByID(ctx, id)
	if err == nil && !content.MayChangeMedia(actor, m) {
		err = content.ErrMediaNotFound
	}
	return m, err
}

// replaceable is changeable for who puts another file in its place: what readers of a post see
// is changed by who may publish posts.
func (a *App) replaceable(ctx context.Context, actor identityport.Actor, id content.MediaID) (content.Media, error) {
	m, err := a.changeable(ctx, actor, id)
	if err != nil || actor.May(content.PermissionPublish) {
		return m, err
	}
	shown, err := a.reads.MediaShown(ctx, id)
	if err == nil && !shown {
		var pages []content.MediaID
		pages, err = a.reads.MediaInSitePages(ctx)
		shown = slices.Contains(pages, id)
	}
	if err == nil && shown {
		err = content.ErrMediaShown
	}
	return m, err
}

// OpenMedia returns a picture of the library. It fails with content.ErrMediaNotFound, also
// for who may not change it.
func (a *App) OpenMedia(ctx context.Context, actor identityport.Actor, id content.MediaID) (content.Media, error) {
	m, err := a.changeable(ctx, actor, id)
	if err != nil {
		return content.Media{}, err
	}
	return m, a.keep(ctx, m) // whoever looks at it may be about to use it
}

// CurrentMedia returns a picture by the address that texts have of it, to anybody.
func (a *App) CurrentMedia(ctx context.Context, id content.MediaID) (content.Media, error) {
	return a.reads.MediaByID(ctx, content.MediaIDOf(string(id)))
}

// MediaList is one page of the library.
type MediaList struct {
	Items      []content.Media
	Uses       map[content.MediaID]int // how many posts show each; none for 0
	NextCursor string
}

// ListMedia lists pictures, newest first: one's own, and everybody's for who edits any
// post. Search narrows it to those whose name or description has each of its words in it. It
// fails with content.ErrMayNotWrite and content.ErrInvalidCursor.
func (a *App) ListMedia(ctx context.Context, actor identityport.Actor, search, from string, limit int) (MediaList, error) {
	if !actor.May(content.PermissionWrite) && !actor.May(content.PermissionEditAny) {
		return MediaList{}, content.ErrMayNotWrite
	}
	after, ok := cursor.Decode(from, cursor.UUIDs)
	if !ok {
		return MediaList{}, content.ErrInvalidCursor
	}
	limit = min(max(limit, 1), maxPage)
	listing := content.MediaListing{Owner: actor.UserID, Words: content.MediaWords(search), After: after, Limit: limit + 1}
	if actor.May(content.PermissionEditAny) {
		listing.Owner = ""
	}
	if len(listing.Words) > maxMediaSearch {
		return MediaList{}, content.ErrSearchTooLong
	}
	items, err := a.reads.MediaList(ctx, listing)
	if err != nil {
		return MediaList{}, err
	}
	list := MediaList{Items: items}
	if len(items) > limit {
		list.Items = items[:limit]
		last := list.Items[limit-1]
		list.NextCursor = cursor.Encode(cursor.Position{At: last.CreatedAt, ID: string(last.ID)})
	}
	ids := make([]content.MediaID, len(list.Items))
	for i, m := range list.Items {
		ids[i] = m.ID
	}
	list.Uses, err = a.reads.MediaUseCounts(ctx, ids)
	return list, err
}

// maxMediaSearch is in bytes.
const maxMediaSearch = 200

// MediaUses lists the posts that show a picture. One that the actor may not edit, as one of its
// authors or because it is shared with them, has neither title nor author. It fails as OpenMedia does.
func (a *App) MediaUses(ctx context.Context, actor identityport.Actor, id content.MediaID) ([]content.MediaUse, error) {
	if _, err := a.changeable(ctx, actor, id); err != nil {
		return nil, err
	}
	uses, err := a.reads.MediaUses(ctx, id, mediaUses)
	if err != nil {
		return nil, err
	}
	var shares map[content.PostID]content.Share
	for i, use := range uses {
		post := content.PostState{ID: use.Post, Author: use.Author, CoAuthors: use.CoAuthors}
		if content.MayEdit(actor, post) {
			continue
		}
		if shares == nil {
			if shares, err = a.shares(ctx, actor); err != nil {
				return nil, err
			}
		}
		if !content.MayEditShared(actor, post, shares[use.Post]) {
			uses[i] = content.MediaUse{Place: use.Place}
		}
	}
	return uses, nil
}

// shares are those that the actor has of others' posts.
func (a *App) shares(ctx context.Context, actor identityport.Actor) (map[content.PostID]content.Share, error) {
	out := map[content.PostID]content.Share{}
	if a.grants == nil {
		return out, nil
	}
	granted, err := a.grants.GrantedTo(ctx, actor.UserID, content.ResourceKind)
	if err != nil {
		return nil, fmt.Errorf("what is shared with %s: %w", actor.UserID, err)
	}
	for _, g := range granted {
		id := content.PostID(strings.TrimPrefix(g.Resource, content.ResourceKind+":"))
		if share := content.ShareOf(g); share.Covers(out[id]) {
			out[id] = share
		}
	}
	return out, nil
}

// DescribeMedia is what is to be said of a picture; nil leaves it. Seen is the number of
// edits that whoever says it saw of the picture.
type DescribeMedia struct {
	ID        content.MediaID
	Seen      int
	Name, Alt *string
}

// DescribeMedia changes what is said of a picture. Posts that show it keep the description
// that they have. It fails with content.ErrMediaNotFound, also for who may not change it,
// content.ErrInvalidMedia, and content.ErrMediaEdited when somebody edited it since, unless it
// is described so already.
func (a *App) DescribeMedia(ctx context.Context, actor identityport.Actor, c DescribeMedia) (content.Media, error) {
	return a.changeMedia(ctx, func() (content.Media, error) { return a.changeable(ctx, actor, c.ID) }, func(ctx context.Context, s content.Stores, m *content.Media) (bool, error) {
		d := content.MediaDescription{Name: m.Name, Alt: m.Alt}
		if c.Name != nil {
			d.Name = *c.Name
		}
		if c.Alt != nil {
			d.Alt = *c.Alt
		}
		d, err := d.Clean()
		if err != nil || d == (content.MediaDescription{Name: m.Name, Alt: m.Alt}) {
			return false, err
		}
		if m.Edits != c.Seen {
			return false, content.ErrMediaEdited
		}
		now := a.clock.Now()
		m.Describe(d, now)
		return true, s.Audit.Append(ctx, a.mediaEntry(actor, "content.media_described", m.ID, now))
	})
}

// changeMedia does something to a picture as it is now, again where somebody changed it at
// the same moment. do answers whether it changed anything.
func (a *App) changeMedia(ctx context.Context, load func() (content.Media, error), do func(ctx context.Context, s content.Stores, m *content.Media) (bool, error)) (content.Media, error) {
	for n := 1; ; n++ {
		m, err := load()
		if err != nil {
			return content.Media{}, err
		}
		seen := m.Revision
		err = a.work.Do(ctx, func(ctx context.Context, s content.Stores) error {
			changed, err := do(ctx, s, &m)
			if err != nil || !changed {
				return err
			}
			if err := s.Media.Update(ctx, m, seen); err != nil {
				return err
			}
			return s.Jobs.Enqueue(ctx, jobs.Job{Kind: content.RenderMediaJob, Unique: fmt.Sprintf("%s:%d", m.ID, m.Revision)})
		})
		if err == nil {
			return m, nil
		}
		if n == conflicts || !errors.Is(err, content.ErrMediaChanged) {
			return content.Media{}, fmt.Errorf("change picture %s: %w", m.ID, err)
		}
	}
}

// ReplaceMedia is another file of a picture. Seen is the number of edits that whoever sends it
// saw of the picture.
type ReplaceMedia struct {
	ID   content.MediaID
	Seen int
	Body []byte
}

// ReplaceMedia puts another file in the place of a picture: every post shows it from then
// on, under an address of its own. The old file goes within the hour. It fails as
// DescribeMedia and UploadMedia do, and with content.ErrMediaShown by who may not publish posts,
// while readers of one see it, or will by itself, or it stands in a page of the site.
func (a *App) ReplaceMedia(ctx context.Context, actor identityport.Actor, c ReplaceMedia) (content.Media, error) {
	m, err := a.replaceable(ctx, actor, c.ID)
	if err == nil && m.Edits != c.Seen {
		err = content.ErrMediaEdited
	}
	if err != nil {
		return content.Media{}, err
	}
	if err := a.roomFor(ctx, actor.UserID, int64(len(c.Body))); err != nil {
		return content.Media{}, err
	}
	return a.replaceMedia(ctx, actor, c, a.takeQuota(actor.UserID, int64(len(c.Body))))
}

// replaceMedia is ReplaceMedia of what somebody may do. Of no edits that were seen, which a
// release before left with an upload, it takes any.
func (a *App) replaceMedia(ctx context.Context, actor identityport.Actor, c ReplaceMedia,
	done func(ctx context.Context, s content.Stores) error,
) (content.Media, error) {
	file, err := a.images.Inspect(c.Body)
	if err != nil {
		return content.Media{}, err
	}
	mark := a.ids.New()
	load := func() (content.Media, error) {
		m, err := a.replaceable(ctx, actor, c.ID)
		if err != nil {
			return m, err
		}
		next := m
		next.Replace(m.NextVersion(mark), file, a.clock.Now())
		return m, a.putFile(ctx, next, file.Body)
	}
	return a.changeMedia(ctx, load, func(ctx context.Context, s content.Stores, m *content.Media) (bool, error) {
		if c.Seen != 0 && m.Edits != c.Seen {
			return false, content.ErrMediaEdited
		}
		if !actor.May(content.PermissionPublish) { // a post may have been published since it was asked
			if shown, err := s.Media.Shown(ctx, m.ID); err != nil {
				return false, err
			} else if shown {
				return false, content.ErrMediaShown
			}
		}
		now, before := a.clock.Now(), m.Version
		m.Replace(m.NextVersion(mark), file, now)
		if err := done(ctx, s); err != nil {
			return false, err
		}
		if err := filesJob(ctx, s, content.RemoveMediaJob, content.MediaFiles{ID: m.ID, Version: before}, now.Add(oldFilesStay)); err != nil {
			return false, err
		}
		return true, a.prepareLater(ctx, s, actor, "content.media_replaced", *m, now)
	})
}

// DeleteMedia removes a picture with all of its files, of which so many edits were seen. It
// fails with content.ErrMediaNotFound, also for who may not change it, content.ErrMediaEdited
// when somebody edited it since, and with content.ErrMediaInUse while a post shows it and
// content.ErrMediaInSitePage while a page does.
func (a *App) DeleteMedia(ctx context.Context, actor identityport.Actor, id content.MediaID, seen int) error {
	if _, err := a.changeable(ctx, actor, id); err != nil {
		return err
	}
	err := a.work.Do(ctx, func(ctx context.Context, s content.Stores) error {
		if err := s.Media.Delete(ctx, id, seen); err != nil {
			return err
		}
		if err := s.Audit.Append(ctx, a.mediaEntry(actor, "content.media_deleted", id, a.clock.Now())); err != nil {
			return err
		}
		return filesJob(ctx, s, content.RemoveMediaJob, content.MediaFiles{ID: id}, time.Time{})
	})
	if err != nil {
		return fmt.Errorf("delete picture %s: %w", id, err)
	}
	return nil
}

// OpenMediaFile opens a file of a picture, or a part of it, by the names that its address
// has; blobs.ErrNotFound. Whoever knows the address may: that of a picture nobody guesses.
func (a *App) OpenMediaFile(ctx context.Context, id content.MediaID, version int, file string, part blobs.Range) (blobs.File, error) {
	if _, ok := content.MediaFileFormat(file); !ok || version < 1 || !cursor.UUIDs.Match(string(id)) {
		return blobs.File{}, blobs.ErrNotFound
	}
	return a.files.Get(ctx, content.MediaKey(id, version, file), part)
}

// removeFiles deletes the files of a picture, of one version or of all, and then those of an
// upload that has its id.
func (a *App) removeFiles(ctx context.Context, of content.MediaFiles) error {
	err := a.removeKeys(ctx, content.MediaKeys(of.ID, of.Version))
	if err != nil || of.Version != 0 {
		return err
	}
	return a.removeKeys(ctx, content.UploadKeys(of.ID))
}

func (a *App) removeKeys(ctx context.Context, prefix string) error {
	var keys []string
	err := a.files.List(ctx, prefix, "", func(i blobs.Info) error {
		keys = append(keys, i.Key)
		return nil
	})
	if err != nil {
		return fmt.Errorf("list the files of %s: %w", strings.TrimSuffix(prefix, "/"), err)
	}
	for _, key := range keys {
		if err := a.files.Delete(ctx, key); err != nil {
			return fmt.Errorf("delete the file %s: %w", key, err)
		}
	}
	return nil
}
