package main

import (
	"cmp"
	"fmt"
	"os"
	"strings"

	"golang.org/x/sys/unix"
	"golang.org/x/term"

	"simgate/api/qr"
	v1 "simgate/api/v1"
	"simgate/cmd/simgate/cli"
	"simgate/cmd/simgate/remote"
)

func (s *setup) report(m v1.Modem, token string, sent v1.Message, page firstLink) error {
	address, reachable := s.address()
	root := address
	if s.app.JSON {
		out := outcome{Address: address, Key: token, Modem: m, Page: page.url}
		if sent.ID != 0 {
			out.Message = &sent
		}
		return s.app.PrintJSON(out, nil)
	}
	out := s.app.Stdout
	fmt.Fprintf(out, "\n%s is ready, %s.\n", m.Name, strings.TrimSpace(m.Registration+" "+m.Operator))
	if sent.ID != 0 {
		fmt.Fprintf(out, "The message to %s is %s%s.\n", sent.To, sent.State, strings.TrimSuffix(", "+remote.Why(sent.Waiting, sent.Cause), ", "))
	}
	fmt.Fprintf(out, "\n  address   %s\n", address)
	if token != "" {
		fmt.Fprintf(out, "  API key   %s   (it is not shown again)\n", token)
	}
	if page.url != "" {
		fmt.Fprintf(out, "  pages     %s\n            choose a password there; it works once, within 15 minutes\n", page.url)
		address = page.url
	}
	if page.tunnel != "" {
		fmt.Fprintf(out, "            from another computer, run this there first:  %s\n", page.tunnel)
	}
	if !reachable {
		fmt.Fprintf(out, "\nOnly apps on this machine can use it. For others: sudo simgate setup --listen 0.0.0.0:8443\n")
	} else if f, ok := out.(*counter).Writer.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		code, err := qr.Blocks(address)
		if err != nil {
			return err
		}
		fmt.Fprintf(out, "\n%s", code)
	}
	if c := s.file.Config().TLS; strings.HasPrefix(root, "https://") && c.Cert == "" && len(c.ACME.Names) == 0 {
		fmt.Fprintf(out, "\nDevices that use it need its root certificate: %s/ca; compare the fingerprint with simgate tls show\n", root)
	}
	for _, c := range cautions(s.file.Config(), s.app.ConfigPath) {
		fmt.Fprintf(out, "\nCaution: %s: %s\n", c.text, c.fix)
	}
	fmt.Fprintf(out, "\nA code to a phone: simgate verify start NUMBER. All commands: simgate --help\n")
	return nil
}

// address returns the URL of the API, and whether other machines reach it.
func (s *setup) address() (url string, reachable bool) {
	cfg := s.file.Config()
	listener, _ := cfg.Listen.Reached()
	return cli.Reached(cfg, listener)
}

// say prints what is being done, where a person looks on.
func (s *setup) say(format string, args ...any) { fmt.Fprintf(s.app.Stderr, format+"\n", args...) }

// ask returns the answer to a question, or what is proposed where nobody answers.
func (s *setup) ask(question, proposed string) string {
	if !s.app.Interactive() {
		return proposed
	}
	if proposed != "" {
		question += " [" + proposed + "]"
	}
	fmt.Fprintf(s.app.Stderr, "%s: ", question)
	answer, _ := s.in.ReadString('\n') // what was typed before the end counts
	return cmp.Or(strings.TrimSpace(answer), proposed)
}

// secret is ask for what must not be seen on the screen; "" where nobody answers.
func (s *setup) secret(question string) string {
	f, ok := s.app.Stdin.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return ""
	}
	// Before the question, as the answer may come at once.
	if shown, err := unix.IoctlGetTermios(int(f.Fd()), unix.TCGETS); err == nil {
		hidden := *shown
		hidden.Lflag &^= unix.ECHO
		if unix.IoctlSetTermios(int(f.Fd()), unix.TCSETS, &hidden) == nil {
			defer func() { _ = unix.IoctlSetTermios(int(f.Fd()), unix.TCSETS, shown) }()
		}
	}
	fmt.Fprintf(s.app.Stderr, "%s: ", question)
	answer, _ := term.ReadPassword(int(f.Fd())) // "" then, as without an answer
	fmt.Fprintln(s.app.Stderr)
	return strings.TrimSpace(string(answer))
}
