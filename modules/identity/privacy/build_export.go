package privacy

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"
	"time"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/internal/mails"
	"github.com/neoforge-dev/neoforge/ports/identityport"
)

const exportKind = "identity.build_export"

// runExport builds an archive. It is tried again from the start when a context
// cannot tell what it holds; an export that is never finished counts as failed
// after [identity.ExportTimeout].
func (a *App) runExport(ctx context.Context, payload []byte) error {
	var job exportJob
	if err := json.Unmarshal(payload, &job); err != nil {
		return fmt.Errorf("privacy: decode export: %w", err)
	}
	e, err := a.deps.Reads.DataExport(ctx, job.Export)
	if errors.Is(err, identity.ErrExportAbsent) {
		return nil // the person is gone, or the export expired
	}
	if err != nil {
		return fmt.Errorf("privacy: build export: %w", err)
	}
	if e.StateAt(a.deps.Clock.Now()) != identity.ExportRunning {
		return nil
	}
	archive, err := a.archive(ctx, e)
	switch {
	case errors.Is(err, identity.ErrUserNotFound):
		return nil
	case errors.Is(err, identity.ErrExportTooLarge):
		return a.endExport(ctx, e, nil)
	case err != nil:
		return fmt.Errorf("privacy: build export %s: %w", e.ID, err)
	}
	return a.endExport(ctx, e, archive)
}

// endExport keeps the archive, or that there is none, and tells the person.
func (a *App) endExport(ctx context.Context, e identity.DataExport, archive []byte) error {
	now := a.deps.Clock.Now()
	err := a.deps.UnitOfWork.Do(ctx, func(ctx context.Context, s Stores) error {
		kind := mails.ExportReady
		var (
			ended bool
			err   error
		)
		if archive != nil {
			ended, err = s.Exports.Finish(ctx, e.ID, archive, now)
		} else {
			kind = mails.ExportFailed
			ended, err = s.Exports.Fail(ctx, e.ID, now)
		}
		if err != nil || !ended {
			return err // ended meanwhile: the mail is on its way
		}
		return mails.Post(ctx, s.Jobs, mails.Mail{Kind: kind, User: e.User, Data: map[string]string{
			"until": now.Add(identity.ExportTTL).UTC().Format("2 January 2006"),
		}})
	})
	if errors.Is(err, identity.ErrExportAbsent) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("privacy: end export %s: %w", e.ID, err)
	}
	return nil
}

// archive asks every context in turn, and counts each that has answered.
func (a *App) archive(ctx context.Context, e identity.DataExport) ([]byte, error) {
	u, err := a.deps.Reads.User(ctx, e.User)
	if err != nil {
		return nil, err
	}
	memberships, err := a.deps.Reads.MembershipsOf(ctx, e.User)
	if err != nil {
		return nil, err
	}
	organizations := identity.OrganizationsOf(memberships)
	now := a.deps.Clock.Now()
	z := newArchive(now)
	var listed []string
	for i, x := range a.deps.Exporters() {
		part, err := x.Export(ctx, identityport.Subject{User: e.User, Organizations: organizations})
		if err != nil {
			return nil, fmt.Errorf("what %s holds: %w", x.Name, err)
		}
		text, err := json.MarshalIndent(part, "", "  ")
		if err != nil {
			return nil, fmt.Errorf("encode what %s holds: %w", x.Name, err)
		}
		name := path.Base(x.Name) + ".json"
		if err := z.add(name, append(text, '\n')); err != nil {
			return nil, err
		}
		listed = append(listed, name)
		err = a.deps.UnitOfWork.Do(ctx, func(ctx context.Context, s Stores) error {
			return s.Exports.Advance(ctx, e.ID, i+1)
		})
		if err != nil && !errors.Is(err, identity.ErrExportAbsent) {
			return nil, err
		}
	}
	avatar, err := a.deps.Reads.AvatarOf(ctx, e.User)
	switch {
	case err == nil:
		name := "picture" + map[string]string{"image/jpeg": ".jpg", "image/png": ".png"}[avatar.ContentType]
		if err := z.add(name, avatar.Body); err != nil {
			return nil, err
		}
		listed = append(listed, name)
	case !errors.Is(err, identity.ErrAvatarAbsent):
		return nil, err
	}
	if err := z.add("README.txt", []byte(exportReadme(a.deps.SiteName, u, now, listed))); err != nil {
		return nil, err
	}
	return z.close()
}

func exportReadme(site string, u identity.User, now time.Time, listed []string) string {
	return fmt.Sprintf(`Everything that %s holds about %s <%s>,
collected on %s.

Each file is named for the part of the site that it comes from:

  %s

Files ending in .json are text that every editor opens. What proves who you are
(your password, codes, keys) is kept in a form from which nobody can read it back,
and is therefore not part of this archive.
`, site, u.Name, u.Email, now.UTC().Format("2 January 2006, 15:04 MST"), strings.Join(listed, "\n  "))
}

// archiver writes a ZIP file of at most [identity.ExportBytes].
type archiver struct {
	out bytes.Buffer
	zip *zip.Writer
	at  time.Time
}

func newArchive(at time.Time) *archiver {
	z := &archiver{at: at}
	z.zip = zip.NewWriter(&z.out)
	return z
}

func (z *archiver) add(name string, body []byte) error {
	w, err := z.zip.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: z.at.UTC()})
	if err == nil {
		_, err = io.Copy(w, bytes.NewReader(body))
	}
	if err == nil {
		err = z.zip.Flush()
	}
	if err != nil {
		return fmt.Errorf("pack %s: %w", name, err)
	}
	return z.bounded()
}

func (z *archiver) bounded() error {
	if z.out.Len() > identity.ExportBytes {
		return identity.ErrExportTooLarge
	}
	return nil
}

func (z *archiver) close() ([]byte, error) {
	if err := z.zip.Close(); err != nil {
		return nil, fmt.Errorf("pack: %w", err)
	}
	return z.out.Bytes(), z.bounded()
}
