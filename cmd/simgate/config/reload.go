package config

import "reflect"

// fixed are the keys, and sections, that a daemon takes up when it starts. Whatever is not
// listed takes effect in one that runs.
var fixed = []string{"listen", "mdns", "web.enabled", "socket", "state_dir", "runtime_dir", "country", "modems", "lines", "limits.connections", "limits.body",
	"limits.request_timeout", "code.length", "dialects", "voice", "webhooks.any_callback", "mqtt", "message.gap_timeout", "log.format"}

// filed are the keys, and sections, that a daemon takes up while it runs and that are changed in
// the file alone: they say under which names it answers and whom it lets in, they are read by
// commands without the daemon, or they are entries in which secrets and numbers are.
var filed = []string{"tls", "hosts", "web.clear", "web.trusted_proxies", "web.prefix", "web.frame_ancestors", "web.remote_user",
	"backup.folder", "sims", "forward"}

// Changeable reports whether a key can be set while a daemon runs, over the file.
func Changeable(key string) bool { return !isFixed(key) && !isOf(filed, key) }

// Reload returns the configuration of a running daemon after its file has changed to next,
// and the keys that have changed: those that take effect, and those that wait for a restart
// and have their old values in it.
func (c Config) Reload(next Config) (running Config, applied, waiting []string) {
	running = next
	compare("", reflect.ValueOf(c), reflect.ValueOf(&running).Elem(), func(key string, old, changed reflect.Value) {
		if isFixed(key) {
			waiting = append(waiting, key)
			changed.Set(old)
			return
		}
		applied = append(applied, key)
	})
	return running, applied, waiting
}

// compare calls fn for each key whose value differs; a list is one value.
func compare(prefix string, old, changed reflect.Value, fn func(key string, old, changed reflect.Value)) {
	for i := range old.NumField() {
		key := prefix + old.Type().Field(i).Tag.Get("yaml")
		switch a, b := old.Field(i), changed.Field(i); {
		case a.Kind() == reflect.Struct:
			compare(key+".", a, b, fn)
		case !reflect.DeepEqual(a.Interface(), b.Interface()):
			fn(key, a, b)
		}
	}
}
