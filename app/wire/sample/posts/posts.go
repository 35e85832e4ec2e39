// Package posts is the sample data of content: posts worth reading, each a file of its own.
package posts

import (
	"bufio"
	"bytes"
	"embed"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/neoforge-dev/neoforge/modules/content"
)

//go:embed *.md
var files embed.FS

// Post is a post as it is written in its file: some lines of "name: value" between
// two of "---", then Markdown. The file is named for the slug.
type Post struct {
	Slug       string
	Title      string
	Author     string // a person's handle
	Visibility content.Visibility
	Tags       []string
	Excerpt    string
	Markdown   string
	DaysAgo    int
	TimeOfDay  time.Duration
}

// PublishedAt returns the post's date as seen at now: always in the past.
func (p Post) PublishedAt(now time.Time) time.Time {
	y, m, d := now.UTC().Date()
	return time.Date(y, m, d-p.DaysAgo, 0, 0, 0, 0, time.UTC).Add(p.TimeOfDay)
}

// Posts returns the sample posts, the oldest first. It fails on a file that is not
// written as it should be.
func Posts() ([]Post, error) {
	entries, err := files.ReadDir(".")
	if err != nil {
		return nil, fmt.Errorf("sample: read posts: %w", err)
	}
	var posts []Post
	for _, entry := range entries {
		file, err := files.ReadFile(entry.Name())
		if err != nil {
			return nil, fmt.Errorf("sample: read %s: %w", entry.Name(), err)
		}
		post, err := parsePost(file)
		if err != nil {
			return nil, fmt.Errorf("sample: %s: %w", entry.Name(), err)
		}
		post.Slug = strings.TrimSuffix(entry.Name(), ".md")
		posts = append(posts, post)
	}
	slices.SortFunc(posts, func(a, b Post) int { return b.DaysAgo - a.DaysAgo })
	return posts, nil
}

func parsePost(file []byte) (Post, error) {
	var p Post
	head, found := bytes.CutPrefix(file, []byte("---\n"))
	head, body, closed := bytes.Cut(head, []byte("\n---\n"))
	if !found || !closed {
		return p, fmt.Errorf("the head of the file is not closed")
	}
	p.Markdown = string(body)
	for lines := bufio.NewScanner(bytes.NewReader(head)); lines.Scan(); {
		name, value, found := strings.Cut(lines.Text(), ": ")
		if !found {
			return p, fmt.Errorf("%q is not a name and a value", lines.Text())
		}
		if err := p.set(name, value); err != nil {
			return p, fmt.Errorf("%s: %w", name, err)
		}
	}
	if p.DaysAgo < 1 {
		return p, fmt.Errorf("days must be at least 1")
	}
	return p, nil
}

func (p *Post) set(name, value string) (err error) {
	switch name {
	case "title":
		p.Title = value
	case "author":
		p.Author = value
	case "visibility":
		p.Visibility = content.Visibility(value)
	case "tags":
		p.Tags = strings.Split(value, ", ")
	case "excerpt":
		p.Excerpt = value
	case "days":
		p.DaysAgo, err = strconv.Atoi(value)
	case "at":
		var at time.Time
		at, err = time.Parse("15:04", value)
		p.TimeOfDay = time.Duration(at.Hour())*time.Hour + time.Duration(at.Minute())*time.Minute
	default:
		err = fmt.Errorf("is not part of a post")
	}
	return err
}
