package api

import (
	"cmp"
	"encoding/json"
	"time"

	"simgate/api/compat"
	"simgate/gateway"
)

// FormatStandard is the format of webhooks that is our own: what Standard Webhooks
// says of signatures, around the objects of the native API.
const FormatStandard = "standard"

// Formats are those of webhooks. Country is that of local numbers in dialects.
func Formats(country string) map[string]gateway.Format {
	formats := compat.Formats(cmp.Or(country, "US"))
	formats[FormatStandard] = gateway.Format{Kinds: gateway.NewsKinds, Signed: true, Encode: encodeNews}
	return formats
}

// News is what a webhook of the standard format is told.
type News struct {
	Type      string    `json:"type"`
	Timestamp time.Time `json:"timestamp"`
	Data      any       `json:"data"`
}

// Tagged is a contact that has got another tag.
type Tagged struct {
	App    string `json:"app"`
	Number string `json:"number"`
	Tag    string `json:"tag"`
}

func encodeNews(n gateway.News) (string, []byte, error) {
	out := News{Type: n.Kind, Timestamp: n.At.UTC(), Data: struct{}{}}
	switch {
	case n.Verification != nil:
		out.Data = showVerification(*n.Verification)
	case n.Message != nil:
		out.Data = showMessage(*n.Message)
	case n.Call != nil:
		out.Data = showCall(*n.Call)
	case n.Incoming != nil:
		out.Data = showIncoming(*n.Incoming)
	case n.Contact != nil:
		out.Data = Tagged{n.App, string(n.Contact.Number), n.Contact.Tag}
	}
	raw, err := json.Marshal(out)
	return "application/json", raw, err
}
