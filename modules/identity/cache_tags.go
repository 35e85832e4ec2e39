package identity

// TagRoles is the cache tag of what the installation's custom roles hold.
const TagRoles = "identity.roles"

// TagSession is the cache tag of what is known about one session.
func TagSession(id string) string { return "identity.session:" + id }

// TagToken is the cache tag of what is known about one personal access token.
func TagToken(id string) string { return "identity.token:" + id }

// TagUser is the cache tag of what is known about a person.
func TagUser(id UserID) string { return "identity.user:" + string(id) }

// TagAvatar is the cache tag of a person's picture.
func TagAvatar(id UserID) string { return "identity.avatar:" + string(id) }

// TagsOfUsers are the cache tags of what is known about several people.
func TagsOfUsers(ids []UserID) []string {
	tags := make([]string, len(ids))
	for i, id := range ids {
		tags[i] = TagUser(id)
	}
	return tags
}
