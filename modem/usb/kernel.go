package usb

import (
	"bytes"
	"errors"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// kernelSocket receives the kernel's messages on devices that come and go: uevents, over
// netlink. The [os.File] may be closed while it is read, and more than once: it never uses
// its descriptor after that, which another file may have got.
type kernelSocket struct{ file *os.File }

func listenKernel() (kernelSocket, error) {
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, unix.NETLINK_KOBJECT_UEVENT)
	if err != nil {
		return kernelSocket{}, err
	}
	const fromKernel = 1 // the multicast group of the kernel; 2 is that of udev
	if err := unix.Bind(fd, &unix.SockaddrNetlink{Family: unix.AF_NETLINK, Groups: fromKernel}); err != nil {
		return kernelSocket{}, errors.Join(err, unix.Close(fd))
	}
	return kernelSocket{os.NewFile(uintptr(fd), "uevents")}, nil
}

// close closes the socket. A call of next that waits returns.
func (k kernelSocket) close() { _ = k.file.Close() } // its only error is that it was closed before

// next waits for a message that is about a serial port or a device on the USB.
func (k kernelSocket) next() error {
	for {
		message, err := k.read()
		if err != nil || concernsModems(message) {
			return err
		}
	}
}

// read returns the next message. It is empty if the kernel had to drop some, which may be
// about anything.
func (k kernelSocket) read() ([]byte, error) {
	buffer := make([]byte, 8192) // the kernel sends at most 2 KiB
	n, err := k.file.Read(buffer)
	if errors.Is(err, unix.ENOBUFS) {
		return nil, nil
	}
	return buffer[:max(n, 0)], err
}

// skip ignores the messages of the time d.
func (k kernelSocket) skip(d time.Duration) error {
	if err := k.file.SetReadDeadline(time.Now().Add(d)); err != nil {
		return err
	}
	for {
		if _, err := k.read(); errors.Is(err, os.ErrDeadlineExceeded) {
			return k.file.SetReadDeadline(time.Time{})
		} else if err != nil {
			return err
		}
	}
}

// concernsModems reports whether a message of the kernel is about a serial port or a device
// on the USB, or may be because it is empty. It has the form "ACTION@PATH" and then fields
// "NAME=VALUE", each ended by a NUL.
func concernsModems(message []byte) bool {
	for field := range bytes.SplitSeq(message, []byte{0}) {
		switch string(field) {
		case "SUBSYSTEM=tty", "SUBSYSTEM=usb":
			return true
		}
	}
	return len(message) == 0
}
