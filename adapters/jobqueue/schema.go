package jobqueue

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"slices"

	"github.com/riverqueue/river/rivermigrate"
)

// Schema is the tables of river, version by version.
type Schema struct {
	migrator *rivermigrate.Migrator[*sql.Tx]
	versions []int64
}

// NewSchema reads the versions for a dialect, "postgres" or "sqlite3".
func NewSchema(dialect string) (*Schema, error) {
	m, err := rivermigrate.New(driverOf(dialect, nil), &rivermigrate.Config{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return nil, fmt.Errorf("jobqueue: read the schema: %w", err)
	}
	s := &Schema{migrator: m}
	for _, v := range m.AllVersions() {
		s.versions = append(s.versions, int64(v.Version))
	}
	return s, nil
}

// Versions counts from 1, in the order of application.
func (s *Schema) Versions() []int64 { return slices.Clone(s.versions) }

// Up brings the tables from the version before to this one, in tx.
func (s *Schema) Up(ctx context.Context, tx *sql.Tx, version int64) error {
	return s.migrate(ctx, tx, rivermigrate.DirectionUp, version)
}

// Down takes this version back, in tx.
func (s *Schema) Down(ctx context.Context, tx *sql.Tx, version int64) error {
	return s.migrate(ctx, tx, rivermigrate.DirectionDown, version)
}

func (s *Schema) migrate(ctx context.Context, tx *sql.Tx, d rivermigrate.Direction, version int64) error {
	//nolint:staticcheck // one version a call, in the transaction that records it: what the advice warns of cannot happen
	result, err := s.migrator.MigrateTx(ctx, tx, d, &rivermigrate.MigrateOpts{MaxSteps: 1})
	if err != nil {
		return fmt.Errorf("jobqueue: migrate %s to version %d: %w", d, version, err)
	}
	if len(result.Versions) != 1 || int64(result.Versions[0].Version) != version {
		return fmt.Errorf("jobqueue: migrate %s: the tables are not next to version %d", d, version)
	}
	return nil
}
