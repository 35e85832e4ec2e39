package content_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/neoforge-dev/neoforge/modules/content"
)

func TestReview_StandsWhereItsLastStepSays(t *testing.T) {
	t.Parallel()
	steps := func(states ...content.ReviewState) (out []content.ReviewStep) {
		for i, s := range states {
			out = append(out, content.ReviewStep{Number: i + 1, State: s, Text: 4})
		}
		return out
	}
	for _, c := range []struct {
		name    string
		review  content.Review
		state   content.ReviewState
		changed bool
	}{
		{"nobody asked", content.Review{Text: 4}, content.NoReview, false},
		{"asked", content.Review{Steps: steps(content.ReviewAsked), Text: 4}, content.ReviewAsked, false},
		{"approved", content.Review{Steps: steps(content.ReviewAsked, content.ReviewApproved), Text: 4}, content.ReviewApproved, false},
		{"changed since", content.Review{Steps: steps(content.ReviewAsked, content.ReviewApproved), Text: 5}, content.ReviewApproved, true},
		{"published", content.Review{Steps: steps(content.ReviewApproved, content.ReviewPublished), Text: 9}, content.NoReview, false},
		{"put away", content.Review{Steps: steps(content.ReviewSentBack, content.ReviewEnded)}, content.NoReview, false},
		{"asked again", content.Review{Steps: steps(content.ReviewEnded, content.ReviewAsked), Text: 4}, content.ReviewAsked, false},
	} {
		if have := c.review.State(); have != c.state || c.review.Changed() != c.changed {
			t.Errorf("%s: %q, changed %t", c.name, have, c.review.Changed())
		}
	}
}

func TestTextUnderReview_IsWhatWaitsToBePublished(t *testing.T) {
	t.Parallel()
	for status, want := range map[content.Status]int{
		content.Draft: 3, content.Scheduled: 3, content.Published: 77, content.Archived: 0, content.Trashed: 0,
	} {
		if have := content.TextUnderReview(content.PostState{Status: status, TextVersion: 3}, content.WorkingCopy{Save: 77}); have != want {
			t.Errorf("%s: %d, not %d", status, have, want)
		}
	}
	if have := content.TextUnderReview(content.PostState{Status: content.Published, TextVersion: 3}, content.WorkingCopy{}); have != 0 {
		t.Errorf("a published post without changes: %d", have)
	}
}

func TestCleanReviewNote_TakesPlainText(t *testing.T) {
	t.Parallel()
	if have, err := content.CleanReviewNote("  One.\r\n\r\nTwo.\t \n", true); err != nil || have != "One.\n\nTwo." {
		t.Errorf("%q, %v", have, err)
	}
	if have, err := content.CleanReviewNote(" \n", false); err != nil || have != "" {
		t.Errorf("none: %q, %v", have, err)
	}
	if _, err := content.CleanReviewNote(strings.Repeat("é", content.MaxReviewNote), true); err != nil {
		t.Errorf("the longest: %v", err)
	}
	for _, note := range []string{"", strings.Repeat("a", content.MaxReviewNote+1), "a\x00b", "a\xffb", "\x1b[31m"} {
		if _, err := content.CleanReviewNote(note, true); !errors.Is(err, content.ErrInvalidReviewNote) {
			t.Errorf("%.10q: %v", note, err)
		}
	}
}
