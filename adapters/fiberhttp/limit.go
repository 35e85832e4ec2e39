package fiberhttp

import (
	"context"
	"errors"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gofiber/fiber/v2"
	"go.uber.org/zap"

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
	policyPerson  = "person"
)

// RaisedLimit is a limit that some requests with personal access tokens have instead of that
// of a token. All with one Key count together, whichever token they come with.
type RaisedLimit struct {
	Policy string // as RateLimit-Policy names it: letters and digits; "address", "token" and "person" are taken
	Key    string // for whom it counts, within the policy
	Limit  ratelimit.Limit
}

const (
	// raisedTimeout bounds the look-up of a raised limit, which no request may wait for for long.
	raisedTimeout = 200 * time.Millisecond
	// raisedPause is for how long nothing is looked up after that failed.
	raisedPause = 5 * time.Second
)

// The fields' names.
const (
	headerRateLimit       = "RateLimit"
	headerRateLimitPolicy = "RateLimit-Policy"
)

var errTooManyOfToken = fault.New(fault.TooMany, "http.too_many_requests_of_token",
	"Too many requests with this token, or with those that count together with it, in a short time.")

// limitDefaults are the limits of requests of which nothing else is said.
func (c *Config) limitDefaults() {
	preset(&c.PerAddress, ratelimit.Limit{Count: 600, Per: time.Minute})
	preset(&c.PerToken, ratelimit.Limit{Count: 600, Per: time.Minute})
	preset(&c.PerPerson, ratelimit.Limit{Count: 600, Per: time.Minute})
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

// limitToken bounds the requests with a token, wherever they come from: those with one
// personal access token, those with a limit raised for many tokens together, or those of a
// person with the tokens of their sign-ins. What a raised limit allowed no longer counts for
// its address: the one server of a customer has one. What it refused does.
func (s *Server) limitToken(ctx context.Context, rt *route, x *exchange) error {
	if s.config.Limiter == nil || x.token == "" || !x.actor.SignedIn() || rt.quiet || rt.unlimited {
		return nil
	}
	policy, key, limit := policyPerson, string(x.actor.UserID), s.config.PerPerson
	isRaised := false
	if x.actor.TokenID != "" {
		policy, key, limit = policyToken, x.actor.TokenID, s.config.PerToken
		if raised, ok := s.raisedLimit(ctx, x); ok {
			isRaised, policy, key, limit = true, raised.Policy, raised.Key, raised.Limit
		}
	}
	d, ok := s.count(ctx, x, "http:"+policy+":"+key, limit)
	if !ok {
		return nil
	}
	if isRaised && d.Allowed {
		s.giveAddressBack(ctx, x)
	}
	x.tellLimit(rt, policy, limit, d)
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

// raisedLimit answers the limit that a request has instead of that of its token. Nobody is
// refused, or waits for long, because that cannot be looked up: then the limit of a token
// holds, and nothing is looked up for a few seconds.
func (s *Server) raisedLimit(ctx context.Context, x *exchange) (RaisedLimit, bool) {
	if s.config.RaisedLimit == nil || !s.raisedFailure.isOver(s.config.Clock.Now()) {
		return RaisedLimit{}, false
	}
	within, cancel := context.WithTimeout(ctx, raisedTimeout)
	defer cancel()
	raised, ok, err := s.config.RaisedLimit(within, x.actor)
	if err == nil {
		return raised, ok
	}
	// A client that hangs up says nothing of whether it can be looked up.
	if errors.Is(ctx.Err(), context.Canceled) || !s.raisedFailure.begin(s.config.Clock.Now()) {
		return RaisedLimit{}, false
	}
	s.log.Warn("whose limit of requests is raised is not known: for a moment that of a token holds for all",
		zap.Duration("moment", raisedPause), zap.Error(err), zap.String("request_id", x.id))
	return RaisedLimit{}, false
}

// failurePause is the time after a failed look-up. It is over at the start.
type failurePause struct{ until atomic.Int64 } // in Unix ns

func (p *failurePause) isOver(now time.Time) bool { return now.UnixNano() >= p.until.Load() }

// begin reports whether this failure is the first: of those that fail at once only one is logged.
func (p *failurePause) begin(now time.Time) bool {
	before := p.until.Load()
	return now.UnixNano() >= before && p.until.CompareAndSwap(before, now.Add(raisedPause).UnixNano())
}

// giveAddressBack takes a request back from the limit of its address, which the answer then
// does not tell of.
func (s *Server) giveAddressBack(ctx context.Context, x *exchange) {
	if !x.counted {
		return
	}
	if err := s.config.Limiter.GiveBack(ctx, limitKey(x.address), s.config.PerAddress); err != nil {
		s.log.Warn("a request is not given back", zap.Error(err), zap.String("request_id", x.id))
	}
	if x.c != nil {
		x.c.Response().Header.Del(headerRateLimitPolicy)
		x.c.Response().Header.Del(headerRateLimit)
	}
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
