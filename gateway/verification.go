package gateway

import (
	"context"
	"crypto/hmac"
	"strings"
	"time"

	"github.com/google/uuid"

	"simgate/gateway/sqlite"
	"simgate/modem/pdu"
)

// VerificationState is where a verification stands. Pending goes to one of the
// others, and none of these ever moves.
type VerificationState string

// The states of a verification.
const (
	Pending              VerificationState = "pending"
	Verified             VerificationState = "verified"
	VerificationExpired  VerificationState = "expired"
	Exhausted            VerificationState = "exhausted" // all tries spent
	VerificationCanceled VerificationState = "cancelled"
)

// VerificationStates lists all states; the schema checks for the same.
var VerificationStates = []VerificationState{Pending, Verified, VerificationExpired, Exhausted, VerificationCanceled}

// Verification is the question whether a person can be reached under a number.
type Verification struct {
	ID         string // UUID
	App        string
	To         MSISDN
	Purpose    string
	State      VerificationState
	Tries      int // codes that were compared
	MaxTries   int
	Sends      int
	Lifetime   time.Duration // that was asked for, as far as it was granted
	CustomID   string
	Callback   string
	Created    time.Time
	Expires    time.Time
	Ended      time.Time
	NextResend time.Time // when the code may be asked for again; zero once it may not
	Attempts   []Attempt // of [Gateway.Verification] and of a start
}

// NewVerification asks for a code to be brought to a number. Zero fields take
// what the configuration says.
type NewVerification struct {
	App     string
	To      string
	Country string // that a national number is of (ISO 3166-1 alpha-2)
	Purpose string // apart from each other: codes for one purpose do not fit another

	Brand    string   // who asks, in the text
	Locale   string   // language of the text, such as de-de; "" the language of the number's country
	Template string   // a text instead of the locale's own, with {code} and, if wanted, {brand} and {minutes}
	Code     string   // instead of one of ours
	Alphabet Alphabet // of our code
	Length   int      // of our code, 4 to 10

	Workflow Workflow
	Lifetime time.Duration // lowered to the configured maximum
	MaxTries int           // codes that are compared, 1 to 10

	Line          int64  // send by this SIM only
	SourceCountry string // or by SIMs of this country, if there are any

	CustomID string // the caller's own
	ClientIP string // of the person, as the app tells it
	Callback string // told of each change

	// The last line of the text, for browsers and apps that fill the code in: a
	// host name for "@host #code", or the 11 characters of an Android app hash.
	OriginDomain, AndroidHash string

	Fresh     bool // every start is a new verification: a pending one is cancelled
	Exclusive bool // while one is pending another is refused, with [Conflict]
}

// Started is a verification under way, with its code for those contracts that
// hand it to the caller. It must never be logged.
type Started struct {
	Verification Verification
	Code         string
	Message      int64 // that carries the code now, 0 none
	Parts        int   // short messages that the text takes
	Resent       bool  // one was pending, and its code goes out again
}

// StartVerification sends a code to a number. While one is pending for the same
// app, number and purpose it is that code which goes out again, since messages
// overtake each other and of two live codes people type the wrong one; its life
// begins anew, the tries already made are kept.
func (g *Gateway) StartVerification(ctx context.Context, n NewVerification) (Started, error) {
	to, err := g.parseCodeRecipient(n.To)
	if err != nil {
		return Started{}, err
	}
	body, parts, err := g.codeText(n.Brand)
	if err != nil {
		return Started{}, err
	}
	if n.CustomID != "" {
		if err := checkName("custom_id", n.CustomID, maxCustomID); err != nil {
			return Started{}, err
		}
	}
	if err := g.checkRoom(ctx); err != nil {
		return Started{}, err
	}
	lifetime := g.cfg.CodeLifetime
	if n.Lifetime > 0 {
		lifetime = n.Lifetime
	}
	lifetime = min(lifetime, g.cfg.MaxCodeLifetime)
	started, err := write(ctx, g, func(tx *sqlite.Tx) (Started, error) {
		if err := checkLine(tx, n.Line); err != nil {
			return Started{}, err
		}
		row, code, err := g.createOrResend(tx, n.App, to, n.Purpose, lifetime)
		if err != nil {
			return Started{}, err
		}
		reason := reasonAsked
		if row.Sends > 0 {
			reason = reasonAgain
		}
		err = g.attemptSMS(tx, &row, reason, newRow{app: n.App, to: to, body: body, parts: parts,
			customID: n.CustomID, lane: laneCodes, line: n.Line, lifetime: lifetime})
		return Started{Verification: row.Verification, Code: code, Resent: reason == reasonAgain}, err
	})
	if err == nil {
		g.enqueued()
	}
	return started, err
}

// createOrResend returns the pending verification with its life renewed, or a
// new one.
func (g *Gateway) createOrResend(tx *sqlite.Tx, app string, to MSISDN, purpose string, lifetime time.Duration) (verificationRow, string, error) {
	up, wall := g.clock.uptime(), g.clock.wall()
	if err := expireVerifications(tx, up, wall); err != nil {
		return verificationRow{}, "", err
	}
	open, found, err := pendingVerification(tx, app, to, purpose)
	if err != nil {
		return verificationRow{}, "", err
	}
	if found {
		code, err := g.codes.Open(open.ID, open.sealed)
		if err != nil {
			return verificationRow{}, "", err
		}
		// What has not left yet would say the same: one of the two is enough.
		if err := cancelQueued(tx, open.id, wall, "asked for again before it left"); err != nil {
			return verificationRow{}, "", err
		}
		open.Expires = fromMillis(wall + lifetime.Milliseconds())
		return open, code, renewVerification(tx, open.id, up+lifetime.Milliseconds(), wall+lifetime.Milliseconds())
	}
	id, err := uuid.NewRandom()
	if err != nil {
		return verificationRow{}, "", err
	}
	code := newCode(g.cfg.CodeLength)
	row := verificationRow{
		Verification: Verification{ID: id.String(), App: app, To: to, Purpose: purpose, State: Pending,
			MaxTries: maxTries, Created: fromMillis(wall), Expires: fromMillis(wall + lifetime.Milliseconds())},
		mac:      g.codes.MAC(id.String(), to, code),
		sealed:   g.codes.Seal(id.String(), code),
		deadline: up + lifetime.Milliseconds(),
	}
	row.id, err = insertVerification(tx, row)
	return row, code, err
}

// maxTries is how many codes are compared before a verification is over.
const maxTries = 5

// attemptSMS queues the message of one attempt, and notes the attempt.
func (g *Gateway) attemptSMS(tx *sqlite.Tx, v *verificationRow, reason string, r newRow) error {
	r.verification = v
	m, err := g.enqueue(tx, r)
	if err != nil {
		return err
	}
	v.Sends++
	return insertAttempt(tx, v.id, Attempt{N: v.Sends, Channel: "sms", Message: m.ID, Reason: reason, At: m.Accepted})
}

// parseCodeRecipient reads a number that a code may go to: that of a person.
func (g *Gateway) parseCodeRecipient(s string) (MSISDN, error) {
	to, err := ParseMSISDN(s, g.cfg.Country)
	if err == nil && to.Short() {
		return "", invalid("to", "a code can only go to a full phone number, not to a short code: write it as + and country code")
	}
	return to, err
}

// maxBrand leaves a single part room for the sentence and the code.
const maxBrand = 60

// codeText returns the sentence that carries a code, with codeMark in the place
// of the code, and the number of its parts.
func (g *Gateway) codeText(brand string) (string, int, error) {
	text := "Your verification code is: " + codeMark
	if brand = strings.TrimSpace(brand); brand != "" {
		if err := checkName("service_name", brand, maxBrand); err != nil {
			return "", 0, err
		}
		text = "Your verification code for " + brand + " is: " + codeMark
	}
	parts, err := pdu.Count(strings.ReplaceAll(text, codeMark, strings.Repeat("0", g.cfg.CodeLength)))
	return text, parts, err
}

// Check is a code that a person typed.
type Check struct {
	App      string
	To       string // or ID
	Country  string // that a national number is of
	Purpose  string // with ID: "" any
	ID       string
	Code     string
	ClientIP string // of the person, as the app tells it
}

// Verdict is what came of a check.
type Verdict string

// The verdicts.
const (
	Right   Verdict = "right"
	Wrong   Verdict = "wrong"   // and there are tries left
	Spent   Verdict = "spent"   // this was the last try, or there was none left
	Lapsed  Verdict = "expired" // too late
	Used    Verdict = "used"    // the code was right once; it is right no more
	Stopped Verdict = "cancelled"
	Locked  Verdict = "locked"  // too many wrong codes for this number: nothing was compared
	Nothing Verdict = "nothing" // no code was sent
)

// CheckVerification compares a code. The try is spent first and in the same
// transaction, so that however many check at once no more than five codes are
// compared and one is accepted. The error tells of bad input or a fault, never
// of a wrong code.
func (g *Gateway) CheckVerification(ctx context.Context, c Check) (Verification, Verdict, error) {
	var to MSISDN
	if c.ID == "" {
		var err error
		if to, err = g.parseCodeRecipient(c.To); err != nil {
			return Verification{}, Nothing, err
		}
	}
	code := strings.TrimSpace(c.Code)
	if code == "" {
		return Verification{}, Nothing, invalid("code", "the code is missing: give the digits that the person typed")
	}
	if len(code) > 64 {
		return Verification{}, Nothing, invalid("code", "this is not a code: it is too long")
	}
	type answer struct {
		v       Verification
		verdict Verdict
	}
	a, err := write(ctx, g, func(tx *sqlite.Tx) (answer, error) {
		app, to, purpose := c.App, to, c.Purpose
		if c.ID != "" {
			named, err := selectVerification(tx, c.ID)
			if err != nil || named.App != app || purpose != "" && named.Purpose != purpose {
				return answer{verdict: Nothing}, nil
			}
			to, purpose = named.To, named.Purpose
		}
		v, verdict, err := g.check(tx, app, to, purpose, code)
		return answer{v, verdict}, err
	})
	return a.v, a.verdict, err
}

func (g *Gateway) check(tx *sqlite.Tx, app string, to MSISDN, purpose, code string) (Verification, Verdict, error) {
	up, wall := g.clock.uptime(), g.clock.wall()
	row, found, err := spendTry(tx, app, to, purpose, up)
	if err != nil {
		return Verification{}, Nothing, err
	}
	// One MAC is computed whether or not there is anything to compare it with.
	right := hmac.Equal(g.codes.MAC(row.ID, to, code), row.mac)
	switch {
	case !found:
		return g.whyNothing(tx, app, to, purpose, up)
	case right:
		row.State = Verified
	case row.Tries >= row.MaxTries:
		row.State = Exhausted
	default:
		return row.Verification, Wrong, nil
	}
	row.Ended = fromMillis(wall)
	if err := endVerification(tx, row.id, row.State, wall); err != nil {
		return Verification{}, Nothing, err
	}
	if right {
		return row.Verification, Right, nil
	}
	return row.Verification, Spent, nil
}

// whyNothing explains that there was no code to compare.
func (g *Gateway) whyNothing(tx *sqlite.Tx, app string, to MSISDN, purpose string, up int64) (Verification, Verdict, error) {
	last, found, err := latestVerification(tx, app, to, purpose)
	if err != nil || !found {
		return Verification{}, Nothing, err
	}
	switch {
	case last.State == Verified:
		return last.Verification, Used, nil
	case last.State == Exhausted:
		return last.Verification, Spent, nil
	case last.State == VerificationExpired, last.State == Pending && last.deadline <= up:
		return last.Verification, Lapsed, nil
	}
	return last.Verification, Nothing, nil
}

// Verification returns one verification with its attempts.
func (g *Gateway) Verification(ctx context.Context, id string) (Verification, error) {
	return read(ctx, g, func(tx *sqlite.Tx) (Verification, error) { return selectVerification(tx, id) })
}

// CancelVerification ends a pending verification of an app: nothing more goes
// out, and its code is void. One that has ended is a [Conflict].
func (g *Gateway) CancelVerification(ctx context.Context, app, id string) (Verification, error) {
	return write(ctx, g, func(tx *sqlite.Tx) (Verification, error) {
		v, ok, err := found(sqlite.Get(tx, scanVerification,
			`SELECT `+verificationColumns+` FROM verification WHERE uuid = ? AND app = ?`, id, app))
		switch {
		case err != nil:
			return Verification{}, err
		case !ok:
			return Verification{}, notFound("there is no verification with this id")
		case v.State != Pending:
			return v.Verification, &Error{Code: Conflict, Reason: NotPending, Message: "this verification is " + string(v.State) + " already"}
		}
		wall := g.clock.wall()
		v.State, v.Ended = VerificationCanceled, fromMillis(wall)
		return v.Verification, endVerification(tx, v.id, VerificationCanceled, wall)
	})
}
