package identitypages

func (p Provider) title() string {
	if p.Development {
		return p.Label
	}
	return "Continue with " + p.Label
}

// focus is where the cursor waits: at the first field that is wrong, or at the
// password when the address was kept from a try that failed.
func (v LoginView) focus() string {
	if first := v.Errors.First("email", "password"); first != "" {
		return first
	}
	if v.Errors[""] != "" && v.Email != "" {
		return "password"
	}
	return ""
}

func (v AccountView) role() string {
	switch v.Role {
	case "administrator":
		return "Administrator"
	case "author":
		return "Author"
	case "member":
		return "Member"
	}
	return v.Role
}

func (v AccountView) roleNote() string {
	switch v.Role {
	case "administrator":
		return "Writes, edits everything, and runs the place."
	case "author":
		return "Writes and publishes posts."
	case "member":
		return "Reads what is for members."
	}
	return ""
}
