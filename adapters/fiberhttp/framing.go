package fiberhttp

import (
	"bytes"

	"github.com/gofiber/fiber/v2"
)

// checkFraming refuses a request that says twice where its body ends, or in a way
// that only some understand: any transfer coding but chunked alone ("identity" was
// taken out of the protocol). Such a request is what smuggling is made of, so its
// connection ends too (RFC 9112, 6.1 and 6.3). It reads the headers as they came:
// the library keeps only the one it obeyed.
func checkFraming(c *fiber.Ctx) error {
	raw := c.Request().Header.RawHeaders()
	codings := valuesNamed(raw, "transfer-encoding")
	if len(codings) == 0 || len(codings) == 1 && equalFold(codings[0], "chunked") && !names(raw, "content-length") {
		return nil
	}
	c.Response().SetConnectionClose()
	return fromStatus(fiber.StatusBadRequest)
}

// names reports whether a header of that name, in lower case, is among the lines.
func names(lines []byte, name string) bool { return len(valuesNamed(lines, name)) > 0 }

// valuesNamed are the values of the headers of that name, in lower case.
func valuesNamed(lines []byte, name string) (values [][]byte) {
	for len(lines) > len(name) {
		end := bytes.IndexByte(lines, '\n')
		if end < 0 {
			end = len(lines) - 1
		}
		if lines[0]|0x20 == name[0] && lines[len(name)] == ':' && equalFold(lines[:len(name)], name) {
			values = append(values, bytes.TrimSpace(lines[min(len(name)+1, end):end]))
		}
		lines = lines[end+1:]
	}
	return values
}
