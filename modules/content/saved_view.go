package content

import (
	"context"
	"net/url"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/neoforge-dev/neoforge/ports/fault"
	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/ports/textform"
)

// Bounds of the views that a person keeps.
const (
	MaxViews     = 20
	MaxViewName  = 60   // characters
	MaxViewQuery = 1000 // bytes
)

// SavedView is a filter of the studio's list that a person keeps under a name. Query is the
// filter as the address of the list has it, without a place in it.
type SavedView struct {
	ID        string
	Owner     identityport.UserID
	Name      string
	Query     string
	CreatedAt time.Time
}

// NewSavedView is a view with a clean name; ErrInvalidView, naming each faulty field.
func NewSavedView(id string, owner identityport.UserID, name, query string, now time.Time) (SavedView, error) {
	name = strings.TrimSpace(textform.Plain(name))
	var faults []fault.Field
	if n := utf8.RuneCountInString(name); n == 0 || n > MaxViewName || strings.ContainsFunc(name, unicode.IsControl) || !utf8.ValidString(name) {
		faults = append(faults, fault.Field{Name: "name", Message: "Give the view a name of at most 60 characters."})
	}
	if _, err := url.ParseQuery(query); err != nil || query == "" || len(query) > MaxViewQuery || !utf8.ValidString(query) {
		faults = append(faults, fault.Field{Name: "query", Message: "Choose what the view lists first."})
	}
	if len(faults) > 0 {
		return SavedView{}, ErrInvalidView.WithFields(faults...)
	}
	return SavedView{ID: id, Owner: owner, Name: name, Query: query, CreatedAt: now}, nil
}

// SavedViews keeps them; they go with their person.
type SavedViews interface {
	// Put keeps a view, or replaces the owner's that has its name, whose id stays;
	// ErrTooManyViews beyond MaxViews.
	Put(ctx context.Context, v SavedView) error
	// Delete removes one of a person's; ErrViewNotFound.
	Delete(ctx context.Context, owner identityport.UserID, id string) error
	// DeleteOf removes all of a person's.
	DeleteOf(ctx context.Context, owner identityport.UserID) error
}

// SavedViewReads is what is asked of them outside a transaction.
type SavedViewReads interface {
	// SavedViews lists a person's, by their names.
	SavedViews(ctx context.Context, owner identityport.UserID) ([]SavedView, error)
}
