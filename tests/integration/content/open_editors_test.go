package content_test

import (
	"slices"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/modules/content"
	"github.com/neoforge-dev/neoforge/modules/content/contentapp"
	"github.com/neoforge-dev/neoforge/ports/identityport"
)

// openEditors: who has a post open is told of the others, until these leave or are heard of no
// longer; who may not edit it neither hears nor is heard of.
func openEditors(t *testing.T, p *testApp) {
	ctx, ben, editor := t.Context(), newAuthor("Ben"), newEditor("Ed")
	for _, who := range []identityport.Actor{ben, editor} {
		p.people[who.UserID] = identityport.Person{ID: who.UserID, Name: who.Name}
	}
	post := p.write(t, ben, contentapp.WritePost{Title: "Open"})
	has := func(who identityport.Actor, want ...string) {
		t.Helper()
		others, err := p.app.HavePostOpen(ctx, who, post.ID)
		if err != nil || !slices.Equal(others, want) {
			t.Errorf("%s hears of %v, %v", who.Name, others, err)
		}
	}
	has(ben)
	has(editor, "Ben")
	has(ben, "Ed")
	if err := p.app.ClosePost(ctx, editor, post.ID); err != nil {
		t.Fatal(err)
	}
	has(ben)
	has(editor, "Ben")
	p.at(t, p.clock.Now().Add(content.OpenFor+time.Second))
	has(ben)
	stranger := newAuthor("Stranger")
	_, err := p.app.HavePostOpen(ctx, stranger, post.ID)
	fails(t, "a stranger", err, content.ErrPostNotFound)
	if err := p.app.ClosePost(ctx, stranger, post.ID); err != nil {
		t.Errorf("who closes what they may not see: %v", err)
	}
	has(editor, "Ben")
	delete(p.people, editor.UserID)
	has(ben) // erased since
}
