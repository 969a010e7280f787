// Package simulator simulates GSM modems and the mobile network behind them:
// for tests, for the demonstration that needs no hardware, and for trying other
// programs against a modem that fails on request.
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
// The seam is the octet stream of the serial line. The modem speaks V.250,
// 27.007 and 27.005 in PDU mode, with the state a real one has: echo is on
// after power-up, settings are lost with the power and survive the closing of
// the port, a PIN has three tries and its counter is on the card. One command
// executes at a time; what is typed meanwhile waits. At the prompt of +CMGS
// unsolicited results wait, and only Ctrl-Z or ESC ends it. Message references
// run from 0 to 255 and around. TPDUs are read strictly, with the codec library
// directly and not through the product's own package for it, so that the two
// check each other.
//
// A submission is the network's from Ctrl-Z on: what happens to the modem then
// does not call it back. It arrives when the latency is over.
//
// # Makes
//
// [Family] makes a modem one of twelve makes, with their commands, memories,
// ways of +CNMI, boot lines and oddities; without it, it keeps to the standards.
// [Slots], [Modem.Store] and [NamelessIndex] bring memories into trouble: a full
// one says so as its make does, and the network keeps what has no room.
//
// [USSDMenu] opens sessions with menus, in the writing of the make: plain text,
// UCS2 or packed septets in hex; [USSDDelay] makes them slow, or time out.
//
// # Calls
//
// [Subscriber.Answer] sets what a handset does when it is called, and
// [Subscriber.Calls] tells what it heard: sound that the host wrote to the port
// of [Modem.OpenVoice], with the time of each frame, and what the module played
// or read out by itself. Modems tell of calls in the words of their make.
// [Subscriber.Call] calls the other way, and [Modem.Voice] lets the voice of a
// modem fail; [DialWaits], [RefuseInCalls] and [SlowInCalls] are habits of makes.
//
// # Trouble
//
// [Modem.Hang] makes a modem deaf until the step of the ladder that a host has
// to climb to, and [Modem.Resets] counts the steps that it took. [Hostile] is a
// modem that breaks every habit. [Network.Block] and [Network.Mute] are what an
// operator does to a SIM that it does not like: refusing, or worse, dropping.
// [Modem.ChaosOf] strikes at random with odds for each kind of fault, for a soak
// of months: stalls, garbled and lost answers, restarts, unplugging, hanging.
//
// # What is not
//
// There is no text mode (+CMGF=1 is accepted, its commands answer +CMS ERROR:
// 303) and no data (ATD without a semicolon answers NO CARRIER). Nobody answers a
// call that comes in, and a modem has one call at a time. AMR files are kept and
// timed, not decoded. +CMS ERROR comes with its number at +CMEE=0 too, as 27.005
// has it.
//
// # Time, goroutines, locks
//
// Nothing here has a goroutine of its own except ServePTY while it runs. A
// write to a port moves its modem on the writer's goroutine; latencies and late
// answers are timers; a read waits on a condition. So everything in memory
// works inside a testing/synctest bubble, an idle modem costs nothing, and
// nothing has to be closed for a bubble to end. A network that is used in a
// bubble is made in it; a pseudo-terminal does not belong in one.
//
// One lock, that of the network, guards everything in it. Unexported methods
// expect it to be held, exported ones take it.
package simulator
