// Command hash is the limit of a sign-in by password: a bare fiber handler that
// compares one password with one argon2id hash, as many at once as the program
// does, and answers a few bytes.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"runtime"

	"github.com/alexedwards/argon2id"
	"github.com/gofiber/fiber/v2"
)

func main() {
	addr := flag.String("addr", "127.0.0.1:0", "listen address")
	hash := flag.String("hash", "", "the encoded hash")
	password := flag.String("password", "", "the password that is compared with it")
	flag.Parse()
	if err := run(*addr, *hash, *password); err != nil {
		fmt.Fprintln(os.Stderr, "hash:", err)
		os.Exit(1)
	}
}

func run(addr, hash, password string) error {
	if match, err := argon2id.ComparePasswordAndHash(password, hash); err != nil || !match {
		return errors.Join(errors.New("-password is not the one of -hash"), err)
	}
	turn := make(chan struct{}, max(1, runtime.NumCPU()/2))
	app := fiber.New(fiber.Config{DisableStartupMessage: true})
	app.Post("/hash", func(c *fiber.Ctx) error {
		turn <- struct{}{}
		match, err := argon2id.ComparePasswordAndHash(password, hash)
		<-turn
		if err != nil {
			return err
		}
		return c.JSON(fiber.Map{"match": match})
	})
	app.Get("/hash", func(c *fiber.Ctx) error { return c.SendString("ready") })
	return app.Listen(addr)
}
