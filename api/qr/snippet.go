package qr

import (
	"bytes"
	"encoding/base64"
	"html/template"
	"strings"
)

// Snippet returns a piece of a page that asks for a text to a number, without a script or a
// style of its own: the link for who looks at it on the phone, the QR code for who does not,
// and number and text for who types. link is a sms: link.
func Snippet(link, number, text string) ([]byte, error) {
	code, err := SVG(link)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	err = snippetTemplate.Execute(&b, struct {
		Link, Picture template.URL
		Number, Text  string
	}{
		//nolint:gosec // a sms: link, and a picture that is made here
		template.URL(link), template.URL("data:image/svg+xml;base64," + base64.StdEncoding.EncodeToString(code)), number, text,
	})
	return b.Bytes(), err
}

var snippetTemplate = template.Must(template.New("").Parse(strings.TrimSpace(`
<div class="simgate-mo">
  <p><a href="{{.Link}}">Open the message on this phone</a></p>
  <p><img src="{{.Picture}}" width="220" height="220" alt="QR code that opens the message on a phone"></p>
  <dl>
    <dt>To</dt><dd><bdi dir="ltr">{{.Number}}</bdi></dd>
    <dt>Message</dt><dd>{{.Text}}</dd>
  </dl>
</div>
`) + "\n"))
