// Package platformpages is what every site shows, whatever its modules: the front page
// of one that has no other, what is shown when something is missing, forbidden or
// broken, and forms that come back or go on.
package platformpages
