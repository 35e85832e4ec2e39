// Package filestore keeps files in a folder: each key is a path below it.
//
// It promises what ports/blobs says, also of a machine that loses its power: a file is
// written beside its place, brought to the disk, and only then given its name. Several
// replicas share a folder only where it is the same for all of them, as on NFS.
package filestore

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/neoforge-dev/neoforge/ports/blobs"
)

// partFolder holds files that are being written. No key begins with a dot.
const partFolder = ".part"

// leftAfter is how old a file must be that is being written for nobody to be writing it.
const leftAfter = 24 * time.Hour

// Store keeps files in a folder.
type Store struct{ root string }

var _ blobs.Store = (*Store)(nil)

// New returns the store of a folder, which the first file makes. What a program that was
// killed left half written there is removed.
func New(folder string) (*Store, error) {
	root, err := filepath.Abs(folder)
	if err != nil {
		return nil, fmt.Errorf("filestore: %w", err)
	}
	s := &Store{root: root}
	return s, s.removeLeft(time.Now().Add(-leftAfter))
}

func (s *Store) removeLeft(before time.Time) error {
	folder := filepath.Join(s.root, partFolder)
	left, err := os.ReadDir(folder)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("filestore: %w", err)
	}
	for _, entry := range left {
		info, err := entry.Info()
		if err != nil || !info.ModTime().Before(before) {
			continue // somebody else removed it, or is writing it
		}
		if err := os.Remove(filepath.Join(folder, entry.Name())); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("filestore: %w", err)
		}
	}
	return nil
}

// Put implements blobs.Store.
func (s *Store) Put(ctx context.Context, key, _ string, r io.Reader, size int64) (err error) {
	if !blobs.ValidKey(key) || size < 1 {
		return fmt.Errorf("filestore: %q with %d bytes is no file", key, size)
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Join(s.root, partFolder), 0o750); err != nil {
		return unavailable(err)
	}
	part, err := os.CreateTemp(filepath.Join(s.root, partFolder), "*")
	if err != nil {
		return unavailable(err)
	}
	defer func() {
		if err != nil {
			_ = part.Close()           // closed already where only the name failed
			_ = os.Remove(part.Name()) // or later, as what was left
		}
	}()
	if n, err := io.Copy(part, io.LimitReader(reading{ctx, r}, size)); err != nil || n < size {
		return short(err, n, size)
	}
	if err := errors.Join(part.Sync(), part.Chmod(0o640), part.Close()); err != nil {
		return unavailable(err)
	}
	to := s.path(key)
	if err := s.place(part.Name(), to); err != nil {
		return unavailable(err)
	}
	return unavailable(syncFolders(s.root, filepath.Dir(to)))
}

// place gives a file its name. A folder that is emptied at the same moment is made again.
func (s *Store) place(from, to string) error {
	var err error
	for range 10 {
		if err = os.MkdirAll(filepath.Dir(to), 0o750); err != nil {
			return err
		}
		if err = os.Rename(from, to); !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return err
}

// syncFolders brings the names to the disk, from the innermost folder to the outermost.
func syncFolders(root, folder string) error {
	for ; ; folder = filepath.Dir(folder) {
		f, err := os.Open(folder)
		switch {
		case errors.Is(err, fs.ErrNotExist): // what was in it was deleted at once
		case err != nil:
			return err
		default:
			err = errors.Join(f.Sync(), f.Close())
			if err != nil && !errors.Is(err, syscall.EINVAL) { // file systems that know no such thing
				return err
			}
		}
		if folder == root || len(folder) <= len(root) {
			return nil
		}
	}
}

// reading ends a copy when its context does.
type reading struct {
	ctx context.Context //nolint:containedctx // of the one call that reads
	io.Reader
}

func (r reading) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.Reader.Read(p)
}

func short(err error, n, size int64) error {
	if err == nil {
		return fmt.Errorf("filestore: %d bytes of %d: %w", n, size, io.ErrUnexpectedEOF)
	}
	var file *fs.PathError
	if errors.As(err, &file) {
		return unavailable(err)
	}
	return fmt.Errorf("filestore: read what is to be kept: %w", err)
}

func unavailable(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("filestore: %w (%w)", blobs.ErrUnavailable, err)
}

// Get implements blobs.Store.
func (s *Store) Get(ctx context.Context, key string, part blobs.Range) (blobs.File, error) {
	if err := ctx.Err(); err != nil {
		return blobs.File{}, err
	}
	if !blobs.ValidKey(key) {
		return blobs.File{}, blobs.ErrNotFound
	}
	f, err := os.Open(s.path(key))
	if err != nil {
		return blobs.File{}, absentOr(err)
	}
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() {
		_ = f.Close()
		if err == nil {
			return blobs.File{}, blobs.ErrNotFound
		}
		return blobs.File{}, absentOr(err)
	}
	length := part.Length
	if length == 0 {
		length = max(info.Size()-part.Offset, 0)
	}
	return blobs.File{ReadCloser: section{io.NewSectionReader(f, part.Offset, length), f}, Size: info.Size()}, nil
}

type section struct {
	*io.SectionReader
	io.Closer
}

func absentOr(err error) error {
	// ENOTDIR: a file stands where the key has a folder.
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) {
		return blobs.ErrNotFound
	}
	return unavailable(err)
}

// Delete implements blobs.Store. A folder that is empty afterwards goes with the file.
func (s *Store) Delete(ctx context.Context, key string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if !blobs.ValidKey(key) {
		return nil
	}
	file := s.path(key)
	if err := os.Remove(file); err != nil {
		if errors.Is(absentOr(err), blobs.ErrNotFound) {
			return nil
		}
		return unavailable(err)
	}
	for folder := filepath.Dir(file); folder != s.root; folder = filepath.Dir(folder) {
		if os.Remove(folder) != nil { // it is not empty
			return nil
		}
	}
	return nil
}

// List implements blobs.Store.
func (s *Store) List(ctx context.Context, prefix, after string, each func(blobs.Info) error) error {
	folder := strings.TrimSuffix(prefix, "/")
	if !blobs.ValidKey(folder) {
		return nil
	}
	return s.list(ctx, folder, after, each)
}

// list goes through a folder in the order of the keys, in which "a-b" comes before "a/b".
func (s *Store) list(ctx context.Context, folder, after string, each func(blobs.Info) error) error {
	entries, err := os.ReadDir(s.path(folder))
	if errors.Is(absentOrNil(err), blobs.ErrNotFound) {
		return nil
	}
	if err != nil {
		return unavailable(err)
	}
	sortKey := func(e fs.DirEntry) string {
		if e.IsDir() {
			return e.Name() + "/"
		}
		return e.Name()
	}
	slices.SortFunc(entries, func(a, b fs.DirEntry) int { return strings.Compare(sortKey(a), sortKey(b)) })
	for _, entry := range entries {
		if err := ctx.Err(); err != nil {
			return err
		}
		key := path.Join(folder, entry.Name())
		if !blobs.ValidKey(key) {
			continue
		}
		if entry.IsDir() {
			if after != "" && after > key+"/\xff" {
				continue
			}
			if err := s.list(ctx, key, after, each); err != nil {
				return err
			}
			continue
		}
		info, err := entry.Info()
		if err != nil || key <= after {
			continue // deleted meanwhile, or told before
		}
		if err := each(blobs.Info{Key: key, Size: info.Size(), ModifiedAt: info.ModTime().UTC()}); err != nil {
			return err
		}
	}
	return nil
}

func absentOrNil(err error) error {
	if err == nil {
		return nil
	}
	return absentOr(err)
}

func (s *Store) path(key string) string { return filepath.Join(s.root, filepath.FromSlash(key)) }
