package wire

import (
	"errors"
	"fmt"
	"path"
	"reflect"
	"strings"

	"github.com/neoforge-dev/neoforge/adapters/fiberhttp"
)

// Contract is what a module provides to the others: a value of one type, mostly an
// interface of the module's port.
type Contract struct {
	of   reflect.Type
	from func(useCases any) (any, error)
}

// Provide has a module's use cases, the UseCases of its [Parts], serve as a T:
//
//	Provide(func(a *billingapp.App) billingport.Entitlements { return a })
func Provide[App, T any](as func(app App) T) Contract {
	of := reflect.TypeFor[T]()
	return Contract{of, func(useCases any) (any, error) {
		app, ok := useCases.(App)
		if !ok {
			return nil, fmt.Errorf("its %s is provided by a %s, and its use cases are a %T: return those in Parts.UseCases", of, reflect.TypeFor[App](), useCases)
		}
		value := any(as(app))
		if value == nil {
			return nil, fmt.Errorf("its %s is nil: return one, or do not provide it", of)
		}
		return value, nil
	}}
}

// Optional is a contract that a module does without where no module provides it.
type Optional[T any] struct {
	value T
	there bool
}

// Get returns the contract, and whether there is one.
func (o Optional[T]) Get() (T, bool) { return o.value, o.there }

// Or returns the contract, or instead where there is none.
func (o Optional[T]) Or(instead T) T {
	if o.there {
		return o.value
	}
	return instead
}

func (*Optional[T]) contract() reflect.Type { return reflect.TypeFor[T]() }

func (o *Optional[T]) take(value any) { o.value, o.there = value.(T) }

// Builder makes a module's parts of the platform, of its own settings and of the
// contracts that it takes as parameters. Those are its needs, so that what is declared is used; one that may be
// missing is taken as [Optional]. A builder keeps nothing: it may be called once for
// each program in a process.
type Builder struct {
	needs []need
	build func(p *Platform, have contracts) (Parts, error)
}

type need struct {
	of       reflect.Type
	optional bool
}

// contracts are the values that modules provided, by their types.
type contracts map[reflect.Type]any

// Build0 is a builder that takes the platform alone.
func Build0(f func(p *Platform) (Parts, error)) Builder {
	return Builder{nil, func(p *Platform, _ contracts) (Parts, error) { return f(p) }}
}

// Build1 is a builder that takes one thing more: a contract, or its settings.
func Build1[A any](f func(p *Platform, a A) (Parts, error)) Builder {
	return Builder{[]need{needOf[A]()}, func(p *Platform, have contracts) (Parts, error) {
		return f(p, take[A](have))
	}}
}

// Build2 is a builder that takes two.
func Build2[A, B any](f func(p *Platform, a A, b B) (Parts, error)) Builder {
	return Builder{[]need{needOf[A](), needOf[B]()}, func(p *Platform, have contracts) (Parts, error) {
		return f(p, take[A](have), take[B](have))
	}}
}

// Build3 is a builder that takes three.
func Build3[A, B, C any](f func(p *Platform, a A, b B, c C) (Parts, error)) Builder {
	return Builder{[]need{needOf[A](), needOf[B](), needOf[C]()}, func(p *Platform, have contracts) (Parts, error) {
		return f(p, take[A](have), take[B](have), take[C](have))
	}}
}

// Build4 is a builder that takes four.
func Build4[A, B, C, D any](f func(p *Platform, a A, b B, c C, d D) (Parts, error)) Builder {
	return Builder{[]need{needOf[A](), needOf[B](), needOf[C](), needOf[D]()}, func(p *Platform, have contracts) (Parts, error) {
		return f(p, take[A](have), take[B](have), take[C](have), take[D](have))
	}}
}

// Build5 is a builder that takes five.
func Build5[A, B, C, D, E any](f func(p *Platform, a A, b B, c C, d D, e E) (Parts, error)) Builder {
	return Builder{[]need{needOf[A](), needOf[B](), needOf[C](), needOf[D](), needOf[E]()}, func(p *Platform, have contracts) (Parts, error) {
		return f(p, take[A](have), take[B](have), take[C](have), take[D](have), take[E](have))
	}}
}

// Build6 is a builder that takes six.
func Build6[A, B, C, D, E, F any](f func(p *Platform, a A, b B, c C, d D, e E, g F) (Parts, error)) Builder {
	return Builder{[]need{needOf[A](), needOf[B](), needOf[C](), needOf[D](), needOf[E](), needOf[F]()}, func(p *Platform, have contracts) (Parts, error) {
		return f(p, take[A](have), take[B](have), take[C](have), take[D](have), take[E](have), take[F](have))
	}}
}

// optional is an *Optional of any type.
type optional interface {
	contract() reflect.Type
	take(value any)
}

func needOf[A any]() need {
	if o, ok := any(new(A)).(optional); ok {
		return need{o.contract(), true}
	}
	return need{reflect.TypeFor[A](), false}
}

func take[A any](have contracts) A {
	var a A
	if o, ok := any(&a).(optional); ok {
		o.take(have[o.contract()])
		return a
	}
	a, _ = have[reflect.TypeFor[A]()].(A) // inOrder has seen to it
	return a
}

// provide adds what a built module provides.
func (have contracts) provide(m built) error {
	for _, c := range m.Provides {
		value, err := c.from(m.UseCases)
		if err != nil {
			return err
		}
		have[c.of] = value
	}
	return nil
}

// sessions is the contract that the server itself needs.
var sessions = reflect.TypeFor[fiberhttp.Authenticator]()

// inOrder puts modules behind those whose contracts they take, and otherwise leaves the
// list as it is. It refuses a contract that two provide, one that none does, and modules
// that need each other.
func inOrder(modules []Module) ([]Module, error) {
	provided, err := providers(modules)
	if err != nil {
		return nil, err
	}
	if err := met(modules, provided); err != nil {
		return nil, err
	}
	const (
		unseen = iota
		open
		done
	)
	state := make([]int, len(modules))
	out := make([]Module, 0, len(modules))
	type step struct{ module, link int } // link: which need leads on from it
	var place func(i int, path []step) error
	place = func(i int, path []step) error {
		switch state[i] {
		case done:
			return nil
		case open:
			for path[0].module != i { // what leads into the circle is not part of it
				path = path[1:]
			}
			var links []string
			for _, s := range path {
				of := modules[s.module].needs()[s.link].of
				links = append(links, fmt.Sprintf("%s needs %s of %s", modules[s.module].Name, of, modules[provided[of]].Name))
			}
			return fmt.Errorf("no module can be built first: %s. Let one of them subscribe to an event of the other instead", strings.Join(links, ", "))
		}
		state[i] = open
		for link, n := range modules[i].needs() {
			if from, ok := provided[n.of]; ok {
				if err := place(from, append(path, step{i, link})); err != nil {
					return err
				}
			}
		}
		state[i] = done
		out = append(out, modules[i])
		return nil
	}
	for i := range modules {
		if err := place(i, nil); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// providers tells which module of the list provides a contract.
func providers(modules []Module) (map[reflect.Type]int, error) {
	provided := map[reflect.Type]int{}
	var faults []error
	for i, m := range modules {
		for _, c := range m.Provides {
			if other, taken := provided[c.of]; taken {
				faults = append(faults, fmt.Errorf("%s and %s both provide %s: leave it to one of them", modules[other].Name, m.Name, c.of))
				continue
			}
			provided[c.of] = i
		}
	}
	return provided, errors.Join(faults...)
}

// met refuses a list in which a contract is missing.
func met(modules []Module, provided map[reflect.Type]int) error {
	var faults []error
	if _, ok := provided[sessions]; !ok {
		faults = append(faults, fmt.Errorf("no module of this program provides %s, without which nobody can sign in: add identity to the list", sessions))
	}
	for _, m := range modules {
		for _, n := range m.needs() {
			if _, ok := provided[n.of]; !ok && !n.optional {
				faults = append(faults, fmt.Errorf("%s needs %s, which no module of this program provides: %s, or take it as wire.Optional[%s]", m.Name, n.of, whoProvides(n.of), n.of))
			}
		}
	}
	return errors.Join(faults...)
}

// whoProvides says which module is missing, as far as the name of a port tells.
func whoProvides(of reflect.Type) string {
	if name, ok := strings.CutSuffix(path.Base(of.PkgPath()), "port"); ok && name != "" {
		return "add " + name + " to the list"
	}
	return "list the module that does"
}
