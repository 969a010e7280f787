package api_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"

	"simgate/api"
	v1 "simgate/api/v1"
	"simgate/gateway"
	"simgate/gateway/gatewaytest"
	"simgate/gateway/inbox"
	"simgate/gateway/key"
	"simgate/gateway/line"
	"simgate/gateway/webhook"
)

// scan reads the QR code of a picture, as a camera does.
func scan(t *testing.T, picture image.Image) string {
	t.Helper()
	bitmap, err := gozxing.NewBinaryBitmapFromImage(picture)
	if err != nil {
		t.Fatal(err)
	}
	code, err := qrcode.NewQRCodeReader().Decode(bitmap, nil)
	if err != nil {
		t.Fatal(err)
	}
	return code.GetText()
}

// drawn returns the picture that an SVG of ours describes, which is made of rectangles.
func drawn(t *testing.T, svg []byte) image.Image {
	t.Helper()
	var doc struct {
		ViewBox string `xml:"viewBox,attr"`
		Paths   []struct {
			D string `xml:"d,attr"`
		} `xml:"path"`
	}
	var size int
	if err := xml.Unmarshal(svg, &doc); err != nil || len(doc.Paths) != 2 {
		t.Fatalf("%s: %v", svg, err)
	}
	if n, err := fmt.Sscanf(doc.ViewBox, "0 0 %d", &size); n != 1 {
		t.Fatal(err)
	}
	const scale = 4
	picture := image.NewGray(image.Rect(0, 0, size*scale, size*scale))
	draw.Draw(picture, picture.Bounds(), image.White, image.Point{}, draw.Src)
	for _, m := range regexp.MustCompile(`M(\d+) (\d+)h(\d+)v1h-(\d+)z`).FindAllStringSubmatch(doc.Paths[1].D, -1) {
		var x, y, w int
		if _, err := fmt.Sscan(strings.Join(m[1:4], " "), &x, &y, &w); err != nil || m[3] != m[4] {
			t.Fatal(m, err)
		}
		draw.Draw(picture, image.Rect(x*scale, y*scale, (x+w)*scale, (y+1)*scale), image.NewUniform(color.Black), image.Point{}, draw.Src)
	}
	return picture
}

// sure says that the number of the SIM is what its owner says it is.
func sure(c *gateway.Config) {
	c.Lines.SIMs = []line.Settings{{IMSI: gatewaytest.SIM(0).IMSI, Number: gatewaytest.SIM(0).MSISDN}}
}

// verify posts a verification.
func (w world) verify(t *testing.T, content string, header ...string) (status int, v v1.Verification, raw string) {
	t.Helper()
	status, _, raw = w.call(t, http.MethodPost, "/v1/verifications", content, header...)
	if err := json.Unmarshal([]byte(raw), &v); err != nil {
		t.Fatal(raw, err)
	}
	return status, v, raw
}

// A person scans the QR code and sends the text, and that is it.
func TestSendThroughYourPhone(t *testing.T) {
	r := newReceiver(t, always(http.StatusOK))
	w := start(t, gatewaytest.Configure(func(c *gateway.Config) {
		sure(c)
		c.Webhooks = webhook.Config{Formats: api.Formats("DE", nil), Dial: r.dial}
	}))
	ready(t, w)
	if _, err := w.Gateway.Webhooks().Add(t.Context(), webhook.Webhook{App: "shop", URL: "http://app.example/hook", Format: "standard",
		Kinds: gateway.NewsKinds}); err != nil {
		t.Fatal(err)
	}
	w.key = w.Key(t, "shop", key.SendCodes, key.Read)
	const brand = `Müller & <Söhne> "100 %"`
	once := []string{"Idempotency-Key", "one"}
	body, err := json.Marshal(map[string]string{"channel": "mo", "to": anna, "brand": brand, "locale": "en-gb"})
	if err != nil {
		t.Fatal(err)
	}
	status, v, raw := w.verify(t, string(body), once...)
	if status != http.StatusCreated || v.MO == nil || v.MO.Number != gatewaytest.SIM(0).MSISDN || v.Sends != 0 ||
		!regexp.MustCompile(`^SG [0-9A-Z]{4}-[0-9A-Z]{4} `+regexp.QuoteMeta(brand)+`: Send this only if you asked for it\.$`).MatchString(v.MO.Text) {
		t.Fatalf("status %d: %s", status, raw)
	}
	if _, again, raw := w.verify(t, string(body), once...); again.MO == nil || *again.MO != *v.MO {
		t.Errorf("the same request is answered with %s", raw)
	}
	token := v.MO.Text[3:12]

	// What the person looks at.
	_, h, svg := w.call(t, http.MethodGet, v.MO.QR, "")
	if h.Get("Content-Type") != "image/svg+xml" || h.Get("Cache-Control") != "no-store" {
		t.Errorf("the picture has the headers %v", h)
	}
	link := scan(t, drawn(t, []byte(svg)))
	_, h, raw = w.call(t, http.MethodGet, strings.Replace(v.MO.QR, ".svg", ".png", 1), "")
	picture, err := png.Decode(strings.NewReader(raw))
	if err != nil || h.Get("Content-Type") != "image/png" {
		t.Fatalf("%v, %v", h, err)
	}
	if other := scan(t, picture); link != v.MO.Link || other != link {
		t.Errorf("the codes hold %q and %q, not %q", link, other, v.MO.Link)
	}
	_, h, page := w.call(t, http.MethodGet, v.MO.HTML, "")
	if policy := h.Get("Content-Security-Policy"); !strings.HasPrefix(policy, "default-src 'none'; ") || strings.Contains(policy, "unsafe") {
		t.Errorf("the piece of a page has the policy %q", policy)
	}
	if !strings.HasPrefix(h.Get("Content-Type"), "text/html") || strings.Contains(page, "<script") || strings.Contains(page, "<Söhne") ||
		!strings.Contains(page, `href="sms:`) || !strings.Contains(page, "data:image/svg") || strings.Contains(page, "ZgotmplZ") {
		t.Errorf("the piece of a page is %s", page)
	}
	if _, _, raw := w.call(t, http.MethodGet, "/v1/verifications/"+v.ID, ""); !strings.Contains(raw, token) || !strings.Contains(raw, `"awaited"`) {
		t.Errorf("the app sees %s", raw)
	}
	for _, scope := range [][]key.Scope{{key.SendCodes, key.Read}, {key.Admin}} {
		other := w
		other.key = w.Key(t, "another", scope...)
		if status, _, raw := other.call(t, http.MethodGet, v.MO.QR, ""); status != http.StatusNotFound {
			t.Errorf("another app gets the picture: status %d, %s", status, raw)
		}
		if _, _, raw := other.call(t, http.MethodGet, "/v1/verifications/"+v.ID, ""); strings.Contains(raw, token) {
			t.Errorf("another app sees %s", raw)
		}
	}

	// The phone opens the link, and the person sends.
	u, err := url.Parse(link)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Network.Subscriber(anna).Send(u.Opaque, u.Query().Get("body")); err != nil {
		t.Fatal(err)
	}
	for v.State == "pending" {
		<-time.After(5 * time.Millisecond)
		_, _, raw = w.call(t, http.MethodGet, "/v1/verifications/"+v.ID, "")
		v = v1.Verification{}
		if err := json.Unmarshal([]byte(raw), &v); err != nil {
			t.Fatal(err)
		}
	}
	if v.State != "verified" || v.MO != nil || len(v.Attempts) != 1 || v.Attempts[0].State != "received" || v.To != anna {
		t.Errorf("%s", raw)
	}
	if status, _, raw := w.call(t, http.MethodGet, "/v1/verifications/"+v.ID+"/mo.svg", ""); status != http.StatusConflict || !strings.Contains(raw, "verified already") {
		t.Errorf("status %d: %s", status, raw)
	}

	// Nobody is shown the token.
	if list, err := w.Gateway.Inbox().Await(t.Context(), inbox.Filter{After: -1}, time.Minute); err != nil || len(list) != 1 || !strings.Contains(list[0].Text, "SG ••••-••••") {
		t.Errorf("%+v, %v", list, err)
	}
	for i := 0; i < 200 && len(r.told()) < 2; i++ {
		<-time.After(10 * time.Millisecond)
	}
	kinds := ""
	for _, g := range r.told() {
		kinds += fieldsOf(t, g)["type"].(string) + " "
		if bytes.Contains(g.body, []byte(token)) {
			t.Errorf("a receiver is told %s", g.body)
		}
	}
	if !strings.Contains(kinds, "verification.verified") {
		t.Errorf("the receiver was told of %s", kinds)
	}
	w.key = w.Key(t, "owner", key.Admin)
	for _, path := range []string{"/v1/inbox", "/v1/verifications", "/v1/events"} {
		if _, _, raw := w.call(t, http.MethodGet, path, ""); strings.Contains(raw, token) {
			t.Errorf("%s shows %s", path, raw)
		}
	}
	if dump := w.Dump(t); strings.Contains(dump, token) || strings.Contains(dump, strings.ReplaceAll(token, "-", "")) {
		t.Error("the token is in the database")
	}
}

func TestWrongTextsOfThePerson(t *testing.T) {
	w := start(t)
	for content, want := range map[string]string{
		`{"channel":"mo","workflow":"mo","to":"` + anna + `"}`: "channel or workflow, not both",
		`{"channel":"pigeon","to":"` + anna + `"}`:             "use sms, voice, mo or mo:reply",
		`{"channel":"mo:120s,sms","to":"` + anna + `"}`:        "must be sms, voice, mo or mo:reply",
		`{"channel":"sms:reply","to":"` + anna + `"}`:          "only mo can be followed by reply",
		`{"channel":"sms"}`:                                    "the number is missing",
		`{}`:                                                   "the number is missing",
		`{"workflow":"mo:120s,sms"}`:                           "the number is missing",
		`{"workflow":"mo:60s,mo","to":"` + anna + `"}`:         "a workflow has mo once",
		`{"workflow":"mo:5s,sms","to":"` + anna + `"}`:         "between two steps lie",
		`{"channel":"mo","to":"22000"}`:                        "full phone number",
		`{"channel":"mo","to":"` + anna + `","brand":"` + strings.Repeat("x", 61) + `"}`: "longer than 60",
		`{"channel":"mo","to":"` + anna + `","locale":"xx"}`:                             "there is no text in",
		`{"channel":"mo","to":"` + anna + `","line":99}`:                                 "SIM",
	} {
		if status, _, raw := w.call(t, http.MethodPost, "/v1/verifications", content); status < 400 || !strings.Contains(raw, want) {
			t.Errorf("%s: status %d, %s; want %q", content, status, raw, want)
		}
	}
	status, _, raw := w.call(t, http.MethodPost, "/v1/verifications", `{"channel":"mo","to":"`+anna+`"}`)
	if status != http.StatusServiceUnavailable || !strings.Contains(raw, "set number for it under sims in the configuration") {
		t.Errorf("without a number that is certain: status %d, %s", status, raw)
	}
	w.key = w.Key(t, "identity", key.SendCodes, key.Elsewhere)
	status, _, raw = w.call(t, http.MethodPost, "/v1/verifications", `{"workflow":"mo:60s,sms","to":"`+anna+`","code":"471902","checked":"elsewhere"}`)
	if status != http.StatusUnprocessableEntity && status != http.StatusBadRequest || !strings.Contains(raw, "nothing is checked elsewhere") {
		t.Errorf("checked elsewhere: status %d, %s", status, raw)
	}
	if status, _, raw := w.call(t, http.MethodGet, "/v1/verifications/00000000-0000-0000-0000-000000000000/mo.svg", ""); status != http.StatusNotFound {
		t.Errorf("of no verification: status %d, %s", status, raw)
	}
}
