package modem

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"simgate/modem/pdu"
)

// Cause describes the causes with a code.
type Cause struct {
	Code      string // as in [Error] and [CallResult]
	Text      string // the sentence of such causes; each %s in it stands for what differs
	Means, Do string // what Text does not say of it, and of what to do
	Numbered  bool   // there is a code for each number, as cms_38 of cms
}

// Causes returns all causes of a modem and its network. A code that was released stays.
func Causes() []Cause {
	all := make([]Cause, 0, len(reasons)+len(cmsCauses)+len(cmeCauses)+len(callCauses)+40)
	for _, r := range reasons {
		all = append(all, Cause{Code: r.code, Text: r.text, Means: r.means, Do: r.do})
	}
	all = append(all, Cause{Code: "cms", Text: "CMS %s: %s", Numbered: true,
		Means: "The network, the SMSC or the modem refused the message with this number: to 127 it is a cause of the network (TS 24.011 annex E), to 255 one of the SMSC (TS 23.040 9.2.3.22), from 300 on one of the modem (TS 27.005 3.2.5), and from 512 on one of its vendor.",
		Do:    "The text says what is done."})
	for _, n := range slices.Sorted(maps.Keys(cmsCauses)) {
		c := cmsBecause(n)
		all = append(all, Cause{Code: c.code, Text: c.text})
	}
	all = append(all, Cause{Code: "cme", Text: "CME %s: %s", Numbered: true, Means: "The modem refused with this number (TS 27.007 9.2).", Do: "The text says what is done."})
	for _, n := range slices.Sorted(maps.Keys(cmeCauses)) {
		c := cmeBecause(n)
		all = append(all, Cause{Code: c.code, Text: c.text})
	}
	all = append(all, Cause{Code: "report", Text: "%s", Numbered: true,
		Means: "The network reports that the message does not arrive. The number is the status of the report, as two hexadecimal digits (TS 23.040 9.2.3.15): with 40 to 5f the SMSC cannot deliver it, and from 60 on it has given up.",
		Do:    "Ask whether the number is right and its phone in reach; then send it again."})
	for n := range 256 {
		if s := pdu.Status(n); s.Failed() && s.Known() {
			all = append(all, Cause{Code: s.Code(), Text: s.String(), Do: "Ask whether the number is right and its phone in reach; then send it again."})
		}
	}
	all = append(all, Cause{Code: "call", Text: "cause %s", Numbered: true, Means: "The network ended the call with this cause (TS 24.008 10.5.4.11).",
		Do: "If others can call the number, ask the operator whether the SIM may call it."})
	for _, n := range slices.Sorted(maps.Keys(callCauses)) {
		all = append(all, Cause{Code: callCode(n), Text: callText(n), Means: callCauses[n]})
	}
	return all
}

// because is a cause: its code for programs, and its text for people.
type because struct{ code, text string }

// reason is a cause that has no number: its code, and its text, in which each %s stands for
// what differs; and for [Causes] what it means, and what to do.
type reason struct{ code, text, means, do string }

// because returns the cause with values in the places of %s.
func (r reason) because(values ...any) because {
	if len(values) == 0 {
		return because{r.code, r.text}
	}
	return because{r.code, fmt.Sprintf(r.text, values...)}
}

// fails returns the cause as an [Error] of class, because of err.
func (r reason) fails(op string, class Class, err error, values ...any) *Error {
	return r.because(values...).fails(op, class, err)
}

func (b because) fails(op string, class Class, err error) *Error {
	return &Error{Op: op, Class: class, Code: -1, Cause: b.text, CauseCode: b.code, Err: err}
}

// The causes without a number.
var (
	notReady = reason{"modem_not_ready", "the modem is not ready", "It has no network, starts, or has a fault.", "It is sent as soon as a modem is ready; simgate modems says what is wrong."}
	notThere = reason{"modem_absent", "the modem is not there", "It is not plugged in.", "Plug it in."}
	inACall  = reason{"modem_in_call", "a call is up on this modem", "A modem does one thing at a time.", "It is tried again after the call."}
	notTook  = reason{"modem_not_taken", "the modem did not take the message", "The modem failed before the message was handed over: nothing was sent.",
		"It is sent as soon as a modem is ready. If that goes on, simgate doctor looks at the modem."}
	noAnswer = reason{"modem_no_answer", "the message was handed over and the modem did not answer", "Nobody can tell whether it was sent. It is not repeated; a code is, once.",
		"A late answer or a status report settles it. Else ask the person, or send it again, knowing that it may arrive twice."}
	refusesPlain = reason{"modem_error", "the modem refused without saying why", "The modem answered ERROR, as for a network that has refused.", "It is tried again; check the credit of the SIM and its SMSC (simgate doctor)."}
	refusesSo    = reason{"modem_refused", "the modem refused: %s", "The modem answered something that is no result of the standard.", "It is tried again. Please report it with the model of the modem."}
	textMode     = reason{"modem_text_mode", "this phone has no PDU mode, and %s", "Such a phone sends short plain texts only.", "Write the text shorter, in plain letters; or use another modem."}

	wrongNumber   = reason{"call_invalid_number", "invalid number: it must begin with + and have 3 to 15 digits", "It cannot be dialled.", "Correct the number."}
	cannotSay     = reason{"modem_cannot_say", "this modem cannot say this in a call", "The modem has no sound, or does not speak the language.", "Use a modem that speaks: the list of modems says which."}
	callNotTaken  = reason{"modem_call_not_taken", "the modem did not take the call", "Nothing was dialled.", "It is tried again."}
	callUndialled = reason{"call_withdrawn", "the call was withdrawn before it was dialled", "It was not wanted any more.", "There is nothing to do."}
	dialRefused   = reason{"modem_dial_refused", "the modem refuses to dial: %s", "The modem answered with an error.", "It is tried again. If others can call the number, ask the operator whether the SIM may."}
	nothingToSay  = reason{"call_nothing_said", "nothing can be said: %s", "The modem does not take the sound or the text.", "simgate doctor tries the sound of the modem."}
	noCalls       = reason{"network_no_calls", "the network does not offer calls to this SIM here (%s)", "The contract has no calls, or there is no network for them.", "Ask the operator; with LTE the modem needs VoLTE."}
	callCut       = reason{"call_stopped", "the call was withdrawn before it was over", "It was not wanted any more.", "There is nothing to do."}
	callRang      = reason{"call_no_answer", "nobody answered within %s", "The phone rang, or was out of reach.", "Call again later, or send a message."}
	callTooLong   = reason{"call_too_long", "the call was cut off after %s", "It took longer than calls may.", "Say less, or raise the limit of calls in the configuration."}
	linkLost      = reason{"modem_link_lost", "the link to the modem was lost during the call", "Nobody can tell how much was heard. It is not dialled again.", "Check the cable and the power of the modem."}
	lineBusy      = reason{"call_busy", "busy", "The person has another call.", "Call again later, or send a message."}
	nobodyThere   = reason{"call_unanswered", "nobody answered", "The phone rang, or was out of reach.", "Call again later, or send a message."}
	noDialTone    = reason{"call_no_dial_tone", "no dial tone", "There is no network for calls.", "Check the antenna and the signal (simgate modems)."}
	ringTaken     = reason{"call_perhaps_unheard", "it counted as answered as soon as it rang: perhaps nobody has heard it", "Some modems take the ringing for the answer.", "Wait for the code to be typed in, or call again."}
	noKey         = reason{"call_no_key", "no key was pressed: perhaps a voicemail answered", "The code is said once a key was pressed, so that no voicemail records it.", "Call again later, or send a message."}
	notSaid       = reason{"call_not_said", "nothing could be said: %s", "The call was answered, and the sound failed.", "simgate doctor tries the sound of the modem."}
	networkWords  = reason{"call_network", "%s", "The network ended the call, and the modem gives its reason in these words.", "If others can call the number, ask the operator whether the SIM may call it."}
)

var reasons = []reason{notReady, notThere, inACall, notTook, noAnswer, refusesPlain, refusesSo, textMode, wrongNumber, cannotSay, callNotTaken, callUndialled,
	dialRefused, nothingToSay, noCalls, callCut, callRang, callTooLong, linkLost, lineBusy, nobodyThere, noDialTone, ringTaken, noKey, notSaid, networkWords}

// cmsBecause returns the cause that is a code of +CMS ERROR.
func cmsBecause(code int) because {
	return because{fmt.Sprintf("cms_%d", code), fmt.Sprintf("CMS %d: %s", code, cmsCause(code))}
}

// cmeBecause returns the cause that is a code of +CME ERROR.
func cmeBecause(code int) because {
	return because{fmt.Sprintf("cme_%d", code), fmt.Sprintf("CME %d: %s", code, cmeCause(code))}
}

// callCode and callText are the code and the text of a cause with which the network ends a
// call, where it gives no words.
func callCode(cause int) string { return fmt.Sprintf("call_%d", cause) }
func callText(cause int) string { return fmt.Sprintf("cause %d", cause) }

// callCauses say what the causes mean with which the network ends calls (TS 24.008 annex H;
// 20 is of ITU-T Q.850).
var callCauses = map[int]string{
	1: "The number is not assigned to anybody.", 3: "No network leads to the number.", 6: "The channel is unacceptable.", 8: "The operator has barred this SIM from calling.",
	16: "The call was hung up.", 17: "The person has another call.", 18: "The phone does not respond.", 19: "The phone rang, and nobody answered.",
	20: "The phone is out of reach or switched off.", 21: "The person rejected the call.", 22: "The number has changed.", 25: "The network has an error in its routing.",
	26: "The call was given to another phone.", 27: "The phone is out of order.", 28: "The number is incomplete or invalid.", 29: "The network rejects a service of the call.",
	30: "A status was asked for.", 31: "The call ended for no special reason.", 34: "The network has no line free.", 38: "The network is out of order.",
	41: "Temporary failure of the network.", 42: "The network is congested.", 43: "The network dropped a part of the call.", 44: "The channel is not available.",
	47: "The network has no resources free.", 49: "The quality of service is not available.", 50: "The SIM's contract does not include calls.", 55: "Calls that come in are barred in the group of the phone.",
	57: "This SIM may not make such calls.", 58: "Such calls are not possible at the moment.", 63: "The service is not available.", 65: "The network has no such calls.",
	68: "The credit or the limit of the SIM is used up.", 69: "The network does not have the service.", 70: "Only restricted digital calls are possible.", 79: "The network does not have the service.",
	81: "The network lost track of the call.", 87: "The SIM is not in the group.", 88: "The phone is incompatible.", 91: "The transit network is invalid.",
	95: "The network found the call invalid.", 96: "The network missed something that the call must have.", 97: "The network does not know the type of a message.", 98: "The network did not expect a message now.",
	99: "The network does not know an element.", 100: "An element of a message is invalid.", 101: "A message did not fit the state of the call.", 102: "A timer of the network ran out.",
	111: "An error in the protocol.", 127: "Interworking failure between networks.",
}

// cause is what a numeric error means and what follows from it.
type cause struct {
	class   Class
	tries   int // see [Error.Tries]
	meaning string
	action  string // what a person can do; "": what actions says of the class
}

// String returns the meaning, and what is done or is to be done about it.
func (c cause) String() string {
	action := c.action
	if action == "" {
		action = actions[c.class]
	}
	return c.meaning + "; " + action
}

// actions say what follows from each class.
var actions = map[Class]string{
	Retry:    "it is tried again",
	OtherSIM: "this SIM cannot send it: another is tried where there is one",
	GiveUp:   "it is not tried again: check the number",
	Device:   "it was not sent: it is sent as soon as a modem is ready",
	Unknown:  "whether it was sent is not known: it is not repeated, and a delivery report settles it",
}

// Actions of several errors.
const (
	checkCredit   = "it is tried again: check the credit of the SIM and its SMSC (simgate doctor)"
	askOperator   = "ask the operator why this SIM may not send; another SIM is used meanwhile"
	reportIt      = "the modem or the network calls the message malformed: please report it with the model of the modem"
	checkSIM      = "check the SIM: simgate modems shows what it needs"
	checkStorage  = "the storage is emptied; if this goes on, simgate doctor shows how full it is"
	modemRestarts = "it is tried again, and if that goes on the modem is restarted"
)

// cmsDuplicate: the SMSC has the message already, so it has been sent.
const cmsDuplicate = 197

func cmsCause(code int) cause {
	if c, ok := cmsCauses[code]; ok {
		return c
	}
	switch {
	case code < 128:
		return cause{Retry, 2, "the network refused for a reason that the standard does not name", ""}
	case code < 176:
		return cause{GiveUp, 0, "the SMSC does not support this kind of message", reportIt}
	case code >= 224 && code < 255:
		return cause{GiveUp, 0, "an application of the recipient's phone or of the SMSC refused", ""}
	case code < 300:
		return cause{Retry, 2, "the SMSC refused for a reason of its own", ""}
	}
	return cause{Retry, 3, "the modem refused for a reason of its vendor's own", modemRestarts}
}

// cmsCauses are the codes of +CMS ERROR: 0 to 127 are causes of the relay layer
// (TS 24.011 annex E), 128 to 255 failure causes of the transfer layer
// (TS 23.040 9.2.3.22), from 300 on those of TS 27.005 3.2.5, from 512 on
// vendors' own. The classes follow from what was seen on networks, which do not
// always mean what the standard says.
var cmsCauses = map[int]cause{
	1:  {GiveUp, 0, "the number is not assigned to anybody", ""},
	8:  {OtherSIM, 0, "the operator has barred this SIM from sending", askOperator},
	10: {OtherSIM, 0, "sending is barred for this SIM", askOperator},
	17: {Retry, 0, "the network failed", ""},
	21: {Retry, 2, "the network rejected the message: wrong SMSC, no credit, or a barred number", checkCredit},
	22: {Retry, 0, "the network is congested", ""},
	27: {Retry, 0, "the recipient's phone is out of order", ""},
	// 28 to 30, 50 and 69 are about this SIM, not about the recipient (annex E-2).
	28:  {OtherSIM, 0, "the network does not know this SIM", askOperator},
	29:  {OtherSIM, 0, "the network refuses the service to this SIM", askOperator},
	30:  {OtherSIM, 0, "this SIM is not registered with its network", askOperator},
	38:  {Retry, 3, "the network is out of order, or the SIM has no credit or a wrong SMSC", checkCredit},
	41:  {Retry, 0, "temporary failure of the network", ""},
	42:  {Retry, 0, "the network is congested", ""},
	47:  {Retry, 0, "the network has no resources free", ""},
	50:  {OtherSIM, 0, "the SIM's contract does not include sending messages", askOperator},
	69:  {OtherSIM, 0, "the network of this SIM does not offer this service", askOperator},
	81:  {Retry, 0, "the network lost track of the transfer", ""},
	95:  {GiveUp, 0, "the network found the message invalid", reportIt},
	96:  {GiveUp, 0, "the network missed something that the message must have", reportIt},
	97:  {GiveUp, 0, "the network does not know this type of message", reportIt},
	98:  {GiveUp, 0, "the network did not expect this message now", reportIt},
	99:  {GiveUp, 0, "the network does not know an element of the message", reportIt},
	111: {Retry, 2, "the network found the message malformed", ""},
	127: {Retry, 2, "interworking failure between networks", ""},

	128: {GiveUp, 0, "the SMSC does not work with other kinds of networks", ""},
	129: {GiveUp, 0, "the SMSC does not support silent messages", ""},
	130: {GiveUp, 0, "the SMSC cannot replace the earlier message", ""},
	143: {GiveUp, 0, "the SMSC does not accept the protocol of the message", reportIt},
	144: {GiveUp, 0, "the SMSC does not support this alphabet", "write the text without special characters"},
	145: {GiveUp, 0, "the SMSC does not support this class of message", ""},
	159: {GiveUp, 0, "the SMSC does not accept the coding of the message", "write the text without special characters"},
	160: {GiveUp, 0, "the SMSC cannot carry the command out", ""},
	161: {GiveUp, 0, "the SMSC does not support the command", ""},
	175: {GiveUp, 0, "the SMSC does not accept the command", ""},
	176: {GiveUp, 0, "the SMSC does not support this type of TPDU", reportIt},
	192: {Retry, 0, "the SMSC is busy", ""},
	193: {OtherSIM, 0, "the SIM has no subscription with this SMSC", "check the SMSC: simgate doctor shows it, and smsc in the configuration sets it"},
	194: {Retry, 0, "the SMSC failed", ""},
	195: {GiveUp, 0, "the SMSC does not accept the number", ""},
	196: {GiveUp, 0, "the recipient is barred from receiving", ""},
	197: {None, 0, "the SMSC has this message already", "it counts as sent"},
	198: {GiveUp, 0, "the SMSC does not support this form of validity", reportIt},
	199: {GiveUp, 0, "the SMSC does not support a validity", reportIt},
	208: {Retry, 0, "the SIM's storage is full", checkStorage},
	209: {Retry, 2, "the SIM cannot store messages", checkSIM},
	210: {Retry, 2, "the modem failed at the message", modemRestarts},
	211: {Retry, 0, "the storage is full", checkStorage},
	212: {Retry, 0, "the SIM is busy with its own application", ""},
	213: {Retry, 2, "the SIM's own application failed", checkSIM},
	255: {Retry, 2, "the SMSC refused without a reason", ""},

	257: {GiveUp, 0, "the modem found the message invalid", reportIt},

	300: {Retry, 3, "the modem failed", modemRestarts},
	301: {Retry, 0, "the modem's message service is reserved", "another program may be using the modem: simgate doctor names it"},
	302: {Retry, 0, "the modem does not allow it now; the SIM may not be ready yet", ""},
	303: {OtherSIM, 0, "the modem does not support sending", "this firmware has no SMS: use another modem"},
	304: {GiveUp, 0, "the modem found the PDU invalid", reportIt},
	305: {GiveUp, 0, "the modem found the text invalid", reportIt},
	310: {Device, 0, "there is no SIM in the modem", checkSIM},
	311: {Device, 0, "the SIM asks for its PIN", checkSIM},
	312: {Device, 0, "the modem is locked to another SIM", checkSIM},
	313: {Device, 0, "the SIM failed", checkSIM},
	314: {Retry, 0, "the SIM is busy", ""},
	315: {Device, 0, "the SIM is of a wrong kind", checkSIM},
	316: {Device, 0, "the SIM asks for its PUK", checkSIM},
	317: {Device, 0, "the SIM asks for PIN2", checkSIM},
	318: {Device, 0, "the SIM asks for PUK2", checkSIM},
	320: {Retry, 0, "the storage failed", checkStorage},
	321: {Retry, 0, "the storage index is invalid", ""},
	322: {Retry, 0, "the storage is full", checkStorage},
	330: {OtherSIM, 0, "the SIM has no SMSC", "set smsc in the configuration; the operator tells its number"},
	331: {Retry, 0, "the modem has no network", "it is tried again: check the antenna and the signal (simgate modems)"},
	332: {Unknown, 0, "the network did not answer in time", ""},
	340: {Retry, 0, "no acknowledgement was expected", ""},
	350: {Unknown, 0, "the network did not answer in time", ""},
	500: {Retry, 3, "the modem failed for an unknown reason", modemRestarts},
	512: {Retry, 0, "the modem was interrupted", ""},
	513: {Unknown, 0, "the modem lost its radio link while it was sending", ""},
	514: {GiveUp, 0, "the modem found a parameter of the message invalid", reportIt},
	515: {GiveUp, 0, "the modem found the number invalid", ""},
	516: {GiveUp, 0, "the modem found the validity invalid", reportIt},
	517: {GiveUp, 0, "the modem found the PDU invalid", reportIt},
	518: {GiveUp, 0, "the modem found a parameter of the message invalid", reportIt},
	519: {GiveUp, 0, "the modem found the length or a character of the message invalid", reportIt},
	520: {GiveUp, 0, "the modem found a character of the text invalid", "write the text without special characters"},
	521: {Retry, 0, "a timer of the modem ran out", ""},
	528: {Retry, 2, "the modem has no network for messages", ""},
	529: {Retry, 2, "the modem is in the wrong mode for messages", modemRestarts},
	531: {Retry, 0, "the modem's message service is busy", ""},
	532: {Retry, 0, "the SIM is not ready yet", ""},
	535: {Retry, 0, "the modem is busy with data", ""},
	538: {GiveUp, 0, "the modem found a parameter of the message invalid", reportIt},
	549: {GiveUp, 0, "the modem found the PDU invalid", reportIt},
	550: {GiveUp, 0, "the modem found the PDU invalid", reportIt},
	551: {GiveUp, 0, "the modem found the PDU invalid", reportIt},
	552: {GiveUp, 0, "the modem found the PDU invalid", reportIt},
	553: {GiveUp, 0, "the modem found the PDU invalid", reportIt},
	554: {GiveUp, 0, "the modem found the PDU invalid", reportIt},
	615: {Retry, 0, "the network failed", ""},
	616: {Retry, 0, "the network is down", ""},
}

// The pauses before the first repetition of what the network refuses for the moment: it
// takes longer to pass than what a modem or a SIM is busy with.
const (
	pauseFailure   = 10 * time.Second
	pauseCongested = 15 * time.Second
	pauseRecipient = time.Minute
)

// cmsPauses are those of the codes of +CMS ERROR, see [Error.Pause].
var cmsPauses = map[int]time.Duration{
	17: pauseFailure, 38: pauseFailure, 41: pauseFailure, 194: pauseFailure, 331: pauseFailure, 615: pauseFailure, 616: pauseFailure,
	22: pauseCongested, 42: pauseCongested, 47: pauseCongested, 192: pauseCongested,
	27: pauseRecipient,
}

func cmeCause(code int) cause {
	if c, ok := cmeCauses[code]; ok {
		return c
	}
	return cause{Retry, 2, "the modem refused for a reason of its vendor's own", modemRestarts}
}

// cmeCauses are the codes of +CME ERROR (TS 27.007 9.2).
var cmeCauses = map[int]cause{
	0:   {Retry, 2, "the modem failed", modemRestarts},
	1:   {Retry, 2, "the modem has no connection to its phone part", modemRestarts},
	2:   {Retry, 2, "the link to the modem's phone part is reserved", modemRestarts},
	3:   {Retry, 2, "the modem does not allow it now", ""},
	4:   {OtherSIM, 0, "the modem does not support it", "this firmware cannot do it: use another modem"},
	5:   {Device, 0, "the modem is locked to another SIM", checkSIM},
	6:   {Device, 0, "the modem asks for its unlock code", checkSIM},
	7:   {Device, 0, "the modem asks for its unblocking code", checkSIM},
	10:  {Device, 0, "there is no SIM in the modem", checkSIM},
	11:  {Device, 0, "the SIM asks for its PIN", checkSIM},
	12:  {Device, 0, "the SIM asks for its PUK", checkSIM},
	13:  {Device, 0, "the SIM failed", checkSIM},
	14:  {Retry, 0, "the SIM is busy", ""},
	15:  {Device, 0, "the SIM is of a wrong kind", checkSIM},
	16:  {Device, 0, "the PIN is wrong", checkSIM},
	17:  {Device, 0, "the SIM asks for PIN2", checkSIM},
	18:  {Device, 0, "the SIM asks for PUK2", checkSIM},
	20:  {Retry, 0, "the storage is full", checkStorage},
	21:  {Retry, 2, "the storage index is invalid", ""},
	22:  {Retry, 2, "it was not found", ""},
	23:  {Retry, 2, "the modem's memory failed", modemRestarts},
	24:  {GiveUp, 0, "the text is too long for the modem", reportIt},
	25:  {GiveUp, 0, "the modem found characters that it does not know", reportIt},
	26:  {GiveUp, 0, "the number is too long for the modem", ""},
	27:  {GiveUp, 0, "the modem found characters in the number that it does not know", ""},
	30:  {Retry, 0, "the modem has no network", ""},
	31:  {Retry, 0, "the network did not answer in time", ""},
	32:  {Retry, 0, "the network allows emergency calls only", ""},
	40:  {Device, 0, "the modem is locked to a network", checkSIM},
	41:  {Device, 0, "the modem asks for the code of its network lock", checkSIM},
	42:  {Device, 0, "the modem is locked to a part of a network", checkSIM},
	43:  {Device, 0, "the modem is locked to a part of a network and asks for its unblocking code", checkSIM},
	44:  {Device, 0, "the modem is locked to a service provider", checkSIM},
	45:  {Device, 0, "the modem is locked to a service provider and asks for its unblocking code", checkSIM},
	46:  {Device, 0, "the modem is locked to a company", checkSIM},
	47:  {Device, 0, "the modem is locked to a company and asks for its unblocking code", checkSIM},
	50:  {GiveUp, 0, "the modem found the parameters wrong", reportIt},
	100: {Retry, 2, "the modem failed for an unknown reason", modemRestarts},
	103: {OtherSIM, 0, "the network does not accept this SIM", askOperator},
	106: {OtherSIM, 0, "the network does not accept this modem", "the operator has blocked this device: use another modem"},
	107: {OtherSIM, 0, "the network refuses packet service to this SIM", askOperator},
	111: {OtherSIM, 0, "the SIM is not allowed on this network", askOperator},
	112: {OtherSIM, 0, "the SIM is not allowed in this area", askOperator},
	113: {OtherSIM, 0, "the SIM may not roam in this area", askOperator},
	132: {OtherSIM, 0, "the network does not support the service", ""},
	133: {OtherSIM, 0, "the SIM's contract does not include the service", askOperator},
	134: {Retry, 0, "the service is out of order for the moment", ""},
	148: {Retry, 2, "packet service failed for an unknown reason", ""},
	149: {Device, 0, "the network did not accept the SIM's proof of identity", checkSIM},
	150: {Retry, 2, "the modem is of a class that the network does not serve", ""},
}
