package config

import (
	"net/netip"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"simgate/api"
	"simgate/gateway"
	"simgate/gateway/backup"
	"simgate/gateway/call"
	"simgate/gateway/canary"
	"simgate/gateway/guard"
	"simgate/gateway/line"
	"simgate/gateway/line/balance"
	"simgate/gateway/optout"
	"simgate/gateway/schedule"
	"simgate/gateway/speech"
	"simgate/gateway/text"
	"simgate/gateway/webhook"
)

// API returns the settings of the HTTP server.
func (c Config) API() api.Config {
	return api.Config{
		Connections:    c.Limits.Connections,
		BodyLimit:      int64(c.Limits.Body),
		RequestTimeout: time.Duration(c.Limits.RequestTimeout),
		CodeLength:     c.Code.Length,
		Country:        c.Country,
		Countries:      c.Dialects.countries(),
	}
}

// Gateway returns the settings of the gateway, but for its log.
func (c Config) Gateway() gateway.Config {
	keys := c.RuntimeDir // memory, which loses the key with the power
	if keys == "" {
		keys = c.StateDir
	}
	return gateway.Config{
		Database:          filepath.Join(c.StateDir, "simgate.db"),
		CodeKey:           filepath.Join(keys, "code.key"),
		Country:           c.Country,
		MaxParts:          c.Limits.Parts,
		MaxQueue:          c.Limits.Queue,
		SendTries:         c.Limits.Tries,
		CodeLength:        c.Code.Length,
		CodeLifetime:      time.Duration(c.Code.Lifetime),
		MaxCodeLifetime:   time.Duration(c.Code.MaxLifetime),
		MessageLifetime:   time.Duration(c.Message.Lifetime),
		KeepMessages:      time.Duration(c.Retention.Messages),
		KeepVerifications: time.Duration(c.Retention.Verifications),
		KeepInbox:         time.Duration(c.Retention.Inbox),
		GapTimeout:        time.Duration(c.Message.GapTimeout),
		KeepEvents:        time.Duration(c.Retention.Events),
		Locale:            c.Code.Locale,
		Texts:             pairs(c.Code.Texts),
		Apps:              apps(c.Apps),
		VoiceFallback:     gateway.Fallback(c.Code.VoiceFallback),
		TestNumbers:       pairs(c.Code.TestNumbers),
		Guard: guard.Config{Countries: c.Guard.Countries, VoiceCountries: c.Guard.VoiceCountries,
			TextCountries: c.Guard.TextCountries, ShortNumbers: c.Guard.ShortNumbers, FixedLines: c.Guard.FixedLines,
			Conversion: guard.Mode(c.Guard.Conversion), Limits: c.Guard.limits()},
		OptOut:   c.OptOut.settings(),
		Webhooks: webhook.Config{Formats: api.Formats(c.Country, c.Dialects.countries()), Allow: networks(c.Webhooks.Allow), AnyCallback: c.Webhooks.AnyCallback},
		Notify:   c.Notify.notifier(),
		Forward:  rules(c.Forward),
		Canary:   canary.Config{Every: time.Duration(c.Canary.Every), To: c.Canary.To, Within: time.Duration(c.Canary.Within)},
		Backup:   backup.Config{Folder: c.Backup.Folder, Every: time.Duration(c.Backup.Every), Keep: c.Backup.Keep},
		Voice: call.Voice{RequireKey: c.Voice.RequireKey, Ring: time.Duration(c.Voice.Ring), Limit: time.Duration(c.Voice.Limit),
			Engine: speech.New(speech.Config{Espeak: c.Voice.Espeak, Recordings: c.Voice.Recordings, Files: c.Voice.Files})},
		Lines: line.Config{Pace: pace(c.Pace), SIMs: sims(c.SIMs), BlockRefusals: orNever(c.Block.Refusals),
			BlockSilent: orNever(c.Block.Silent), BlockWindow: time.Duration(c.Block.Window)},
	}
}

func (o OptOut) settings() optout.Config {
	return optout.Config{Deaf: !o.Words, Silent: !o.Answer, Except: o.Except}
}

func (g Guard) limits() guard.Limits {
	l := guard.Limits{Resend: time.Duration(g.Resend), Sends: orNever(g.Sends), NumberHour: orNever(g.NumberHour),
		NumberDay: orNever(g.NumberDay), PrefixDay: orNever(g.PrefixDay), Run: orNever(g.Run), CountryHour: orNever(g.CountryHour),
		AppHour: orNever(g.AppHour), ClientHour: orNever(g.ClientHour),
		ElsewherePrefixDay: orNever(g.ElsewherePrefixDay), ElsewhereCountryDay: orNever(g.ElsewhereCountryDay), Unanswered: orNever(g.Unanswered), Failures: g.Failures,
		AppFailedHour: orNever(g.AppFailedHour), ClientFailedHour: orNever(g.ClientFailedHour)}
	if g.Resend == 0 {
		l.Resend = -1
	}
	return l
}

// orNever returns what the gateway takes for no limit where n is 0, else n.
func orNever(n int) int {
	if n == 0 {
		return -1
	}
	return n
}

func apps(list []App) map[string]gateway.App {
	out := map[string]gateway.App{}
	for _, a := range list {
		quiet, _ := schedule.ParseQuiet(a.QuietHours) // the validation reports what is none
		out[a.Name] = gateway.App{Hint: a.hint(), Numbers: a.Numbers, Quiet: quiet}
	}
	return out
}

// countries returns those of local numbers, by the name of the dialect.
func (d Dialects) countries() map[string]string {
	return map[string]string{"99digital": d.NinetyNine.Country}
}

func (a App) hint() text.Hint {
	return text.Hint{OriginDomain: a.OriginDomain, AndroidHash: a.AndroidHash}
}

// pairs returns what stands before and after the = of each entry, such as
// "de-de={code} ist Ihr Code" and "+4915100000000=123456".
func pairs(list []string) map[string]string {
	m := map[string]string{}
	for _, s := range list {
		key, value, _ := strings.Cut(s, "=")
		m[strings.TrimSpace(key)] = strings.TrimSpace(value)
	}
	return m
}

// networks returns the valid networks of a list; the validation reports others.
func networks(list []string) []netip.Prefix {
	var out []netip.Prefix
	for _, s := range list {
		if p, err := netip.ParsePrefix(s); err == nil {
			out = append(out, p.Masked())
		}
	}
	return out
}

func pace(p Pace) line.Pace {
	return line.Pace{Rate: p.Rate, Jitter: float64(p.Jitter), Pause: time.Duration(p.Pause), Day: p.Day, Month: p.Month,
		RecipientsDay: p.RecipientsDay, RecipientsMonth: p.RecipientsMonth,
		CostDay: int64(p.CostDay), CostMonth: int64(p.CostMonth), Reserve: float64(p.Reserve)}
}

func sims(list []SIM) []line.Settings {
	all := make([]line.Settings, len(list))
	for i, s := range list {
		own := pace(s.Pace)
		all[i] = line.Settings{ICCID: s.ICCID, IMSI: s.IMSI, MSISDN: s.MSISDN, Name: s.Name, PIN: string(s.PIN),
			Number: s.Number, SMSOverData: strings.TrimPrefix(string(s.OverData), string(OverDataAuto)), Country: s.Country, Pace: &own, Balance: creditOf(s.Balance)}
		for _, p := range s.Prices {
			all[i].Prices = append(all[i].Prices, line.Price{Prefix: p.Prefix, Micros: int64(p.Price)})
		}
	}
	return all
}

// balance returns nil where no code is configured.
func creditOf(b Balance) *balance.Settings {
	if len(b.Codes) == 0 {
		return nil
	}
	out := &balance.Settings{Codes: b.Codes, Every: time.Duration(b.Every), Low: float64(b.Low) / 1e6}
	if b.Pattern != "" {
		out.Pattern = regexp.MustCompile(b.Pattern) // it has been validated
	}
	return out
}
