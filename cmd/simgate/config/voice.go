package config

import (
	"fmt"
	"os"
	"time"

	"simgate/modem"
)

func (v Voice) validate() []Mistake {
	var found []Mistake
	wrong := func(key, format string, args ...any) {
		found = append(found, Mistake{Key: "voice." + key, Message: fmt.Sprintf(format, args...)})
	}
	for key, folder := range map[string]string{"recordings": v.Recordings, "files": v.Files} {
		if info, err := os.Stat(folder); folder != "" && (err != nil || !info.IsDir()) {
			wrong(key, "there is no folder %s", folder)
		}
	}
	for key, d := range map[string]Duration{"ring": v.Ring, "limit": v.Limit} {
		if d < Duration(10*time.Second) || d > Duration(5*time.Minute) {
			wrong(key, "must be between 10s and 5m")
		}
	}
	if v.Espeak == "" {
		wrong("espeak", "must be the name or path of the espeak-ng program")
	}
	if c := modem.IncomingCalls(v.IncomingCalls); c != modem.RefuseCalls && c != modem.IgnoreCalls {
		wrong("incoming_calls", "must be refuse or ignore")
	}
	return found
}
