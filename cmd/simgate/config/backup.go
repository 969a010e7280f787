package config

// Backup says when backups are made, and how many are kept.
type Backup struct {
	Every  Duration `yaml:"every"`
	Keep   int      `yaml:"keep"`
	Folder string   `yaml:"folder"`
}
