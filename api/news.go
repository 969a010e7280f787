package api

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	v1 "simgate/api/v1"
	"simgate/gateway"
	"simgate/gateway/webhook"
)

// FormatStandard is the webhook format of the native API: its objects, signed as
// Standard Webhooks says.
const FormatStandard = "standard"

var standard = webhook.Format{Kinds: gateway.NewsKinds, Signed: true, Request: gateway.WithSubject(deliver)}

// deliver writes news in the standard format, with a signature by each secret of
// the webhook.
func deliver(n gateway.News) (*webhook.Request, error) {
	out := v1.News{Type: n.Kind, Timestamp: n.At.UTC(), Data: struct{}{}}
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
		out.Data = v1.Tagged{App: n.App, Number: string(n.Contact.Number), Tag: n.Contact.Tag}
	case n.OptOut != nil:
		out.Data = showOptOut(*n.OptOut)
	}
	raw, err := json.Marshal(out)
	if err != nil {
		return nil, err
	}
	signatures, err := sign(n, raw)
	if err != nil {
		return nil, err
	}
	header := http.Header{}
	header.Set("Content-Type", "application/json")
	header.Set(standardwebhooks.HeaderWebhookID, n.ID)
	header.Set(standardwebhooks.HeaderWebhookTimestamp, strconv.FormatInt(n.Sent.Unix(), 10))
	header.Set(standardwebhooks.HeaderWebhookSignature, signatures)
	return &webhook.Request{Header: header, Body: raw}, nil
}

// sign returns the signatures of a body, with blanks between them.
func sign(n gateway.News, content []byte) (string, error) {
	var signatures []string
	for _, secret := range []string{n.Secret, n.Former} {
		if secret == "" {
			continue
		}
		signer, err := standardwebhooks.NewWebhook(secret)
		if err != nil {
			return "", err
		}
		signature, err := signer.Sign(n.ID, n.Sent, content)
		if err != nil {
			return "", err
		}
		signatures = append(signatures, signature)
	}
	return strings.Join(signatures, " "), nil
}
