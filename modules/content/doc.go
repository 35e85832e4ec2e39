// Package content is the language of the content context: what authors write,
// who may change it and who may read it.
//
// It owns posts, their revisions, and the public profiles of authors. It promises
// that a post's slug is unique, that two editors never overwrite each other,
// that every save is kept as a revision (those of one person that nobody asked for,
// within ten minutes, as one), and that a gated body is handed only to
// a reader who is entitled to it. The use cases are in contentapp; the contract
// of the ports declared here is in contenttest.
package content
