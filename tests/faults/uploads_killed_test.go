package faults_test

import (
	"bytes"
	"context"
	"encoding/json"
	"image"
	"image/jpeg"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/tests/harness"
	"github.com/neoforge-dev/neoforge/tests/harness/program"
)

// databases make one of each kind, with its tables.
var databases = map[string]func(t *testing.T) string{
	"sqlite": func(t *testing.T) string {
		t.Helper()
		url := "sqlite://" + filepath.Join(t.TempDir(), "neoforge.db")
		if err := program.MigrateUp(t.Context(), url); err != nil {
			t.Fatal(err)
		}
		return url
	},
	"postgres": func(t *testing.T) string {
		t.Helper()
		return harness.Database(t, program.MigrateUp)
	},
}

// TestUploads_KilledOnTheWayLoseNothing kills the program while parts of a picture arrive,
// again and again: what was acknowledged is there, the upload goes on, and no picture is half.
func TestUploads_KilledOnTheWayLoseNothing(t *testing.T) {
	t.Parallel()
	for name, database := range databases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			folder := t.TempDir()
			p := program.StartProcess(t, program.Options{DatabaseURL: database(t), Environ: []string{"RATE_LIMIT=off", "STORAGE_URL=file://" + folder}})
			site := "http://" + p.Addr
			client := program.SignedInAt(t, site, "ben@neoforge.test")
			ask := func(method, path string, body []byte, headers ...string) (*http.Response, []byte, error) {
				r, err := http.NewRequestWithContext(context.WithoutCancel(t.Context()), method, site+path, bytes.NewReader(body))
				if err != nil {
					return nil, nil, err
				}
				all := append([]string{"Sec-Fetch-Site", "same-origin", "Tus-Resumable", "1.0.0", "Content-Type", "application/offset+octet-stream"}, headers...)
				for i := 0; i < len(all); i += 2 {
					r.Header.Set(all[i], all[i+1])
				}
				answer, err := client.Do(r)
				if err != nil {
					return nil, nil, err
				}
				defer answer.Body.Close()
				out, err := io.ReadAll(answer.Body)
				return answer, out, err
			}
			const rounds, part = 20, 150_000
			random := rand.New(rand.NewPCG(7, 11))
			for round := range rounds {
				file := noise(t, random)
				begun, body, err := ask("POST", "/api/v1/media/uploads", nil, "Upload-Length", strconv.Itoa(len(file)))
				if err != nil || begun.StatusCode != http.StatusCreated {
					t.Fatalf("round %d: %v, %s", round, err, body)
				}
				upload, acknowledged := begun.Header.Get("Location"), 0
				id := upload[strings.LastIndex(upload, "/")+1:]
				// The program is killed some time into a part: of those before, each was answered.
				parts := len(file)/part + 1
				last := random.IntN(parts)
				for n := range last {
					answer, body, err := ask("PATCH", upload, file[n*part:min((n+1)*part, len(file))], "Upload-Offset", strconv.Itoa(n*part))
					if err != nil || answer.StatusCode != http.StatusNoContent {
						t.Fatalf("round %d, part %d: %v, %s", round, n, err, body)
					}
					acknowledged = min((n+1)*part, len(file))
				}
				moment := time.After(time.Duration(random.IntN(6_000)) * time.Microsecond)
				sent := make(chan struct{})
				go func() {
					defer close(sent)
					answer, _, err := ask("PATCH", upload, file[last*part:min((last+1)*part, len(file))], "Upload-Offset", strconv.Itoa(last*part))
					if err == nil && answer.StatusCode == http.StatusNoContent {
						acknowledged = min((last+1)*part, len(file))
					}
				}()
				select {
				case <-sent:
				case <-moment: // at which it is killed, wherever it is
				}
				p.Kill(t)
				<-sent
				p.Start(t)

				head, _, err := ask("HEAD", upload, nil)
				if err != nil {
					t.Fatal(err)
				}
				if head.StatusCode == http.StatusOK {
					offset, err := strconv.Atoi(head.Header.Get("Upload-Offset"))
					if err != nil || offset < acknowledged || offset%part != 0 && offset != len(file) {
						t.Fatalf("round %d: it is at %q, and %d bytes were acknowledged", round, head.Header.Get("Upload-Offset"), acknowledged)
					}
					for done := false; !done; {
						end := min(offset+part, len(file))
						answer, body, err := ask("PATCH", upload, file[offset:end], "Upload-Offset", strconv.Itoa(offset))
						if err != nil || answer.StatusCode != http.StatusNoContent {
							t.Fatalf("round %d: it does not go on at %d: %v, %d, %s", round, offset, err, answer.StatusCode, body)
						}
						offset, done = end, answer.Header.Get("Location") != ""
					}
				} // else it became a picture before the program was killed
				answer, body, err := ask("GET", "/api/v1/media/"+id, nil)
				var m struct {
					URL   string
					Bytes int64
				}
				if err != nil || answer.StatusCode != http.StatusOK {
					t.Fatalf("round %d: the picture: %v, %d, %s", round, err, answer.StatusCode, body)
				}
				if err := json.Unmarshal(body, &m); err != nil {
					t.Fatal(err)
				}
				_, original, err := ask("GET", strings.TrimPrefix(m.URL, site), nil)
				if err != nil || !bytes.Equal(original, file) {
					t.Fatalf("round %d: the file has %d bytes of %d, %v", round, len(original), len(file), err)
				}
			}
			answer, body, err := ask("GET", "/api/v1/media?limit=100", nil)
			var list struct{ Items []json.RawMessage }
			if err != nil || answer.StatusCode != http.StatusOK || json.Unmarshal(body, &list) != nil || len(list.Items) != rounds {
				t.Errorf("the library: %v, %.400s", err, body)
			}
			originals, err := filepath.Glob(filepath.Join(folder, "media", "*", "*", "original.jpg"))
			if err != nil || len(originals) != rounds {
				t.Errorf("there are %d files of %d pictures", len(originals), rounds)
			}
			for _, path := range originals {
				f, err := os.ReadFile(path)
				if err != nil {
					t.Fatal(err)
				}
				if _, err := jpeg.Decode(bytes.NewReader(f)); err != nil {
					t.Errorf("%s is half: %v", path, err)
				}
			}
		})
	}
}

// noise is a JPEG without any metadata, so that it is kept as it is.
func noise(t *testing.T, random *rand.Rand) []byte {
	t.Helper()
	p := image.NewRGBA(image.Rect(0, 0, 1000, 700))
	for i := range p.Pix {
		p.Pix[i] = uint8(random.IntN(256))
	}
	var out bytes.Buffer
	if err := jpeg.Encode(&out, p, nil); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}
