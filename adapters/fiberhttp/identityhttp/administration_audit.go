package identityhttp

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/neoforge-dev/neoforge/adapters/fiberhttp"
	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/administration"
	"github.com/neoforge-dev/neoforge/ports/audit"
	"github.com/neoforge-dev/neoforge/ports/fault"
	"github.com/neoforge-dev/neoforge/web/pages/identitypages"
)

var errInvalidDate = fault.New(fault.Invalid, "identity.invalid_date", "Write a date as 2026-11-22, or a moment as 2026-11-22T09:30:00Z.")

// auditQuery reads the filters of the trail's page. A day that is the end of a span
// belongs to it.
func auditQuery(r *fiberhttp.Request) (administration.AuditQuery, error) {
	q := administration.AuditQuery{
		Actor: r.Query("actor"), Action: r.Query("action"), Resource: r.Query("resource"), Cursor: r.Query("cursor"), Limit: 50,
	}
	var err error
	if q.From, err = momentOf(r.Query("from"), 0); err != nil {
		return q, err
	}
	q.To, err = momentOf(r.Query("to"), 24*time.Hour)
	return q, err
}

// momentOf reads a moment (RFC 3339), or a day and what is added to its beginning.
func momentOf(s string, ofDay time.Duration) (time.Time, error) {
	s = strings.TrimSpace(s)
	if s == "" {
		return time.Time{}, nil
	}
	if t, err := time.Parse(time.DateOnly, s); err == nil {
		return t.Add(ofDay), nil
	}
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		return time.Time{}, errInvalidDate
	}
	return t.UTC(), nil
}

func (h *routes) auditTrail(ctx context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
	q, err := auditQuery(r)
	if err != nil {
		return fiberhttp.Reply{}, err
	}
	page, err := h.Administration.AuditTrail(ctx, r.Actor, q)
	if err != nil {
		return fiberhttp.Reply{}, err
	}
	state, err := h.Administration.AuditState(ctx, r.Actor)
	if err != nil {
		return fiberhttp.Reply{}, err
	}
	narrowed := []string{"actor", q.Actor, "action", q.Action, "resource", q.Resource, "from", r.Query("from"), "to", r.Query("to")}
	v := identitypages.AuditView{
		Page:  h.server.View(r, fiberhttp.View{Title: "Audit trail", Robots: "noindex"}),
		Actor: q.Actor, Action: q.Action, Resource: q.Resource, From: r.Query("from"), To: r.Query("to"),
		State:        identitypages.AuditState(state),
		CSVURL:       withQuery("/admin/audit/export", append(narrowed, "format", "csv")...),
		JSONLinesURL: withQuery("/admin/audit/export", append(narrowed, "format", "jsonl")...),
	}
	for _, e := range page.Entries {
		v.Entries = append(v.Entries, auditRow(e, page.Names))
	}
	if page.NextCursor != "" {
		v.OlderURL = withQuery("/admin/audit", append(narrowed, "cursor", page.NextCursor)...)
	}
	if q.Cursor != "" {
		v.NewestURL = withQuery("/admin/audit", narrowed...)
	}
	return fiberhttp.HTML(identitypages.Audit(v)), nil
}

func auditRow(e audit.Entry, names map[string]identity.User) identitypages.AuditRow {
	row := identitypages.AuditRow{
		At: e.At, Action: e.Action, Address: e.IP, Detail: e.Detail, Times: e.Times,
		Actor: whoOf(e.Actor, names), Resource: identitypages.Who{Label: e.Resource},
	}
	if e.Impersonator != "" {
		row.Impersonator = whoOf(e.Impersonator, names)
	}
	if id, ok := strings.CutPrefix(e.Resource, "user:"); ok {
		row.Resource = whoOf(id, names)
	}
	return row
}

// whoOf names a person who still exists; of others the id is all there is.
func whoOf(id string, names map[string]identity.User) identitypages.Who {
	u, ok := names[id]
	if !ok {
		return identitypages.Who{Label: id}
	}
	return identitypages.Who{Label: u.Name, Note: u.Email.Shown(), URL: personPath(u.ID)}
}

// exportAudit streams the trail as a file.
func (h *routes) exportAudit(_ context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
	q, err := auditQuery(r)
	if err != nil {
		return fiberhttp.Reply{}, err
	}
	actor := r.Actor
	format, contentType, name := exportCSV, "text/csv; charset=utf-8", "audit-trail.csv"
	if r.Query("format") == "jsonl" {
		format, contentType, name = exportJSONLines, "application/jsonl; charset=utf-8", "audit-trail.jsonl"
	}
	return fiberhttp.Stream(contentType, func(ctx context.Context, w io.Writer) error {
		return format(w, func(write func([]audit.Entry) error) (bool, error) {
			return h.Administration.ExportAudit(ctx, actor, q, write)
		})
	}).Header("Content-Disposition", `attachment; filename="`+name+`"`), nil
}

// What the last line of an export says when it is not the end of the trail.
const (
	exportCut    = "These are the newest %d entries. Narrow the dates for the others."
	exportBroken = "The export broke off here. Start it again."
)

// exportedEntry is an entry as JSON; the API and the export write the same.
type exportedEntry struct {
	ID           string    `json:"id" format:"uuid"`
	At           time.Time `json:"at"`
	Actor        string    `json:"actor" doc:"A person's id, or 'system'."`
	Impersonator string    `json:"impersonator,omitempty" doc:"Who acted in the actor's name."`
	Action       string    `json:"action"`
	Resource     string    `json:"resource"`
	Address      string    `json:"address,omitempty"`
	Detail       string    `json:"detail,omitempty"`
	Times        int       `json:"times,omitempty" doc:"How often it happened since then; absent for once."`
}

func exported(e audit.Entry) exportedEntry {
	return exportedEntry{
		ID: e.ID, At: e.At, Actor: e.Actor, Impersonator: e.Impersonator, Action: e.Action, Resource: e.Resource, Address: e.IP, Detail: e.Detail, Times: e.Times,
	}
}

func exportJSONLines(w io.Writer, export func(write func([]audit.Entry) error) (bool, error)) error {
	out := json.NewEncoder(w)
	cut, err := export(func(entries []audit.Entry) error {
		for _, e := range entries {
			if err := out.Encode(exported(e)); err != nil {
				return err
			}
		}
		return nil
	})
	if note := exportNote(cut, err); note != "" {
		_ = out.Encode(map[string]string{"note": note}) // to somebody who may have left
	}
	return err
}

func exportCSV(w io.Writer, export func(write func([]audit.Entry) error) (bool, error)) error {
	out := csv.NewWriter(w)
	if err := out.Write([]string{"at", "actor", "impersonator", "action", "resource", "address", "detail", "id", "times"}); err != nil {
		return err
	}
	cut, err := export(func(entries []audit.Entry) error {
		for _, e := range entries {
			row := []string{e.At.UTC().Format(time.RFC3339Nano), e.Actor, e.Impersonator, e.Action, e.Resource, e.IP, e.Detail, e.ID, strconv.Itoa(max(e.Times, 1))}
			for i := range row {
				row[i] = plainCell(row[i])
			}
			if err := out.Write(row); err != nil {
				return err
			}
		}
		out.Flush()
		return out.Error()
	})
	if note := exportNote(cut, err); note != "" {
		_ = out.Write([]string{"", "", "", "", "", "", note, "", ""})
	}
	out.Flush()
	if err != nil {
		return err
	}
	return out.Error()
}

func exportNote(cut bool, err error) string {
	switch {
	case err != nil:
		return exportBroken
	case cut:
		return fmt.Sprintf(exportCut, administration.MaxAuditExport)
	}
	return ""
}

// plainCell keeps a spreadsheet from reading what somebody typed as a formula: also
// behind blanks, which some cut off, and in the full-width forms that others accept.
func plainCell(s string) string {
	text := strings.TrimLeftFunc(s, unicode.IsSpace)
	first, _ := utf8.DecodeRuneInString(text)
	if text != "" && strings.ContainsRune("=+-@＝＋－＠", first) || s != "" && strings.ContainsRune("\t\r\n", rune(s[0])) {
		return "'" + s
	}
	return s
}
