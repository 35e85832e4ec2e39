// Package fiberhttp is the HTTP edge: it turns requests into commands of the use
// cases and answers into pages, JSON and problems. It is the only home of fiber,
// huma and validator.
//
// It owns the listener, the order of what happens to every request, sessions as
// cookies and tokens, the same-origin check, security headers, the error mapper,
// and the cache of pages that are the same for everybody. The subpackages declare
// the routes of one context each; they see [Request] and [Reply] and never fiber.
//
// It promises that no route is served that did not declare who may use it, that an
// error nobody classified never shows its text, that what a signed-in person gets
// is stored by no cache, and that a cached page was made for a visitor who sent
// neither cookie nor header.
package fiberhttp
