package config

import (
	"fmt"
	"net/netip"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"simgate/gateway/fault"
	"simgate/gateway/msisdn"
	"simgate/gateway/schedule"
	"simgate/modem"
)

var (
	pinForm    = regexp.MustCompile(`^[0-9]{4,8}$`)
	numberForm = regexp.MustCompile(`^\+[0-9]{7,15}$`)
	imeiForm   = regexp.MustCompile(`^[0-9]{15}$`)
	nameForm   = regexp.MustCompile(`^[A-Za-z0-9._-]+$`)
)

// baudRates are those that modems use and the serial library supports on Linux.
var baudRates = []int{1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200, 230400, 460800, 500000, 576000, 921600, 1000000}

// MaxSocketPath is the longest path of a Unix socket (unix(7)).
const MaxSocketPath = 107

// isName reports whether s can be the name of a modem, a line or a SIM.
func isName(s string) bool { return len(s) <= 32 && nameForm.MatchString(s) }

// validate returns the mistakes in the values.
func (c Config) validate() []Mistake {
	var found []Mistake
	wrong := func(key, format string, args ...any) {
		found = append(found, Mistake{Key: key, Message: fmt.Sprintf(format, args...)})
	}
	between := func(key string, n, low, high int) {
		if n < low || n > high {
			wrong(key, "must be between %d and %d", low, high)
		}
	}
	within := func(key string, d Duration, low, high time.Duration) {
		if d < Duration(low) || d > Duration(high) {
			wrong(key, "must be between %s and %s", Duration(low), Duration(high))
		}
	}
	found = append(found, c.Listen.validate(c.Limits.Connections)...)
	found = append(found, c.TLS.validate()...)
	if len(c.TLS.ACME.Names) > 0 && len(c.Listen.Secure()) == 0 {
		wrong("tls.acme.names", "needs an address with HTTPS: add one with tls: on to listen, such as {address: \":8443\", tls: on}")
	}
	found = append(found, hostMistakes("hosts", c.Hosts)...)
	found = append(found, c.Web.validate()...)
	if !filepath.IsAbs(c.Socket) || len(c.Socket) > MaxSocketPath {
		wrong("socket", "must be a path that begins with / and has at most %d characters", MaxSocketPath)
	}
	if !filepath.IsAbs(c.StateDir) {
		wrong("state_dir", "must be a path that begins with /")
	}
	if c.RuntimeDir != "" && !filepath.IsAbs(c.RuntimeDir) {
		wrong("runtime_dir", "must be a path that begins with /, or empty")
	}
	if c.Country != "" && !msisdn.KnownCountry(c.Country) {
		wrong("country", "must be a country in two capital letters, such as DE")
	}
	between("limits.parts", c.Limits.Parts, 1, 255)
	between("limits.queue", c.Limits.Queue, 1, 10_000_000)
	between("limits.tries", c.Limits.Tries, 0, 1000)
	between("limits.connections", c.Limits.Connections, 1, 512)
	if c.Limits.Body < 1<<10 || c.Limits.Body > 16<<20 {
		wrong("limits.body", "must be between 1KB and 16MB")
	}
	within("limits.request_timeout", c.Limits.RequestTimeout, time.Second, 5*time.Minute)
	between("code.length", c.Code.Length, 4, 10)
	within("code.lifetime", c.Code.Lifetime, 30*time.Second, day)
	within("code.max_lifetime", c.Code.MaxLifetime, 30*time.Second, day)
	if c.Code.Lifetime > c.Code.MaxLifetime {
		wrong("code.lifetime", "must not be longer than code.max_lifetime")
	}
	found = append(found, c.Code.validate()...)
	found = append(found, c.Guard.validate()...)
	if err := c.OptOut.settings().Check(); err != nil {
		wrong("opt_out.except", "%s", fault.MessageOf(err))
	}
	for i, a := range c.Apps {
		key := fmt.Sprintf("apps[%d]", i)
		if a.Name == "" {
			found = append(found, Mistake{Key: key + ".name", Message: "is missing: the name that was given to simgate keys create"})
		} else if fault.CheckName("name", a.Name, 64) != nil {
			found = append(found, Mistake{Key: key + ".name", Message: "must be a name that a key can have: at most 64 characters, none of them a control character"})
		}
		if a.Name != "" && slices.ContainsFunc(c.Apps[:i], func(other App) bool { return other.Name == a.Name }) {
			found = append(found, Mistake{Key: key + ".name", Message: "is the name of another entry too"})
		}
		if err := a.hint().Check(); err != nil {
			found = append(found, Mistake{Key: key, Message: fault.MessageOf(err)})
		}
		if _, err := (msisdn.Reading{}).As(a.Numbers); err != nil {
			found = append(found, Mistake{Key: key + ".numbers", Message: "must be national or e164"})
		}
		if _, err := schedule.ParseQuiet(a.QuietHours); err != nil {
			found = append(found, Mistake{Key: key + ".quiet_hours", Message: fault.MessageOf(err)})
		}
	}
	if own := c.Dialects.NinetyNine.Country; own != "" && !msisdn.KnownCountry(own) {
		wrong("dialects.ninetynine.country", "must be a country in two capital letters, such as IL")
	}
	found = append(found, c.Voice.validate()...)
	found = append(found, c.Notify.validate()...)
	found = append(found, c.MQTT.validate()...)
	found = append(found, c.validateForward()...)
	for i, s := range c.Webhooks.Allow {
		if _, err := netip.ParsePrefix(s); err != nil {
			found = append(found, Mistake{Key: fmt.Sprintf("webhooks.allow[%d]", i), Message: "must be a network such as 192.168.1.0/24, or an address such as 127.0.0.1/32"})
		}
	}
	within("message.lifetime", c.Message.Lifetime, time.Minute, 7*day)
	within("retention.messages", c.Retention.Messages, time.Hour, 3650*day)
	within("message.gap_timeout", c.Message.GapTimeout, time.Minute, 7*day)
	within("retention.inbox", c.Retention.Inbox, time.Hour, 3650*day)
	within("retention.verifications", c.Retention.Verifications, time.Hour, 3650*day)
	within("retention.events", c.Retention.Events, time.Hour, 3650*day)
	if c.Backup.Every != 0 {
		within("backup.every", c.Backup.Every, time.Hour, 365*day)
	}
	if c.Canary.Every != 0 {
		within("canary.every", c.Canary.Every, 15*time.Minute, month)
	}
	within("canary.within", c.Canary.Within, time.Minute, day)
	if c.Canary.To != "" && !numberForm.MatchString(c.Canary.To) {
		wrong("canary.to", "must be + and country code and digits, in quotes")
	}
	between("backup.keep", c.Backup.Keep, 1, 1000)
	if c.Backup.Folder != "" && !filepath.IsAbs(c.Backup.Folder) {
		wrong("backup.folder", "must be a path that begins with /, or empty")
	}
	found = append(found, c.Pace.validate("pace.")...)
	if key := "pace.cost_day"; c.Pace.CostDay+c.Pace.CostMonth > 0 && len(c.SIMs) == 0 {
		if c.Pace.CostDay == 0 {
			key = "pace.cost_month"
		}
		wrong(key, "counts by the prices of SIMs: set prices for each of them under sims")
	}
	found = append(found, c.Block.validate("block.")...)
	for i, s := range c.SIMs {
		found = append(found, s.validate(fmt.Sprintf("sims[%d].", i), c.Pace)...)
		for _, other := range c.SIMs[:i] {
			if s.ICCID != "" && s.ICCID == other.ICCID {
				wrong(fmt.Sprintf("sims[%d].iccid", i), "is the SIM of another entry too")
			}
		}
	}
	found = append(found, c.lineMistakes()...)
	if c.Log.Format != "text" && c.Log.Format != "json" {
		wrong("log.format", "must be text or json")
	}
	for i, m := range c.Modems {
		found = append(found, m.validate(fmt.Sprintf("modems[%d].", i))...)
		for _, other := range c.Modems[:i] {
			if m.Name != "" && m.Name == other.Name {
				wrong(fmt.Sprintf("modems[%d].name", i), "is the name of another modem too")
			}
			if m.Port != "" && m.Port != modem.AutoPort && m.Port == other.Port && (m.IMEI == "" || other.IMEI == "" || m.IMEI == other.IMEI) {
				wrong(fmt.Sprintf("modems[%d].port", i), "is the port of another modem too: distinguish them by imei")
			}
		}
	}
	return found
}

// lineMistakes returns those of the lines that are no modems.
func (c Config) lineMistakes() (found []Mistake) {
	for i, l := range c.Lines {
		key := fmt.Sprintf("lines[%d].", i)
		found = append(found, l.validate(key)...)
		named := func(name string) bool { return l.Name != "" && l.Name == name }
		if slices.ContainsFunc(c.Modems, func(m Modem) bool { return named(m.Name) }) || slices.ContainsFunc(c.Lines[:i], func(o Line) bool { return named(o.Name) }) {
			found = append(found, Mistake{Key: key + "name", Message: "is the name of another line or modem too"})
		}
		for _, other := range c.Lines[:i] {
			if a, b := l.Phone, other.Phone; a.URL != "" && a.URL == b.URL && (a.SIM == 0 || b.SIM == 0 || a.SIM == b.SIM) {
				found = append(found, Mistake{Key: key + "phone.url", Message: "is the phone of another line too: distinguish its SIMs by sim"})
			}
		}
	}
	return found
}

func (m Modem) validate(prefix string) []Mistake {
	var found []Mistake
	wrong := func(key, message string) { found = append(found, Mistake{Key: prefix + key, Message: message}) }
	if !isName(m.Name) {
		wrong("name", "must be 1 to 32 letters, digits, dots, dashes or underscores")
	}
	switch _, err := filepath.Match(m.Port, ""); {
	case m.Port == "":
		wrong("port", "is missing: write auto, or the path of the serial port, such as /dev/ttyUSB2")
	case m.Port == modem.AutoPort:
	case !filepath.IsAbs(m.Port):
		wrong("port", "must be auto, or a path that begins with /, such as /dev/ttyUSB2")
	case err != nil:
		wrong("port", "is not a valid pattern")
	}
	if m.Baud != 0 && !slices.Contains(baudRates, m.Baud) {
		wrong("baud", "must be one of "+strings.Trim(fmt.Sprint(baudRates), "[]"))
	}
	if m.PIN != "" && !pinForm.MatchString(string(m.PIN)) {
		wrong("pin", "must be 4 to 8 digits in quotes")
	}
	if m.Number != "" && !numberForm.MatchString(m.Number) {
		wrong("number", "must be + and country code and digits, in quotes")
	}
	if m.SMSC != "" && !numberForm.MatchString(m.SMSC) {
		wrong("smsc", "must be + and country code and digits, in quotes")
	}
	if m.IMEI != "" && !imeiForm.MatchString(m.IMEI) {
		wrong("imei", "must be 15 digits in quotes")
	}
	if m.PDUPause < 0 || time.Duration(m.PDUPause) > 5*time.Second {
		wrong("pdu_pause", "must be between 0s and 5s")
	}
	return found
}
