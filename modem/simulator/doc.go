// Package simulator simulates GSM modems and the mobile network behind them, for tests,
// for a demonstration without hardware, and for trying other programs with a modem that
// fails on request.
//
// A test reads like a story:
//
//	n := simulator.NewNetwork(simulator.Latency(2 * time.Second))
//	anna := n.Subscriber("+4915112345678")
//	m := n.Modem(simulator.SIM{MSISDN: "+4915770000001", PIN: "1234"})
//	m.On("+CMGS", simulator.LoseAnswer())
//	port, err := m.Open() // and the code under test sends through port
//	sms, err := anna.Next(ctx)
//	m.Unplug()
//
// # What is real
//
// The interface is the octet stream of the serial line. The modem implements V.250,
// 27.007 and 27.005 in PDU mode, with the state of a real one: echo is on after power-up;
// settings are lost with the power, and kept when the port is closed; a PIN has three
// tries, which are counted on the card. One command runs at a time, and what is written
// meanwhile waits. At the prompt of +CMGS unsolicited results wait, and only Ctrl-Z or ESC
// ends it. Message references run from 0 to 255 and begin again. TPDUs are decoded
// strictly, with the codec library directly and not with package pdu, so that the two
// check each other.
//
// From Ctrl-Z on a submission is with the network, whatever happens to the modem. It
// arrives when the latency is over.
//
// # Families
//
// [Family] chooses one of nineteen families of modems, with the commands, storages, modes of
// +CNMI, boot messages and peculiarities of their vendors. Without it a modem keeps to the
// standards. [Slots] and [Modem.Store] fill storages: a full one is reported as the vendor
// does it, and the network keeps what has no room.
//
// [USSDMenu] defines USSD menus, which are coded as the family does: plain text, UCS2 or
// packed septets in hexadecimal. [USSDDelay] delays answers, or lets them time out.
//
// # Calls
//
// [Subscriber.Answer] sets what a handset does when it is called. [Subscriber.Calls]
// returns what it heard: the sound that the host wrote to the port of [Modem.OpenVoice],
// with the time of each frame, and what the module played or read out. Modems report the
// progress of calls as their family does. [Subscriber.Call] calls the modem. [Modem.Voice]
// sets what is wrong with calls; [DialWaits], [RefuseInCalls] and [SlowInCalls] are
// peculiarities of some modems.
//
// # Faults
//
// [Modem.On] and its like let a command fail in a given way. [Modem.Hang] makes a modem
// hang until the host takes a certain recovery step, and [Modem.Resets] counts the steps
// that were taken. [Hostile] is a modem that misbehaves wherever a host might rely on it.
// [Network.Block] and [Network.Mute] are what operators do to a SIM that sends too much:
// they refuse its messages, or drop them. [Modem.ChaosOf] causes faults at random, with a
// probability for each kind. [Modem.Share] is another program that reads the port.
//
// # What is not
//
// There is no data (ATD without a semicolon answers NO CARRIER). Incoming calls cannot be
// answered, and a modem has one call at a time. AMR files are stored and timed, not
// decoded. +CMS ERROR has its number at +CMEE=0 too, as in 27.005.
//
// # Time, goroutines, locks
//
// Only ServePTY has goroutines, while it runs. A write to a port runs the modem on the
// goroutine of the writer; latencies and late answers are timers; a read waits on a
// condition. So everything in memory works within a testing/synctest bubble, an idle
// modem costs nothing, and nothing must be closed for a bubble to end. A network that is
// used in a bubble must be created in it. A pseudo-terminal cannot be used in one.
//
// The lock of the network guards everything in it. Exported methods take it; unexported
// methods expect it to be held.
package simulator
