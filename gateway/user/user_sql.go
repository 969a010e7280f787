package user

import (
	"errors"
	"math"
	"time"

	"simgate/gateway/clock"
	"simgate/gateway/fault"
	"simgate/gateway/store"
)

// Times are the times of day that are corrected when the clock is set.
var Times = []store.Timed{{Table: "account", Begun: []string{"created_at"}}, {Table: "session", Begun: []string{"created_at", "used_at"}}, {Table: "audit", Begun: []string{"at"}}}

// stored is a user with the hash of the password, "" for none.
type stored struct {
	User
	hash string
}

const userColumns = `id, name, role, password, created_at`

func scanUser(row store.Scanner) (s stored, err error) {
	var created clock.Wall
	err = row.Scan(&s.ID, &s.Name, &s.Role, &s.hash, &created)
	s.Created, s.Ready = created.Time(), s.hash != ""
	return s, err
}

func selectUsers(tx *store.Tx) ([]User, error) {
	all, err := store.All(tx, scanUser, `SELECT `+userColumns+` FROM account ORDER BY name`)
	users := make([]User, len(all))
	for i, s := range all {
		users[i] = s.User
	}
	return users, err
}

func selectUser(tx *store.Tx, id int64) (User, error) {
	s, err := store.Get(tx, scanUser, `SELECT `+userColumns+` FROM account WHERE id = ?`, id)
	return s.User, err
}

func selectNamed(tx *store.Tx, name string) (stored, error) {
	s, err := store.Get(tx, scanUser, `SELECT `+userColumns+` FROM account WHERE name = ?`, canonical(name))
	if errors.Is(err, store.ErrNoRows) {
		err = fault.NewNotFound("there is no user " + fault.Quote(name))
	}
	return s, err
}

func countReady(tx *store.Tx) (int64, error) {
	return store.Get(tx, store.Int, `SELECT COUNT(*) FROM account WHERE password <> ''`)
}

func countOwners(tx *store.Tx) (int64, error) {
	return store.Get(tx, store.Int, `SELECT COUNT(*) FROM account WHERE password <> '' AND role = ?`, string(Owner))
}

func insertUser(tx *store.Tx, name string, role Role, hash string, now clock.Wall) (int64, error) {
	return store.Get(tx, store.Int, `INSERT INTO account (name, role, password, created_at, tick) VALUES (?, ?, ?, ?, `+store.Tick+`) RETURNING id`,
		name, string(role), hash, now)
}

func updateRole(tx *store.Tx, id int64, role Role) error {
	_, err := tx.Exec(`UPDATE account SET role = ? WHERE id = ?`, string(role), id)
	return err
}

func updatePassword(tx *store.Tx, id int64, hash string) error {
	_, err := tx.Exec(`UPDATE account SET password = ? WHERE id = ?`, hash, id)
	return err
}

func deleteUser(tx *store.Tx, id int64) error {
	_, err := tx.Exec(`DELETE FROM session WHERE account = ?`, id)
	if err == nil {
		_, err = tx.Exec(`DELETE FROM account WHERE id = ?`, id)
	}
	return err
}

// sessionRow is a session as it is stored.
type sessionRow struct {
	Session
	begun, used, proved clock.Tick
	beganAt, usedAt     clock.Wall
}

// lives returns how long the session lives after its begin, and after its last use.
func (s sessionRow) lives() (whole, idle time.Duration) {
	if s.Stay {
		return StayLife, StayLife
	}
	return Life, IdleLife
}

// over reports whether the session has ended, by the time of day or by ticks.
func (s sessionRow) over(now clock.Moment) bool {
	whole, idle := s.lives()
	return now.Tick.Sub(s.begun) >= whole || now.Wall.Sub(s.beganAt) >= whole || now.Tick.Sub(s.used) >= idle || now.Wall.Sub(s.usedAt) >= idle
}

// show returns the session as others see it.
func (s sessionRow) show(now clock.Moment) Session {
	whole, _ := s.lives()
	s.Begun, s.Used, s.Expires = s.beganAt.Time(), s.usedAt.Time(), s.beganAt.Add(whole).Time()
	s.Proved = now.Tick.Sub(s.proved) < ProofLife
	return s.Session
}

const sessionColumns = `s.id, s.address, s.agent, s.stay, s.created_at, s.used_at, s.tick, s.used, s.proved, a.id, a.name, a.role, a.created_at`

func scanSession(row store.Scanner) (s sessionRow, err error) {
	var created clock.Wall
	err = row.Scan(&s.ID, &s.Client.Address, &s.Client.Agent, &s.Stay, &s.beganAt, &s.usedAt, &s.begun, &s.used, &s.proved,
		&s.User.ID, &s.User.Name, &s.User.Role, &created)
	s.User.Created, s.User.Ready = created.Time(), true
	return s, err
}

func selectSession(tx *store.Tx, hash string) (sessionRow, error) {
	s, err := store.Get(tx, scanSession, `SELECT `+sessionColumns+` FROM session s JOIN account a ON a.id = s.account WHERE s.hash = ?`, []byte(hash))
	if errors.Is(err, store.ErrNoRows) {
		err = errSession
	}
	return s, err
}

func selectSessions(tx *store.Tx, account int64) ([]sessionRow, error) {
	return store.All(tx, scanSession, `SELECT `+sessionColumns+` FROM session s JOIN account a ON a.id = s.account WHERE ? = 0 OR s.account = ? ORDER BY s.id DESC`, account, account)
}

func hasSessionFrom(tx *store.Tx, account int64, address string) (bool, error) {
	return store.Any(tx, `SELECT 1 FROM session WHERE account = ? AND address = ?`, account, address)
}

func insertSession(tx *store.Tx, hash string, account int64, from Client, stay bool, now clock.Moment) error {
	_, err := tx.Exec(`INSERT INTO session (hash, account, address, agent, stay, created_at, used_at, tick, used, proved) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		[]byte(hash), account, from.Address, from.Agent, stay, now.Wall, now.Wall, now.Tick, now.Tick, now.Tick)
	return err
}

func touchSession(tx *store.Tx, id int64, now clock.Moment) error {
	_, err := tx.Exec(`UPDATE session SET used = ?, used_at = ? WHERE id = ?`, now.Tick, now.Wall, id)
	return err
}

func proveSession(tx *store.Tx, s Session, hash string, now clock.Tick) error {
	res, err := tx.Exec(`UPDATE session SET hash = ?, proved = ? WHERE id = ? AND hash = ?`, []byte(hash), now, s.ID, []byte(s.hash))
	if err == nil && res.RowsAffected == 0 {
		return errSession
	}
	return err
}

// deleteSessionsOf ends the sessions of a user, but for the newest.
func deleteSessionsOf(tx *store.Tx, account int64, newest int) error {
	_, err := tx.Exec(`DELETE FROM session WHERE account = ? AND id NOT IN (SELECT n.id FROM session n WHERE n.account = ? ORDER BY n.id DESC LIMIT ?)`, account, account, newest)
	return err
}

func deleteOtherSessions(tx *store.Tx, account, but int64) error {
	_, err := tx.Exec(`DELETE FROM session WHERE account = ? AND id <> ?`, account, but)
	return err
}

// deleteSession ends a session of an account, or of any for 0. It returns the name of its user, "" if there
// was none.
func deleteSession(tx *store.Tx, account, id int64) (of string, err error) {
	of, err = store.Get(tx, store.Text, `SELECT a.name FROM session s JOIN account a ON a.id = s.account WHERE s.id = ? AND (? = 0 OR s.account = ?)`, id, account, account)
	if errors.Is(err, store.ErrNoRows) {
		return "", nil
	}
	if err == nil {
		_, err = tx.Exec(`DELETE FROM session WHERE id = ?`, id)
	}
	return of, err
}

// EndSessions ends all sessions: those of a backup may have ended since.
func EndSessions(tx *store.Tx) error {
	_, err := tx.Exec(`DELETE FROM session`)
	return err
}

func insertEntry(tx *store.Tx, e Entry, now clock.Wall) error {
	_, err := tx.Exec(`INSERT INTO audit (at, account, address, action, detail, tick) VALUES (?, ?, ?, ?, ?, `+store.Tick+`)`,
		now, e.Name, e.Address, string(e.Action), e.Detail)
	return err
}

func scanEntry(row store.Scanner) (e Entry, err error) {
	var at clock.Wall
	err = row.Scan(&e.ID, &at, &e.Name, &e.Address, &e.Action, &e.Detail)
	e.At = at.Time()
	return e, err
}

func selectEntries(tx *store.Tx, before int64, limit int) ([]Entry, error) {
	if before == 0 {
		before = math.MaxInt64
	}
	return store.All(tx, scanEntry, `SELECT id, at, account, address, action, detail FROM audit WHERE id < ? ORDER BY id DESC LIMIT ?`, before, limit)
}

// Personal is where numbers of people may stand: nothing that was done says one on purpose,
// but what somebody typed may.
var Personal = []store.Personal{{Name: "what was done on the pages", Table: "audit", Which: store.Mentions("detail"), Numbers: "detail", Text: true,
	Columns: "account, action, detail, at", Times: []string{"at"}}}

// Deletions delete sessions that are over, and what was done long ago.
func Deletions(now clock.Moment, old clock.Past) []store.Deletion {
	return []store.Deletion{
		store.DeleteWhere(`session`, `id`, `tick < ? OR created_at < ?`, now.Tick.Add(-StayLife), now.Wall.Add(-StayLife)),
		store.DeleteWhere(`audit`, `id`, `at < ? AND tick < ? ORDER BY at`, old.Wall, old.Tick),
		store.DeleteWhere(`audit`, `id`, `id <= (SELECT MAX(a.id) FROM audit a) - ? ORDER BY id`, mostNoted),
	}
}
