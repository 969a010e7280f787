// Package usb finds modems among the devices on the USB, and resets them. It knows
// Linux only: sysfs, the uevents of the kernel, and /proc. It opens no port and
// knows no AT.
//
// [Discover] lists the devices that are modems or may be, and which of their ports
// are for commands. It reads sysfs and touches no device, since ports that are in
// use are disturbed when they are opened, and modems have ports that hang them when
// something is written to them.
//
// A [Finder] shares the devices out among the modems of a process, so that a modem
// that is looked for does not open a port of another.
//
// [Reset] takes a device off the bus and back. It needs root, which the daemon is
// not: a unit of systemd does it for the daemon.
package usb
