// Package identitypages is how signing in and one's own account look.
package identitypages
