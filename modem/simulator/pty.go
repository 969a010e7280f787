package simulator

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"sync"
)

// ServePTY puts the modem behind a pseudo-terminal in raw mode that is
// reachable at path, a symbolic link, until ctx ends; it then returns nil.
// Unplug hangs the terminal up and removes the link, Plug makes a new one, at
// the new name after PlugAt. A symbolic link that is in the way is replaced;
// anything else there is an error, as is a folder that does not exist.
//
// The terminal is a fresh one each time the last program lets go of it, as a
// device node is: exclusive mode, which the kernel keeps on a terminal, must
// not outlive a program that was killed. What opens the link in the very moment
// of the change may find the old one hung up.
func (m *Modem) ServePTY(ctx context.Context, path string) error {
	m.n.mu.Lock()
	m.path = path
	m.n.unlock()
	for {
		err := m.await(ctx, func() bool { return m.plugged })
		if err == nil {
			err = m.serveTerminal(ctx)
		}
		if ctx.Err() != nil {
			return nil //nolint:nilerr // it was told to end
		}
		if err != nil {
			return fmt.Errorf("modem on a pseudo-terminal: %w", err)
		}
	}
}

// AwaitPTY waits until ServePTY has the modem reachable at Path, or ctx ends.
func (m *Modem) AwaitPTY(ctx context.Context) error {
	return m.await(ctx, func() bool { return m.served })
}

// await waits for a state of the port.
func (m *Modem) await(ctx context.Context, state func() bool) error {
	for {
		m.n.mu.Lock()
		reached, changed := state(), m.changed
		m.n.unlock()
		if reached {
			return ctx.Err()
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

func (m *Modem) serve(served bool) {
	m.n.mu.Lock()
	defer m.n.unlock()
	m.served = served && m.plugged
	m.announceChange()
}

// reopen is for the modem what closing and opening the port is.
func (m *Modem) reopen() {
	m.n.mu.Lock()
	defer m.n.unlock()
	m.cure(CureReopen)
}

// serveTerminal serves until the modem is unplugged, or ctx ends.
func (m *Modem) serveTerminal(ctx context.Context) error {
	port, err := m.Open()
	if errors.Is(err, fs.ErrNotExist) {
		return nil // unplugged in between
	}
	if err != nil {
		return err
	}
	defer func() { _ = port.Close() }()
	tty, err := openTerminal(m.Path(), m.reopen)
	if err != nil {
		return err
	}
	defer tty.hangUp()
	m.serve(true)
	defer m.serve(false)

	stop := context.AfterFunc(ctx, tty.hangUp)
	defer stop()
	var out sync.WaitGroup
	out.Go(func() {
		defer tty.hangUp()
		_, _ = io.Copy(tty, port) // ends when the port does
	})
	_, err = io.Copy(port, tty) // ends when the terminal does, or the modem's power
	_ = port.Close()
	out.Wait()
	if errors.Is(err, fs.ErrClosed) || errors.Is(err, errGone) {
		return nil
	}
	return err
}
