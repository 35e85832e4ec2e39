// Package figures keeps the numbers that modules count by going through whole tables. One
// job counts them for all replicas now and then; a scrape of any replica reads them by the
// primary key of platform_figures, however large the tables are.
package figures

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/neoforge-dev/neoforge/adapters/entstore"
)

// Sample is one number: of the metric, for values of its labels.
type Sample struct {
	Metric string   `json:"metric"`
	Labels []string `json:"labels,omitempty"`
	Value  float64  `json:"value"`
}

// Figures are what a module counted last.
type Figures struct {
	Module    string
	CountedAt time.Time
	Samples   []Sample
}

// Store keeps figures in one database.
type Store struct{ db *entstore.DB }

// New makes the store.
func New(db *entstore.DB) (*Store, error) {
	if db == nil {
		return nil, errors.New("figures: the database is missing")
	}
	return &Store{db}, nil
}

// Put keeps f in the place of what its module counted before, unless that is newer.
func (s *Store) Put(ctx context.Context, f Figures) error {
	samples, err := json.Marshal(f.Samples)
	if err != nil {
		return fmt.Errorf("figures: of %s: %w", f.Module, err)
	}
	values := "(" + s.db.Placeholder(1) + ", " + s.db.Placeholder(2) + ", " + s.db.Placeholder(3) + ")"
	err = s.db.Do(ctx, func(ctx context.Context, tx entstore.Tx) error {
		_, err := tx.Queries().ExecContext(ctx, "INSERT INTO platform_figures (id, samples, counted_at) VALUES "+values+
			" ON CONFLICT (id) DO UPDATE SET samples = excluded.samples, counted_at = excluded.counted_at WHERE platform_figures.counted_at <= excluded.counted_at",
			f.Module, string(samples), f.CountedAt.UTC())
		return err
	})
	return entstore.Failure(err, entstore.Rules{}, "figures: keep those of %s", f.Module)
}

// All returns what every module counted last. Those of another release that cannot be read
// are left out.
func (s *Store) All(ctx context.Context) ([]Figures, error) { return s.read(ctx, "") }

// Of returns what a module counted last; without a time when it has counted nothing, or
// nothing that can be read.
func (s *Store) Of(ctx context.Context, module string) (Figures, error) {
	all, err := s.read(ctx, " WHERE id = "+s.db.Placeholder(1), module)
	if err != nil || len(all) == 0 {
		return Figures{Module: module}, err
	}
	return all[0], nil
}

func (s *Store) read(ctx context.Context, where string, args ...any) ([]Figures, error) {
	var out []Figures
	err := s.db.Each(ctx, "SELECT id, samples, counted_at FROM platform_figures"+where, args, func(scan func(...any) error) error {
		var f Figures
		var samples string
		if err := scan(&f.Module, &samples, &f.CountedAt); err != nil {
			return err
		}
		if json.Unmarshal([]byte(samples), &f.Samples) == nil {
			f.CountedAt = f.CountedAt.UTC()
			out = append(out, f)
		}
		return nil
	})
	return out, entstore.Failure(err, entstore.Rules{}, "figures: read")
}
