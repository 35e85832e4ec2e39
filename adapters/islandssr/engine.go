package islandssr

import (
	"errors"
	"fmt"
	"time"

	"github.com/dop251/goja"
)

const (
	loadTimeout = 10 * time.Second
	// maxCallStack is far above what rendering needs and far below what exhausts memory.
	maxCallStack = 4096
)

// engine is one JavaScript virtual machine that has run the script. It is not safe for concurrent use.
type engine struct {
	vm           *goja.Runtime
	renderIsland goja.Callable
	allStyles    goja.Callable
}

func newEngine(program *goja.Program) (*engine, error) {
	vm := goja.New()
	vm.SetMaxCallStackSize(maxCallStack)
	timer := time.AfterFunc(loadTimeout, func() { vm.Interrupt("the script did not end") })
	_, err := vm.RunProgram(program)
	timer.Stop()
	if err != nil {
		return nil, fmt.Errorf("run the script: %w", err)
	}
	global := vm.Get("neoforgeIslands")
	if global == nil || goja.IsUndefined(global) {
		return nil, errors.New("the script sets no global neoforgeIslands")
	}
	object := global.ToObject(vm)
	render, ok := goja.AssertFunction(object.Get("renderIsland"))
	if !ok {
		return nil, errors.New("the script has no function renderIsland")
	}
	styles, ok := goja.AssertFunction(object.Get("styles"))
	if !ok {
		return nil, errors.New("the script has no function styles")
	}
	return &engine{vm: vm, renderIsland: render, allStyles: styles}, nil
}

func (e *engine) render(element string, attributes [][2]string) (string, error) {
	pairs := make([]any, 0, len(attributes))
	for _, pair := range attributes {
		pairs = append(pairs, e.vm.NewArray(pair[0], pair[1]))
	}
	value, err := e.renderIsland(goja.Undefined(), e.vm.ToValue(element), e.vm.NewArray(pairs...))
	if err != nil {
		return "", err
	}
	return value.String(), nil
}

func (e *engine) styles() ([]string, error) {
	value, err := e.allStyles(goja.Undefined())
	if err != nil {
		return nil, err
	}
	var texts []string
	if err := e.vm.ExportTo(value, &texts); err != nil {
		return nil, fmt.Errorf("read the styles: %w", err)
	}
	return texts, nil
}
