package guard

import (
	"simgate/gateway/clock"
	"simgate/gateway/fault"
	"simgate/gateway/store"
)

const ruleColumns = `id, app, kind, scope, key, reason, origin, until, made_at`

// scanRule reads a rule.
func scanRule(now clock.Moment) func(store.Scanner) (Rule, error) {
	return func(row store.Scanner) (r Rule, err error) {
		var until clock.Tick
		var made clock.Wall
		err = row.Scan(&r.ID, &r.App, &r.Kind, &r.Scope, &r.Key, &r.Reason, &r.Origin, &until, &made)
		if until > 0 {
			r.Until = now.AtTick(until).Time()
		}
		r.Made = made.Time()
		return r, err
	}
}

func selectRules(tx *store.Tx, now clock.Moment) ([]Rule, error) {
	return store.All(tx, scanRule(now), `SELECT `+ruleColumns+` FROM guard_rule ORDER BY id`)
}

func countRules(tx *store.Tx) (int64, error) {
	return store.Get(tx, store.Int, `SELECT COUNT(*) FROM guard_rule`)
}

// rulesFor returns the rules that match: safe ones first, then those that block, and of
// each the narrower first. The first of them applies; one that opens a country does beside
// it.
func (g *Guard) rulesFor(tx *store.Tx, app string, keys map[Scope]string, now clock.Moment) ([]Rule, error) {
	if !g.ruled.Load() {
		return nil, nil
	}
	return store.All(tx, scanRule(now), `SELECT `+ruleColumns+` FROM guard_rule
		WHERE (until = 0 OR until > ?) AND (app = '' OR app = ?) AND (scope = 'number' AND key = ? OR scope = 'country' AND key = ?
			OR scope = 'app' AND key = ? OR scope = 'client' AND key = ?
			OR scope = 'prefix' AND substr(?, 1, length(key)) = key)
		ORDER BY CASE kind WHEN 'safe' THEN 0 WHEN 'block' THEN 1 ELSE 2 END, length(key) DESC`,
		now.Tick, app, keys[ByNumber], keys[ByCountry], keys[ByApp], keys[ByClient], keys[ByNumber])
}

// normalizeClientRules gives the rules for clients that an earlier version has
// stored the keys that clients have now. Of two for the same key the newer stays.
func normalizeClientRules(tx *store.Tx) error {
	rules, err := store.All(tx, scanRule(clock.Moment{}), `SELECT `+ruleColumns+` FROM guard_rule WHERE scope = 'client' ORDER BY id`)
	if err != nil {
		return err
	}
	for _, r := range rules {
		key, err := ParseClientRule(r.Key, "key")
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

func (g *Guard) upsertRule(tx *store.Tx, r Rule, until clock.Tick, made clock.Wall) (int64, error) {
	g.ruled.Store(true)
	return store.Get(tx, store.Int, `INSERT INTO guard_rule (app, kind, scope, key, reason, origin, until, made_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (app, scope, key) DO UPDATE SET kind = excluded.kind, reason = excluded.reason, origin = excluded.origin,
			until = excluded.until, made_at = excluded.made_at RETURNING id`,
		r.App, string(r.Kind), string(r.Scope), r.Key, r.Reason, r.Origin, until, made)
}

func deleteRule(tx *store.Tx, id int64) error {
	res, err := tx.Exec(`DELETE FROM guard_rule WHERE id = ?`, id)
	if err == nil && res.RowsAffected == 0 {
		err = fault.NewNotFound("there is no rule with this id: see the list of rules")
	}
	return err
}
