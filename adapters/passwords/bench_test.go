package passwords

import "testing"

// BenchmarkCommonWords_Has is what each new password costs besides its hash.
func BenchmarkCommonWords_Has(b *testing.B) {
	c := newCommonWords()
	b.ReportAllocs()
	for b.Loop() {
		c.has("seven lanterns drift")
	}
}

// BenchmarkNewCommonWords is what the first new password of a process costs.
func BenchmarkNewCommonWords(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		c := newCommonWords()
		b.ReportMetric(float64(8*(cap(c.listed.all)+cap(c.cores.all))), "kept-bytes")
	}
}
