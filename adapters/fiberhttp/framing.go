package fiberhttp

import (
	"bytes"

	"github.com/gofiber/fiber/v2"
)

// checkFraming refuses a request that says twice where its body ends. Such a
// request is what smuggling is made of, so its connection ends too (RFC 9112, 6.3).
// It reads the headers as they came: the library keeps only the one it obeyed.
func checkFraming(c *fiber.Ctx) error {
	raw := c.Request().Header.RawHeaders()
	if !names(raw, "transfer-encoding") || !names(raw, "content-length") {
		return nil
	}
	c.Response().SetConnectionClose()
	return fromStatus(fiber.StatusBadRequest)
}

// names reports whether a header of that name, in lower case, is among the lines.
func names(lines []byte, name string) bool {
	for len(lines) > len(name) {
		if lines[0]|0x20 == name[0] && lines[len(name)] == ':' && equalFold(lines[:len(name)], name) {
			return true
		}
		end := bytes.IndexByte(lines, '\n')
		if end < 0 {
			return false
		}
		lines = lines[end+1:]
	}
	return false
}
