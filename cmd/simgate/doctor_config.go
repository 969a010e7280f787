package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"simgate/cmd/simgate/cli"
	"simgate/cmd/simgate/config"
)

// serviceUser is the user that systemd/simgate.service runs the daemon as.
const serviceUser = "simgate"

// configuration checks the configuration file and returns its content, or the
// defaults. It returns false where a file exists but cannot be read: then the socket of
// the running daemon is unknown too.
//
// It advises to write a file only where none exists.
func (c *checkup) configuration(ctx context.Context, path string) (config.Config, bool) {
	if abs, err := filepath.Abs(path); err == nil {
		path = abs // the advice may be followed in another folder
	}
	cfg, err := config.Load(path)
	_, invalid := errors.AsType[*config.Invalid](err)
	info, statErr := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist) && statErr == nil: // a link
		c.note(fail, "configuration", path+" is a link to a file that does not exist", "find the target with: ls -l "+quote(path)+"; then mount or restore it")
		return config.Default(), false
	case errors.Is(err, fs.ErrNotExist):
		c.note(warn, "configuration", path+" does not exist", c.createConfig(path))
		return config.Default(), true
	case errors.Is(err, fs.ErrPermission) && c.readableByService(info):
		c.note(warn, "configuration", "only root and the service can read "+path, cli.JoinGroup(path)+"; or run it as root: sudo simgate doctor")
		return config.Default(), false
	case errors.Is(err, fs.ErrPermission):
		c.note(fail, "configuration", "this user cannot read "+path, c.letRead(path, reached(path, func(p string) bool { _, err := os.Lstat(p); return err == nil })))
		return config.Default(), false
	case invalid:
		c.note(fail, "configuration", err.Error(), "correct these lines, then check the file: simgate config check "+quote(path))
	case err != nil && statErr == nil && info.IsDir():
		c.note(fail, "configuration", path+" is a folder", "name the file with --config")
		return config.Default(), false
	case err != nil:
		c.note(fail, "configuration", err.Error(), "check the path and the disk with: ls -l "+quote(path))
		return config.Default(), false
	default:
		c.note(fine, "configuration", path+" is in order", "")
	}
	c.caution(path, cfg)
	if messages, cost, known := cfg.CanaryCost(); messages > 0 {
		text := fmt.Sprintf("a message from SIM to SIM every %s: %d a month", cfg.Canary.Every, messages)
		if known {
			text += fmt.Sprintf(", which cost about %.2f by the prices of the SIMs", cost)
		}
		c.note(fine, "canary", text, "")
	}
	c.serviceReads(ctx, path)
	return cfg, true
}

// configured is configuration, or the configuration of the demo where that is meant.
func (c *checkup) configured(ctx context.Context, app *cli.App) (config.Config, bool) {
	path, err := app.ConfigPath, fs.ErrNotExist
	if app.Demo == "" {
		_, err = os.Lstat(path)
	}
	if app.Demo == "" && (!errors.Is(err, fs.ErrNotExist) || path != cli.DefaultConfig || len(cli.RunningDemos()) == 0) {
		return c.configuration(ctx, path)
	}
	cfg, err := cli.FindDemo(cmp.Or(app.Demo, cli.AnyDemo))
	if err != nil {
		c.note(fail, "configuration", err.Error(), "")
		return config.Default(), false
	}
	c.note(fine, "configuration", "that of the demo on "+cfg.Socket, "")
	return cfg, true
}

// createConfig returns the command that writes the default configuration to
// path, where there is none.
func (c *checkup) createConfig(path string) string {
	owner := ""
	if group := c.serviceGroup(); group != "" {
		owner = "-g " + group + " "
	}
	return "simgate config default | sudo install -D -m 640 " + owner + "/dev/stdin " + quote(path)
}

// caution notes what the owner should know of the configuration.
func (c *checkup) caution(path string, cfg config.Config) {
	for _, n := range cautions(cfg, path) {
		if n.about == "configuration" {
			n.fix = c.letRead(path, path)
		}
		c.note(warn, n.about, n.text, n.fix)
	}
}

// serviceReads checks, where the doctor runs as root, whether the service's user
// can read the file too. The kernel is asked, which knows about every kind of
// permission.
func (c *checkup) serviceReads(ctx context.Context, path string) {
	account, err := user.Lookup(c.service)
	if err != nil || os.Geteuid() != 0 {
		return // the service is not installed, or this user cannot act as another
	}
	as, err := credential(account)
	if err != nil {
		return
	}
	may := func(flag, path string) bool {
		cmd := exec.CommandContext(ctx, "test", flag, path)
		cmd.Dir = "/"
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: as}
		return cmd.Run() == nil
	}
	if may("-r", path) || !may("-d", "/") { // the second: no command can be run as that user
		return
	}
	at := reached(path, func(p string) bool { return may("-e", p) })
	c.note(fail, "configuration", fmt.Sprintf("the user of the service, %s, cannot read %s", c.service, path), c.letRead(path, at))
}

// readableByService reports whether a file has the owner and mode that letRead
// advises, or gives the service as much. A nil info is no file that can be seen.
func (c *checkup) readableByService(info fs.FileInfo) bool {
	account, err := user.Lookup(c.service)
	if err != nil || info == nil || !info.Mode().IsRegular() {
		return false
	}
	st, ok := info.Sys().(*syscall.Stat_t)
	return ok && (strconv.Itoa(int(st.Uid)) == account.Uid && st.Mode&0o400 != 0 ||
		strconv.Itoa(int(st.Gid)) == account.Gid && st.Mode&0o040 != 0)
}

// credential returns the ids with which a process of u runs.
func credential(u *user.User) (*syscall.Credential, error) {
	ids, err := u.GroupIds()
	if err != nil {
		return nil, err
	}
	numbers := make([]uint32, 0, len(ids)+2)
	for _, id := range append([]string{u.Uid, u.Gid}, ids...) {
		n, err := strconv.ParseUint(id, 10, 32)
		if err != nil {
			return nil, err
		}
		numbers = append(numbers, uint32(n))
	}
	return &syscall.Credential{Uid: numbers[0], Gid: numbers[1], Groups: numbers[2:]}, nil
}

// reached returns path, or else its nearest parent folder, for which sees returns true:
// the folder that cannot be entered, or path itself if only the file cannot be read.
func reached(path string, sees func(path string) bool) string {
	for path != "/" && !sees(path) {
		path = filepath.Dir(path)
	}
	return path
}

// letRead returns the commands that let the service read the file, or this user where
// the service is not installed. It changes no owner of a folder, and lets no other user
// read the file.
func (c *checkup) letRead(path, at string) string {
	if at != path {
		return fmt.Sprintf("sudo chmod a+x %s, which lets every user enter this folder but not list it; or move the file to /etc/simgate and name it with --config", quote(at))
	}
	if group := c.serviceGroup(); group != "" {
		return fmt.Sprintf("sudo chown root:%s %[2]s && sudo chmod 640 %[2]s; then run simgate doctor with sudo", group, quote(path))
	}
	return fmt.Sprintf("sudo chown %s %[2]s && sudo chmod 600 %[2]s", c.userName(), quote(path))
}

// serviceGroup returns the group of the service's user, "" if it is not installed.
func (c *checkup) serviceGroup() string {
	account, err := user.Lookup(c.service)
	if err != nil {
		return ""
	}
	group, err := user.LookupGroupId(account.Gid)
	if err != nil {
		return account.Gid // which chown and install understand too
	}
	return group.Name
}

// userName returns the name of the user who runs this program, with sudo or without.
func (c *checkup) userName() string {
	if c.person != "" {
		return c.person
	}
	if u, err := user.Current(); err == nil {
		return u.Username
	}
	return strconv.Itoa(os.Geteuid())
}

// quote returns a path in quotes where the shell needs them.
func quote(path string) string {
	if strings.Trim(path, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-+") == "" {
		return path
	}
	return "'" + strings.ReplaceAll(path, "'", `'\''`) + "'"
}
