package config

import "io/fs"

// Load reads the configuration file at path. Its errors are [Missing], *[Invalid],
// which names every mistake, or what the system says of a file that cannot be
// read. With *[Invalid] it also returns the parts that could be read.
func Load(path string) (Config, error) {
	s, err := ReadSource(path)
	if err != nil {
		return Config{}, err
	}
	settled, err := s.Settle()
	return settled.Config, err
}

// Missing is the path of a configuration file that does not exist.
type Missing string

func (m Missing) Error() string {
	return "there is no configuration at " + string(m) + ": make one with \"simgate config default\", or name another with --config"
}

// Is reports whether target is [fs.ErrNotExist].
func (m Missing) Is(target error) bool { return target == fs.ErrNotExist }
