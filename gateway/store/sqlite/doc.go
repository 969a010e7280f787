// Package sqlite keeps the gateway's state in one SQLite file: opening,
// proving, migrating, transactions and copies. It knows no table.
//
// # What is promised
//
// Write returns nil only after the change has reached the disk. SQLite in WAL
// mode keeps that promise with synchronous=FULL alone; at NORMAL, which the
// driver sets when it is told nothing, the last commits may be gone after a
// power cut. So journal_mode and synchronous are read back on every connection
// that is ever made, and a connection that disagrees is not used.
//
// # One committer
//
// A durable commit costs a flush of the disk, 5 to 20 ms on an SD card, and
// the flush costs the same for one change as for two hundred. All writes
// therefore go through the one goroutine in Run: it takes the first write that
// waits, then whatever else has come meanwhile, gives each a savepoint of its
// own and commits them together. A lone write waits for nobody, and batches form
// by themselves as soon as writes come faster than the disk flushes. Only on a
// slow disk, and for those whom the last commit answered, does it wait a little:
// a quarter of a flush at the most.
//
// A write that fails is rolled back to its savepoint and harms no other. Three
// things reach the whole batch: a commit that fails (a deferred constraint, a
// fault of the disk), a statement after which SQLite itself abandons the
// transaction (disk full, input/output error), and a trigger's
// RAISE(ROLLBACK). Every write of the batch then returns the error, none has
// happened, and the next batch starts afresh: nothing needs a restart when
// space returns.
//
// # Readers
//
// Reads run on a small pool of query_only connections, each in a transaction
// of its own and so on one snapshot, for at most ReadLimit. The limit is what
// keeps the write-ahead log short: frames that an old snapshot may still need
// cannot be overwritten. Where readers overlap without a gap the log still
// grows, so the committer empties it by force once it passes walLimit.
//
// # Refused at the door
//
// A second process on the same database, a network file system (WAL needs
// memory shared by all its users), a file that is not a SQLite database, a
// database of another program and one that a newer simgate has written. So is an
// empty file beside a log that has content or beside a copy from before a migration,
// and a missing one beside such a log: there was a database. None of these files is
// changed.
//
// While the database is open, its files are compared with those that were opened,
// by device and inode. Once one was deleted or replaced, every write is refused:
// it would not be there after the next start.
//
// # SQL
//
// Queries are written for two engines: placeholders are ?, used once each and
// in order; times come from the caller as integers; UPDATE ... RETURNING and ON
// CONFLICT are fine, functions that only SQLite has are not. Pragmas are the
// business of this package.
package sqlite
