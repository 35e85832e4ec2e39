package library

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/neoforge-dev/neoforge/modules/content"
	"github.com/neoforge-dev/neoforge/ports/blobs"
	"github.com/neoforge-dev/neoforge/ports/fault"
	"github.com/neoforge-dev/neoforge/ports/identityport"
)

// BeginUpload is a file that is sent in parts. Replaces names the picture whose file it is
// to be, and Seen the number of edits that were seen of it; empty: a new one.
type BeginUpload struct {
	content.MediaDescription
	Bytes    int64
	Replaces content.MediaID
	Seen     int
}

// BeginUpload makes room for a file that is sent in parts. It fails as UploadMedia and
// ReplaceMedia do, and with content.ErrTooManyUploads.
func (a *App) BeginUpload(ctx context.Context, actor identityport.Actor, c BeginUpload) (content.Upload, error) {
	if !actor.May(content.PermissionWrite) {
		return content.Upload{}, content.ErrMayNotWrite
	}
	if c.Replaces != "" {
		m, err := a.replaceable(ctx, actor, c.Replaces)
		if err == nil && m.Edits != c.Seen {
			err = content.ErrMediaEdited
		}
		if err != nil {
			return content.Upload{}, err
		}
	}
	described, err := c.Clean()
	if err != nil {
		return content.Upload{}, err
	}
	if c.Bytes < 1 {
		return content.Upload{}, content.ErrMediaFormat.WithMessage("The file is empty. Choose a picture.")
	}
	if err := a.roomFor(ctx, actor.UserID, c.Bytes); err != nil {
		return content.Upload{}, err
	}
	now := a.clock.Now().UTC().Truncate(time.Microsecond)
	u := content.Upload{
		ID: content.MediaID(a.ids.New()), Owner: actor.UserID, Replaces: c.Replaces, Seen: c.Seen, MediaDescription: described, Bytes: c.Bytes,
		Parts: []string{}, CreatedAt: now, ExpiresAt: now.Add(content.UploadTTL),
	}
	err = a.work.Do(ctx, func(ctx context.Context, s content.Stores) error {
		// Its bytes are taken now, and not again when it is a picture.
		if err := a.takeQuota(u.Owner, u.Bytes)(ctx, s); err != nil {
			return err
		}
		return s.Media.InsertUpload(ctx, u)
	})
	if err != nil {
		return content.Upload{}, fmt.Errorf("begin an upload of %s: %w", actor.UserID, err)
	}
	return u, nil
}

// OpenUpload tells how far an upload of the actor's is, also of one that is finished, until
// it expires; content.ErrUploadNotFound.
func (a *App) OpenUpload(ctx context.Context, actor identityport.Actor, id content.MediaID) (content.Upload, error) {
	u, err := a.reads.UploadByID(ctx, id)
	if err == nil && (u.Owner != actor.UserID || !a.clock.Now().Before(u.ExpiresAt)) {
		err = content.ErrUploadNotFound
	}
	return u, err
}

// AddUploadPart keeps a part of an upload that begins at offset, and with the last one puts
// the picture into the library, or in the place of the one that it replaces. Who got no
// answer to the last part sends it again, or one without a byte at the end, and is answered
// as they would have been. It fails with content.ErrUploadNotFound, content.ErrUploadOffset,
// content.ErrUploadPart, and with the last part as UploadMedia does.
func (a *App) AddUploadPart(ctx context.Context, actor identityport.Actor, id content.MediaID, offset int64, part []byte) (content.Upload, *content.Media, error) {
	if !actor.May(content.PermissionWrite) {
		return content.Upload{}, nil, content.ErrMayNotWrite
	}
	u, err := a.OpenUpload(ctx, actor, id)
	if err != nil {
		return content.Upload{}, nil, err
	}
	again := isLast(u, offset, part) && u.Complete()
	if offset != u.Received && !again {
		return u, nil, content.ErrUploadOffset
	}
	if !again {
		if err := u.TakesPart(int64(len(part))); err != nil {
			return u, nil, err
		}
	}
	if len(part) > 0 && !again {
		// Two who send a part at once write two files, of which one is noted.
		name := content.UploadPart(offset, a.ids.New())
		if err := a.files.Put(ctx, u.Key(name), "application/octet-stream", bytes.NewReader(part), int64(len(part))); err != nil {
			return u, nil, fmt.Errorf("keep a part of upload %s: %w", id, err)
		}
		expires := a.clock.Now().UTC().Add(content.UploadTTL).Truncate(time.Microsecond)
		err = a.work.Do(ctx, func(ctx context.Context, s content.Stores) error {
			return s.Media.AddPart(ctx, id, offset, name, int64(len(part)), expires)
		})
		switch {
		case err == nil:
			u.Received, u.Parts, u.ExpiresAt = u.Received+int64(len(part)), append(u.Parts, name), expires
		case errors.Is(err, content.ErrUploadOffset) && isLast(u, offset, part):
			// The same part was sent twice, and the other was quicker.
			if u, err = a.OpenUpload(ctx, actor, id); err != nil {
				return content.Upload{}, nil, err
			}
			if !u.Complete() {
				return u, nil, content.ErrUploadOffset
			}
		default:
			return u, nil, fmt.Errorf("note a part of upload %s: %w", id, err)
		}
	}
	if !u.Complete() {
		return u, nil, nil
	}
	m, err := a.finishUpload(ctx, actor, u)
	if err != nil {
		return u, nil, err
	}
	return u, &m, nil
}

// isLast reports whether a part ends where the file does.
func isLast(u content.Upload, offset int64, part []byte) bool {
	return offset+int64(len(part)) == u.Bytes
}

// finishUpload makes a picture of an upload of which every byte is there, and answers with
// the picture where that is done already. What is no picture goes, and what may not take the
// place of one any more.
func (a *App) finishUpload(ctx context.Context, actor identityport.Actor, u content.Upload) (content.Media, error) {
	if u.Finished {
		return a.reads.MediaByID(ctx, u.Picture())
	}
	m, err := a.assemble(ctx, actor, u)
	switch fault.KindOf(err) {
	case fault.Invalid, fault.NotFound, fault.Conflict, fault.Outdated, fault.Forbidden:
		// A job or the same part sent twice may have finished it meanwhile, and taken its parts away.
		now, failed := a.reads.UploadByID(ctx, u.ID)
		switch {
		case failed == nil && now.Finished:
			return a.reads.MediaByID(ctx, u.Picture())
		case failed != nil && !errors.Is(failed, content.ErrUploadNotFound):
			return content.Media{}, failed
		case errors.Is(err, content.ErrMediaChanged):
			return content.Media{}, err // it can be finished later
		}
		if failed := a.dropUpload(ctx, u); failed != nil {
			return content.Media{}, failed
		}
		if errors.Is(err, blobs.ErrNotFound) {
			err = content.ErrUploadNotFound
		}
	}
	if err == nil {
		err = a.removeUpload(ctx, u)
	}
	return m, err
}

func (a *App) assemble(ctx context.Context, actor identityport.Actor, u content.Upload) (content.Media, error) {
	select {
	case a.assembling <- struct{}{}:
		defer func() { <-a.assembling }()
	case <-ctx.Done():
		return content.Media{}, ctx.Err()
	}
	body := make([]byte, 0, u.Bytes)
	for _, part := range u.Parts {
		read, err := a.readFile(ctx, u.Key(part))
		if err != nil {
			return content.Media{}, fmt.Errorf("read a part of upload %s: %w", u.ID, err)
		}
		body = append(body, read...)
	}
	done := func(ctx context.Context, s content.Stores) error { return s.Media.FinishUpload(ctx, u.ID) }
	if u.Replaces != "" {
		return a.replaceMedia(ctx, actor, ReplaceMedia{ID: u.Replaces, Seen: u.Seen, Body: body}, done)
	}
	return a.addMedia(ctx, actor, u.ID, u.MediaDescription, body, done)
}

// CancelUpload drops an upload of the actor's that is not finished;
// content.ErrUploadNotFound.
func (a *App) CancelUpload(ctx context.Context, actor identityport.Actor, id content.MediaID) error {
	u, err := a.OpenUpload(ctx, actor, id)
	if err == nil && u.Finished {
		err = content.ErrUploadNotFound
	}
	if err != nil {
		return err
	}
	return a.dropUpload(ctx, u)
}

func (a *App) dropUpload(ctx context.Context, u content.Upload) error {
	err := a.work.Do(ctx, func(ctx context.Context, s content.Stores) error { return s.Media.DeleteUpload(ctx, u.ID) })
	if err != nil && !errors.Is(err, content.ErrUploadNotFound) {
		return fmt.Errorf("drop upload %s: %w", u.ID, err)
	}
	return a.removeUpload(ctx, u)
}

// removeUpload deletes the parts of an upload, also those that were never noted.
func (a *App) removeUpload(ctx context.Context, u content.Upload) error {
	return a.removeKeys(ctx, content.UploadKeys(u.ID))
}

// endUploads finishes the uploads whose last part was not answered, because the program was
// killed, and drops those that got no part for a day.
func (a *App) endUploads(ctx context.Context) error {
	now := a.clock.Now()
	complete, err := a.reads.UploadsComplete(ctx, now.Add(-finishAfter), batch)
	if err != nil {
		return err
	}
	var faults []error
	for _, u := range complete {
		if err := a.endUpload(ctx, u); err != nil {
			faults = append(faults, fmt.Errorf("finish upload %s: %w", u.ID, err))
		}
	}
	expired, err := a.reads.UploadsExpired(ctx, now, batch)
	if err != nil {
		return errors.Join(append(faults, err)...)
	}
	for _, u := range expired {
		if err := a.dropUpload(ctx, u); err != nil {
			faults = append(faults, err)
		}
	}
	return errors.Join(faults...)
}

// endUpload finishes an upload as its owner, with what they may do now, and drops it where
// they may not or where it is no picture.
func (a *App) endUpload(ctx context.Context, u content.Upload) error {
	actor, err := a.actors.ActorOf(ctx, u.Owner)
	switch kind := fault.KindOf(err); {
	case kind == fault.NotFound || kind == fault.Forbidden, err == nil && !actor.May(content.PermissionWrite):
		return a.dropUpload(ctx, u)
	case err != nil:
		return err
	}
	_, err = a.finishUpload(ctx, actor, u)
	switch fault.KindOf(err) {
	case fault.Invalid, fault.NotFound, fault.Outdated, fault.Forbidden: // it was dropped; to try again would change nothing
		return nil
	}
	return err
}

// finishAfter is how long whoever sent the last part is left to finish an upload.
const finishAfter = 10 * time.Minute
