// Package gatewaytest gives tests a whole gateway: a temporary database,
// simulated modems on a simulated network, and a clock that can step. Nothing
// of the gateway is replaced; the far end of the serial lines is simulated.
//
// A world works inside a testing/synctest bubble, where its days take moments,
// and outside, where HTTP can reach it.
package gatewaytest

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/mattn/go-sqlite3"
	"golang.org/x/sys/unix"

	"simgate/gateway"
	"simgate/gateway/cause"
	"simgate/gateway/clock"
	"simgate/gateway/guard"
	"simgate/gateway/key"
	"simgate/gateway/line"
	"simgate/gateway/line/gsm"
	"simgate/gateway/line/phone"
	"simgate/gateway/store/storetest"
	"simgate/modem"
	"simgate/modem/simulator"
)

// World is a gateway and all that it touches.
type World struct {
	Gateway *gateway.Gateway
	Network *simulator.Network
	SIMs    []*simulator.Modem // the simulated modems, in order
	Modems  []*modem.Modem     // the drivers of these, in the same order
	Clock   *Clock
	Folder  string // of the state: the database is simgate.db in it

	t      testing.TB
	cfg    gateway.Config
	modems int
	change func(i int, c *modem.Config)
	like   func(i int) []simulator.ModemOption
	cards  func(i int) simulator.SIM
	log    io.Writer
	beside func(*slog.Logger) []line.Driver
	now    atomic.Pointer[gateway.Gateway] // Gateway, for those who do not wait for a restart
	stop   context.CancelFunc
	done   chan error
	broken bool // by Break: the gateway may end with an error
}

// Option changes a world before it starts.
type Option func(*World)

// Modems sets the number of modems; the default is one.
func Modems(n int) Option { return func(w *World) { w.modems = n } }

// On sets the network; the default answers at once.
func On(n *simulator.Network) Option { return func(w *World) { w.Network = n } }

// Configure changes the configuration of the gateway.
func Configure(fn func(*gateway.Config)) Option { return func(w *World) { fn(&w.cfg) } }

// ConfigureModem changes the configuration of each modem.
func ConfigureModem(fn func(i int, c *modem.Config)) Option { return func(w *World) { w.change = fn } }

// Simulated sets what each simulated modem is like.
func Simulated(fn func(i int) []simulator.ModemOption) Option {
	return func(w *World) { w.like = fn }
}

// Cards sets the card of each modem; the default is [SIM].
func Cards(fn func(i int) simulator.SIM) Option { return func(w *World) { w.cards = fn } }

// Beside adds lines that are no modems, behind those that are. fn makes them anew at each
// start.
func Beside(fn func(log *slog.Logger) []line.Driver) Option {
	return func(w *World) { w.beside = fn }
}

// LogTo writes all that is logged to out, the finest level included.
func LogTo(out io.Writer) Option { return func(w *World) { w.log = out } }

// In sets the folder of the state; the default is a temporary one.
func In(folder string) Option { return func(w *World) { w.Folder = folder } }

// Start starts a world, which ends with the test.
func Start(t testing.TB, options ...Option) *World {
	t.Helper()
	w := &World{t: t, modems: 1, cards: SIM, Clock: newClock(), change: func(int, *modem.Config) {},
		like: func(int) []simulator.ModemOption { return nil }, beside: func(*slog.Logger) []line.Driver { return nil }}
	w.cfg.Country = "DE"
	// Tests send what no person would. Those of the limits set their own.
	limits := guard.Limits{Resend: -1, Sends: -1, NumberHour: -1, NumberDay: -1, PrefixDay: -1, Run: -1,
		CountryHour: -1, ElsewherePrefixDay: -1, ElsewhereCountryDay: -1, AppHour: -1, ClientHour: -1, AppFailedHour: -1, ClientFailedHour: -1}
	w.cfg.Guard = guard.Config{Countries: []string{guard.AllCountries}, Conversion: guard.Off, Limits: limits}
	for _, o := range options {
		o(w)
	}
	if w.Network == nil {
		w.Network = simulator.NewNetwork()
	}
	if w.Folder == "" {
		w.Folder = t.TempDir()
		storetest.Make(t, filepath.Join(w.Folder, "simgate.db"))
	}
	for i := range w.modems {
		w.SIMs = append(w.SIMs, w.Network.Modem(w.cards(i), w.like(i)...))
	}
	w.start()
	t.Cleanup(w.Stop)
	return w
}

// SIM returns the card of the ith modem.
func SIM(i int) simulator.SIM {
	return simulator.SIM{
		ICCID:  fmt.Sprintf("8949020000000%06d", i+1),
		IMSI:   fmt.Sprintf("26201000%07d", i+1),
		MSISDN: fmt.Sprintf("+491700%06d", i+1),
		SMSC:   "+491710760000",
		PIN:    "",
	}
}

func (w *World) start() {
	w.t.Helper()
	log := slog.New(slog.NewTextHandler(w.t.Output(), &slog.HandlerOptions{Level: slog.LevelInfo}))
	if w.log != nil {
		log = slog.New(slog.NewTextHandler(w.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	}
	cfg := w.cfg
	cfg.Database, cfg.CodeKey = filepath.Join(w.Folder, "simgate.db"), filepath.Join(w.Folder, "run", "code.key")
	cfg.Clock, cfg.Log = w.Clock.gateway(), log
	cfg.OnStatement = hear
	w.Modems = nil
	var lines []line.Driver
	for i, sim := range w.SIMs {
		mc := modem.Config{Name: fmt.Sprintf("sim%d", i+1), Open: func(context.Context) (io.ReadWriteCloser, error) { return sim.Open() },
			OpenVoice: func(context.Context) (io.ReadWriteCloser, error) { return sim.OpenVoice() }}
		w.change(i, &mc)
		m := modem.New(mc, log)
		w.Modems, lines = append(w.Modems, m), append(lines, gsm.New(m))
	}
	lines = append(lines, w.beside(log)...)
	ctx, stop := context.WithCancel(context.Background())
	if err := unlocked(cfg.Database + ".lock"); err != nil {
		stop()
		w.t.Fatal(err)
	}
	g, err := gateway.Open(ctx, cfg, lines)
	if err != nil {
		stop()
		w.t.Fatalf("opening the gateway: %v", err)
	}
	w.Gateway, w.stop, w.done = g, stop, make(chan error, 1)
	w.now.Store(g)
	go func() { w.done <- g.Run(ctx) }()
}

// unlocked waits until nobody holds the lock on a file: a child that another test starts
// just now has a copy of every open file until it runs its own program.
func unlocked(path string) error {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	defer file.Close()
	return unix.Flock(int(file.Fd()), unix.LOCK_EX)
}

// Stop ends the gateway as SIGTERM does. It may be called more than once.
func (w *World) Stop() {
	w.t.Helper()
	if w.stop == nil {
		return
	}
	w.stop()
	w.stop = nil
	if err := <-w.done; err != nil && !errors.Is(err, context.Canceled) && !w.broken {
		w.t.Errorf("the gateway ended with: %v", err)
	}
	if err := w.Gateway.Close(); err != nil && !w.broken {
		w.t.Errorf("closing the gateway: %v", err)
	}
	w.checkCauses()
}

// checkCauses fails unless each cause in the database has a code, and one that is described.
func (w *World) checkCauses() {
	w.t.Helper()
	path := filepath.Join(w.Folder, "simgate.db")
	if _, err := os.Stat(path); err != nil || w.broken {
		return
	}
	kinds := slices.Concat(cause.Kinds(), gsm.Causes(), phone.Causes())
	db := sql.OpenDB(connector(path))
	defer db.Close()
	for _, table := range []string{"message", "part", "part_try", "call", "attempt", "delivery", "notification", "forward"} {
		all, err := causesIn(db, table)
		if err != nil && !strings.Contains(err.Error(), "no such table") { // a test has taken them away
			w.t.Errorf("reading the causes: %v", err)
		}
		for _, c := range all {
			if _, known := cause.Find(kinds, c.Code); !known || c.Text == "" {
				w.t.Errorf("in the table %s the cause %q has the code %q", table, c.Text, c.Code)
			}
		}
	}
}

// causesIn returns the causes in a table.
func causesIn(db *sql.DB, table string) (all []cause.Cause, err error) {
	rows, err := db.QueryContext(context.Background(), "SELECT DISTINCT cause, cause_code FROM "+table+" WHERE cause <> '' OR cause_code <> ''")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var c cause.Cause
		if err := rows.Scan(&c.Text, &c.Code); err != nil {
			return nil, err
		}
		all = append(all, c)
	}
	return all, rows.Err()
}

// Restart stops the gateway and starts it on the same state. The modems and the
// network live on.
func (w *World) Restart() {
	w.t.Helper()
	w.Stop()
	w.start()
}

// Reboot is Restart of the whole machine: time since boot begins anew.
func (w *World) Reboot() {
	w.t.Helper()
	w.Stop()
	w.Clock.reboot()
	w.start()
}

// Disk returns a copy of what is on the disk now.
func (w *World) Disk() string {
	w.t.Helper()
	disk := w.t.TempDir()
	if err := os.CopyFS(disk, os.DirFS(w.Folder)); err != nil {
		w.t.Error(err)
	}
	return disk
}

// Crash is kill -9: the next run finds what was on the disk, whatever this one does to its
// end, of which nothing may reach beyond.
func (w *World) Crash(disk string) {
	w.t.Helper()
	w.Stop()
	w.Folder = disk
	w.start()
}

// Break takes the tables away under the running gateway, so that whatever needs
// the database fails. Keys that have been used before still work.
func (w *World) Break(t testing.TB) {
	t.Helper()
	w.broken = true
	db := sql.OpenDB(connector(filepath.Join(w.Folder, "simgate.db")))
	defer db.Close()
	rows, err := db.QueryContext(t.Context(), "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
	if err != nil {
		t.Fatal(err)
	}
	var drop []string
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			t.Fatal(err)
		}
		drop = append(drop, "DROP TABLE "+name)
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil { //nolint:sqlclosecheck // closed before the tables are dropped
		t.Fatal(err)
	}
	for _, statement := range drop {
		if _, err := db.ExecContext(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
}

// Dump returns all rows of all tables of the database, but for the time that it keeps.
func (w *World) Dump(t testing.TB) string {
	t.Helper()
	db := sql.OpenDB(connector(filepath.Join(w.Folder, "simgate.db")))
	defer db.Close()
	tables := query(t, db, "SELECT name FROM sqlite_schema WHERE type = 'table' AND name <> 'clock' ORDER BY name")
	var dump strings.Builder
	for _, table := range tables {
		fmt.Fprintln(&dump, table[0])
		for _, row := range query(t, db, fmt.Sprintf("SELECT * FROM %q", table[0])) {
			fmt.Fprintln(&dump, " ", row)
		}
	}
	return dump.String()
}

// Exec runs a statement on the database beside the gateway.
func (w *World) Exec(t testing.TB, statement string) {
	t.Helper()
	db := sql.OpenDB(connector(filepath.Join(w.Folder, "simgate.db")))
	defer db.Close()
	if _, err := db.ExecContext(t.Context(), statement); err != nil {
		t.Fatal(err)
	}
}

// Columns returns the columns of all tables of the database.
func (w *World) Columns(t testing.TB) map[string][]string {
	t.Helper()
	db := sql.OpenDB(connector(filepath.Join(w.Folder, "simgate.db")))
	defer db.Close()
	columns := map[string][]string{}
	for _, row := range query(t, db, "SELECT m.name, c.name FROM sqlite_schema m, pragma_table_info(m.name) c WHERE m.type = 'table'") {
		table := fmt.Sprint(row[0])
		columns[table] = append(columns[table], fmt.Sprint(row[1]))
	}
	return columns
}

// query returns the rows of a query.
func query(t testing.TB, db *sql.DB, q string) (all [][]any) {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	columns, err := rows.Columns()
	for err == nil && rows.Next() {
		row, into := make([]any, len(columns)), make([]any, len(columns))
		for i := range row {
			into[i] = &row[i]
		}
		err = rows.Scan(into...)
		all = append(all, row)
	}
	if err = errors.Join(err, rows.Err()); err != nil {
		t.Fatal(err)
	}
	return all
}

// connector opens the database at a path beside the gateway.
type connector string

func (c connector) Connect(context.Context) (driver.Conn, error) {
	return c.Driver().Open("file:" + string(c) + "?_busy_timeout=5000")
}

func (connector) Driver() driver.Driver { return &sqlite3.SQLiteDriver{} }

// Key makes an API key. Without scopes it has the usual ones.
func (w *World) Key(t testing.TB, app string, scopes ...key.Scope) string {
	t.Helper()
	_, token, err := w.Gateway.Keys().Create(context.Background(), app, scopes)
	if err != nil {
		t.Fatalf("making a key: %v", err)
	}
	return token
}

// Clock is the two times of a world: both go on as time.Now does, and the time
// of day can be stepped.
type Clock struct {
	mu     sync.Mutex
	boots  int
	booted time.Time
	offset time.Duration
}

func newClock() *Clock { return &Clock{boots: 1, booted: time.Now().Add(-time.Hour)} }

// Now returns the time of day.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Now().Add(c.offset)
}

// Step moves the time of day, as the network time does when it arrives.
func (c *Clock) Step(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.offset += d
}

func (c *Clock) reboot() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.boots++
	c.booted = time.Now().Add(-time.Minute)
}

func (c *Clock) gateway() clock.Source {
	c.mu.Lock()
	defer c.mu.Unlock()
	booted := c.booted
	return clock.Source{
		Boot:   fmt.Sprintf("boot-%d", c.boots),
		Uptime: func() time.Duration { return time.Since(booted) },
		Wall: func() time.Time {
			c.mu.Lock()
			defer c.mu.Unlock()
			return time.Now().Add(c.offset)
		},
	}
}
