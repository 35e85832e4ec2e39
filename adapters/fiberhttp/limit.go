package fiberhttp

import (
	"context"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gofiber/fiber/v2"
	"go.uber.org/zap"

	"github.com/neoforge-dev/neoforge/ports/billingport"
	"github.com/neoforge-dev/neoforge/ports/fault"
	"github.com/neoforge-dev/neoforge/ports/ratelimit"
)

// What is counted of requests, and told of it to programs by the fields of
// draft-ietf-httpapi-ratelimit-headers-10: RateLimit-Policy says how many are allowed in
// how many seconds, RateLimit how many remain and in how many seconds all are there again
// (they return evenly, so sooner for a few). Answers that are kept for everybody carry
// neither: they are not counted, and what was true for one is not for the next.

// Policies of the limits, as the fields name them.
const (
	policyAddress = "address"
	policyToken   = "token"
)

// The fields' names.
const (
	headerRateLimit       = "RateLimit"
	headerRateLimitPolicy = "RateLimit-Policy"
)

var errTooManyOfToken = fault.New(fault.TooMany, "http.too_many_requests_of_token",
	"Too many requests with this token in a short time.")

// limitDefaults are the limits of requests of which nothing else is said.
func (c *Config) limitDefaults() {
	preset(&c.PerAddress, ratelimit.Limit{Count: 600, Per: time.Minute})
	preset(&c.PerToken, ratelimit.Limit{Count: 600, Per: time.Minute})
	preset(&c.PerTokenOfPlan, ratelimit.Limit{Count: 6000, Per: time.Minute})
}

// limit bounds the requests of one address, and counts each once. When nobody can count, requests pass:
// guesses of passwords have limits of their own, which then refuse.
func (s *Server) limit(ctx context.Context, rt *route, x *exchange) error {
	if s.config.Limiter == nil || rt.quiet || rt.unlimited || x.counted {
		return nil
	}
	d, ok := s.count(ctx, x, limitKey(x.address), s.config.PerAddress)
	if !ok {
		return nil
	}
	x.counted, x.decision = true, d
	x.tellLimit(rt, policyAddress, s.config.PerAddress, d)
	if !d.Allowed {
		return errTooManyRequests.WithRetryAfter(d.RetryAfter)
	}
	return nil
}

// limitToken bounds the requests with one personal access token, wherever they come from.
// Where a plan includes more of them they no longer count for their address: the one server
// of a customer has one.
func (s *Server) limitToken(ctx context.Context, rt *route, x *exchange) error {
	if s.config.Limiter == nil || x.actor.TokenID == "" || rt.quiet || rt.unlimited {
		return nil
	}
	limit := s.config.PerToken
	if s.includesMore(ctx, x) {
		limit = s.config.PerTokenOfPlan
		s.giveAddressBack(ctx, x)
	}
	d, ok := s.count(ctx, x, "http:token:"+x.actor.TokenID, limit)
	if !ok {
		return nil
	}
	x.tellLimit(rt, policyToken, limit, d)
	if !d.Allowed {
		return errTooManyOfToken.WithRetryAfter(d.RetryAfter)
	}
	return nil
}

// count answers false when nobody can count.
func (s *Server) count(ctx context.Context, x *exchange, key string, limit ratelimit.Limit) (ratelimit.Decision, bool) {
	d, err := s.config.Limiter.Allow(ctx, key, limit)
	if err != nil {
		s.log.Warn("requests are not counted", zap.Error(err), zap.String("request_id", x.id))
	}
	return d, err == nil
}

// includesMore reports whether a plan of whom the token acts for raises its limit. Nobody
// is refused because that cannot be looked up: the limit of everybody holds.
func (s *Server) includesMore(ctx context.Context, x *exchange) bool {
	if s.config.Entitlements == nil {
		return false
	}
	more, err := s.config.Entitlements.Entitled(ctx, x.actor.Organizations, billingport.APIRequests)
	if err != nil {
		s.log.Warn("the plan of a token is not known", zap.Error(err), zap.String("request_id", x.id))
	}
	return more && err == nil
}

func (s *Server) giveAddressBack(ctx context.Context, x *exchange) {
	if !x.counted {
		return
	}
	if err := s.config.Limiter.GiveBack(ctx, limitKey(x.address), s.config.PerAddress); err != nil {
		s.log.Warn("a request is not given back", zap.Error(err), zap.String("request_id", x.id))
	}
	x.untellLimits()
}

// tellLimit adds a limit to the fields of an answer of the API.
func (x *exchange) tellLimit(rt *route, policy string, limit ratelimit.Limit, d ratelimit.Decision) {
	if x.c == nil || !rt.operation {
		return
	}
	h := &x.c.Response().Header
	name := strconv.Quote(policy)
	h.Add(headerRateLimitPolicy, name+";q="+strconv.Itoa(limit.Count)+";w="+Seconds(limit.Per))
	h.Add(headerRateLimit, name+";r="+strconv.Itoa(d.Remaining)+";t="+Seconds(d.ResetAfter))
}

// untellLimits takes the fields back.
func (x *exchange) untellLimits() {
	if x.c == nil {
		return
	}
	x.c.Response().Header.Del(headerRateLimitPolicy)
	x.c.Response().Header.Del(headerRateLimit)
}

// describeLimits adds the fields to the description of the API.
func describeLimits(c *huma.Components) {
	text := func(description, example string) *huma.Header {
		return &huma.Header{Description: description, Example: example, Schema: &huma.Schema{Type: huma.TypeString}}
	}
	c.Headers = map[string]*huma.Header{
		headerRateLimitPolicy: text("The limits that the request counts for: q requests in w seconds (draft-ietf-httpapi-ratelimit-headers). "+
			"Absent where an answer that is kept for everybody is given.", `"address";q=600;w=60, "token";q=600;w=60`),
		headerRateLimit: text("What is left of each limit: r requests now, all of them in t seconds.", `"address";r=598;t=1, "token";r=599;t=1`),
		fiber.HeaderRetryAfter: {
			Description: "With 429 and 503: seconds to wait.", Schema: &huma.Schema{Type: huma.TypeInteger},
		},
	}
}

// limitHeaders are references to them.
func limitHeaders() map[string]*huma.Param {
	out := map[string]*huma.Param{}
	for _, name := range []string{headerRateLimit, headerRateLimitPolicy, fiber.HeaderRetryAfter} {
		out[name] = &huma.Param{Ref: "#/components/headers/" + name}
	}
	return out
}
