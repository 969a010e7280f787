package main

import (
	"bytes"
	"errors"
	"io"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// programFor returns a copy of the program that every user can run.
func programFor(t *testing.T) string {
	t.Helper()
	in, err := os.Open(os.Args[0])
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	path := filepath.Join(readableTemp(t), "simgate")
	out, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY, 0o755)
	if err != nil {
		t.Fatal(err)
	}
	_, err = io.Copy(out, in)
	if err = errors.Join(err, out.Close()); err != nil {
		t.Fatal(err)
	}
	return path
}

// runAs runs the program as another user, in a process of its own.
func runAs(t *testing.T, program string, as *syscall.Credential, args ...string) result {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), program, args...)
	cmd.Dir = "/"
	cmd.Env = append(os.Environ(), asProgram+"=1", "GOCOVERDIR=/nonexistent")
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: as}
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if _, exited := errors.AsType[*exec.ExitError](cmd.Run()); !exited && cmd.ProcessState == nil {
		t.Skip("this machine does not let the test run a program as another user")
	}
	return result{cmd.ProcessState.ExitCode(), out.String(), errs.String()}
}

// Whatever keeps a user from the daemon of the service, each command says which group
// to join, and none takes it for a daemon that does not run.
func TestNoAccessNamesTheGroup(t *testing.T) {
	const uid, otherGroup = 65534, 1 // nobody, and a group that he is not in
	nobody, err := user.LookupId("65534")
	group, groupErr := user.LookupGroupId("1")
	if os.Geteuid() != 0 || err != nil || groupErr != nil {
		t.Skip("only root can make files of another group, and act as another user")
	}
	program := programFor(t)
	join := "sudo usermod -aG " + group.Name + " " + nobody.Username + ", and log in again"
	for _, tc := range []struct {
		name, path string
		mode       os.FileMode
	}{
		{"the socket", "run/s", 0o660},
		{"the folder of the socket", "run", 0o750},
		{"the configuration", "simgate.yaml", 0o640},
	} {
		t.Run(tc.name, func(t *testing.T) {
			folder := readableTemp(t)
			config, sockets := filepath.Join(folder, "simgate.yaml"), filepath.Join(folder, "run")
			text := "socket: " + sockets + "/s\nstate_dir: " + folder + "/state\n"
			if err := errors.Join(os.Mkdir(sockets, 0o755), os.WriteFile(config, []byte(text), 0o644)); err != nil {
				t.Fatal(err)
			}
			l, err := net.Listen("unix", filepath.Join(sockets, "s"))
			if err != nil {
				t.Fatal(err)
			}
			defer l.Close()
			path := filepath.Join(folder, tc.path)
			if err := errors.Join(os.Chown(path, 0, otherGroup), os.Chmod(path, tc.mode)); err != nil {
				t.Fatal(err)
			}
			as := &syscall.Credential{Uid: uid, Gid: uid}
			for _, args := range [][]string{{"modems"}, {"messages"}, {"keys", "list"}, {"keys", "create", "shop"}, {"send", "+4915112345678", "x"}} {
				r := runAs(t, program, as, append(args, "--config", config)...)
				if r.code == exitOK || !strings.Contains(r.errors, join) || strings.Count(r.errors, "\n") != 1 {
					t.Errorf("%q: %+v", args, r)
				}
			}
			r := runAs(t, program, as, "doctor", "--config", config)
			if tc.path != "simgate.yaml" && !strings.Contains(r.out, join) || strings.Contains(r.out, "modem found") || strings.Contains(r.out, "systemctl enable") {
				t.Errorf("doctor: %+v", r)
			}
		})
	}
}
