package content

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/neoforge-dev/neoforge/ports/cursor"
	"github.com/neoforge-dev/neoforge/ports/fault"
	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/ports/textform"
)

// MediaID names a picture of the library. It is a UUID that nobody guesses: whoever knows
// it sees the picture.
type MediaID string

// MediaFormat is what a file is, as its bytes say.
type MediaFormat string

// The formats.
const (
	JPEG MediaFormat = "jpeg"
	PNG  MediaFormat = "png"
	GIF  MediaFormat = "gif"
	WebP MediaFormat = "webp"
)

var mediaExtensions = map[MediaFormat]string{JPEG: "jpg", PNG: "png", GIF: "gif", WebP: "webp"}

// Extension is what the names of such files end in, without a dot.
func (f MediaFormat) Extension() string { return mediaExtensions[f] }

// ContentType is what such a file is served as.
func (f MediaFormat) ContentType() string { return "image/" + string(f) }

// MediaState is how far a picture is.
type MediaState string

// The states.
const (
	MediaPending MediaState = "pending" // its smaller sizes are still to be made; the original is shown
	MediaReady   MediaState = "ready"
	MediaBroken  MediaState = "broken" // it has a head of a picture, and pixels that nothing can read
)

// MediaStates lists them.
var MediaStates = []MediaState{MediaPending, MediaReady, MediaBroken}

// Bounds of pictures.
const (
	// MaxMediaPixels is the most pixels of a picture, or of one frame.
	MaxMediaPixels = 50 << 20
	// MaxMediaSide is the most pixels of its longer side.
	MaxMediaSide = 16_000
	// MaxMediaFrames and MaxMediaMotion bound an animation: its frames, and the pixels of
	// all of them.
	MaxMediaFrames = 1_000
	MaxMediaMotion = 400 << 20
	// MaxMediaName and MaxMediaAlt are in characters.
	MaxMediaName = 120
	MaxMediaAlt  = 500
)

// mediaWidths are the widths that a picture is made smaller to, in pixels.
var mediaWidths = []int{480, 960, 1600, 2400}

// MediaVariant is a picture in another size.
type MediaVariant struct {
	Width, Height int
	Format        MediaFormat
}

// File is the variant's file name: "960x640.jpg".
func (v MediaVariant) File() string {
	return strconv.Itoa(v.Width) + "x" + strconv.Itoa(v.Height) + "." + v.Format.Extension()
}

var variantFile = regexp.MustCompile(`^([1-9][0-9]{0,4})x([1-9][0-9]{0,4})\.(jpg|png|gif|webp)$`)

// ParseMediaVariant reads the name of a variant's file.
func ParseMediaVariant(file string) (MediaVariant, bool) {
	parts := variantFile.FindStringSubmatch(file)
	if parts == nil {
		return MediaVariant{}, false
	}
	width, _ := strconv.Atoi(parts[1]) // digits
	height, _ := strconv.Atoi(parts[2])
	return MediaVariant{width, height, formatOf(parts[3])}, true
}

func formatOf(extension string) MediaFormat {
	for f, e := range mediaExtensions {
		if e == extension {
			return f
		}
	}
	return ""
}

// MediaFileFormat is the format of a file of a picture by its name, "original.jpg" or
// "960x640.jpg"; false for what is no such name.
func MediaFileFormat(file string) (MediaFormat, bool) {
	if v, ok := ParseMediaVariant(file); ok {
		return v.Format, true
	}
	extension, ok := strings.CutPrefix(file, "original.")
	if !ok {
		return "", false
	}
	f := formatOf(extension)
	return f, f != ""
}

// MediaFile is what is known of a file from its bytes, before it is decoded.
type MediaFile struct {
	Format        MediaFormat
	Width, Height int // upright, as it is shown
	Animated      bool
	Turned        bool   // its pixels lie otherwise than it is shown
	Body          []byte // without what tells of people and places
}

// Media is one picture of the library.
type Media struct {
	ID       MediaID
	Owner    identityport.UserID // empty: erased
	Name     string              // what its owner calls the file
	Alt      string              // what it shows, for those who do not see it
	Format   MediaFormat
	Animated bool
	Bytes    int64
	// Width and Height are those that it is shown with, upright.
	Width, Height int
	// Tone is its mean colour, "#aabbcc"; empty for one that can be seen through, and while
	// it is not known.
	Tone  string
	State MediaState
	// Version counts its files, from 1; an address names one.
	Version int
	// Revision counts its changes, from 1.
	Revision int
	// Edits counts those that people made, from 1: of its file and of what is said of it.
	Edits     int
	Variants  []MediaVariant // narrowest first
	CreatedAt time.Time
	UpdatedAt time.Time
	// UnusedSince is since when it is known that no text has it; zero: one may. No change of
	// the picture writes it.
	UnusedSince time.Time
}

// MediaPath is the address of a picture in a text, whatever its version.
func MediaPath(id MediaID) string { return mediaRoot + string(id) }

const mediaRoot = "/media/"

// Address is where a file of the picture as it is now is served.
func (m Media) Address(file string) string {
	return mediaRoot + string(m.ID) + "/" + strconv.Itoa(m.Version) + "/" + file
}

// Original is the name of the file that was uploaded.
func (m Media) Original() string { return "original." + m.Format.Extension() }

// MediaKey is under which a file of a version of a picture is kept.
func MediaKey(id MediaID, version int, file string) string {
	return path.Join(mediaKeys, string(id), strconv.Itoa(version), file)
}

const mediaKeys = "media"

// MediaOfKey is the picture, or the upload, that a file belongs to, and the version of its
// file; 0 for a part of an upload. Of a key that [MediaKey] and [Upload.Key] do not make it
// says nothing: that file is somebody else's.
func MediaOfKey(key string) (id MediaID, version int, ok bool) {
	parts := strings.Split(key, "/")
	if len(parts) < 3 || !cursor.UUIDs.Match(parts[1]) {
		return "", 0, false
	}
	id = MediaID(parts[1])
	switch {
	case len(parts) == 3 && parts[0] == uploadKeys:
		offset, name, found := strings.Cut(parts[2], "-")
		at, err := strconv.ParseInt(offset, 10, 64)
		return id, 0, found && err == nil && cursor.UUIDs.Match(name) && parts[2] == UploadPart(at, name)
	case len(parts) == 4 && parts[0] == mediaKeys:
		version, err := strconv.Atoi(parts[2])
		_, known := MediaFileFormat(parts[3])
		return id, version, err == nil && version > 0 && known && key == MediaKey(id, version, parts[3])
	}
	return "", 0, false
}

// AllMediaKeys and AllUploadKeys are what the keys of all files begin with.
const (
	AllMediaKeys  = mediaKeys + "/"
	AllUploadKeys = uploadKeys + "/"
)

// MediaKeys is what the keys of a picture begin with, of one version or, for 0, of all.
func MediaKeys(id MediaID, version int) string {
	if version == 0 {
		return path.Join(mediaKeys, string(id)) + "/"
	}
	return path.Join(mediaKeys, string(id), strconv.Itoa(version)) + "/"
}

// Shown is what a page shows of a picture: the file for browsers that choose none, and those
// among which the others choose by the width that they need. The original is among them
// where it is not wider than any page needs, stands upright and does not move.
func (m Media) Shown() (src MediaVariant, choices []MediaVariant) {
	original := MediaVariant{m.Width, m.Height, m.Format}
	if len(m.Variants) == 0 || m.Animated {
		return original, nil
	}
	choices = slices.Clone(m.Variants)
	if widest := choices[len(choices)-1].Width; widest < m.Width && m.Width <= mediaWidths[len(mediaWidths)-1] {
		choices = append(choices, original)
	}
	for _, v := range choices {
		if src = v; v.Width >= 960 {
			break
		}
	}
	return src, choices
}

// FileOf is the name of the file of a variant, or of the original.
func (m Media) FileOf(v MediaVariant) string {
	if slices.Contains(m.Variants, v) {
		return v.File()
	}
	return m.Original()
}

// Thumbnail is the name of the smallest file.
func (m Media) Thumbnail() string {
	if len(m.Variants) > 0 {
		return m.Variants[0].File()
	}
	return m.Original()
}

// NewMedia is a picture that was uploaded.
func NewMedia(id MediaID, owner identityport.UserID, d MediaDescription, f MediaFile, now time.Time) Media {
	m := Media{ID: id, Owner: owner, Name: d.Name, Alt: d.Alt, Version: 1, Revision: 1, Edits: 1, CreatedAt: now.UTC(), UpdatedAt: now.UTC()}
	m.take(f)
	return m
}

func (m *Media) take(f MediaFile) {
	m.Format, m.Animated, m.Bytes, m.Width, m.Height = f.Format, f.Animated, int64(len(f.Body)), f.Width, f.Height
	m.Tone, m.State, m.Variants = "", MediaPending, []MediaVariant{}
}

// Describe changes what is said of the picture.
func (m *Media) Describe(d MediaDescription, now time.Time) {
	m.Name, m.Alt = d.Name, d.Alt
	m.Edits++
	m.touch(now)
}

// Replace puts another file in the picture's place, under a later version.
func (m *Media) Replace(version int, f MediaFile, now time.Time) {
	m.take(f)
	m.Version = version
	m.Edits++
	m.touch(now)
}

// NextVersion is a version after that of the picture. Two who replace it at the same moment,
// with a mark of their own each, write under two addresses.
func (m Media) NextVersion(mark string) int {
	const steps = 1_000_000
	sum := sha256.Sum256([]byte(mark))
	return (m.Version/steps+1)*steps + int(binary.BigEndian.Uint32(sum[:])%steps)
}

// Prepared says that the other sizes of a version are there. It is false for a version that
// was replaced meanwhile.
func (m *Media) Prepared(version int, tone string, variants []MediaVariant, now time.Time) bool {
	if m.Version != version {
		return false
	}
	m.Tone, m.Variants, m.State = tone, variants, MediaReady
	m.touch(now)
	return true
}

// Broke says that nothing can read the pixels of a version.
func (m *Media) Broke(version int, now time.Time) bool {
	if m.Version != version {
		return false
	}
	m.State = MediaBroken
	m.touch(now)
	return true
}

func (m *Media) touch(now time.Time) {
	m.UpdatedAt = now.UTC()
	m.Revision++
}

// MediaDescription is what people say of a picture.
type MediaDescription struct {
	Name string
	Alt  string
}

// Clean trims it, and gives a file without a name one. It fails with ErrInvalidMedia.
func (d MediaDescription) Clean() (MediaDescription, error) {
	d.Name, d.Alt = oneLine(d.Name), oneLine(d.Alt)
	if at := strings.LastIndexAny(d.Name, `/\`); at >= 0 { // some browsers tell the whole path
		d.Name = d.Name[at+1:]
	}
	if !strings.ContainsFunc(d.Name, shows) {
		d.Name = "picture"
	}
	var faults []fault.Field
	if utf8.RuneCountInString(d.Name) > MaxMediaName {
		faults = append(faults, fault.Field{Name: "name", Message: fmt.Sprintf("The name may have at most %d characters.", MaxMediaName)})
	}
	if utf8.RuneCountInString(d.Alt) > MaxMediaAlt {
		faults = append(faults, fault.Field{Name: "alt", Message: fmt.Sprintf("The description may have at most %d characters.", MaxMediaAlt)})
	}
	if len(faults) > 0 {
		return MediaDescription{}, ErrInvalidMedia.WithFields(faults...)
	}
	return d, nil
}

// oneLine is a text as one line without control characters.
func oneLine(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case r == utf8.RuneError:
			return -1
		case unicode.IsSpace(r):
			return ' '
		case unicode.IsControl(r):
			return -1
		}
		return r
	}, s)
	return strings.TrimSpace(textform.Plain(strings.Join(strings.Fields(s), " ")))
}

// MediaWords is the form in which the name and the description of a picture, and what is
// searched for among them, are compared.
func MediaWords(s string) string { return strings.ToLower(strings.Join(strings.Fields(s), " ")) }

// Words are those by which the picture is found.
func (m Media) Words() string { return MediaWords(m.Name + " " + m.Alt) }

// VariantWidths lists the widths that a picture is to be made in. One that lies on its side
// gets one that stands upright in any case.
func VariantWidths(width int, turned bool) (out []int) {
	for _, w := range mediaWidths {
		if w < width {
			out = append(out, w)
		}
	}
	if widest := min(width, mediaWidths[len(mediaWidths)-1]); turned && (len(out) == 0 || out[len(out)-1] < widest) {
		out = append(out, widest)
	}
	return out
}

// MayChangeMedia reports whether somebody may change and delete a picture.
func MayChangeMedia(a identityport.Actor, m Media) bool {
	return a.May(PermissionEditAny) || a.May(PermissionWrite) && m.Owner != "" && a.UserID == m.Owner
}

// mediaAddress takes the digits of an id in either case, as people write them.
var mediaAddress = regexp.MustCompile(`/media/([0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12})\b`)

// MediaIDOf is the id that stands in an address of a text, in the one form that ids are kept
// in. Everywhere else one in capitals is no id.
func MediaIDOf(digits string) MediaID { return MediaID(strings.ToLower(digits)) }

// MaxTextMedia is how many pictures of one text are told apart.
const MaxTextMedia = 1_000

// MediaIn lists the pictures whose addresses stand in texts, in any form, in order and each
// once.
func MediaIn(texts ...string) []MediaID {
	var out []MediaID
	seen := map[MediaID]bool{}
	for _, text := range texts {
		if !strings.Contains(text, mediaRoot) {
			continue
		}
		for _, found := range mediaAddress.FindAllStringSubmatch(text, -1) {
			if id := MediaIDOf(found[1]); !seen[id] && len(out) < MaxTextMedia {
				seen[id], out = true, append(out, id)
			}
		}
	}
	return out
}

// MediaAt is the picture that an address of this site leads to; empty for another.
func MediaAt(address string) MediaID {
	if !strings.HasPrefix(address, mediaRoot) {
		return ""
	}
	found := mediaAddress.FindStringSubmatchIndex(address)
	if found == nil || found[0] != 0 {
		return ""
	}
	if rest := address[found[1]:]; rest != "" && rest[0] != '/' && rest[0] != '?' && rest[0] != '#' {
		return ""
	}
	return MediaIDOf(address[found[2]:found[3]])
}

// MediaPlace is where in a post a picture stands.
type MediaPlace string

// The places.
const (
	InText    MediaPlace = "text"    // of the post as it is
	InCopy    MediaPlace = "copy"    // a text that is not the post's yet, as a working copy is
	InHistory MediaPlace = "history" // a text that was one of these before
	InCover   MediaPlace = "cover"   // its cover, see PostDetails
)

// MediaListing asks for a page of the library, newest first.
type MediaListing struct {
	Owner identityport.UserID // empty: everybody's
	Words string              // see MediaWords; empty: all
	After cursor.Position
	Limit int
}

// MediaUse is a post that has a picture in it.
type MediaUse struct {
	Post      PostID
	Title     string
	Author    identityport.UserID
	CoAuthors []identityport.UserID
	Status    Status
	Place     MediaPlace // InText, InCover or InCopy
}

// MediaStore keeps what is known of pictures, and where they are used. Posts.Insert and
// Posts.Update note those of a post's own text.
type MediaStore interface {
	// Insert fails with ErrMediaExists when a picture has the id.
	Insert(ctx context.Context, m Media) error
	// Update writes a picture over the revision seen, and has the posts that show it rendered
	// anew; ErrMediaChanged, ErrMediaNotFound.
	Update(ctx context.Context, m Media, seen int) error
	// Delete removes a picture as it is after so many edits; ErrMediaEdited after others,
	// ErrMediaInUse while it stands in a post's text or working copy, or is its cover,
	// ErrMediaInSitePage while it stands in a version of a page of the site, ErrMediaNotFound.
	Delete(ctx context.Context, id MediaID, edits int) error
	// Shown reports whether readers see a picture, or will by itself: in the text of a post or
	// as its cover, or in a page of the site.
	Shown(ctx context.Context, id MediaID) (bool, error)
	// SetUses says which pictures stand in a place of a post, InText or InCopy; Details.Put
	// does for InCover. Those that stood there before stand in its history from then on. What is
	// no picture is passed over.
	SetUses(ctx context.Context, post PostID, place MediaPlace, ids []MediaID) error
	// Rendered says that a post was rendered with pictures as they were at a revision each,
	// and answers whether they still are.
	Rendered(ctx context.Context, post PostID, revisions map[MediaID]int) (bool, error)
	// MarkUnused notes at now of the pictures that no post has, nor had, in any text that is
	// kept, but for some, that they are unused, unless it is noted.
	MarkUnused(ctx context.Context, now time.Time, but []MediaID) error
	// Keep has pictures count as used from now on until they are marked again: somebody has
	// them in a text that is not saved yet.
	Keep(ctx context.Context, ids []MediaID) error
	// DeleteUnused removes a picture that is marked as unused since before t, and still is;
	// ErrMediaInUse, ErrMediaInSitePage, ErrMediaNotFound.
	DeleteUnused(ctx context.Context, id MediaID, t time.Time) error
	// EraseOwner removes the pictures of somebody that no post uses, with their uploads, and
	// returns them; the others stay as nobody's.
	EraseOwner(ctx context.Context, owner identityport.UserID) ([]MediaID, error)

	UploadStore
}

// MediaReads is what is asked of pictures outside a transaction.
type MediaReads interface {
	UploadReads
	// MediaByID fails with ErrMediaNotFound.
	MediaByID(ctx context.Context, id MediaID) (Media, error)
	// MediaByIDs returns those that are there, in no order.
	MediaByIDs(ctx context.Context, ids []MediaID) ([]Media, error)
	// MediaList returns up to Limit.
	MediaList(ctx context.Context, l MediaListing) ([]Media, error)
	// MediaUses lists up to limit posts that have a picture in their text or working copy, or
	// as their cover.
	MediaUses(ctx context.Context, id MediaID, limit int) ([]MediaUse, error)
	// MediaShown reports whether a post that is published, or will be by itself, has a picture in
	// its text or as its cover.
	MediaShown(ctx context.Context, id MediaID) (bool, error)
	// MediaUseCounts counts them, of several pictures.
	MediaUseCounts(ctx context.Context, ids []MediaID) (map[MediaID]int, error)
	// OutdatedMediaUses lists up to limit posts behind one, by id, that were rendered with
	// pictures as they were before.
	OutdatedMediaUses(ctx context.Context, after PostID, limit int) ([]PostID, error)
	// MediaUnused lists up to limit pictures that are marked as unused since before t.
	MediaUnused(ctx context.Context, t time.Time, limit int) ([]MediaID, error)
	// MediaInSitePages lists the pictures of the pages of the site, of all versions.
	MediaInSitePages(ctx context.Context) ([]MediaID, error)
	// MediaCounts counts the pictures by their states, and their bytes.
	MediaCounts(ctx context.Context) (states map[MediaState]int, bytes int64, err error)
}

// MediaMaker reads picture files and makes others of them.
type MediaMaker interface {
	// Inspect tells by the bytes alone what a file is, within the bounds, and returns it
	// without its metadata. It decodes no pixels. It fails with ErrMediaFormat and
	// ErrMediaTooLarge.
	Inspect(file []byte) (MediaFile, error)
	// Variants makes the file smaller to each of the widths, upright, and gives one after
	// the other to each. It returns the mean colour, empty for a picture that can be seen
	// through. It fails with ErrMediaFormat where the pixels cannot be read. One file is
	// decoded at a time.
	Variants(ctx context.Context, file []byte, each func(v MediaVariant, body []byte) error) (tone string, err error)
}
