package identitypages

import (
	"net/url"

	"github.com/neoforge-dev/neoforge/web/pages/layout"
)

// Captcha is the question by which a form tells people from programs. A zero
// Captcha is not shown.
type Captcha struct {
	Asked bool
	Label string
	Hint  string
	State string
	Error string
}

// Link leads on to another page. A zero Link is not shown.
type Link struct{ Label, URL string }

// WithReturn is a page that leads back to where somebody was going; the front page needs
// no mention.
func WithReturn(page, returnTo string) string {
	if returnTo == "" || returnTo == "/" {
		return page
	}
	return page + "?return_to=" + url.QueryEscape(returnTo)
}

// RegisterView is the page on which one registers. The form posts to /register:
// name, email, password, human_check, human_state, return_to, and news=yes if they
// are wanted.
type RegisterView struct {
	layout.Page
	Name      string // keeps what was typed
	Email     string
	News      bool
	ReturnTo  string
	Errors    layout.FieldErrors // name, email, password, human_check; "" is about the whole
	Captcha   Captcha
	Agreement string        // what one agrees to by registering
	Changed   []layout.Link // of the texts that are not those any more that the form had shown
	// TermsVersion and PrivacyVersion come back with the form: what was there to read.
	TermsVersion   string
	PrivacyVersion string
	// NewsTitle and NewsSummary say what else one may ask for; empty: nothing.
	NewsTitle   string
	NewsSummary string
}

func (v RegisterView) focus() string {
	return v.Errors.First("name", "email", "password", "human_check")
}

// AskView is a page that asks for an address, to send a mail to it. The form
// posts to Path: email, human_check, human_state, return_to.
type AskView struct {
	layout.Page
	Path     string
	Title    string
	Intro    string
	Button   string
	Email    string
	ReturnTo string
	Errors   layout.FieldErrors // email, human_check; "" is about the whole
	Captcha  Captcha
	Another  Link
}

func (v AskView) focus() string {
	if first := v.Errors.First("email", "human_check"); first != "" {
		return first
	}
	return "email"
}

// SentView is the page after a mail was asked for. It is the same whether one was
// sent or not.
type SentView struct {
	layout.Page
	Title string
	Text  []string
	// AskCode offers to type the code of the mail, which is posted to /login/code: code.
	AskCode   bool
	CodeError string
}

// LinkView is where the link of a mail leads: a button that does what the mail
// is about. The form posts to Path: token, and password when it is asked for.
type LinkView struct {
	layout.Page
	Path   string
	Title  string
	Intro  string
	Button string
	Token  string // empty: there is nothing to press any more
	Error  string
	Again  Link // where to ask for another link
	// AskPassword asks for the password that the account gets.
	AskPassword   bool
	PasswordError string
}

// ResetView is the page on which one chooses a new password by a mail. The form
// posts to /reset: token, password.
type ResetView struct {
	layout.Page
	Token  string             // empty: there is nothing to reset any more
	Errors layout.FieldErrors // password; "" is about the link
}

// PasswordView is the page on which one changes one's password. The form posts to
// /account/password: current, password.
type PasswordView struct {
	layout.Page
	Email       string
	HasPassword bool
	Errors      layout.FieldErrors // current, password
}

func (v PasswordView) title() string {
	if v.HasPassword {
		return "Change the password"
	}
	return "Set a password"
}

// EmailView is the page on which one changes one's address. The form posts to
// /account/email: email.
type EmailView struct {
	layout.Page
	Email  string
	Typed  string
	Errors layout.FieldErrors // email
	// Pending is the address that waits for its proof; empty: none.
	Pending            string
	PendingUndelivered bool // the mail to it was refused
}

const hintForNew = "At least 8 characters. A few words that belong to no song are strong and easy to type."
