package wire

import (
	"context"
	"errors"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/ports/breaker"
)

// serviceCaptcha is what metrics and /admin/services call the service of a captcha.
const serviceCaptcha = "captcha"

// guardedCaptcha leaves the service of a captcha alone while it is away. Nobody
// can be judged meanwhile.
type guardedCaptcha struct {
	identity.Captcha
	breaker *breaker.Breaker
}

func (p *Platform) guardCaptcha(h identity.Captcha) identity.Captcha {
	if h == nil {
		return nil
	}
	return guardedCaptcha{h, p.services.Breaker(serviceCaptcha, breaker.Options{})}
}

func (g guardedCaptcha) do(ctx context.Context, fn func(ctx context.Context) error) error {
	err := g.breaker.DoWhere(ctx, fn, func(err error) bool { return !errors.Is(err, identity.ErrCaptchaFailed) })
	if errors.Is(err, breaker.ErrOpen) {
		return errors.Join(identity.ErrBusy, err)
	}
	return err
}

func (g guardedCaptcha) Prompt(ctx context.Context) (prompt identity.CaptchaPrompt, err error) {
	err = g.do(ctx, func(ctx context.Context) (err error) {
		prompt, err = g.Captcha.Prompt(ctx)
		return err
	})
	return prompt, err
}

func (g guardedCaptcha) Verify(ctx context.Context, a identity.CaptchaAnswer) error {
	return g.do(ctx, func(ctx context.Context) error { return g.Captcha.Verify(ctx, a) })
}
