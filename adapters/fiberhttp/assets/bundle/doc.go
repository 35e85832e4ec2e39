// Package bundle joins the browser's modules with esbuild: the server-rendering script and the offline worker while
// developing, everything for a release. It reads the web folder that it is given and knows no other package of this
// module. None of it is in a release build, which carries the results instead.
package bundle
