// Package smsgate holds the objects of the HTTP API of the app SMS Gateway for Android, as
// the app serves it on a phone (local server). Fields that nothing here uses are left out.
package smsgate

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"time"
)

// State is the state of a message on the phone.
type State string

// The states of a message. One that was cancelled, or has failed, stays so.
const (
	Pending    State = "Pending"    // it waits for its turn
	Processed  State = "Processed"  // it was given to Android
	Sent       State = "Sent"       // the network has taken it
	Delivered  State = "Delivered"  // it was delivered, at least a part of it
	Failed     State = "Failed"     // it was refused, or has not been delivered
	Cancelling State = "Cancelling" // it is being cancelled
	Cancelled  State = "Cancelled"  // it was never sent
)

// PriorityExpedited is the priority from which on the limits and pauses that are set in the
// app do not apply.
const PriorityExpedited = 100

// MaxID is the length of the longest id that a caller may give a message.
const MaxID = 36

// NewMessage asks for a message: POST /messages.
type NewMessage struct {
	ID                 string   `json:"id,omitempty"` // of the caller's choice; a second message with it is refused with 409
	TextMessage        Text     `json:"textMessage"`
	PhoneNumbers       []string `json:"phoneNumbers"`
	SIMNumber          int      `json:"simNumber,omitempty"` // from 1; 0: that of the phone's settings
	WithDeliveryReport bool     `json:"withDeliveryReport"`
	Priority           int      `json:"priority,omitempty"`
	ValidUntil         string   `json:"validUntil,omitempty"` // [Time] by the clock of the phone after which it is not sent, nor taken
}

// Text is the text of a message.
type Text struct {
	Text string `json:"text"`
}

// Message is a message that the phone was given.
type Message struct {
	ID         string      `json:"id"`
	DeviceID   string      `json:"deviceId"`
	State      State       `json:"state"`
	Recipients []Recipient `json:"recipients"`
}

// Recipient is one of those to whom a message goes.
type Recipient struct {
	PhoneNumber string `json:"phoneNumber"`
	State       State  `json:"state"`
	Error       string `json:"error,omitempty"` // why it failed
}

// Reason returns why a message failed, "" where it does not say.
func (m Message) Reason() string {
	for _, r := range m.Recipients {
		if r.Error != "" {
			return r.Error
		}
	}
	return ""
}

// Device is a phone: GET /device answers a list of one.
type Device struct {
	ID       string    `json:"id"`
	Name     string    `json:"name"` // maker and product, with a slash between
	SIMCards []SIMCard `json:"simCards"`
}

// SIMCard is a SIM in a phone. What Android does not let the app read is "".
type SIMCard struct {
	SIMNumber   int    `json:"simNumber"` // the slot, from 1
	PhoneNumber string `json:"phoneNumber"`
	CarrierName string `json:"carrierName"`
	ICCID       string `json:"iccid"`
}

// Health is how a phone is: GET /health, which needs no password.
type Health struct {
	Status  string           `json:"status"` // pass, warn or fail
	Version string           `json:"version"`
	Checks  map[string]Check `json:"checks"`
}

// Check is one thing that was looked at.
type Check struct {
	Status        string `json:"status"`
	ObservedValue int    `json:"observedValue"`
}

// The names of checks.
const (
	BatteryLevel    = "battery:level"    // in percent
	BatteryCharging = "battery:charging" // bits: the lowest while it is charged
)

// Incoming is a message that came in: GET /inbox.
type Incoming struct {
	ID        string    `json:"id"`
	Sender    string    `json:"sender"`
	SIMNumber *int      `json:"simNumber"`
	Text      string    `json:"contentPreview"` // of an SMS it is the whole text
	At        time.Time `json:"createdAt"`      // by the SMSC
}

// Webhook is a registration: GET, POST and DELETE /webhooks. One with an id that is known
// replaces that.
type Webhook struct {
	ID    string    `json:"id,omitempty"`
	URL   string    `json:"url"`
	Event EventKind `json:"event"`
}

// EventKind is what a webhook is about.
type EventKind string

// The kinds of events. Older apps lack some.
const (
	SMSReceived     EventKind = "sms:received"
	SMSDataReceived EventKind = "sms:data-received"
	SMSSent         EventKind = "sms:sent"
	SMSDelivered    EventKind = "sms:delivered" // once for each part
	SMSFailed       EventKind = "sms:failed"
	SMSCancelled    EventKind = "sms:cancelled"
	SystemPing      EventKind = "system:ping"
)

// Event is the body of a webhook. It comes again with the same ID until it is answered
// with success.
type Event struct {
	ID       string    `json:"id"`
	Kind     EventKind `json:"event"`
	DeviceID string    `json:"deviceId"`
	Payload  Payload   `json:"payload"`
}

// Payload has the fields of all kinds of events.
type Payload struct {
	MessageID   string    `json:"messageId"`
	Sender      string    `json:"sender"`
	PhoneNumber string    `json:"phoneNumber"` // the other one, in the place of Sender of older apps
	SIMNumber   *int      `json:"simNumber"`
	Message     string    `json:"message"`
	Data        []byte    `json:"data"`
	ReceivedAt  time.Time `json:"receivedAt"`
	PartsCount  int       `json:"partsCount"` // below 1: not known
	Reason      string    `json:"reason"`
	Health      *Health   `json:"health"`
}

// DataPort is the port of the messages with data that the app takes.
const DataPort = 53739

// Settings are those that are changed: PATCH /settings.
type Settings struct {
	Webhooks WebhookSettings `json:"webhooks"`
}

// WebhookSettings are those of webhooks.
type WebhookSettings struct {
	InternetRequired bool   `json:"internet_required"` // whether they wait for the internet
	SigningKey       string `json:"signing_key"`
}

// Problem is the body of an answer that is no success. It may be empty.
type Problem struct {
	Message string `json:"message"`
}

// Time returns a time as the app writes and reads it.
func Time(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z07:00") }

// Sign returns the signature of a webhook: X-Signature, over its body and X-Timestamp, which
// is in seconds of Unix time.
func Sign(key string, body []byte, timestamp string) string {
	mac := hmac.New(sha256.New, []byte(key))
	mac.Write(body)
	mac.Write([]byte(timestamp))
	return hex.EncodeToString(mac.Sum(nil))
}
