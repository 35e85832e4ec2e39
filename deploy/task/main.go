// Command task runs the tasks of Taskfile.yml with what is here anyway: Go and bash.
//
//	go run ./deploy/task --list
//	go run ./deploy/task migrate:diff -- add_notices
//
// It knows what this project's file uses: vars, env, set, and a task's desc, cmds, env,
// dir and silent. A key that it does not know is an error, so that this command and
// go-task, which reads the same file, do the same.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "task: "+err.Error())
		stop()
		var failed *exec.ExitError
		if errors.As(err, &failed) && failed.ExitCode() > 0 {
			os.Exit(failed.ExitCode())
		}
		os.Exit(1)
	}
}

// run does what the arguments ask for: names of tasks, and after -- what they are
// given. Without one it runs the task "default".
func run(ctx context.Context, args []string, in io.Reader, out, errOut io.Writer) error {
	file, err := find("Taskfile.yml")
	if err != nil {
		return err
	}
	tasks, err := read(file)
	if err != nil {
		return err
	}
	var names, rest []string
	for i, arg := range args {
		if arg == "--" {
			rest = args[i+1:]
			break
		}
		if arg == "--list" || arg == "-l" {
			return tasks.list(out)
		}
		names = append(names, arg)
	}
	if len(names) == 0 {
		names = []string{"default"}
	}
	for _, name := range names {
		if _, known := tasks.Tasks[name]; !known {
			return tasks.unknown(name)
		}
	}
	for _, name := range names {
		if err := tasks.run(ctx, name, rest, in, out, errOut); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}
