package identityconfig

import "github.com/neoforge-dev/neoforge/app/config"

const key = "SECRET_KEY=AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="

// load reads identity's settings with those of the platform.
func load(environ []string) (Settings, error) {
	c, err := config.Load(environ, config.SectionOf[Settings]("identity", ""))
	if err != nil {
		return Settings{}, err
	}
	s, err := c.Of("identity")
	return s.(Settings), err
}
