// Command fixed is the limit of a cached read: a bare fiber handler that sends the
// bytes of a file, with a content type and nothing around it.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"

	"github.com/gofiber/fiber/v2"
)

func main() {
	addr := flag.String("addr", "127.0.0.1:0", "listen address")
	path := flag.String("path", "/", "the path that is served")
	file := flag.String("file", "", "the file whose bytes are sent")
	contentType := flag.String("type", fiber.MIMEApplicationJSON, "content type")
	flag.Parse()
	if err := run(*addr, *path, *file, *contentType); err != nil {
		fmt.Fprintln(os.Stderr, "fixed:", err)
		os.Exit(1)
	}
}

func run(addr, path, file, contentType string) error {
	if file == "" {
		return errors.New("-file is missing")
	}
	body, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	app := fiber.New(fiber.Config{DisableStartupMessage: true})
	app.Get(path, func(c *fiber.Ctx) error {
		c.Set(fiber.HeaderContentType, contentType)
		return c.Send(body)
	})
	return app.Listen(addr)
}
