package assets

import (
	"strconv"
	"strings"
)

// preferred lists the encodings that files may be kept in, the smallest results first.
var preferred = []string{"br", "zstd", "gzip"}

// choose answers the encoding to send out of those at hand: the one with the highest weight in Accept-Encoding (RFC 9110,
// 12.5.3), the smaller where weights are equal; empty when the file is best sent as it is.
func choose(acceptEncoding string, has func(encoding string) bool) string {
	if acceptEncoding == "" {
		return ""
	}
	best, weight := "", 0.0
	for _, encoding := range preferred {
		if w := weightOf(acceptEncoding, encoding); w > weight && has(encoding) {
			best, weight = encoding, w
		}
	}
	if identity := weightOf(acceptEncoding, "identity"); identity > weight {
		return ""
	}
	return best
}

func weightOf(acceptEncoding, encoding string) float64 {
	star, found := 0.0, -1.0
	for part := range strings.SplitSeq(acceptEncoding, ",") {
		name, parameters, _ := strings.Cut(part, ";")
		name = strings.TrimSpace(name)
		w := 1.0
		if q, ok := strings.CutPrefix(strings.ReplaceAll(parameters, " ", ""), "q="); ok {
			parsed, err := strconv.ParseFloat(q, 64)
			if err != nil || parsed < 0 || parsed > 1 {
				parsed = 0
			}
			w = parsed
		}
		switch {
		case strings.EqualFold(name, encoding):
			found = w
		case name == "*":
			star = w
		}
	}
	if found >= 0 {
		return found
	}
	if encoding == "identity" {
		return 0
	}
	return star
}
