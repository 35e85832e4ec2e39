package contentstore

import (
	"context"

	entsql "entgo.io/ent/dialect/sql"

	"github.com/neoforge-dev/neoforge/adapters/entstore"
	"github.com/neoforge-dev/neoforge/ent/contentent"
	"github.com/neoforge-dev/neoforge/ent/contentent/sitepage"
	"github.com/neoforge-dev/neoforge/modules/content"
	"github.com/neoforge-dev/neoforge/ports/identityport"
)

var pageRules = entstore.Rules{
	Absent:  content.ErrSitePageNotFound,
	Indexes: contentent.UniqueIndexes, Unique: map[string]error{"content_site_pages_number": content.ErrSitePageChanged},
}

type sitePages struct{ tx transaction }

// Insert implements content.SitePages.
func (s sitePages) Insert(ctx context.Context, p content.SitePage) error {
	create := s.tx.Ent.SitePage.Create().
		SetName(string(p.Name)).SetNumber(p.Number).SetMarkdown(p.Markdown).SetBody(p.Body).SetPublishedAt(p.PublishedAt)
	if p.Editor != "" {
		editor, err := entstore.ID(p.Editor)
		if err != nil {
			return entstore.Failure(err, pageRules, "contentstore: publish page %s", p.Name)
		}
		create.SetEditorID(editor)
	}
	// Who deletes a picture of it waits until it is there, or has deleted it before.
	if _, err := mediaStore(s).lock(ctx, entstore.IDs(content.MediaIn(p.Markdown))); err != nil {
		return entstore.Failure(err, pageRules, "contentstore: pictures of page %s", p.Name)
	}
	s.tx.Invalidate(content.TagSitePages)
	return entstore.Failure(create.Exec(ctx), pageRules, "contentstore: publish page %s", p.Name)
}

// AnonymizeEditor implements content.SitePages.
func (s sitePages) AnonymizeEditor(ctx context.Context, id identityport.UserID) error {
	editor, err := entstore.ID(id)
	if err != nil {
		return nil // nobody has that id
	}
	err = s.tx.Ent.SitePage.Update().Where(sitepage.EditorID(editor)).ClearEditorID().Exec(ctx)
	return entstore.Failure(err, pageRules, "contentstore: anonymize the editor %s", id)
}

// SitePage implements content.SitePageReads.
func (s *Store) SitePage(ctx context.Context, name content.SitePageName) (content.SitePage, error) {
	row, err := s.reads.SitePage.Query().
		Where(sitepage.Name(string(name))).
		Order(sitepage.ByNumber(entsql.OrderDesc())).
		First(ctx)
	if err != nil {
		return content.SitePage{}, entstore.Failure(err, pageRules, "contentstore: page %q", string(name))
	}
	return sitePageOf(row), nil
}

// SitePageVersion implements content.SitePageReads.
func (s *Store) SitePageVersion(ctx context.Context, name content.SitePageName, number int) (content.SitePage, error) {
	row, err := s.reads.SitePage.Query().Where(sitepage.Name(string(name)), sitepage.Number(number)).Only(ctx)
	if err != nil {
		return content.SitePage{}, entstore.Failure(err, pageRules, "contentstore: version %d of %q", number, string(name))
	}
	return sitePageOf(row), nil
}

// SitePageVersions implements content.SitePageReads. It reads no text: a page may be
// long, and have many versions.
func (s *Store) SitePageVersions(ctx context.Context, name content.SitePageName, before, limit int) ([]content.SitePageVersion, error) {
	query := s.reads.SitePage.Query().Where(sitepage.Name(string(name)))
	if before > 0 {
		query.Where(sitepage.NumberLT(before))
	}
	rows, err := query.Order(sitepage.ByNumber(entsql.OrderDesc())).Limit(max(limit, 1)).
		Select(sitepage.FieldName, sitepage.FieldNumber, sitepage.FieldEditorID, sitepage.FieldPublishedAt).All(ctx)
	if err != nil {
		return nil, entstore.Failure(err, pageRules, "contentstore: versions of %q", string(name))
	}
	out := make([]content.SitePageVersion, len(rows))
	for i, row := range rows {
		p := sitePageOf(row)
		out[i] = content.SitePageVersion{Name: p.Name, Number: p.Number, Editor: p.Editor, PublishedAt: p.PublishedAt}
	}
	return out, nil
}

// SitePagesBy implements content.SitePageReads.
func (s *Store) SitePagesBy(ctx context.Context, id identityport.UserID) ([]content.SitePage, error) {
	editor, err := entstore.ID(id)
	if err != nil {
		return nil, nil // nobody has that id
	}
	rows, err := s.reads.SitePage.Query().
		Where(sitepage.EditorID(editor)).
		Order(sitepage.ByPublishedAt(), sitepage.ByID()).
		All(ctx)
	return sitePagesOf(rows), entstore.Failure(err, pageRules, "contentstore: pages by %s", id)
}

func sitePagesOf(rows []*contentent.SitePage) []content.SitePage {
	out := make([]content.SitePage, len(rows))
	for i, row := range rows {
		out[i] = sitePageOf(row)
	}
	return out
}

func sitePageOf(row *contentent.SitePage) content.SitePage {
	p := content.SitePage{
		Name: content.SitePageName(row.Name), Number: row.Number, Markdown: row.Markdown, Body: row.Body, PublishedAt: row.PublishedAt.UTC(),
	}
	if row.EditorID != nil {
		p.Editor = identityport.UserID(row.EditorID.String())
	}
	return p
}
