package main

import (
	"fmt"
	"os"

	"simgate/cmd/simgate/config"
)

// caution is something in a valid configuration that its owner should know.
type caution struct {
	about, text, fix string
}

// cautions returns those of the configuration at path.
func cautions(cfg config.Config, path string) []caution {
	var found []caution
	info, err := os.Stat(path)
	if err == nil && info.Mode().Perm()&0o004 != 0 && cfg.HasPIN() {
		found = append(found, caution{"configuration", "every user of this machine can read the PIN in " + path, "sudo chmod o= " + quote(path)})
	}
	for _, address := range cfg.Listen.Exposed() {
		found = append(found, caution{"listen", fmt.Sprintf("%s takes keys and codes unencrypted from other machines", address),
			"listen on 127.0.0.1 behind a proxy with TLS, or use a network in which you trust every device"})
	}
	return found
}
