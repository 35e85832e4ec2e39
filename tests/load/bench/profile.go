package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"time"
)

// profile takes a CPU profile of the program under the load that was measured, in
// a further round that no figure includes: profiling costs, too.
func (b *bench) profile(ctx context.Context, s side, admin, name string) error {
	if b.profiles == "" {
		return nil
	}
	const seconds = 8
	if err := os.MkdirAll(b.profiles, 0o750); err != nil {
		return err
	}
	file := filepath.Join(b.profiles, name+".pprof")
	loaded := make(chan error, 1)
	go func() {
		_, err := s.workload.drive(ctx, s.process.addr, (seconds+1)*time.Second)
		loaded <- err
	}()
	err := download(ctx, "http://"+admin+"/debug/pprof/profile?seconds="+strconv.Itoa(seconds), file)
	s.process.forgetLog()
	if under := <-loaded; err == nil {
		err = under
	}
	if err != nil {
		return fmt.Errorf("take the profile %s: %w", name, err)
	}
	b.say("wrote %s", file)
	return nil
}

func download(ctx context.Context, from, to string) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, from, nil)
	if err != nil {
		return err
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answered %s", from, answer.Status)
	}
	out, err := os.Create(to)
	if err != nil {
		return err
	}
	if _, err := io.Copy(out, answer.Body); err != nil {
		out.Close()
		return err
	}
	return out.Close()
}
