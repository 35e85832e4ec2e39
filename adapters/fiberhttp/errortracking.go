package fiberhttp

import (
	"context"
	"errors"
	"fmt"

	"github.com/gofiber/fiber/v2"

	"github.com/neoforge-dev/neoforge/ports/errortracking"
)

// AnswerDespite has the request of ctx logged as failed, and its defect told of, as one that is
// answered by 500, though its answer says what was done: when a part of what was asked for is
// done and stays so. [ProblemOf] says what the answer tells of the fault.
func AnswerDespite(ctx context.Context, fault error) {
	if x := exchangeFrom(ctx); x != nil {
		x.fault = fault
	}
}

// track tells of a defect: a panic, or an error that the mapper answers by 500. What is
// answered by another status is no defect of a request: the client's fault, a limit, or
// something that is away, of which the services' metrics tell, and the time limit. Nor is what
// failed because the client left.
func (s *Server) track(rt *route, x *exchange, failure error) {
	var p *panicked
	isPanic := errors.As(failure, &p)
	if !isPanic && (problemOf(failure).Status != fiber.StatusInternalServerError || errors.Is(failure, context.Canceled)) {
		return
	}
	r := errortracking.Report{
		Kind: errortracking.Request, Message: fmt.Sprint(failure), Types: errortracking.TypesOf(failure),
		Route: rt.path, Method: methodLabel(x.method), RequestID: x.id, TraceID: x.trace,
	}
	if isPanic {
		r.Kind, r.Message, r.Types, r.Frames = errortracking.Panic, fmt.Sprint(p.value), []string{fmt.Sprintf("%T", p.value)}, p.frames
		if err, ok := p.value.(error); ok {
			r.Types = errortracking.TypesOf(err)
		}
	}
	s.config.Errors.Report(r)
}
