package gateway

import (
	"fmt"
	"strconv"

	"simgate/gateway/clock"
	"simgate/gateway/fault"
	"simgate/gateway/msisdn"
	"simgate/gateway/store"
)

const ruleColumns = `id, kind, scope, key, reason, origin, until, made_at`

// scanRule reads a rule; ahead is by how much the time of day is ahead of that
// of limits.
func scanRule(ahead int64) func(store.Scanner) (Rule, error) {
	return func(row store.Scanner) (r Rule, err error) {
		var until, made int64
		err = row.Scan(&r.ID, &r.Kind, &r.Scope, &r.Key, &r.Reason, &r.Origin, &until, &made)
		if until > 0 {
			r.Until = clock.Wall(until + ahead).Time()
		}
		r.Made = clock.Wall(made).Time()
		return r, err
	}
}

func selectRules(tx *store.Tx, ahead int64) ([]Rule, error) {
	return store.All(tx, scanRule(ahead), `SELECT `+ruleColumns+` FROM guard_rule ORDER BY id`)
}

// rulesFor returns the rules that match: safe ones first, then the narrower.
func rulesFor(tx *store.Tx, keys map[scope]string, tick, ahead int64) ([]Rule, error) {
	return store.All(tx, scanRule(ahead), `SELECT `+ruleColumns+` FROM guard_rule
		WHERE (until = 0 OR until > ?) AND (scope = 'number' AND key = ? OR scope = 'country' AND key = ?
			OR scope = 'app' AND key = ? OR scope = 'client' AND key = ?
			OR scope = 'prefix' AND substr(?, 1, length(key)) = key)
		ORDER BY kind DESC, length(key) DESC`,
		tick, keys[scopeNumber], keys[scopeCountry], keys[scopeApp], keys[scopeClient], keys[scopeNumber])
}

func matchingRule(tx *store.Tx, keys map[scope]string, tick int64) (Rule, bool, error) {
	rules, err := rulesFor(tx, keys, tick, 0)
	if err != nil || len(rules) == 0 {
		return Rule{}, false, err
	}
	return rules[0], true, nil
}

func upsertRule(tx *store.Tx, r Rule, until, now int64) (int64, error) {
	return store.Get(tx, store.Int, `INSERT INTO guard_rule (kind, scope, key, reason, origin, until, made_at) VALUES (?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (scope, key) DO UPDATE SET kind = excluded.kind, reason = excluded.reason, origin = excluded.origin,
			until = excluded.until, made_at = excluded.made_at RETURNING id`,
		string(r.Kind), r.Scope, r.Key, r.Reason, r.Origin, until, now)
}

func deleteRule(tx *store.Tx, id int64) error {
	res, err := tx.Exec(`DELETE FROM guard_rule WHERE id = ?`, id)
	if err == nil && res.RowsAffected == 0 {
		err = fault.NewNotFound("there is no rule with this id: simgate guard lists them")
	}
	return err
}

// noteGrain limits how often the refusal of a number is written: who is refused
// asks again at once, and flash wears out.
const noteGrain = 60_000

func noteRefused(tx *store.Tx, p *plan, r fault.Reason, text string, shadow bool, now int64) error {
	_, err := tx.Exec(`INSERT INTO refusal_note (app, recipient, reason, text, shadow, at)
		SELECT ?, ?, ?, ?, ?, ? WHERE NOT EXISTS (SELECT 1 FROM refusal_note
			WHERE recipient = ? AND reason = ? AND app = ? AND at > ? AND at <= ?)`,
		p.App, string(p.to), string(r), text, shadow, now, string(p.to), string(r), p.App, now-noteGrain, now)
	return err
}

func selectRefusals(tx *store.Tx, to msisdn.Number) ([]Refusal, error) {
	return store.All(tx, func(row store.Scanner) (r Refusal, err error) {
		var at int64
		err = row.Scan(&r.App, &r.To, &r.Reason, &r.Text, &r.Shadow, &at)
		r.At = clock.Wall(at).Time()
		return r, err
	}, `SELECT app, recipient, reason, text, shadow, at FROM refusal_note WHERE recipient = ? ORDER BY id DESC LIMIT 20`, string(to))
}

// unansweredNeighbours counts the numbers next to this one that the app has
// asked for since, and that have not answered.
func unansweredNeighbours(tx *store.Tx, p *plan, reach, since int64) (int, error) {
	n, err := strconv.ParseInt(string(p.to[1:]), 10, 64)
	if err != nil {
		return 0, fmt.Errorf("a number that is none: %w", err)
	}
	count, err := store.Get(tx, store.Int, `SELECT COUNT(DISTINCT recipient) FROM verification
		WHERE app = ? AND recipient BETWEEN ? AND ? AND length(recipient) = ? AND recipient <> ? AND asked > ? AND state <> 'verified'`,
		p.App, fmt.Sprintf("+%d", n-reach), fmt.Sprintf("+%d", n+reach), len(p.to), string(p.to), since)
	return int(count), err
}
