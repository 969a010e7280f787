package modem

import (
	"bytes"
	"errors"

	"golang.org/x/sys/unix"
)

// kernel is a socket on which the kernel tells of devices (netlink, uevents).
type kernel struct {
	fd   int
	wake int // becomes readable when it is to be closed
}

func listenKernel() (*kernel, error) {
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, unix.NETLINK_KOBJECT_UEVENT)
	if err != nil {
		return nil, err
	}
	const fromTheKernel = 1 // the group of its own words; 2 are those of udev
	if err := unix.Bind(fd, &unix.SockaddrNetlink{Family: unix.AF_NETLINK, Groups: fromTheKernel}); err != nil {
		return nil, errors.Join(err, unix.Close(fd))
	}
	wake, err := unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK)
	if err != nil {
		return nil, errors.Join(err, unix.Close(fd))
	}
	return &kernel{fd: fd, wake: wake}, nil
}

// close makes next return, for good.
func (k *kernel) close() { _, _ = unix.Write(k.wake, []byte{1, 0, 0, 0, 0, 0, 0, 0}) }

// next waits for the kernel to say something, and reports whether it is about a
// serial port or a device on the USB.
func (k *kernel) next() (bool, error) {
	fds := []unix.PollFd{{Fd: int32(k.fd), Events: unix.POLLIN}, {Fd: int32(k.wake), Events: unix.POLLIN}}
	for {
		if _, err := unix.Poll(fds, -1); err != nil && !errors.Is(err, unix.EINTR) {
			return false, errors.Join(err, k.end())
		}
		if fds[1].Revents != 0 {
			return false, errors.Join(errors.ErrUnsupported, k.end())
		}
		message, err := k.read()
		switch {
		case errors.Is(err, unix.EAGAIN), errors.Is(err, unix.EINTR):
			continue
		case errors.Is(err, unix.ENOBUFS):
			return true, nil // some were lost: look
		case err != nil:
			return false, errors.Join(err, k.end())
		}
		return concernsModems(message), nil
	}
}

func (k *kernel) read() ([]byte, error) {
	buffer := make([]byte, 8192) // a message has 2 KiB at the most
	n, _, err := unix.Recvfrom(k.fd, buffer, 0)
	if err != nil {
		return nil, err
	}
	return buffer[:n], nil
}

// drain forgets what has been said meanwhile.
func (k *kernel) drain() {
	for {
		if _, err := k.read(); err != nil && !errors.Is(err, unix.ENOBUFS) {
			return
		}
	}
}

func (k *kernel) end() error { return errors.Join(unix.Close(k.fd), unix.Close(k.wake)) }

// concernsModems reads a message of the kernel: "ACTION@PATH" and then fields
// "NAME=VALUE", each ended by a NUL.
func concernsModems(message []byte) bool {
	for field := range bytes.SplitSeq(message, []byte{0}) {
		switch string(field) {
		case "SUBSYSTEM=tty", "SUBSYSTEM=usb":
			return true
		}
	}
	return false
}
