package gateway

import (
	"cmp"
	"fmt"
	"time"

	"simgate/gateway/code"
	"simgate/gateway/fault"
	"simgate/gateway/guard"
	"simgate/gateway/msisdn"
	"simgate/gateway/text"
	"simgate/gateway/workflow"
)

// plan is a verification that has been found to be in order, as far as that can
// be seen without the database.
type plan struct {
	NewVerification
	to       msisdn.Number
	region   string // country of to
	body     string
	parts    int
	lifetime time.Duration
	test     string // the code of a test number, "" for all others
	request  guard.Request
	sentence text.Sentence // of which body was written
	ours     bool          // the length of the code is left to us
}

// plan reads what a caller asks for.
func (g *Gateway) plan(n NewVerification) (*plan, error) {
	p := &plan{NewVerification: n}
	var err error
	if p.to, err = g.readPerson(n.To, n.Reading.Or(g.reading(n.App, n.Line, guard.Code))); err != nil {
		return nil, err
	}
	p.request = g.request(n.App, p.to, guard.Code)
	p.region, p.test = p.request.Region, g.cfg.TestNumbers[string(p.to)]
	if p.request.Client, err = guard.ParseClient(n.ClientIP); err != nil {
		return nil, err
	}
	if err := p.checkCode(g.cfg.CodeLength); err != nil {
		return nil, err
	}
	if p.MaxTries = cmp.Or(p.MaxTries, maxTries); p.MaxTries < 1 || p.MaxTries > maxMaxTries {
		return nil, fault.NewInvalid("max_tries", fmt.Sprintf("1 to %d codes are compared", maxMaxTries))
	}
	if n.Purpose != "" { // it is shown in lists and on terminals
		if err := fault.CheckName("purpose", n.Purpose, maxPurpose); err != nil {
			return nil, err
		}
	}
	if n.CustomID != "" {
		if err := fault.CheckName("custom_id", n.CustomID, maxCustomID); err != nil {
			return nil, err
		}
	}
	if len(p.Workflow) == 0 {
		p.Workflow = workflow.Steps{{Channel: workflow.SMS}}
	}
	if err := p.Workflow.Check(); err != nil {
		return nil, err
	}
	p.request.Ways = g.waysOf(p.Workflow)
	if g.cfg.VoiceFallback == FallbackReject && p.Workflow.Uses(workflow.Voice) {
		why := g.cannot(workflow.Voice, p.region, p.Locale)
		if !g.guard.Open(guard.Spoken, p.region, p.request.Homes) {
			why = "no calls go to this country"
		}
		if why != "" {
			return nil, &fault.Error{Code: fault.Invalid, Field: "workflow", Message: "this workflow calls, and " + why}
		}
	}
	if n.Lifetime < 0 {
		return nil, fault.NewInvalid("lifetime", "the life of a code cannot be negative")
	}
	p.lifetime = min(cmp.Or(n.Lifetime, g.cfg.CodeLifetime), g.cfg.MaxCodeLifetime)
	if n.MaxAge > 0 {
		p.lifetime = min(p.lifetime, n.MaxAge)
	}
	hint := text.Hint{OriginDomain: n.OriginDomain, AndroidHash: n.AndroidHash}
	if hint == (text.Hint{}) {
		hint = g.cfg.Apps[n.App].Hint
	}
	p.sentence = text.Sentence{Brand: n.Brand, Template: n.Template, Mark: n.Mark, Locale: cmp.Or(n.Locale, g.cfg.Locale), Region: p.region,
		Own: g.cfg.Texts, Hint: hint, Length: p.Length, Lifetime: p.lifetime, MaxParts: g.cfg.MaxParts}
	p.body, p.parts, err = p.sentence.Write()
	return p, err
}

// longer returns the length of a code that is one character longer and the parts of its
// text, where that is for us to say and the text leaves room.
func (p *plan) longer() (length, parts int) {
	if !p.ours || p.Length >= code.MaxLength {
		return p.Length, p.parts
	}
	s := p.sentence
	s.Length++
	_, parts, err := s.Write()
	if err != nil {
		return p.Length, p.parts
	}
	return s.Length, parts
}

// checkCode settles what the code will be.
func (p *plan) checkCode(length int) error {
	if err := p.Alphabet.Check(); err != nil {
		return err
	}
	if p.Code != "" {
		if err := code.CheckCustom(p.Code); err != nil {
			return err
		}
		length = len(p.Code)
	}
	if p.test != "" {
		p.Code, p.Length = p.test, len(p.test)
		return nil
	}
	p.ours = p.Code == "" && p.Length == 0
	p.Length = cmp.Or(p.Length, length)
	if p.Length < code.MinLength || p.Length > code.MaxLength {
		return fault.NewInvalid("length", fmt.Sprintf("a code has %d to %d characters", code.MinLength, code.MaxLength))
	}
	return nil
}

// maxPurpose leaves room for the prefixes that dialects set.
const maxPurpose = 128

// The number of codes that are compared before a verification is over.
const maxTries, maxMaxTries = 5, 10
