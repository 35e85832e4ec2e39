package tracing

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"go.opentelemetry.io/otel/exporters/otlp/otlptrace"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"
)

const (
	tries        = 6
	firstBackoff = time.Second
	maxBackoff   = 30 * time.Second
	postTimeout  = 10 * time.Second
)

// client hands spans over by OTLP over HTTP, in protobuf and gzip. It is the protocol's
// own few lines: the ready client brings gRPC into the program.
type client struct {
	url     string
	headers map[string]string
	http    *http.Client
	wait    func(ctx context.Context, d time.Duration) error
}

var _ otlptrace.Client = (*client)(nil)

func newClient(o Options) (*client, error) {
	u, err := url.Parse(o.Endpoint)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		// The address is not repeated: it may hold a password.
		return nil, errors.New("tracing: the endpoint must be an address such as http://127.0.0.1:4318")
	}
	c := &client{
		url: u.JoinPath("v1", "traces").String(), headers: o.Headers, wait: o.wait,
		http: &http.Client{
			Timeout:   postTimeout,
			Transport: &http.Transport{Proxy: http.ProxyFromEnvironment, MaxIdleConnsPerHost: 1, IdleConnTimeout: time.Minute, TLSHandshakeTimeout: postTimeout},
			CheckRedirect: func(*http.Request, []*http.Request) error {
				return http.ErrUseLastResponse // which would carry the headers to somebody else
			},
		},
	}
	if c.wait == nil {
		c.wait = sleep
	}
	return c, nil
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Start implements otlptrace.Client.
func (c *client) Start(context.Context) error { return nil }

// Stop implements otlptrace.Client.
func (c *client) Stop(context.Context) error { return nil }

// UploadTraces implements otlptrace.Client. It tries again what may succeed later, up to
// six times, with the pauses that the collector asks for or that double from a second on.
func (c *client) UploadTraces(ctx context.Context, spans []*tracepb.ResourceSpans) error {
	body, err := packed(spans)
	if err != nil {
		return fmt.Errorf("tracing: pack spans: %w", err)
	}
	for try, pause := 1, firstBackoff; ; try, pause = try+1, min(2*pause, maxBackoff) {
		again, asked, err := c.post(ctx, body)
		if err == nil {
			return nil
		}
		if !again || try == tries || ctx.Err() != nil {
			return fmt.Errorf("tracing: hand over spans: %w", err)
		}
		d := time.Duration(float64(pause) * (0.8 + 0.4*rand.Float64())) // not all replicas at once
		if asked > 0 {
			d = min(asked, maxBackoff)
		}
		if c.wait(ctx, d) != nil {
			return fmt.Errorf("tracing: hand over spans: %w", err)
		}
	}
}

func packed(spans []*tracepb.ResourceSpans) ([]byte, error) {
	// The bytes of an ExportTraceServiceRequest, whose package brings gRPC.
	raw, err := proto.Marshal(&tracepb.TracesData{ResourceSpans: spans})
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	if _, err := z.Write(raw); err != nil {
		return nil, err
	}
	if err := z.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// post tries once; again says whether another try may help, asked when the collector
// wants it.
func (c *client) post(ctx context.Context, body []byte) (again bool, asked time.Duration, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.url, bytes.NewReader(body))
	if err != nil {
		return false, 0, withoutAddress(err)
	}
	for name, value := range c.headers {
		req.Header.Set(name, value)
	}
	req.Header.Set("Content-Type", "application/x-protobuf")
	req.Header.Set("Content-Encoding", "gzip")
	res, err := c.http.Do(req)
	if err != nil {
		return true, 0, withoutAddress(err)
	}
	defer res.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(res.Body, 64<<10)) // so that the connection is used again
	switch res.StatusCode {
	case http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true, retryAfter(res.Header.Get("Retry-After")), fmt.Errorf("the collector answers %s", res.Status)
	}
	if res.StatusCode/100 != 2 {
		return false, 0, fmt.Errorf("the collector answers %s: check OTEL_EXPORTER_OTLP_ENDPOINT and OTEL_EXPORTER_OTLP_HEADERS", res.Status)
	}
	return false, 0, nil
}

// withoutAddress drops the address, and the password that may be in it.
func withoutAddress(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}

// retryAfter reads the header of that name, a number of seconds or a date; zero when it
// says nothing.
func retryAfter(value string) time.Duration {
	value = strings.TrimSpace(value)
	if seconds, err := strconv.Atoi(value); err == nil {
		return time.Duration(min(max(seconds, 0), int(maxBackoff/time.Second))) * time.Second
	}
	if at, err := http.ParseTime(value); err == nil {
		return max(time.Until(at), 0)
	}
	return 0
}
