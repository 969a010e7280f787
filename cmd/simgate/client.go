package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
	"text/tabwriter"

	"simgate/api/client"
)

var errNotRunning = errors.New("no simgate answers")

// call runs fn against the running daemon. Where none runs, or this user may not use
// it, its error says what to do.
func call[T any](a *app, fn func(*client.Client) (T, error)) (T, error) {
	var none T
	cfg, err := a.daemonConfig()
	if err != nil {
		return none, noAccess(err, a.configPath)
	}
	value, err := fn(client.Socket(cfg.Socket))
	if errors.Is(err, client.ErrNoDaemon) {
		return none, fmt.Errorf("%w on %s: start it with \"simgate serve\" or \"systemctl start simgate\", or name its configuration with --config", errNotRunning, cfg.Socket)
	}
	return value, noAccess(err, cfg.Socket)
}

// table writes a header and rows in aligned columns.
func table(w io.Writer, header string, rows func(w io.Writer)) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, header)
	rows(t)
	return t.Flush()
}

// or returns s, or a dash if s is empty.
func or(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

// counted returns n with a noun: "1 modem", "2 modems".
func counted(n int, noun string) string {
	if n != 1 {
		noun += "s"
	}
	return fmt.Sprintf("%d %s", n, noun)
}

// noAccess returns err, or what to do if it means that this user may not open path,
// the configuration or the socket of the daemon.
func noAccess(err error, path string) error {
	if !errors.Is(err, fs.ErrPermission) {
		return err
	}
	said := accessError(fmt.Sprintf("this user may not open %s: %s", path, joinGroup(path)))
	if _, ok := errors.AsType[usageError](err); ok {
		return usageError{said} // of the configuration
	}
	return said
}

// accessError says what this user may not open, and what to do.
type accessError string

func (e accessError) Error() string { return string(e) }

// Is reports whether target is [fs.ErrPermission].
func (accessError) Is(target error) bool { return target == fs.ErrPermission }

// joinGroup returns how this user gets access to a file that another user may open: by
// the group of the file, or of the folder that he cannot enter.
func joinGroup(path string) string {
	info, err := os.Stat(path)
	for ; err != nil && path != "/"; info, err = os.Stat(path) {
		path = filepath.Dir(path)
	}
	if err != nil {
		return "run it with sudo"
	}
	me, err := user.Current()
	group, ok := groupOf(info)
	switch {
	case err != nil || !ok:
		return "run it with sudo"
	case slices.Contains(groupsOf(me), group.Gid) && !inGroup(group.Gid):
		return "you are in the group " + group.Name + " since your last login: log in again, or run \"newgrp " + group.Name + "\""
	case inGroup(group.Gid):
		return "run it with sudo"
	}
	return fmt.Sprintf("sudo usermod -aG %s %s, and log in again", group.Name, me.Username)
}

// groupOf returns the group of a file, if that is one that users are put into: not
// the group of root.
func groupOf(info fs.FileInfo) (*user.Group, bool) {
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok || st.Gid == 0 {
		return nil, false
	}
	g, err := user.LookupGroupId(strconv.Itoa(int(st.Gid)))
	return g, err == nil
}

// groupsOf returns the ids of the groups of which a user is a member.
func groupsOf(u *user.User) []string {
	ids, _ := u.GroupIds() // without them nobody is a member
	return ids
}

// inGroup reports whether this process has the rights of a group.
func inGroup(gid string) bool {
	n, err := strconv.Atoi(gid)
	groups, _ := os.Getgroups()
	return err == nil && (n == os.Getegid() || slices.Contains(groups, n))
}
