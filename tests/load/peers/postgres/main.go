// Command postgres is the limit of an uncached read: a pool of pgx, one prepared
// query for the row by its slug, the struct of the API's answer, encoding/json,
// and a bare fiber handler. It is that of a write as well: one insert.
//
// It answers the same bytes as the program, which the bench checks first.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

type author struct {
	Handle string `json:"handle"`
	Name   string `json:"name"`
}

type post struct {
	ID             string     `json:"id"`
	Kind           string     `json:"kind"`
	Slug           string     `json:"slug"`
	URL            string     `json:"url"`
	Title          string     `json:"title"`
	Excerpt        string     `json:"excerpt"`
	Tags           []string   `json:"tags"`
	Visibility     string     `json:"visibility"`
	Status         string     `json:"status"`
	Author         author     `json:"author"`
	Authors        []author   `json:"authors"`
	ReadingMinutes int        `json:"reading_minutes"`
	PublishedAt    *time.Time `json:"published_at"`
	UpdatedAt      time.Time  `json:"updated_at"`
	Version        int        `json:"version"`
	Cover          *struct{}  `json:"cover"` // none has one
	Gate           string     `json:"gate"`
	TeaserHTML     string     `json:"teaser_html"`
	BodyHTML       string     `json:"body_html"`
}

const bySlug = `
SELECT p.id, p.kind, p.slug, p.title, p.excerpt, p.tags, p.visibility, p.status, a.handle, a.name,
       p.reading_minutes, p.published_at, p.updated_at, p.version, p.teaser, p.body
FROM content_posts p JOIN content_authors a ON a.id = p.author_id
WHERE p.slug = $1 AND p.status = 'published'`

const insert = "INSERT INTO bench_posts (id, title, markdown, created_at) VALUES (gen_random_uuid(), $1, $2, now()) RETURNING id::text"

func main() {
	addr := flag.String("addr", "127.0.0.1:0", "listen address")
	base := flag.String("base-url", "", "the origin in the addresses of posts")
	conns := flag.Int("conns", 20, "the most connections to Postgres")
	flag.Parse()
	if err := run(*addr, *base, os.Getenv("DATABASE_URL"), int32(*conns)); err != nil {
		fmt.Fprintln(os.Stderr, "postgres:", err)
		os.Exit(1)
	}
}

func run(addr, base, url string, conns int32) error {
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		return err
	}
	config.MaxConns = conns
	pool, err := pgxpool.NewWithConfig(context.Background(), config)
	if err != nil {
		return err
	}
	defer pool.Close()

	app := fiber.New(fiber.Config{DisableStartupMessage: true})
	app.Get("/api/v1/posts/:slug", func(c *fiber.Ctx) error {
		var p post
		err := pool.QueryRow(c.UserContext(), bySlug, c.Params("slug")).Scan(
			&p.ID, &p.Kind, &p.Slug, &p.Title, &p.Excerpt, &p.Tags, &p.Visibility, &p.Status, &p.Author.Handle, &p.Author.Name,
			&p.ReadingMinutes, &p.PublishedAt, &p.UpdatedAt, &p.Version, &p.TeaserHTML, &p.BodyHTML)
		if errors.Is(err, pgx.ErrNoRows) {
			return fiber.ErrNotFound
		}
		if err != nil {
			return err
		}
		published := p.PublishedAt.UTC()
		p.PublishedAt, p.UpdatedAt = &published, p.UpdatedAt.UTC()
		p.URL, p.Gate, p.Authors = base+"/posts/"+p.Slug, "open", []author{p.Author}
		var body bytes.Buffer
		to := json.NewEncoder(&body)
		to.SetEscapeHTML(false) // as the program writes it
		if err := to.Encode(&p); err != nil {
			return err
		}
		c.Set(fiber.HeaderContentType, fiber.MIMEApplicationJSON)
		return c.Send(body.Bytes())
	})
	app.Post("/api/v1/posts", func(c *fiber.Ctx) error {
		var in struct {
			Title    string `json:"title"`
			Markdown string `json:"body_markdown"`
		}
		if err := json.Unmarshal(c.Body(), &in); err != nil {
			return err
		}
		var out struct {
			ID string `json:"id"`
		}
		if err := pool.QueryRow(c.UserContext(), insert, in.Title, in.Markdown).Scan(&out.ID); err != nil {
			return err
		}
		return c.Status(fiber.StatusCreated).JSON(out)
	})
	app.Get("/healthz", func(c *fiber.Ctx) error { return c.SendString("ready") })
	return app.Listen(addr)
}
