package modem

import "time"

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
