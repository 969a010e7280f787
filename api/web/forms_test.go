package web_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"simgate/gateway"
	"simgate/gateway/gatewaytest"
	"simgate/gateway/guard"
	"simgate/gateway/key"
	"simgate/gateway/webhook"
)

// A form that something is wrong with comes again as it was sent, and says that beside its
// field; of none, above. Secrets are typed again.
func TestFormsComeAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := gatewaytest.Start(t, gatewaytest.Configure(func(c *gateway.Config) {
			c.Guard = guard.Config{Countries: []string{"DE"}}
			c.Webhooks.Dial = gatewaytest.Serve(t, http.NotFoundHandler())
			c.Webhooks.Formats = map[string]webhook.Format{"standard": {Kinds: gateway.NewsKinds}}
		}))
		r := newReader(t, w)
		time.Sleep(time.Minute)
		w.Key(t, "shop", key.SendMessages)
		keys, err := w.Gateway.Keys().List(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		id, forwards := keys[0].ID, "/ui/webhooks/forwards"
		r.posts(forwards+"/add", url.Values{"name": {"parcels"}, "number": {anna}, "text": {"old"}, "webhook": {"http://app.example/s3cret"}}, 303)
		for _, tc := range []struct {
			name, path string
			form       url.Values
			status     int
			has        []string // in this order
			never      string
		}{
			{"a key without a name", "/ui/apps", url.Values{"app": {"  "}, "scope": {"calls"}, "networks": {"10.0.0.0/8\n<b>"}, "per_day": {"50"}}, 400,
				[]string{`value="calls" checked`, "<details open>", "10.0.0.0/8\n&lt;b&gt;</textarea>", `id="networks-problem">&#34;&lt;b&gt;&#34; is no network`, `name="per_day"`, `value="50"`}, `value="otp.send" checked`},
			{"a key of ours", "/ui/apps", url.Values{"app": {"@<b>"}, "scope": {"calls"}}, 400, []string{`value="@&lt;b&gt;"`, ` aria-invalid="true" aria-describedby="app-problem" autofocus>`, `<p class="verdict bad" role="alert" id="app-problem">`}, "<details open>"},
			{"a key that may nothing", "/ui/apps", url.Values{"app": {"taxi"}}, 400, []string{`value="taxi"`, `<fieldset aria-describedby="scope-problem">`, `id="scope-problem">Choose what`}, " checked"},
			{"a limit that is none", "/ui/apps/shop/change", url.Values{"key": {id}, "scope": {"read", "calls"}, "cost_day": {"much"}, "networks": {"::1"}}, 400,
				[]string{`value="read" checked`, `value="calls" checked`, "::1</textarea>", `value="much" aria-invalid="true" aria-describedby="cost_day-problem"`}, `value="sms.send" checked`},
			{"a change of no key", "/ui/apps/shop/change", url.Values{"key": {"none"}, "scope": {"read"}}, 404, []string{"That did not work"}, "<form class=\"letter\""},
			{"an overlap that is none", "/ui/apps/shop/rotate", url.Values{"key": {id}, "overlap": {"17h0m0s"}}, 400, []string{`name="overlap"`, `aria-describedby="overlap-problem"`, `id="overlap-problem">Choose`}, ""},
			{"a webhook at no address", "/ui/webhooks", url.Values{"app": {"shop"}, "url": {"ftp://<b>"}, "format": {"standard"}, "kind": {"message.received"}, "secret": {"whsec_s3cret"}}, 400,
				[]string{"<option selected>shop", `value="ftp://&lt;b&gt;"`, `aria-describedby="url-problem"`, `id="url-problem"`, "<details open>", `value="message.received" checked`, "Type this again"}, "s3cret"},
			{"a webhook of no app", "/ui/webhooks", url.Values{"app": {"none"}, "url": {"https://app.example/"}, "format": {"standard"}}, 400, []string{`id="app-problem"`, `value="https://app.example/"`}, "Type this again"},
			{"a rule for nothing", "/ui/guard/rule", url.Values{"kind": {"safe"}, "key": {"+491"}, "reason": {"a <b>"}, "for": {"9h"}}, 400,
				[]string{"<details class=\"card\" open>", `value="safe" selected`, `value="&#43;491"`, `value="a &lt;b&gt;"`, `id="for-problem"`}, ""},
			{"a rule for a number of no country", "/ui/guard/rule", url.Values{"kind": {"block"}, "key": {"+999999999999"}, "for": {"24h"}}, 400, []string{`aria-describedby="key-problem"`, `id="key-problem"`, `value="24h" selected`}, ""},
			{"a rule for a word too long", "/ui/guard/rule", url.Values{"kind": {"block"}, "key": {anna}, "reason": {strings.Repeat("x", 201)}, "to": {anna}}, 400, []string{"It would be accepted", `id="reason-problem"`}, ""},
			{"a country, and why", "/ui/guard/rule", url.Values{"kind": {"open"}, "risk": {"known"}, "key": {"FR"}, "reason": {strings.Repeat("x", 201)}, "for": {"24h"}}, 400,
				[]string{"Open FR?", `value="open"`, strings.Repeat("x", 201), `id="reason-problem"`, `value="24h" selected`}, ""},
			{"a forward to nowhere", forwards + "/add", url.Values{"name": {"post"}, "text": {"<b>"}, "line": {"1"}, "calls": {"1"}, "limit": {"7"}}, 400,
				[]string{`id="problem" tabindex="-1" autofocus>the rule says not`, `value="post"`, `value="1" selected`, `value="&lt;b&gt;"`, `value="1" checked`, `value="7"`}, "aria-invalid"},
			{"a forward that leads to a secret", forwards + "/add", url.Values{"name": {"a b"}, "webhook": {"http://app.example/s3cret"}, "ntfy": {"https://ntfy.sh/s3cret"}, "ntfy_token": {"s3cret"}, "email": {"me@example.com"}}, 400,
				[]string{`value="a b"`, `id="name-problem"`, `value="me@example.com"`, "Type this again", "Type this again", "Type this again"}, "s3cret"},
			{"a change of a forward", forwards + "/change", url.Values{"rule": {"parcels"}, "name": {"mail"}, "text": {"new"}, "number": {"12"}, "clear": {"webhook"}, "limit": {"3"}}, 400,
				[]string{"<h1>parcels</h1>", `name="rule" value="parcels"`, `value="mail"`, `value="new"`, `value="12"`, `id="number-problem"`, `value="webhook" checked`, `value="3"`}, "s3cret"},
		} {
			page := r.posts(tc.path, tc.form, tc.status).Body.String()
			rest := page
			for _, word := range tc.has {
				_, after, found := strings.Cut(rest, word)
				if !found {
					t.Errorf("%s: it has no %q in its place: %s", tc.name, word, page)
					break
				}
				rest = after
			}
			if tc.never != "" && strings.Contains(page, tc.never) {
				t.Errorf("%s: it has %q: %s", tc.name, tc.never, around(page, tc.never))
			}
			// Where htmx has sent the form the page stays, and is told why.
			request := httptest.NewRequest("POST", tc.path, strings.NewReader(tc.form.Encode()))
			request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			request.Header.Set("HX-Request", "true")
			if why := r.does(request, tc.status).Body.String(); why == "" || strings.Contains(why, "</") {
				t.Errorf("%s: htmx gets %q", tc.name, why)
			}
		}
		// Where nobody has sent a form it has nothing to say.
		for _, path := range []string{"/ui/apps", "/ui/apps/shop/" + id, "/ui/webhooks", "/ui/guard", "/ui/guard/open?country=FR", forwards, forwards + "/parcels"} {
			if page := r.reads(path, 200); strings.Contains(page, "-problem") || strings.Contains(page, "aria-invalid") || strings.Contains(page, `autofocus`) {
				t.Errorf("%s: %s", path, page)
			}
		}
	})
}

// What somebody else has changed of a key meanwhile is not undone by a form from before.
func TestKeyChangedMeanwhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := gatewaytest.Start(t)
		r := newReader(t, w)
		token := w.Key(t, "shop", key.SendMessages, key.Read)
		id := strings.Split(token, "_")[1]
		mark := regexp.MustCompile(`name="mark" value="(\w+)"`)
		markOf := func() string { return mark.FindStringSubmatch(r.reads("/ui/apps/shop/"+id, 200, "Save"))[1] }
		before := markOf()
		r.posts("/ui/apps/shop/change", url.Values{"key": {id}, "scope": {"read"}, "mark": {before}}, 303)
		stale := url.Values{"key": {id}, "scope": {"read", string(key.SendMessages)}, "per_day": {"50"}, "mark": {before}}
		r.has(r.posts("/ui/apps/shop/change", stale, 409), "Somebody else has changed this key meanwhile", `value="50"`, `value="`+markOf()+`"`)
		if keys, err := w.Gateway.Keys().List(t.Context()); err != nil || len(keys) != 1 || len(keys[0].Scopes) != 1 {
			t.Errorf("%+v, %v", keys, err)
		}
		stale.Set("mark", markOf())
		r.posts("/ui/apps/shop/change", stale, 303)
	})
}
