package api

import (
	"maps"

	"simgate/api/dialect"
	"simgate/api/dialect/ninetynine"
	"simgate/api/dialect/smscx"
	"simgate/api/dialect/textflow"
	"simgate/api/dialect/textlink"
	"simgate/api/dialect/textmagic"
	"simgate/gateway/webhook"
)

// dialects is the table of the dialects: one line adds one. It is here and not in
// package dialect because the dialects import that package.
var dialects = []func(dialect.Env) dialect.Dialect{
	textlink.New,
	textflow.New,
	textmagic.New,
	smscx.New,
	ninetynine.New,
}

func newDialects(env dialect.Env) []dialect.Dialect {
	all := make([]dialect.Dialect, len(dialects))
	for i, create := range dialects {
		all[i] = create(env)
	}
	return all
}

// Formats returns the webhook formats by name: those of the dialects, and
// [FormatStandard]. Country and countries are as in [Config].
func Formats(country string, countries map[string]string) map[string]webhook.Format {
	formats := map[string]webhook.Format{FormatStandard: standard}
	for _, d := range newDialects(dialect.Env{Country: country, Countries: countries}) {
		maps.Copy(formats, d.News)
	}
	return formats
}
