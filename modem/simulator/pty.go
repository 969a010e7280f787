package simulator

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"sync"
)

// ServePTY serves the modem on a pseudo-terminal in raw mode until ctx ends, and then
// returns nil. A symbolic link at path leads to the terminal. Unplug hangs the terminal up
// and removes the link; Plug creates a new one, PlugAt at the new path. ServePTY replaces a
// symbolic link at path, and fails if there is anything else or if the folder does not
// exist.
//
// When the last program closes the terminal it is replaced by a new one: the kernel keeps
// exclusive mode on a terminal, which must not outlive a program that was killed. A
// program that opens the link in that moment may get the old terminal, which is hung up.
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
			return nil //nolint:nilerr // it was to end
		}
		if err != nil {
			return fmt.Errorf("modem on a pseudo-terminal: %w", err)
		}
	}
}

// AwaitPTY waits until ServePTY serves the modem, or ctx ends, whose error it returns.
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

// reopen counts a closing and opening of the port by a host.
func (m *Modem) reopen() {
	m.n.mu.Lock()
	defer m.n.unlock()
	m.cure(CureReopen)
}

// serveTerminal serves the modem until it is unplugged or ctx ends.
func (m *Modem) serveTerminal(ctx context.Context) error {
	port, err := m.Open()
	if errors.Is(err, fs.ErrNotExist) {
		return nil // it was unplugged meanwhile
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
