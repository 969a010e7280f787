package usb_test

import (
	"errors"
	"io/fs"
	"slices"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"simgate/modem/usb"
)

// Closing the socket again does nothing to a file that has got its descriptor since.
func TestKernelSocketIsClosedOnce(t *testing.T) {
	k, err := usb.ListenKernel()
	if err != nil {
		t.Skipf("uevents are not available here: %v", err)
	}
	old := k.Descriptor()
	k.Close()
	if err := k.Next(); !errors.Is(err, fs.ErrClosed) {
		t.Errorf("a closed socket says %v", err)
	}
	var pipe [2]int
	if err := unix.Pipe2(pipe[:], unix.O_NONBLOCK|unix.O_CLOEXEC); err != nil {
		t.Fatal(err)
	}
	if !slices.Contains(pipe[:], old) {
		t.Errorf("the descriptor %d is in use still", old)
	}
	k.Close()
	if n, err := unix.Read(pipe[0], make([]byte, 8)); !errors.Is(err, unix.EAGAIN) {
		t.Errorf("%d bytes were written to another file, or it was closed: %v", n, err)
	}
	for _, fd := range pipe {
		if err := unix.Close(fd); err != nil {
			t.Error(err)
		}
	}
}

// Whoever waits for the kernel is woken when the socket is closed.
func TestKernelSocketIsClosedWhileRead(t *testing.T) {
	k, err := usb.ListenKernel()
	if err != nil {
		t.Skipf("uevents are not available here: %v", err)
	}
	ended := make(chan error)
	go func() {
		for {
			if err := k.Next(); err != nil {
				ended <- err
				return
			}
		}
	}()
	k.Close()
	select {
	case err := <-ended:
		if !errors.Is(err, fs.ErrClosed) {
			t.Error(err)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("it waits still")
	}
}

// Only messages about serial ports and devices on the USB count.
func TestKernelMessages(t *testing.T) {
	for message, want := range map[string]bool{
		"add@/devices/usb1/1-1/tty/ttyUSB0\x00ACTION=add\x00SUBSYSTEM=tty\x00SEQNUM=1": true,
		"remove@/devices/usb1/1-1\x00ACTION=remove\x00SUBSYSTEM=usb":                   true,
		"add@/devices/net\x00ACTION=add\x00SUBSYSTEM=net":                              false,
		"": true, "\x00\x00": false, "SUBSYSTEM=tt": false,
	} {
		if got := usb.ConcernsModems([]byte(message)); got != want {
			t.Errorf("%q: %t", message, got)
		}
	}
}
