package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/neoforge-dev/neoforge/app/wire"
	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/administration"
	"github.com/neoforge-dev/neoforge/modules/identity/identityapp"
	"github.com/neoforge-dev/neoforge/ports/identityport"
)

func (c *cli) userCommand() *cobra.Command {
	cmd := group(&cobra.Command{Use: "user", Short: "Make, export and erase people"})

	var email, name, role string
	var readPassword bool
	create := plain("create", "Make an account, such as the first administrator", func(ctx context.Context) error {
		return c.withIdentity(ctx, func(_ *wire.Application, rooms *identityapp.Rooms) error {
			r, err := identity.ParseRole(role)
			if err != nil {
				return err
			}
			password := ""
			if readPassword {
				line, err := bufio.NewReader(os.Stdin).ReadString('\n')
				if err != nil && line == "" {
					return errors.New("--password-stdin was given, but standard input is empty")
				}
				password = strings.TrimRight(line, "\r\n")
			}
			if name == "" {
				name, _, _ = strings.Cut(email, "@")
			}
			u, err := rooms.Administration.CreateUser(ctx, administration.CreateUser{Email: email, Name: name, Password: password, Role: r, EmailVerified: true})
			if err != nil {
				return err
			}
			fmt.Fprintf(c.out, "%s  %s  %s\n", u.ID, u.Email, u.Role)
			if password == "" {
				fmt.Fprintln(c.out, "No password was set: they sign in by a provider that has verified this address.")
			}
			return nil
		})
	})
	create.Flags().StringVar(&email, "email", "", "their address (required)")
	create.Flags().StringVar(&name, "name", "", "their name; default: what stands before the @")
	create.Flags().StringVar(&role, "role", "member", "member, author or administrator")
	create.Flags().BoolVar(&readPassword, "password-stdin", false, "read a password from standard input")
	_ = create.MarkFlagRequired("email")

	export := byEmail(c, "export", "Print everything that is held about a person, as JSON", func(ctx context.Context, w *wire.Application, _ *identityapp.Rooms, who identityport.Subject) error {
		return w.Export(ctx, c.out, who)
	})
	erase := byEmail(c, "erase", "Erase a person from every context, for good", func(ctx context.Context, _ *wire.Application, rooms *identityapp.Rooms, who identityport.Subject) error {
		if err := rooms.Privacy.EraseUser(ctx, operator, who.User); err != nil {
			return err
		}
		fmt.Fprintf(c.out, "%s is erased; the other contexts follow as soon as jobs are worked on\n", who.User)
		return nil
	})
	cmd.AddCommand(create, export, erase)
	return cmd
}

// operator is whoever has this command line: as much an administrator as can be.
var operator = identity.Actor{UserID: "system", Permissions: []identity.Permission{identity.PermissionManageUsers}}

func byEmail(c *cli, use, short string, run func(ctx context.Context, w *wire.Application, rooms *identityapp.Rooms, who identityport.Subject) error) *cobra.Command {
	var email string
	cmd := plain(use, short, func(ctx context.Context) error {
		return c.withIdentity(ctx, func(w *wire.Application, rooms *identityapp.Rooms) error {
			u, organizations, err := rooms.Account.FindPerson(ctx, email)
			if err != nil {
				return err
			}
			return run(ctx, w, rooms, identityport.Subject{User: u.ID, Organizations: organizations})
		})
	})
	cmd.Flags().StringVar(&email, "email", "", "their address (required)")
	_ = cmd.MarkFlagRequired("email")
	return cmd
}

func (c *cli) withIdentity(ctx context.Context, run func(w *wire.Application, rooms *identityapp.Rooms) error) (err error) {
	w, _, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.Close()) }()
	if err := w.Ready(ctx); err != nil {
		return err
	}
	rooms, err := w.Identity()
	if err != nil {
		return err
	}
	return run(w, rooms)
}
