// Package images makes people's pictures out of whatever files they send.
//
// What a file is, its first bytes say, never its name. It is decoded within bounds
// on its bytes, its pixels and the passes over them, so that a small file cannot
// ask for much memory or time; only a few are decoded at once. What comes out is
// made anew from pixels: upright, square, small, and with nothing of the file
// left in it, neither where it was taken nor what was hidden behind its end.
package images
