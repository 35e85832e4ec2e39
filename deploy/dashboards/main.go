package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
)

// folder is what Grafana reads, from this one.
const folder = "../compose/grafana/boards"

func main() {
	if err := write(folder); err != nil {
		fmt.Fprintln(os.Stderr, "dashboards:", err)
		os.Exit(1)
	}
}

// write makes folder hold the dashboards and nothing else.
func write(folder string) error {
	files, err := generate()
	if err != nil {
		return err
	}
	if err := os.RemoveAll(folder); err != nil {
		return err
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(folder, name), text, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// generate returns the dashboards by the names of their files.
func generate() (map[string][]byte, error) {
	out := map[string][]byte{}
	for _, b := range boards() {
		built, err := b.build()
		if err != nil {
			return nil, fmt.Errorf("%s: %w", b.id, err)
		}
		text, err := json.MarshalIndent(built, "", "  ")
		if err != nil {
			return nil, fmt.Errorf("%s: %w", b.id, err)
		}
		out[b.id+".json"] = append(text, '\n')
	}
	return out, nil
}
