package remote

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"simgate/api/client"
	v1 "simgate/api/v1"
	"simgate/cmd/simgate/cli"
	"simgate/gateway"
)

func newChatCommand(app *cli.App) *cobra.Command {
	var line int64
	var limit int
	cmd := &cobra.Command{
		Use:   "chat NUMBER",
		Short: "talk to a number by messages",
		Long: "Show the conversation with a number and what comes in as it comes, and send each line that is\n" +
			"typed. Below a message stands what becomes of it. What is shown is marked as read. Ctrl-D ends\n" +
			"it; where the input is no terminal, its end does once the messages have left.",
		Example: "  simgate chat +4915112345678",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if limit < 0 {
				return cli.UsageError{Err: errors.New("--limit must be 0 or more")}
			}
			_, err := cli.Call(app, func(c *client.Client) (none struct{}, err error) {
				return none, newChat(app, c, args[0], line).run(cmd.Context(), limit)
			})
			if cmd.Context().Err() != nil {
				return nil //nolint:nilerr // the user stopped it
			}
			return err
		},
	}
	cmd.Flags().Int64Var(&line, "line", 0, "send by this SIM")
	cmd.Flags().IntVar(&limit, "limit", 20, "how much of the conversation is shown at first")
	return cmd
}

// chat is a conversation on a terminal.
type chat struct {
	app    *cli.App
	client *client.Client
	number string
	line   int64
	out    io.Writer

	typing bool // lines are typed on a terminal, whose user does not wait at the end

	mu      sync.Mutex
	open    map[int64]bool // messages of this chat that have not left
	ended   bool           // no more is typed
	seen    int64          // the last change of an incoming message that was shown
	settled chan struct{}  // closed when ended, and nothing is open
}

func newChat(app *cli.App, c *client.Client, number string, line int64) *chat {
	return &chat{app: app, client: c, number: number, line: line, out: app.Stdout, open: map[int64]bool{}, settled: make(chan struct{})}
}

// kinds are the changes of which a chat is made.
func kinds() []string {
	list := []string{gateway.NewsReceived, gateway.NewsAmended, gateway.NewsMissed}
	for _, s := range gateway.States {
		list = append(list, "message."+string(s))
	}
	return list
}

// run shows the conversation and goes on with it, until the input or ctx ends.
func (t *chat) run(ctx context.Context, limit int) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	changes, err := t.client.Follow(ctx, client.Follow{Kinds: kinds(), To: t.number}, 0)
	if err != nil {
		return err
	}
	defer changes.Close()
	typed := bufio.NewScanner(t.app.Stdin)
	next := func() (string, error) {
		if typed.Scan() {
			return typed.Text(), nil
		}
		return "", errors.Join(typed.Err(), io.EOF)
	}
	if t.app.Interactive() && t.app.Screen != nil && !t.app.JSON {
		keyboard := int(t.app.Keyboard().Fd())
		before, err := term.MakeRaw(keyboard)
		if err != nil {
			return err
		}
		defer func() { _ = term.Restore(keyboard, before) }()
		screen := term.NewTerminal(struct {
			io.Reader
			io.Writer
		}{t.app.Keyboard(), t.app.Stdout}, "> ")
		t.out, next, t.typing = screen, screen.ReadLine, true
	}
	if err := t.history(ctx, limit); err != nil {
		return err
	}
	failed, followed := make(chan error, 2), make(chan struct{})
	go func() {
		defer close(followed)
		failed <- t.follow(ctx, changes)
	}()
	defer func() { // the stream is closed after that
		stop()
		<-followed
	}()
	go func() { failed <- t.send(ctx, next) }()
	for {
		select {
		case <-t.settled:
			return nil
		case err := <-failed:
			if err != nil {
				return err
			}
		}
	}
}

// history shows the last entries.
func (t *chat) history(ctx context.Context, limit int) error {
	talk := v1.Conversation{}
	if limit > 0 {
		var err error
		if talk, err = t.client.Conversation(ctx, t.number, limit); err != nil {
			return err
		}
	}
	for _, e := range slices.Backward(talk.Entries) {
		if err := t.show(e); err != nil {
			return err
		}
		if e.Incoming != nil {
			t.seen = max(t.seen, e.Incoming.Change)
		}
	}
	if talk.Unread == 0 {
		return nil
	}
	_, err := t.client.MarkRead(ctx, t.number, 0)
	return err
}

// show shows an entry: a text, and of a message what became of it.
func (t *chat) show(e v1.Entry) error {
	if t.app.JSON {
		return json.NewEncoder(t.out).Encode(e)
	}
	if e.Incoming != nil {
		return t.say("%s  <- %s", clock(e.Incoming.Received), indented(incomingText(*e.Incoming)))
	}
	if err := t.say("%s  -> %s", clock(e.Message.Accepted), indented(cli.Harmless(e.Message.Text))); err != nil {
		return err
	}
	return t.say("%s", fate(*e.Message))
}

func (t *chat) say(format string, args ...any) error {
	_, err := fmt.Fprintf(t.out, format+"\n", args...)
	return err
}

// indented aligns the lines of a text.
func indented(s string) string { return strings.ReplaceAll(s, "\n", "\n             ") }

// fate says what became of a message.
func fate(m v1.Message) string {
	what := fmt.Sprintf("             %d %s", m.ID, m.State)
	if why := Why(m.Waiting, m.Cause); why != "" {
		what += ": " + cli.Harmless(why)
	}
	return what
}

// follow shows what changes.
func (t *chat) follow(ctx context.Context, changes *client.Changes) error {
	for {
		c, err := changes.Next()
		if err != nil {
			return err
		}
		if c.Incoming != nil && c.Incoming.Change > t.seen {
			if err := t.show(v1.Entry{Incoming: c.Incoming}); err != nil {
				return err
			}
			if _, err := t.client.MarkRead(ctx, t.number, c.Incoming.ID); err != nil {
				return err
			}
		}
		if c.Message != nil && c.Message.Verification == "" {
			if err := t.changed(c); err != nil {
				return err
			}
		}
	}
}

// changed shows what became of a message.
func (t *chat) changed(c v1.Change) error {
	m := *c.Message
	t.mu.Lock()
	own := t.open[m.ID]
	t.mu.Unlock()
	switch {
	case t.app.JSON:
		if err := json.NewEncoder(t.out).Encode(v1.Entry{Message: &m}); err != nil {
			return err
		}
	case c.From == "" && own: // it was typed here
	case c.From == "":
		if err := t.show(v1.Entry{Message: &m}); err != nil {
			return err
		}
	case waits(m):
	default:
		if err := t.say("%s", fate(m)); err != nil {
			return err
		}
	}
	if !waits(m) {
		t.left(m.ID)
	}
	return nil
}

// waits reports whether a message has not left.
func waits(m v1.Message) bool {
	return m.State == string(gateway.Queued) || m.State == string(gateway.Sending)
}

// send sends what is typed.
func (t *chat) send(ctx context.Context, next func() (string, error)) error {
	for {
		text, err := next()
		if err != nil {
			t.mu.Lock()
			if t.ended = true; t.typing {
				clear(t.open)
			}
			t.mu.Unlock()
			t.left(0)
			if errors.Is(err, io.EOF) {
				err = nil
			}
			return err
		}
		if text == "" {
			continue
		}
		t.mu.Lock() // what changes of it is shown when it is known to be of this chat
		m, err := t.client.SendMessage(ctx, v1.NewMessage{To: t.number, Text: text, Line: t.line})
		if err == nil {
			t.open[m.ID] = true
		}
		t.mu.Unlock()
		if err == nil {
			continue
		}
		if _, refused := errors.AsType[*v1.Problem](err); !refused {
			return err
		}
		if err := t.say("not sent: %v", err); err != nil {
			return err
		}
	}
}

// left notes that a message has left, 0 for none.
func (t *chat) left(id int64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.open, id)
	if !t.ended || len(t.open) > 0 {
		return
	}
	select {
	case <-t.settled:
	default:
		close(t.settled)
	}
}
