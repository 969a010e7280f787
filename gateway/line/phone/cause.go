package phone

import (
	"strings"

	"simgate/gateway/cause"
	"simgate/gateway/line"
)

// The codes of the causes of a phone.
const (
	notReady    cause.Code = "phone_not_ready"
	withdrew    cause.Code = "phone_withdrawn"
	late        cause.Code = "phone_late"
	noWord      cause.Code = "phone_no_word"
	unreachable cause.Code = "phone_unreachable"
	badPassword cause.Code = "phone_password"
	overloaded  cause.Code = "phone_busy"
	refuses     cause.Code = "phone_refuses"
	isForeign   cause.Code = "phone_other_program"
	appFailed   cause.Code = "phone_app_failed"
	noAnswer    cause.Code = "phone_no_answer"
	otherWords  cause.Code = "phone_other"
	notWhole    cause.Code = "phone_not_whole"
	neverGot    cause.Code = "phone_never_got"
	undelivered cause.Code = "phone_undelivered"
)

// Causes returns the causes of a phone.
func Causes() []cause.Kind {
	all := append([]cause.Kind(nil), own...)
	for _, c := range said {
		if _, known := cause.Find(all, c.code); !known {
			all = append(all, cause.Kind{Code: c.code, Text: c.words, Means: c.means, Do: c.do})
		}
	}
	return all
}

var own = []cause.Kind{
	{Code: notReady, Text: "the phone is %s", Means: "The app on the phone does not answer, or not as it should.", Do: "The list of lines says what is wrong; it is sent as soon as a line is ready."},
	{Code: withdrew, Text: "it was withdrawn", Means: "The gateway stopped before the phone had sent it.", Do: "There is nothing to do: it is sent after the start."},
	{Code: late, Text: "the phone did not send it in time, and it was withdrawn", Means: "The phone may sleep, or have no network.", Do: "It is tried again. Let the app run without battery optimisation."},
	{Code: noWord, Text: "the phone has taken it, and does not say what became of it", Means: "Nobody can tell whether it was sent. It is not repeated; a code is, once.",
		Do: "A late word of the phone settles it. Else ask the person, or send it again, knowing that it may arrive twice."},
	{Code: unreachable, Text: "the phone cannot be reached: %s", Means: "It is off, in another network, or the app does not run.", Do: "It is sent as soon as a line is ready. Check the Wi-Fi of the phone and the address in the configuration."},
	{Code: badPassword, Text: "the app refuses the user or the password", Means: "They are others than in the configuration.", Do: "Copy them from the app."},
	{Code: overloaded, Text: "the phone has too much to do", Means: "The app asks to wait.", Do: "It is tried again."},
	{Code: refuses, Text: "the phone does not take it: %s", Means: "The app finds the request wrong.", Do: "Update the app, and report it."},
	{Code: isForeign, Text: "what answers there is not the app", Means: "Something else listens at the address in the configuration.", Do: "Correct the address."},
	{Code: appFailed, Text: "the app has failed: %s", Means: "It has an error of its own.", Do: "It is tried again. If that goes on, restart the app."},
	{Code: noAnswer, Text: "the phone gave no answer: %s", Means: "It may have got the message: nobody can tell whether it was sent.", Do: "A late word of the phone settles it. Else ask the person, or send it again, knowing that it may arrive twice."},
	{Code: notWhole, Text: "the phone has not sent all of it", Means: "Some parts of a long message have left, and others not.", Do: "Ask the person; then send it again."},
	{Code: neverGot, Text: "the phone has never got it: send it again", Means: "The gateway stopped while it gave it to the phone, which does not know it.", Do: "Send it again."},
	{Code: undelivered, Text: "%s", Means: "The phone has sent it, or a part of it, and then heard that it does not arrive.", Do: "Ask whether the number is right and its phone in reach; then send it again."},
	{Code: otherWords, Text: "%s", Means: "The phone says so in words that have no name here.", Do: "It is tried with another SIM, if there is one."},
}

// of returns the cause with a code of a phone.
func of(c cause.Code, values ...any) cause.Cause {
	k, _ := cause.Find(own, c) // a test makes all
	return k.With(values...)
}

// refusal is an error with a class.
func refusal(class line.Class, c cause.Code, values ...any) *line.Error {
	return &line.Error{Class: class, Code: -1, Cause: of(c, values...)}
}

// withdrawn is the reason of what was cancelled because the gateway stops.
const withdrawn = "withdrawn"

// cancelledThere is the reason of what was cancelled on the phone.
const cancelledThere = "it was cancelled on the phone"

// Sentences and advice of several causes.
const (
	noNetwork    = "the phone has no network"
	refusedSo    = "the network refuses it: credit, a block, or the contract"
	refusedPlain = "the network refuses it without a reason: credit, a block, or no network"

	placeIt   = "Put the phone where it has a signal."
	askCredit = "Check the credit of the SIM, and ask the operator; another SIM is tried meanwhile."
)

// said is what Android says of messages that it could not send, and what follows. It says
// them as names of SmsManager's constants, of which these are parts.
var said = []struct {
	name    string
	class   line.Class
	blocked bool
	code    cause.Code
	words   string
	means   string
	do      string
}{
	{withdrawn, line.Device, false, withdrew, "it was withdrawn", "", ""},
	{cancelledThere, line.OtherLine, false, "phone_cancelled", cancelledThere, "Somebody at the phone, or the app, has taken it out of its queue.", "Send it again if it is still wanted."},
	{"TTL expired", line.Retry, false, "phone_expired", "the phone did not send it in time", "The phone may sleep, or have no network.", "It is tried again. Let the app run without battery optimisation."},
	{"Invalid phone number", line.GiveUp, false, "phone_invalid_number", "the app takes the number for none that can be sent to", "", "Check the number."},
	{"SIM selection", line.OtherLine, false, "phone_sim_permission", "the app may not choose the SIM: give it the permission Phone", "", "Give the app the permission."},
	{"SIM_ABSENT", line.OtherLine, false, "phone_no_sim", "there is no SIM in the phone", "", "Put a SIM in."},
	{"not found", line.OtherLine, false, "phone_sim_not_found", "the phone has no such SIM", "", "Correct sim in the configuration."},
	{"NO_SERVICE", line.OtherLine, false, "phone_no_network", noNetwork, "", placeIt},
	{"RADIO_OFF", line.OtherLine, false, "phone_flight_mode", "the phone is in flight mode", "", "Switch it off."},
	{"RADIO_NOT_AVAILABLE", line.OtherLine, false, "phone_no_network", noNetwork, "", placeIt},
	{"NETWORK_NOT_READY", line.OtherLine, false, "phone_no_network", noNetwork, "", placeIt},
	{"LIMIT_EXCEEDED", line.OtherLine, false, "phone_android_limit", "Android lets an app send only so many messages in a short time: set a pace for this SIM", "", "Set the pace."},
	{"UNEXPECTED_EVENT_STOP_SENDING", line.OtherLine, false, "phone_stopped", "somebody at the phone, or Android's limit on messages, has stopped it", "", "Set a pace for this SIM."},
	{"RATE_LIMITED", line.Retry, false, "phone_too_fast", "the phone is asked to send too fast", "", "It is tried again. Set a pace for this SIM."},
	{"SHORT_CODE", line.GiveUp, false, "phone_short_number", "Android does not let the app send to this short number", "", "Send it by a modem."},
	{"FDN_CHECK_FAILURE", line.OtherLine, false, "phone_fixed_dialling", "the SIM sends only to the numbers that are stored in it", "", "Switch fixed dialling (FDN) off."},
	{"INVALID_SMSC_ADDRESS", line.OtherLine, false, "phone_smsc", "the SMSC of the SIM is wrong", "", "Set the SMSC on the phone; the operator tells its number."},
	{"NETWORK_REJECT", line.OtherLine, true, "phone_network_rejected", refusedSo, "", askCredit},
	{"ACCESS_BARRED", line.OtherLine, true, "phone_network_rejected", refusedSo, "", askCredit},
	{"OPERATION_NOT_ALLOWED", line.OtherLine, true, "phone_network_rejected", refusedSo, "", askCredit},
	{"GENERIC_FAILURE", line.OtherLine, true, "phone_failure", refusedPlain, "", askCredit},
	{"GENERIC_ERROR", line.OtherLine, true, "phone_failure", refusedPlain, "", askCredit},
	{"SEND_FAIL_RETRY", line.Retry, false, "phone_network_retry", "the network asks to try again", "", "It is tried again."},
	{"NETWORK_ERR", line.Retry, false, "phone_network_failed", "the network has failed", "", "It is tried again."},
}

// failure returns what follows from what the phone says of a message that it has not sent.
// Of a long one some parts may have left; to send it anew would send them twice.
func failure(reason string, parts int) *line.Error {
	e := refusal(line.OtherLine, otherWords, strings.TrimPrefix(reason, "Send result: "))
	for _, c := range said {
		if strings.Contains(reason, c.name) {
			e = &line.Error{Class: c.class, Code: -1, Cause: cause.Cause{Code: c.code, Text: c.words}, Blocked: c.blocked}
			break
		}
	}
	if parts > 1 && strings.HasPrefix(reason, "Send result: ") {
		e.Class, e.Cause.Text = line.GiveUp, "the phone could not send all parts: "+e.Cause.Text
	}
	return e
}
