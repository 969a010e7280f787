package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

// The daemon is not root, and to take a device off the USB needs root. So a small
// unit of systemd listens on a socket that only the daemon's group may use, and
// runs "simgate usb" for each request: one line that names the device, one line
// that says what came of it.
const usbSocket = "/run/simgate-usb.sock"

// usbAuthorise is how long a device is off the bus.
const usbAuthorise = 2 * time.Second

func newUSBCommand(app *app) *cobra.Command {
	var sys string
	cmd := &cobra.Command{
		Use:    "usb",
		Short:  "take a device off the USB and back; run by systemd for the daemon",
		Args:   cobra.NoArgs,
		Hidden: true,
		RunE: func(cmd *cobra.Command, _ []string) error {
			line, err := bufio.NewReader(io.LimitReader(app.stdin, 256)).ReadString('\n')
			if err != nil {
				return fmt.Errorf("reading the request: %w", err)
			}
			if err := reauthorise(cmd.Context(), sys, strings.TrimSpace(line)); err != nil {
				fmt.Fprintln(app.stdout, err)
				return err
			}
			fmt.Fprintln(app.stdout, "ok")
			return nil
		},
	}
	cmd.Flags().StringVar(&sys, "sys", "/sys", "where sysfs is")
	return cmd
}

// usbDevice is the name of a device by its place on the bus, as 1-1.2.
var usbDevice = regexp.MustCompile(`^[0-9]+-[0-9]+(\.[0-9]+)*$`)

// reauthorise takes a device off the bus and back. It does so only for one that
// has a serial port: whoever may ask is not to switch off the keyboard.
func reauthorise(ctx context.Context, sys, device string) error {
	if !usbDevice.MatchString(device) {
		return fmt.Errorf("%q is no device on the USB", device)
	}
	folder := filepath.Join(sys, "bus/usb/devices", device)
	ports, err := filepath.Glob(filepath.Join(folder, device+":*", "tty*"))
	if err != nil || len(ports) == 0 {
		return fmt.Errorf("the device %s is not there, or is no modem", device)
	}
	switchFile := filepath.Join(folder, "authorized")
	if err := os.WriteFile(switchFile, []byte("0"), 0); err != nil {
		return err
	}
	select {
	case <-time.After(usbAuthorise):
	case <-ctx.Done(): // it must be given back all the same
	}
	return os.WriteFile(switchFile, []byte("1"), 0)
}

// usbDeviceOf returns the place on the USB of the device that a port belongs to.
func usbDeviceOf(sys, port string) (string, error) {
	real, err := filepath.EvalSymlinks(port)
	if err != nil {
		real = port // the port has gone, which is why we are asked
	}
	link, err := filepath.EvalSymlinks(filepath.Join(sys, "class/tty", filepath.Base(real), "device"))
	if err != nil {
		return "", fmt.Errorf("%s is not on the USB: %w", port, err)
	}
	for folder := link; folder != "/" && folder != "."; folder = filepath.Dir(folder) {
		if name := filepath.Base(folder); usbDevice.MatchString(name) {
			return name, nil
		}
	}
	return "", fmt.Errorf("%s is not on the USB", port)
}

// askUSB asks the unit at the socket to take the device of a port off the USB
// and back.
func askUSB(ctx context.Context, sys, socket, port string) error {
	device, err := usbDeviceOf(sys, port)
	if err != nil {
		return err
	}
	const patience = 15 * time.Second
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	var d net.Dialer
	conn, err := d.DialContext(ctx, "unix", socket)
	if err != nil {
		return fmt.Errorf("nobody may take the device off the USB: systemctl enable --now simgate-usb.socket: %w", err)
	}
	defer conn.Close()
	if deadline, ok := ctx.Deadline(); ok {
		if err := conn.SetDeadline(deadline); err != nil {
			return err
		}
	}
	if _, err := fmt.Fprintln(conn, device); err != nil {
		return err
	}
	answer, err := bufio.NewReader(io.LimitReader(conn, 1024)).ReadString('\n')
	if answer = strings.TrimSpace(answer); answer == "ok" {
		return nil
	}
	if answer != "" {
		return errors.New(answer)
	}
	return err
}

// powerCycle returns what switches a modem off and on, nil where nothing is
// configured for that. The command is run as it stands, without a shell.
func powerCycle(command []string) func(context.Context) error {
	if len(command) == 0 {
		return nil
	}
	return func(ctx context.Context) error {
		const patience = 30 * time.Second
		ctx, cancel := context.WithTimeout(ctx, patience)
		defer cancel()
		out, err := exec.CommandContext(ctx, command[0], command[1:]...).CombinedOutput() //nolint:gosec // the operator's own
		if err != nil {
			return fmt.Errorf("%s: %w: %s", command[0], err, strings.TrimSpace(string(out)))
		}
		return nil
	}
}
