package identity_test

import (
	"testing"

	"github.com/neoforge-dev/neoforge/tests/integration/fixture"
)

// TestIdentity tells the stories of identity on every database.
func TestIdentity(t *testing.T) {
	t.Parallel()
	stories := map[string]func(t *testing.T, h *fixture.Room){
		"a first sign-in opens an account and tells the others":   firstSignIn,
		"an answer is taken once, by the browser that asked":      answerTakenOnce,
		"a sign-in that was started too long ago is refused":      lateAnswer,
		"what a provider refuses is told as it is":                providerRefuses,
		"a known identity enters whatever its address says":       knownIdentity,
		"an address proven on both sides is linked":               provenOnBothSides,
		"an unverified address neither links nor registers":       unverifiedAddress,
		"a pre-registered account goes to whoever proves it":      preRegistered,
		"many first callbacks at once make one account":           manyFirstCallbacks,
		"a sign-in rotates the session":                           signInRotates,
		"a wrong password and nobody are answered alike":          wrongPassword,
		"a hash of an earlier release is made anew":               rehashes,
		"nothing is hashed anew for who does not get in":          rehashesForNobody,
		"a password is more than words of the person and site":    ownWordsAreRefused,
		"a breached password is refused wherever one is set":      breachedIsRefused,
		"a collection that is away keeps nobody out":              breachedIsAway,
		"whom a password is for is not what is looked up":         breachedTellsNobody,
		"guesses are limited per account and per address":         guessesAreLimited,
		"a guess that cannot be counted is not taken":             uncountedGuess,
		"a refresh token is good once":                            refreshOnce,
		"a refresh token used twice revokes its family":           refreshReuse,
		"of many refreshes at once one succeeds at the most":      refreshRace,
		"a revocation is told to the cache later when it is away": cacheAway,
		"the profile shows one's own account":                     profile,
		"an erased person is gone everywhere":                     erase,
		"one erases oneself unless one manages accounts":          eraseOthers,
		"the export holds everything but proofs":                  export,
		"a welcome is queued once and sent to who is still there": welcome,
		"what ended long ago is purged":                           purge,
		"the first signing key is made once":                      firstKeyOnce,
		"signing keys follow one another without a refusal":       keysRotate,
		"a signing key is replaced at once, and after a leak":     keysReplacedAtOnce,
		"a personal token acts for its person, within scopes":     personalToken,
		"a personal token ends by revocation, age and erasure":    personalTokenEnds,
		"a person has no more personal tokens than may be":        manyPersonalTokens,
		"one is told of a sign-in from a new device":              newDevice,
	}
	for name, open := range fixture.Databases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for title, story := range stories {
				t.Run(title, func(t *testing.T) {
					t.Parallel()
					story(t, fixture.NewRoom(t, open(t)))
				})
			}
		})
	}
}
