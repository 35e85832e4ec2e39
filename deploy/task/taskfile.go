package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"
	"text/template"
	"time"

	"go.yaml.in/yaml/v3"
)

// taskfile is what this project's Taskfile.yml uses of go-task's version 3.
type taskfile struct {
	Version string
	Vars    map[string]string
	Set     []string
	Tasks   map[string]task

	dir string
}

type task struct {
	Desc   string
	Cmds   []command
	Env    map[string]string
	Dir    string
	Silent bool
}

// command is one line for the shell: a text, or a mapping with the key cmd.
type command struct{ Cmd string }

// UnmarshalYAML implements yaml.Unmarshaler.
func (c *command) UnmarshalYAML(node *yaml.Node) error {
	if node.Kind == yaml.ScalarNode {
		return node.Decode(&c.Cmd)
	}
	if len(node.Content) != 2 || node.Content[0].Value != "cmd" {
		return fmt.Errorf("line %d: a command is a text, or a mapping with the key cmd alone", node.Line)
	}
	return node.Content[1].Decode(&c.Cmd)
}

// find looks for a file here and in the folders above.
func find(name string) (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		file := filepath.Join(dir, name)
		if _, err := os.Stat(file); err == nil {
			return file, nil
		}
		above := filepath.Dir(dir)
		if above == dir {
			return "", fmt.Errorf("there is no %s here or in a folder above", name)
		}
		dir = above
	}
}

func read(file string) (*taskfile, error) {
	raw, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	decoder := yaml.NewDecoder(bytes.NewReader(raw))
	decoder.KnownFields(true)
	t := &taskfile{dir: filepath.Dir(file)}
	if err := decoder.Decode(t); err != nil {
		return nil, fmt.Errorf("%s: %w", filepath.Base(file), err)
	}
	return t, nil
}

// list prints the tasks that say what they do.
func (t *taskfile) list(out io.Writer) error {
	w := tabwriter.NewWriter(out, 0, 4, 2, ' ', 0)
	for _, name := range slices.Sorted(maps.Keys(t.Tasks)) {
		if desc := t.Tasks[name].Desc; desc != "" {
			fmt.Fprintf(w, "* %s:\t%s\n", name, desc)
		}
	}
	return w.Flush()
}

func (t *taskfile) unknown(name string) error {
	var near []string
	for known := range t.Tasks {
		if strings.HasPrefix(known, name) || strings.HasPrefix(name, known) || strings.HasSuffix(known, ":"+name) {
			near = append(near, fmt.Sprintf("%q", known))
		}
	}
	if len(near) == 0 {
		return fmt.Errorf("there is no task %q: --list names all", name)
	}
	slices.Sort(near)
	return fmt.Errorf("there is no task %q: did you mean %s?", name, strings.Join(near, " or "))
}

// run runs a task's commands one after another, until one fails.
func (t *taskfile) run(ctx context.Context, name string, rest []string, in io.Reader, out, errOut io.Writer) error {
	task := t.Tasks[name]
	vars := map[string]string{"CLI_ARGS": quote(rest)}
	maps.Copy(vars, t.Vars)
	options := []string{"-c"}
	for _, option := range t.Set {
		options = append([]string{"-o", option}, options...)
	}
	for _, c := range task.Cmds {
		line, err := expand(c.Cmd, vars)
		if err != nil {
			return err
		}
		if !task.Silent {
			fmt.Fprintf(errOut, "task: [%s] %s\n", name, line)
		}
		cmd := exec.CommandContext(ctx, "bash", append(slices.Clone(options), line)...)
		cmd.Dir = filepath.Join(t.dir, task.Dir)
		cmd.Stdin, cmd.Stdout, cmd.Stderr = in, out, errOut
		cmd.Env = os.Environ()
		for key, value := range task.Env {
			if _, given := os.LookupEnv(key); !given {
				cmd.Env = append(cmd.Env, key+"="+value)
			}
		}
		// Ctrl+C reaches what runs here as well, which ends by itself.
		cmd.Cancel = func() error { return os.ErrProcessDone }
		cmd.WaitDelay = time.Minute
		if err := cmd.Run(); err != nil {
			return err
		}
	}
	return nil
}

// expand puts variables into a text, in other variables too.
func expand(text string, vars map[string]string) (string, error) {
	for range 10 {
		if !strings.Contains(text, "{{") {
			return text, nil
		}
		parsed, err := template.New("cmd").Option("missingkey=error").Parse(text)
		if err != nil {
			return "", err
		}
		var out strings.Builder
		if err := parsed.Execute(&out, vars); err != nil {
			return "", err
		}
		text = out.String()
	}
	return "", errors.New("the variables name each other in a circle")
}

// quote writes arguments as the shell reads them.
func quote(args []string) string {
	quoted := make([]string, len(args))
	for i, arg := range args {
		quoted[i] = "'" + strings.ReplaceAll(arg, "'", `'\''`) + "'"
	}
	return strings.Join(quoted, " ")
}
