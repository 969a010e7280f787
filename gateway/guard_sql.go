package gateway

import (
	"fmt"
	"strconv"

	"simgate/gateway/clock"
	"simgate/gateway/fault"
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

// normalizeClientRules gives the rules for clients that an earlier version has
// stored the keys that clients have now. Of two for the same key the newer stays.
func normalizeClientRules(tx *store.Tx) error {
	rules, err := store.All(tx, scanRule(0), `SELECT `+ruleColumns+` FROM guard_rule WHERE scope = 'client' ORDER BY id`)
	if err != nil {
		return err
	}
	for _, r := range rules {
		key, err := parseClientKey(r.Key, "key")
		if err != nil || key == r.Key {
			continue
		}
		if _, err := tx.Exec(`DELETE FROM guard_rule WHERE scope = 'client' AND key = ?`, key); err != nil {
			return err
		}
		if _, err := tx.Exec(`UPDATE guard_rule SET key = ? WHERE id = ?`, key, r.ID); err != nil {
			return err
		}
	}
	return nil
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
		err = fault.NewNotFound("there is no rule with this id: see the list of rules")
	}
	return err
}

// unansweredNeighbours counts the numbers next to this one that the app has
// asked for since, and that have not answered.
func unansweredNeighbours(tx *store.Tx, r guardRequest, reach, since int64) (int, error) {
	n, err := strconv.ParseInt(string(r.To[1:]), 10, 64)
	if err != nil {
		return 0, fmt.Errorf("a number that is none: %w", err)
	}
	count, err := store.Get(tx, store.Int, `SELECT COUNT(DISTINCT recipient) FROM verification
		WHERE app = ? AND recipient BETWEEN ? AND ? AND length(recipient) = ? AND recipient <> ? AND asked > ? AND state <> 'verified'`,
		r.App, fmt.Sprintf("+%d", n-reach), fmt.Sprintf("+%d", n+reach), len(r.To), string(r.To), since)
	return int(count), err
}
