package wire

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"

	"github.com/neoforge-dev/neoforge/adapters/zaplog"
	"github.com/neoforge-dev/neoforge/modules/identity"
)

// failing is a provider that answers with what it is given.
type failing struct {
	named
	begin, complete, incomplete error
}

func (f failing) Begin(context.Context, identity.AuthorizationRequest) (identity.AuthorizationStart, error) {
	return identity.AuthorizationStart{}, f.begin
}

func (f failing) Complete(context.Context, identity.AuthorizationResponse) (identity.Claim, error) {
	return identity.Claim{Incomplete: f.incomplete}, f.complete
}

func TestLoggedProvider_WarnsOfEveryFailure(t *testing.T) {
	t.Parallel()
	at := func(step identity.FlowStep, reason string) error {
		return fmt.Errorf("oauth: complete at acme: %w", &identity.ProviderFailure{Step: step, Err: errors.New(reason)})
	}
	for name, c := range map[string]struct {
		provider     failing
		step, reason string // none: nothing is logged
	}{
		"none":       {failing{}, "", ""},
		"begin":      {failing{begin: at(identity.StepDiscovery, "no answer")}, "discovery", "no answer"},
		"complete":   {failing{complete: at(identity.StepIDToken, "expired")}, "id_token", "expired"},
		"incomplete": {failing{incomplete: at(identity.StepUserinfo, "it answered 500")}, "userinfo", "it answered 500"},
		"unclear":    {failing{complete: errors.New("out of luck")}, "unknown", "out of luck"},
	} {
		core, logs := observer.New(zapcore.DebugLevel)
		c.provider.name = "acme"
		p := loggedProvider{c.provider, zap.New(core)}
		ctx := zaplog.WithIDs(t.Context(), "request-1", "")
		if _, err := p.Begin(ctx, identity.AuthorizationRequest{}); !errors.Is(err, c.provider.begin) {
			t.Errorf("%s: begun with %v", name, err)
		}
		if claim, err := p.Complete(ctx, identity.AuthorizationResponse{}); !errors.Is(err, c.provider.complete) || !errors.Is(claim.Incomplete, c.provider.incomplete) {
			t.Errorf("%s: completed with %v, %v", name, claim, err)
		}
		checkWarning(t, name, logs, c.step, c.reason)
	}
}

// checkWarning checks that one line was logged at warn, or none when there is no step.
func checkWarning(t *testing.T, name string, logs *observer.ObservedLogs, step, reason string) {
	t.Helper()
	lines := logs.TakeAll()
	if step == "" {
		if len(lines) != 0 {
			t.Errorf("%s: logged %v", name, lines)
		}
		return
	}
	if len(lines) != 1 || lines[0].Level != zapcore.WarnLevel {
		t.Fatalf("%s: logged %v", name, lines)
	}
	have := lines[0].ContextMap()
	if have["provider"] != "acme" || have["step"] != step || have["reason"] != reason || have["request_id"] != "request-1" {
		t.Errorf("%s: logged %v", name, have)
	}
}

func TestRefusedHere_WarnsOfWhatNoProviderIsToBlameFor(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		err          error
		step, reason string
	}{
		"nothing":              {nil, "", ""},
		"an unknown state":     {identity.ErrFlowUnknown, "state", identity.ErrFlowUnknown.Error()},
		"an unknown link":      {identity.ErrLinkUnknown, "state", identity.ErrLinkUnknown.Error()},
		"an address":           {fmt.Errorf("sign in: %w", identity.ErrEmailUnverified), "account", "sign in: " + identity.ErrEmailUnverified.Error()},
		"somebody else's":      {identity.ErrIdentityTaken, "account", identity.ErrIdentityTaken.Error()},
		"an unknown provider":  {identity.ErrProviderUnknown, "", ""},
		"a defect":             {errors.New("the database is away"), "", ""},
		"the provider's fault": {&identity.ProviderFailure{Step: identity.StepToken, Err: identity.ErrProviderAway}, "", ""},
	} {
		core, logs := observer.New(zapcore.DebugLevel)
		refusedHere(zaplog.WithIDs(t.Context(), "request-1", ""), zap.New(core), "acme", c.err)
		checkWarning(t, name, logs, c.step, c.reason)
	}
}
