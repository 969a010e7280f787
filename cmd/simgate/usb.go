package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os/exec"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"simgate/cmd/simgate/cli"
	"simgate/modem/usb"
)

// usbSocket is the socket of simgate-usb.socket. The daemon is not root, and resetting
// a USB device needs root. So a systemd unit listens on a socket that only the
// daemon's group can use, and runs "simgate usb" for each request: the request is one
// line with the device, the answer one line with the result.
const usbSocket = "/run/simgate-usb.sock"

func newUSBCommand(app *cli.App) *cobra.Command {
	var sys string
	cmd := &cobra.Command{
		Use:    "usb",
		Short:  "reset a USB device; run by systemd for the daemon",
		Args:   cobra.NoArgs,
		Hidden: true,
		RunE: func(cmd *cobra.Command, _ []string) error {
			line, err := bufio.NewReader(io.LimitReader(app.Stdin, 256)).ReadString('\n')
			if err != nil {
				return fmt.Errorf("reading the request: %w", err)
			}
			if err := usb.Reset(cmd.Context(), sys, strings.TrimSpace(line)); err != nil {
				fmt.Fprintln(app.Stdout, err)
				return err
			}
			fmt.Fprintln(app.Stdout, "ok")
			return nil
		},
	}
	cmd.Flags().StringVar(&sys, "sys", "/sys", "where sysfs is")
	return cmd
}

// askUSB asks the unit at the socket to reset the USB device of a port.
func askUSB(ctx context.Context, sys, socket, port string) error {
	device, err := usb.BusID(sys, port)
	if err != nil {
		return err
	}
	const patience = 15 * time.Second
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	var d net.Dialer
	conn, err := d.DialContext(ctx, "unix", socket)
	if err != nil {
		return fmt.Errorf("the USB device cannot be reset: start the helper with \"sudo systemctl enable --now simgate-usb.socket\": %w", err)
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

// powerCycle returns a function that switches a modem off and on by running command,
// without a shell, for at most 30 seconds. It returns nil if command is empty.
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
