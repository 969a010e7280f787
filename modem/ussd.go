package modem

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"simgate/modem/at"
	"simgate/modem/pdu"
)

// USSDAnswer is the answer of the network to a USSD code (TS 27.007 7.15).
type USSDAnswer struct {
	Text string
	More bool // the text is a menu: the network waits for a choice
}

const (
	ussdCommand = 30 * time.Second // limit of the command
	ussdWait    = 60 * time.Second // limit of the answer after that
)

// USSD sends a code such as *100#, or a choice of a menu, and returns the answer of the
// network. It takes up to 90 seconds, in which messages can be sent. Codes are sent one
// at a time. Its errors are [Error]s, or that of ctx.
func (m *Modem) USSD(ctx context.Context, code string) (USSDAnswer, error) {
	s, err := m.ready("sending a USSD code")
	if err != nil {
		return USSDAnswer{}, err
	}
	return s.askUSSD(ctx, code)
}

// EndUSSD ends a menu that waits for a choice. It does nothing if there is none.
func (m *Modem) EndUSSD(ctx context.Context) error {
	s, err := m.ready("ending a USSD session")
	if err != nil {
		return err
	}
	return s.endUSSD(ctx)
}

// dialogueUSSD is the USSD dialogue of a session with the network.
type dialogueUSSD struct {
	turn chan struct{} // holds one while a code is sent

	mu     sync.Mutex
	waiter chan at.URC // receives the answer; nil: none is expected
}

func newDialogueUSSD() dialogueUSSD { return dialogueUSSD{turn: make(chan struct{}, 1)} }

// wait sets the channel that receives the next answer; nil for none.
func (d *dialogueUSSD) wait(waiter chan at.URC) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.waiter = waiter
}

// give sends an answer to the channel, and reports whether there was one.
func (d *dialogueUSSD) give(u at.URC) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.waiter == nil {
		return false
	}
	d.waiter <- u // it has room for one
	d.waiter = nil
	return true
}

func (s *session) askUSSD(ctx context.Context, code string) (USSDAnswer, error) {
	const op = "sending a USSD code"
	coding := s.ussdCoding()
	text, dcs, err := pdu.EncodeUSSD(code, coding)
	if err != nil {
		return USSDAnswer{}, &Error{Op: op, Class: GiveUp, Code: -1, Cause: err.Error(), Err: err}
	}
	select {
	case s.ussd.turn <- struct{}{}:
		defer func() { <-s.ussd.turn }()
	case <-ctx.Done():
		return USSDAnswer{}, ctx.Err()
	}
	answer := make(chan at.URC, 1)
	s.ussd.wait(answer)
	defer s.ussd.wait(nil)
	if _, err := s.conn.Command(ctx, fmt.Sprintf(`+CUSD=1,"%s",%d`, text, dcs), ussdCommand); err != nil {
		return USSDAnswer{}, ussdError(op, err)
	}
	timer := time.NewTimer(ussdWait)
	defer timer.Stop()
	select {
	case u := <-answer:
		return readUSSD(u, coding)
	case <-timer.C:
		err = errors.New("the network did not answer")
	case <-ctx.Done():
		err = ctx.Err()
	case <-s.over:
		err = errors.New("the modem went away")
	}
	// A late answer must not be taken for that to the next code.
	_ = s.endUSSD(context.WithoutCancel(ctx))
	return USSDAnswer{}, &Error{Op: op, Class: Retry, Code: -1, Cause: err.Error(), Err: err}
}

func (s *session) endUSSD(ctx context.Context) error {
	if s.profile.ussdNoStop {
		return nil
	}
	_, _, err := s.try(ctx, "+CUSD=2", command)
	return err
}

// ussdCoding returns how the modem expects strings of +CUSD.
func (s *session) ussdCoding() pdu.USSDCoding {
	if s.profile.ussd != pdu.USSDPlain {
		return s.profile.ussd // whatever the character set
	}
	return s.charset.ussd
}

// ussdError returns the [Error] of a code that was not sent.
func ussdError(op string, err error) error {
	if cme, ok := errors.AsType[at.CMEError](err); ok {
		c := cmeCause(int(cme))
		return &Error{Op: op, Class: c.class, Code: -1, Cause: fmt.Sprintf("CME %d: %s", int(cme), c.meaning), Err: err}
	}
	return &Error{Op: op, Class: Retry, Code: -1, Cause: "the modem did not take the USSD code", Err: err}
}

// readUSSD decodes "+CUSD: <m>[,"<text>"[,<dcs>]]". The text may have several lines.
func readUSSD(u at.URC, as pdu.USSDCoding) (USSDAnswer, error) {
	whole := strings.Join(append([]string{u.Line}, u.Body...), "\n")
	_, rest, _ := strings.Cut(whole, ":")
	mode, rest, _ := strings.Cut(strings.TrimSpace(rest), ",")
	text, dcs := splitUSSD(strings.TrimSpace(rest))
	answer := USSDAnswer{Text: pdu.DecodeUSSD(text, dcs, as), More: mode == "1"}
	var why string
	switch mode {
	case "2":
		if answer.Text != "" {
			return answer, nil // the last text of the session
		}
		why = "the network has ended the session"
	case "3":
		why = "another program on the modem has answered"
	case "4":
		why = "the network does not know this code"
	case "5":
		why = "the network took too long"
	default:
		return answer, nil
	}
	return USSDAnswer{}, &Error{Op: "sending a USSD code", Class: GiveUp, Code: -1, Cause: why}
}

// splitUSSD returns the string of +CUSD and its data coding scheme, -1 for none. The
// string may contain quotes, and some modems leave out those around it.
func splitUSSD(fields string) (text string, dcs int) {
	text, quoted := strings.CutPrefix(fields, `"`)
	end := strings.LastIndexByte(text, '"')
	if !quoted {
		// A text may end in a comma and digits, as a sum does; octets do not.
		if end = strings.LastIndexByte(text, ','); end >= 0 && strings.Trim(text[:end], "0123456789ABCDEFabcdef") != "" {
			end = -1
		}
	}
	// A quote that something else follows is one of the text, which was cut short.
	if end < 0 || strings.Trim(text[end+1:], " ,0123456789") != "" {
		return text, -1
	}
	dcs, err := strconv.Atoi(strings.Trim(text[end+1:], " ,"))
	if err != nil {
		dcs = -1
	}
	return text[:end], dcs
}

// toldUSSD processes an answer: for askUSSD if it waits, else for the owner.
func (s *session) toldUSSD(ctx context.Context, u at.URC) {
	if s.ussd.give(u) {
		return
	}
	if answer, err := readUSSD(u, s.ussdCoding()); err == nil && answer.Text != "" {
		s.m.notice(ctx, Notice{Kind: NoticeUSSD, Text: answer.Text})
	}
}
