package contentstore

import (
	entsql "entgo.io/ent/dialect/sql"

	"github.com/neoforge-dev/neoforge/adapters/entstore"
	"github.com/neoforge-dev/neoforge/ent/contentent/author"
	"github.com/neoforge-dev/neoforge/ent/contentent/media"
	"github.com/neoforge-dev/neoforge/ent/contentent/post"
	"github.com/neoforge-dev/neoforge/ent/contentent/postauthor"
	"github.com/neoforge-dev/neoforge/ent/contentent/postdetails"
	"github.com/neoforge-dev/neoforge/ent/contentent/postschedule"
	"github.com/neoforge-dev/neoforge/ent/contentent/postslug"
	"github.com/neoforge-dev/neoforge/ent/contentent/posttag"
	"github.com/neoforge-dev/neoforge/ent/contentent/reviewstep"
	"github.com/neoforge-dev/neoforge/ent/contentent/revision"
	"github.com/neoforge-dev/neoforge/ent/contentent/workingcopy"
	"github.com/neoforge-dev/neoforge/modules/content"
)

// published is written out in every query that lists or opens published posts: a
// partial index serves a query only when its condition is part of the text.
const published = "status = 'published'"

// publishedOf is true of what is published of one kind: what partial indexes of lists ask for. It
// begins with the name of the posts' table in a query and a dot, or with nothing.
func publishedOf(k content.Kind, table string) string {
	return table + published + " AND " + table + "kind = '" + string(k) + "'"
}

// isPage tells a page from a post, whose table has a name in the query, by the index of pages: the
// column itself stands behind the texts in rows of SQLite. For k.id = it would look there all the
// same, by the primary key.
func isPage(table string) string {
	return "EXISTS (SELECT 1 FROM content_posts k WHERE k.id >= " + table + ".id AND k.id <= " + table + ".id AND k.kind = 'page')"
}

// kindOf is what isPage answers.
func kindOf(page bool) content.Kind {
	if page {
		return content.KindPage
	}
	return content.KindPost
}

// placeholder stands for an argument while a query is put together; only the place it
// leaves in the text is used. (Builders write nil as NULL.)
const placeholder = ""

// tables names the tables of one query: posts, their tags, and the authors, whose
// profile may be missing.
type tables struct {
	post, tag, author, schedule, copy, details, cover, review *entsql.SelectTable
}

func newTables() tables {
	return tables{
		post:   entsql.Table(post.Table).As("p"),
		tag:    entsql.Table(posttag.Table).As("t"),
		author: entsql.Table(author.Table).As("a"),

		schedule: entsql.Table(postschedule.Table).As("s"),
		copy:     entsql.Table(workingcopy.Table).As("c"),
		details:  entsql.Table(postdetails.Table).As("d"),
		cover:    entsql.Table(media.Table).As("m"),
		review:   entsql.Table(reviewstep.Table).As("v"),
	}
}

func (t tables) isPublished() *entsql.Predicate {
	return entsql.P(func(b *entsql.Builder) { b.WriteString("p." + published) })
}

func (t tables) isPublishedOf(k content.Kind) *entsql.Predicate {
	return entsql.P(func(b *entsql.Builder) { b.WriteString(publishedOf(k, "p.")) })
}

// equal compares a column with an argument of the call.
func equal(column string) *entsql.Predicate {
	return entsql.P(func(b *entsql.Builder) { b.Ident(column).WriteString(" = ").Arg(placeholder) })
}

// textVersion is the number of the last revision of a post.
func (t tables) textVersion() entsql.Querier {
	return entsql.Expr("(SELECT MAX(r." + revision.FieldNumber + ") FROM " + revision.Table + " r WHERE r." + revision.FieldPostID + " = p." + post.FieldID + ")")
}

const (
	bySlug       = post.FieldSlug
	byID         = post.FieldID
	byFormerSlug = "former slug"
	byDate       = "date" // the newest published posts; its argument is how many
)

// articleQuery finds one post with its author's profile; its argument is the slug
// of a published post, one that it had, or the id of any. The source and the schedule come
// with the latter alone: readers are shown none of them, and the source is as long as the body.
func articleQuery(dialect, by string) string {
	t := newTables()
	q := entsql.Dialect(dialect).
		Select(
			t.post.C(post.FieldID), t.post.C(post.FieldAuthorID), t.post.C(post.FieldSlug), t.post.C(post.FieldTitle),
			t.post.C(post.FieldVisibility), t.post.C(post.FieldStatus), t.post.C(post.FieldPublishedAt),
			t.post.C(post.FieldCreatedAt), t.post.C(post.FieldUpdatedAt), t.post.C(post.FieldVersion),
			t.post.C(post.FieldReadingMinutes), t.post.C(post.FieldTags), t.post.C(post.FieldExcerpt),
			t.post.C(post.FieldTeaser), t.post.C(post.FieldBody),
			t.post.C(post.FieldRenderedVersion), t.post.C(post.FieldRendererVersion), t.author.C(author.FieldHandle), t.author.C(author.FieldName),
			t.details.C(postdetails.FieldSeoTitle), t.details.C(postdetails.FieldSeoDescription), t.details.C(postdetails.FieldSocialTitle),
			t.details.C(postdetails.FieldSocialDescription), t.details.C(postdetails.FieldCanonicalURL), t.details.C(postdetails.FieldNoindex),
			t.details.C(postdetails.FieldVersion), t.details.C(postdetails.FieldUpdatedAt), t.post.C(post.FieldKind),
		).
		AppendSelect(t.coverColumns()...).
		AppendSelectExpr(entsql.Expr(coAuthors(dialect))).
		From(t.post)
	t.joinProfiles(q)
	switch by {
	case byID:
		q.AppendSelect(t.schedule.C(postschedule.FieldPublishAt), t.schedule.C(postschedule.FieldZone), t.post.C(post.FieldMarkdown)).
			AppendSelectExpr(t.textVersion()).
			LeftJoin(t.schedule).On(t.schedule.C(postschedule.FieldPostID), t.post.C(post.FieldID)).
			Where(equal(t.post.C(byID)))
	case byFormerSlug:
		former := entsql.Table(postslug.Table).As("f")
		q.Join(former).On(former.C(postslug.FieldPostID), t.post.C(post.FieldID)).
			Where(equal(former.C(postslug.FieldSlug))).Where(t.isPublished())
	case byDate:
		q.Where(t.isPublishedOf(content.KindPost)).OrderBy(entsql.Desc(t.post.C(post.FieldPublishedAt)), entsql.Desc(t.post.C(post.FieldID)))
		text, _ := q.Query()
		return text + " LIMIT $1"
	default:
		q.Where(equal(t.post.C(by))).Where(t.isPublished())
	}
	text, _ := q.Query()
	return text
}

// coAuthors selects who wrote the posts of a query, p, beside their first authors: a JSON
// array of their ids, handles and names in order, or NULL.
func coAuthors(dialect string) string {
	const from = " FROM " + postauthor.Table + " w LEFT JOIN " + author.Table + " n ON n." + author.FieldID + " = w." + postauthor.FieldAuthorID +
		" WHERE w." + postauthor.FieldPostID + " = p." + post.FieldID
	const columns = "w." + postauthor.FieldAuthorID + ", n." + author.FieldHandle + ", n." + author.FieldName
	if dialect == entstore.Postgres {
		return "(SELECT json_agg(json_build_array(" + columns + ") ORDER BY w." + postauthor.FieldPosition + ")" + from + ")"
	}
	return "(SELECT json_group_array(json_array(" + columns + ") ORDER BY w." + postauthor.FieldPosition + ")" + from + ")"
}

// writtenBy is true of posts, by an alias of their table, that have somebody among their
// authors, who is an argument.
func writtenBy(alias, arg string) string {
	return "(" + alias + "." + post.FieldAuthorID + " = " + arg + " OR EXISTS (SELECT 1 FROM " + postauthor.Table + " w WHERE w." + postauthor.FieldPostID + " = " + alias + "." + post.FieldID +
		" AND w." + postauthor.FieldAuthorID + " = " + arg + "))"
}

// listing is the shape of a query for published posts, or for pages, which no tag lists: which
// arguments it takes, in this order: the tag, the author's handle, the place to go on from.
// coAuthor finds the posts that somebody wrote as another than their first author: each of
// both walks an index.
type listing struct{ pages, tag, author, coAuthor, after bool }

func listQueries(dialect string) map[listing]string {
	queries := make(map[listing]string)
	for _, l := range []listing{
		{}, {tag: true}, {author: true}, {tag: true, author: true},
		{after: true}, {tag: true, after: true}, {author: true, after: true}, {tag: true, author: true, after: true},
		{pages: true}, {pages: true, author: true}, {pages: true, after: true}, {pages: true, author: true, after: true},
	} {
		queries[l] = listQuery(dialect, l)
		if l.author {
			l.coAuthor = true
			queries[l] = listQuery(dialect, l)
		}
	}
	return queries
}

func listQuery(dialect string, l listing) string {
	t := newTables()
	at, id := t.post.C(post.FieldPublishedAt), t.post.C(post.FieldID)
	q := summaryColumns(dialect, t, map[bool]string{false: "FALSE", true: "TRUE"}[l.pages])
	if l.tag {
		at, id = t.tag.C(posttag.FieldPublishedAt), t.tag.C(posttag.FieldPostID)
		q.From(t.tag).Join(t.post).On(t.post.C(post.FieldID), t.tag.C(posttag.FieldPostID)).Where(equal(t.tag.C(posttag.FieldTag)))
	} else {
		q.From(t.post)
	}
	t.joinProfiles(q)
	switch {
	case l.tag:
		q.Where(t.isPublished())
	case l.pages:
		q.Where(t.isPublishedOf(content.KindPage))
	default:
		q.Where(t.isPublishedOf(content.KindPost))
	}
	if l.author {
		by := t.post.C(post.FieldAuthorID)
		if l.coAuthor {
			by = t.joinCoAuthor(q)
		}
		q.Where(entsql.P(func(b *entsql.Builder) {
			b.Ident(by).WriteString(" = (SELECT ").Ident(author.FieldID).
				WriteString(" FROM ").Ident(author.Table).WriteString(" WHERE ").Ident(author.FieldHandle).
				WriteString(" = ").Arg(placeholder).WriteString(")")
		}))
	}
	if l.after {
		q.Where(entstore.Before(at, id, placeholder, placeholder))
	}
	text, _ := q.OrderBy(entsql.Desc(at), entsql.Desc(id)).Query()
	return text
}

// joinCoAuthor adds who wrote posts beside their first authors, and names the column that
// tells it.
func (t tables) joinCoAuthor(q *entsql.Selector) string {
	by := entsql.Table(postauthor.Table).As("b")
	q.Join(by).On(by.C(postauthor.FieldPostID), t.post.C(post.FieldID))
	return by.C(postauthor.FieldAuthorID)
}

// Both are written out for the sake of partial indexes, too.
const (
	unpublished = "status <> 'published'"
	current     = "status NOT IN ('archived', 'trashed')"
)

// writing is the shape of a query for posts in any status; its arguments are the
// author's id, the status, and the place to go on from. unpublished says of a status that
// it is not that of published posts. coAuthor is as that of a listing.
type writing struct{ author, coAuthor, status, unpublished, everything, after bool }

func writtenQueries(dialect string) map[writing]string {
	queries := make(map[writing]string)
	for _, author := range []bool{false, true} {
		for _, after := range []bool{false, true} {
			for _, w := range []writing{{}, {status: true}, {status: true, unpublished: true}, {everything: true}} {
				w.author, w.after = author, after
				queries[w] = writtenQuery(dialect, w)
				if w.author {
					w.coAuthor = true
					queries[w] = writtenQuery(dialect, w)
				}
			}
		}
	}
	return queries
}

// waitingForReview finds the step of a post that waits, in a table by its alias. It is written
// out for the sake of a partial index, too.
func waitingForReview(alias string) string { return alias + ".last AND " + alias + ".state = 'asked'" }

// inStudio selects what the lists of those who write show of a post.
func (t tables) inStudio(dialect string) *entsql.Selector {
	q := summaryColumns(dialect, t, isPage("p")).
		AppendSelect(
			t.schedule.C(postschedule.FieldPublishAt), t.schedule.C(postschedule.FieldZone), t.copy.C(workingcopy.FieldSavedAt), t.review.C(reviewstep.FieldNumber),
		).
		From(t.post).
		LeftJoin(t.schedule).On(t.schedule.C(postschedule.FieldPostID), t.post.C(post.FieldID)).
		LeftJoin(t.copy).On(t.copy.C(workingcopy.FieldPostID), t.post.C(post.FieldID)).
		LeftJoin(t.review).OnP(entsql.P(func(b *entsql.Builder) {
		b.Ident(t.review.C(reviewstep.FieldPostID)).WriteString(" = ").Ident(t.post.C(post.FieldID)).
			WriteString(" AND " + waitingForReview("v"))
	}))
	t.joinProfiles(q)
	return q
}

func writtenQuery(dialect string, w writing) string {
	t := newTables()
	at, id := t.post.C(post.FieldUpdatedAt), t.post.C(post.FieldID)
	q := t.inStudio(dialect)
	switch {
	case w.coAuthor:
		q.Where(equal(t.joinCoAuthor(q)))
	case w.author:
		q.Where(equal(t.post.C(post.FieldAuthorID)))
	}
	switch {
	case w.status:
		q.Where(equal(t.post.C(post.FieldStatus)))
		also := current
		if w.unpublished {
			also = unpublished
		}
		q.Where(entsql.P(func(b *entsql.Builder) { b.WriteString("p." + also) }))
	case !w.everything:
		q.Where(entsql.P(func(b *entsql.Builder) {
			b.WriteString("p." + current)
		}))
	}
	if w.after {
		q.Where(entstore.Before(at, id, placeholder, placeholder))
	}
	text, _ := q.OrderBy(entsql.Desc(at), entsql.Desc(id)).Query()
	return text
}

// The conditions are written out for the sake of their indexes, of which the first is
// partial.
const (
	// savedOtherwise is true of posts that a release saved which keeps no rendered_version;
	// its argument is the id to go on from.
	savedOtherwise = "rendered_version <> version AND id > "
	// renderedBefore is true of the others that an older renderer rendered; its arguments
	// are the version of today's, and the renderer and id to go on from.
	renderedBefore = "rendered_version = version AND renderer_version < "
)

// outdatedQueries list posts that are to be rendered anew, see content.Reads.
func outdatedQueries(dialect string) (saved, rendered string) {
	p := entsql.Table(post.Table)
	list := func(order []string, where func(b *entsql.Builder)) string {
		text, _ := entsql.Dialect(dialect).
			Select(
				p.C(post.FieldID), p.C(post.FieldSlug), p.C(post.FieldTags), p.C(post.FieldVisibility), p.C(post.FieldStatus),
				p.C(post.FieldVersion), p.C(post.FieldRenderedVersion), p.C(post.FieldRendererVersion), p.C(post.FieldMarkdown),
			).
			From(p).
			Where(entsql.P(where)).
			OrderBy(order...).
			Query()
		return text
	}
	saved = list([]string{p.C(post.FieldID)}, func(b *entsql.Builder) { b.WriteString(savedOtherwise).Arg(placeholder) })
	rendered = list([]string{p.C(post.FieldRendererVersion), p.C(post.FieldID)}, func(b *entsql.Builder) {
		b.WriteString(renderedBefore).Arg(placeholder).WriteString(" AND (renderer_version, id) > (").Arg(placeholder).WriteString(", ").Arg(placeholder).WriteString(")")
	})
	return saved, rendered
}

// summaryColumns are what every summary has; page says whether it is one of a page.
func summaryColumns(dialect string, t tables, page string) *entsql.Selector {
	return entsql.Dialect(dialect).Select(
		t.post.C(post.FieldID), t.post.C(post.FieldSlug), t.post.C(post.FieldTitle), t.post.C(post.FieldExcerpt),
		t.post.C(post.FieldTeaser), t.post.C(post.FieldTags), t.post.C(post.FieldVisibility), t.post.C(post.FieldStatus),
		t.post.C(post.FieldReadingMinutes), t.post.C(post.FieldPublishedAt), t.post.C(post.FieldUpdatedAt),
		t.post.C(post.FieldVersion), t.author.C(author.FieldHandle), t.author.C(author.FieldName), t.details.C(postdetails.FieldNoindex),
	).AppendSelect(t.coverColumns()...).AppendSelectExpr(entsql.Expr(coAuthors(dialect)), entsql.Expr(page))
}

// joinProfiles adds to posts who wrote them, and the pictures that are their covers.
func (t tables) joinProfiles(q *entsql.Selector) {
	q.LeftJoin(t.author).On(t.author.C(author.FieldID), t.post.C(post.FieldAuthorID)).
		LeftJoin(t.details).On(t.details.C(postdetails.FieldPostID), t.post.C(post.FieldID)).
		LeftJoin(t.cover).On(t.cover.C(media.FieldID), t.details.C(postdetails.FieldCoverID))
}
