package guard

import (
	"simgate/gateway/clock"
	"simgate/gateway/store"
)

// countryCount is what went to a country in the last day.
type countryCount struct {
	country                    string
	sends, answered, elsewhere int
}

// selectCountries adds up what went to each country in the last day. It looks at the rows of
// countries alone, however many numbers there are.
func selectCountries(tx *store.Tx, now clock.Tick) ([]countryCount, error) {
	return store.All(tx, func(row store.Scanner) (c countryCount, err error) {
		return c, row.Scan(&c.country, &c.sends, &c.answered, &c.elsewhere)
	}, `WITH RECURSIVE apps (app) AS (SELECT MIN(app) FROM guard_count
			UNION ALL SELECT (SELECT MIN(n.app) FROM guard_count n WHERE n.app > apps.app) FROM apps WHERE apps.app IS NOT NULL)
		SELECT c.key, SUM(CASE c.scope WHEN ?1 THEN c.sends ELSE 0 END), SUM(CASE c.scope WHEN ?1 THEN c.answered ELSE 0 END), SUM(CASE c.scope WHEN ?2 THEN c.sends ELSE 0 END)
		FROM apps CROSS JOIN guard_count c ON c.app = apps.app AND c.scope IN (?1, ?2)
		WHERE c.slot >= ?3 GROUP BY c.key ORDER BY c.key`, string(ByCountry), string(apartScope(ByCountry)), slotOf(now.Add(-day)))
}
