package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
)

// NoAccess returns err, or what to do if it means that this user may not open path,
// the configuration or the socket of the daemon.
func NoAccess(err error, path string) error {
	if !errors.Is(err, fs.ErrPermission) {
		return err
	}
	said := accessError(fmt.Sprintf("this user may not open %s: %s", path, JoinGroup(path)))
	if _, ok := errors.AsType[UsageError](err); ok {
		return UsageError{Err: said} // of the configuration
	}
	return said
}

// accessError says what this user may not open, and what to do.
type accessError string

func (e accessError) Error() string { return string(e) }

// Is reports whether target is [fs.ErrPermission].
func (accessError) Is(target error) bool { return target == fs.ErrPermission }

// JoinGroup returns how this user gets access to a file that another user may open: by
// the group of the file, or of the folder that he cannot enter.
func JoinGroup(path string) string {
	info, err := os.Stat(path)
	for ; err != nil && path != "/"; info, err = os.Stat(path) {
		path = filepath.Dir(path)
	}
	if err != nil {
		return "run it with sudo"
	}
	me, err := user.Current()
	group, ok := GroupOf(info)
	switch {
	case err != nil || !ok:
		return "run it with sudo"
	case slices.Contains(GroupsOf(me), group.Gid) && !inGroup(group.Gid):
		return "you are in the group " + group.Name + " since your last login: log in again, or run \"newgrp " + group.Name + "\""
	case inGroup(group.Gid):
		return "run it with sudo"
	}
	return fmt.Sprintf("sudo usermod -aG %s %s, and log in again", group.Name, me.Username)
}

// GroupOf returns the group of a file, if that is one that users are put into: not
// the group of root.
func GroupOf(info fs.FileInfo) (*user.Group, bool) {
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok || st.Gid == 0 {
		return nil, false
	}
	g, err := user.LookupGroupId(strconv.Itoa(int(st.Gid)))
	return g, err == nil
}

// GroupsOf returns the ids of the groups of which a user is a member.
func GroupsOf(u *user.User) []string {
	ids, _ := u.GroupIds() // without them nobody is a member
	return ids
}

// inGroup reports whether this process has the rights of a group.
func inGroup(gid string) bool {
	n, err := strconv.Atoi(gid)
	groups, _ := os.Getgroups()
	return err == nil && (n == os.Getegid() || slices.Contains(groups, n))
}
