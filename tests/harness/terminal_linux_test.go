package harness_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"testing"
	"unsafe"
)

// TestSkips_ShowOnTheTerminalThatGoHidesThemFrom runs this binary as `go test ./...` does,
// with its output kept back, from a terminal that has no Chromium to offer.
func TestSkips_ShowOnTheTerminalThatGoHidesThemFrom(t *testing.T) {
	t.Parallel()
	const skip = "skipped 1: no Chromium is installed"
	for _, tc := range []struct {
		name    string
		verbose bool
		shown   bool
	}{
		{"hidden by go", false, true},
		{"printed by go with -v", true, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			keyboard, screen := openTerminal(t)
			cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestChromium_IsAProgram$", fmt.Sprintf("-test.v=%t", tc.verbose))
			cmd.Env = append(slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "NEOFORGE_") }),
				"NEOFORGE_TEST_CHROMIUM=/nowhere/chromium")
			var piped bytes.Buffer
			cmd.Stdin, cmd.Stdout, cmd.Stderr = screen, &piped, &piped
			cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
			err := cmd.Run()
			if err := screen.Close(); err != nil {
				t.Fatal(err)
			}
			if err != nil || !strings.Contains(piped.String(), skip) {
				t.Fatalf("%v: it wrote %s", err, piped.String())
			}
			shown, err := io.ReadAll(keyboard)
			if err != nil && !errors.Is(err, syscall.EIO) { // the end of a terminal
				t.Fatal(err)
			}
			if strings.Contains(string(shown), skip) != tc.shown {
				t.Errorf("the terminal shows %q", shown)
			}
		})
	}
}

// openTerminal makes a terminal: who uses it, and what programs have of it.
func openTerminal(t *testing.T) (keyboard, screen *os.File) {
	t.Helper()
	open := func(path string) *os.File {
		f, err := os.OpenFile(path, os.O_RDWR|syscall.O_NOCTTY, 0)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = f.Close() })
		return f
	}
	keyboard = open("/dev/ptmx")
	var locked, number uint32
	for request, value := range map[uintptr]*uint32{syscall.TIOCSPTLCK: &locked, syscall.TIOCGPTN: &number} {
		if _, _, errno := syscall.Syscall(syscall.SYS_IOCTL, keyboard.Fd(), request, uintptr(unsafe.Pointer(value))); errno != 0 {
			t.Fatal(errno)
		}
	}
	return keyboard, open(fmt.Sprintf("/dev/pts/%d", number))
}
