package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

const mega = 1 << 20

// startup is how soon the program serves, what it holds when nobody asks, and how
// large it is: on an SQLite file that has been migrated, in production.
func (b *bench) startup(ctx context.Context) error {
	const starts, idle = 7, 3 * time.Second
	dir, err := b.folder("startup")
	if err != nil {
		return err
	}
	database := newSettings("sqlite://" + filepath.Join(dir, "neoforge.db"))
	if err := database.prepare(ctx, b.sampler, dir); err != nil {
		return err
	}
	var took, held series
	for i := range starts {
		p, err := database.serve(ctx, b.program, dir)
		if err != nil {
			return err
		}
		first, _, err := p.ready(ctx, getPath("/"))
		if err == nil && i == starts-1 {
			select {
			case <-ctx.Done():
				err = ctx.Err()
			case <-time.After(idle):
				var bytes float64
				bytes, err = p.memory()
				held = append(held, bytes/mega)
			}
		}
		p.stop()
		if err != nil {
			return fmt.Errorf("start %d: %w", i+1, err)
		}
		took = append(took, float64(first.Microseconds())/1e3)
	}
	size, err := os.Stat(b.program)
	if err != nil {
		return err
	}
	b.report.singles = append(b.report.singles,
		single{work: "start to first 200 of /, SQLite", values: took, unit: "ms", bound: &goal{bound: 60, most: true, unit: " ms"}},
		single{work: "idle memory, SQLite", values: held, unit: "MB", bound: &goal{bound: 45, most: true, unit: " MB"}},
		single{work: "binary", values: series{float64(size.Size()) / mega}, unit: "MB", bound: &goal{bound: 45, most: true, unit: " MB"}},
	)
	return nil
}
