package webhook

import (
	"net/url"
	"slices"
	"strings"

	"simgate/gateway/fault"
	"simgate/gateway/journal"
	"simgate/gateway/store"
)

// Callback is an address that gets the changes of what one request has made. It must be
// at the origin of a webhook of the same app, whose secret signs.
type Callback struct {
	URL, Format string
	// Optional lets a request go on without its callback where that is not allowed,
	// and writes an event for the owner that says how to allow it.
	Optional bool
}

// Column returns a callback as it is stored: the format, a blank, and the URL, which has
// no blanks; "" for none.
func (c Callback) Column() string {
	if c.URL == "" {
		return ""
	}
	return c.Format + " " + c.URL
}

// CallbackOf reads what Column has returned.
func CallbackOf(column string) Callback {
	format, address, _ := strings.Cut(column, " ")
	return Callback{URL: address, Format: format}
}

// AllowCallback returns the callback of a request of an app. One that is not allowed is
// an error, or with Optional is withheld: an event says so once, with the command that
// allows it.
func (h *Webhooks) AllowCallback(tx *store.Tx, app string, c Callback) (Callback, error) {
	err := h.checkCallback(tx, app, c)
	if err == nil || !c.Optional || fault.CodeOf(err) != fault.Invalid {
		return c, err
	}
	u, err := url.Parse(c.URL)
	if err != nil {
		return Callback{}, nil //nolint:nilerr // it is at no address that could be allowed
	}
	at := u.Scheme + "://" + u.Host + "/"
	return Callback{}, h.journal.NoteOnce(tx, journal.Event{Kind: journal.CallbackWithheld, Text: "callbacks of the app " + app + " to " + at +
		" are withheld, since no webhook of the app is there; allow them with: simgate webhooks add " + at + " --app " + shellWord(app) +
		" --format " + c.Format + " --kinds none"})
}

// shellWord returns s as one word of a shell's command.
func shellWord(s string) string {
	if strings.Trim(strings.ToLower(s), "abcdefghijklmnopqrstuvwxyz0123456789._-") == "" {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

// checkCallback refuses an address that nobody has registered for the app: otherwise a
// key would be a way to reach every server in the network.
func (h *Webhooks) checkCallback(tx *store.Tx, app string, c Callback) error {
	if c.URL == "" {
		return nil
	}
	_, err := h.webhookAt(tx, app, c)
	if fault.CodeOf(err) == fault.Conflict {
		err = fault.NewInvalid("callback", fault.MessageOf(err))
	}
	return err
}

// addressee returns the webhook that a delivery goes to, or the one whose registration
// allows its callback. The error is [fault.Conflict] where that is disabled.
func (h *Webhooks) addressee(tx *store.Tx, d Delivery) (Webhook, error) {
	if d.Webhook == 0 {
		return h.webhookAt(tx, d.App, d.callback)
	}
	w, err := selectWebhook(tx, d.Webhook)
	if err == nil && w.Disabled != "" {
		err = &fault.Error{Code: fault.Conflict, Message: "this webhook is disabled: " + w.Disabled + ". Enable it first, by giving it another secret"}
	}
	return w, err
}

// webhooksAt returns the webhooks of a receiver.
func webhooksAt(tx *store.Tx, r receiver) (list []Webhook, err error) {
	all, err := selectWebhooks(tx)
	for _, w := range all {
		if o, err := origin(w.URL); err == nil && o == r.origin && w.App == r.app {
			list = append(list, w)
		}
	}
	return list, err
}

// enabledAt reports whether a receiver has a webhook that is enabled.
func enabledAt(tx *store.Tx, r receiver) (bool, error) {
	list, err := webhooksAt(tx, r)
	return slices.ContainsFunc(list, func(w Webhook) bool { return w.Disabled == "" }), err
}

// webhookAt returns the webhook of an app whose registration allows a callback.
func (h *Webhooks) webhookAt(tx *store.Tx, app string, c Callback) (Webhook, error) {
	where, err := origin(c.URL)
	if err != nil {
		return Webhook{}, fault.NewInvalid("callback", fault.MessageOf(err))
	}
	list, err := webhooksAt(tx, receiver{app, where})
	if err != nil {
		return Webhook{}, err
	}
	for _, w := range list {
		if w.Disabled == "" {
			w.URL, w.Format = c.URL, c.Format
			return w, nil
		}
	}
	if len(list) > 0 {
		return Webhook{}, &fault.Error{Code: fault.Conflict, Field: "callback",
			Message: "the webhook at the address of this callback is disabled: " + list[0].Disabled + ". Its owner has to enable it first"}
	}
	if h.cfg.Load().AnyCallback && !h.cfg.Load().Formats[c.Format].Signed {
		return Webhook{App: app, URL: c.URL, Format: c.Format}, nil
	}
	return Webhook{}, fault.NewInvalid("callback", "this callback is at an address that is not registered for this app: register a webhook there first")
}
