package identitypages

import "testing"

func TestDevicesAreNamedInAFewWords(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		agent   string
		program bool
		want    string
	}{
		{"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36", false, "Chrome on Linux"},
		{"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36 Edg/142.0.0.0", false, "Edge on Windows"},
		{"Mozilla/5.0 (Macintosh; Intel Mac OS X 15_1) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Safari/605.1.15", false, "Safari on macOS"},
		{"Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 CriOS/142.0 Mobile/15E148 Safari/604.1", false, "Chrome on iPhone"},
		{"Mozilla/5.0 (Android 15; Mobile; rv:145.0) Gecko/145.0 Firefox/145.0", false, "Firefox on Android"},
		{"", false, "An unknown browser"},
		{"curl/8.5.0", true, "A program: curl"},
		{"", true, "A program"},
	} {
		if got := deviceName(c.agent, c.program); got != c.want {
			t.Errorf("%q: %q, want %q", c.agent, got, c.want)
		}
	}
}
