// Package stream lets many readers follow what happens, each from a place of its own.
//
// Events are read and encoded once for all who are at the present: the last of them stay
// in memory, and there is no queue for a reader. Who is further behind reads from the
// source, a few at a time. So memory is bounded however many readers there are and however
// slowly they read; a reader whose connection takes nothing for a while is cut off, and
// goes on later from the last event that it got.
package stream

import (
	"cmp"
	"context"
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"

	"simgate/gateway/fault"
)

// Event is something that happened.
type Event struct {
	ID     int64 // grows with each
	Kind   string
	App    string // that it belongs to, "" none
	Number string // that it is about, "" none
	Line   int64  // the SIM, 0 none
	Data   []byte // JSON on one line

	frame []byte // as it is sent
}

// Source is where events come from.
type Source interface {
	// After returns the events after the one with an id, the oldest first and at most limit.
	After(ctx context.Context, id int64, limit int) ([]Event, error)
	// Kept returns the ids of the oldest and the newest event that can be read; where there
	// is none the oldest is 0.
	Kept(ctx context.Context) (oldest, newest int64, err error)
	// Changed returns a channel that is closed when there are more events.
	Changed() <-chan struct{}
}

const (
	// inMemory is how many events are kept in memory.
	inMemory = 1024
	// atOnce bounds the events that are read or sent at once.
	atOnce = 100
	// behind bounds the readers that read from the source at the same time.
	behind = 4
	// pace is how long a reader waits after events before it gets the next: whoever follows
	// much gets many at once, and an event alone comes at once.
	pace = 250 * time.Millisecond
	// share is what each reader adds to the pace of all where there are more than a few
	// hundred.
	share = time.Millisecond
)

// Config limits what readers can use. Zero fields have the values of [DefaultConfig].
type Config struct {
	Readers   int           // at the same time
	Heartbeat time.Duration // the longest silence on a stream
	Stall     time.Duration // how long a connection may take nothing
}

// DefaultConfig returns the settings that zero fields of a [Config] stand for.
func DefaultConfig() Config {
	return Config{Readers: 1024, Heartbeat: 15 * time.Second, Stall: 10 * time.Second}
}

// Hub lets readers follow a source. It is safe for concurrent use.
type Hub struct {
	cfg    Config
	source Source
	old    chan struct{} // holds one for each reader that reads from the source

	mu     sync.Mutex
	from   int64   // events holds all after the one with this id, up to the last that was read
	events []Event // never written to, once they are in: readers have parts of it

	crowd   sync.Mutex
	readers []*reader // the oldest first
	stopped bool
}

// reader is one who follows.
type reader struct {
	app  string
	quit context.CancelCauseFunc
}

// New returns a hub over a source.
func New(cfg Config, source Source) *Hub {
	d := DefaultConfig()
	if cfg.Readers == 0 {
		cfg.Readers = d.Readers
	}
	if cfg.Heartbeat == 0 {
		cfg.Heartbeat = d.Heartbeat
	}
	if cfg.Stall == 0 {
		cfg.Stall = d.Stall
	}
	return &Hub{cfg: cfg, source: source, old: make(chan struct{}, behind)}
}

// Stop ends all streams, and refuses others.
func (h *Hub) Stop() {
	h.crowd.Lock()
	defer h.crowd.Unlock()
	h.stopped = true
	for _, r := range h.readers {
		r.quit(errStopping)
	}
}

var (
	errStopping = &fault.Error{Code: fault.Unavailable, Message: "the gateway is stopping: try again in a moment"}
	errCrowded  = &fault.Error{Code: fault.Unavailable, RetryAfter: time.Minute,
		Message: "too many follow already: end some of the streams of this app, or try again later"}
)

// join makes room for a reader of an app. Where there is none the oldest of the app with
// most readers goes, so that no app keeps others out.
func (h *Hub) join(ctx context.Context, app string) (_ context.Context, leave func(), err error) {
	ctx, quit := context.WithCancelCause(ctx)
	r := &reader{app, quit}
	h.crowd.Lock()
	defer h.crowd.Unlock()
	if h.stopped {
		quit(nil)
		return nil, nil, errStopping
	}
	if len(h.readers) >= h.cfg.Readers {
		has := map[string]int{}
		most := h.readers[0]
		for _, o := range h.readers {
			has[o.app]++
		}
		for _, o := range h.readers {
			if has[o.app] > has[most.app] {
				most = o
			}
		}
		if has[app]+1 >= has[most.app] {
			quit(nil)
			return nil, nil, errCrowded
		}
		most.quit(errCrowded)
		h.drop(most)
	}
	h.readers = append(h.readers, r)
	return ctx, func() {
		quit(nil)
		h.crowd.Lock()
		defer h.crowd.Unlock()
		h.drop(r)
	}, nil
}

// pause returns how long a reader waits after events: as its pace is, a little more or less.
// Those who got the same event would else come back together, again and again, and whoever
// sends a message in that moment would wait for them all.
func (h *Hub) pause() time.Duration {
	h.crowd.Lock()
	defer h.crowd.Unlock()
	p := max(pace, time.Duration(len(h.readers))*share)
	return p/2 + rand.N(p) //nolint:gosec // it is no secret
}

func (h *Hub) drop(r *reader) {
	h.readers = slices.DeleteFunc(h.readers, func(o *reader) bool { return o == r })
}

// begin returns the place that a reader begins at, who has read up to the event last, ""
// for one who begins at the present.
func (h *Hub) begin(ctx context.Context, last string) (int64, error) {
	oldest, newest, err := h.source.Kept(ctx)
	if err != nil || last == "" {
		return newest, err
	}
	id, err := strconv.ParseInt(last, 10, 64)
	switch {
	case err != nil || id < 0:
		return 0, fault.NewInvalid("Last-Event-ID", "it must be the id of an event, or 0 for all that are kept")
	case id > newest && oldest > 0:
		return 0, fault.NewInvalid("Last-Event-ID", "there is no event with this id yet: leave it out, and begin at the present")
	case id > 0 && id < oldest-1:
		return 0, &fault.Error{Code: fault.Expired, Field: "Last-Event-ID",
			Message: "what followed this event is kept no longer: read the lists, and begin without an id"}
	}
	return id, nil
}

// next waits for events after the one with an id, and returns the first of them; none when
// late rings.
func (h *Hub) next(ctx context.Context, after int64, late <-chan time.Time) ([]Event, error) {
	for {
		changed := h.source.Changed()
		events, err := h.after(ctx, after)
		if err != nil || len(events) > 0 {
			return events, err
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-late:
			return nil, nil
		case <-changed:
		}
	}
}

// after returns the first events after the one with an id.
func (h *Hub) after(ctx context.Context, after int64) ([]Event, error) {
	h.mu.Lock()
	if after < h.from {
		h.mu.Unlock()
		return h.read(ctx, after)
	}
	defer h.mu.Unlock()
	last := h.from
	if n := len(h.events); n > 0 {
		last = h.events[n-1].ID
	}
	if after > last { // nobody has followed for a while
		h.from, h.events, last = after, nil, after
	}
	if after == last {
		more, err := h.load(ctx, after)
		if err != nil || len(more) == 0 {
			return nil, err
		}
		h.events = append(h.events, more...)
		if n := len(h.events) - inMemory; n > inMemory {
			h.from, h.events = h.events[n-1].ID, slices.Clone(h.events[n:])
		}
	}
	i, _ := slices.BinarySearchFunc(h.events, after+1, func(e Event, id int64) int { return cmp.Compare(e.ID, id) })
	return h.events[i:min(i+atOnce, len(h.events))], nil
}

// Forget drops the events that are in memory: what some of them are about has been removed
// from the source.
func (h *Hub) Forget() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if n := len(h.events); n > 0 {
		h.from, h.events = h.events[n-1].ID, nil
	}
}

// read is after for readers who are far behind.
func (h *Hub) read(ctx context.Context, after int64) ([]Event, error) {
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case h.old <- struct{}{}:
	}
	defer func() { <-h.old }()
	return h.load(ctx, after)
}

func (h *Hub) load(ctx context.Context, after int64) ([]Event, error) {
	events, err := h.source.After(ctx, after, atOnce)
	for i, e := range events {
		events[i].frame = slices.Concat([]byte("id: "+strconv.FormatInt(e.ID, 10)+"\ndata: "), e.Data, []byte("\n\n"))
	}
	return events, err
}

// Request is who wants to follow, and what.
type Request struct {
	App  string
	Last string // id of the last event that was read, "" to begin at the present
	// May returns an error once the caller may follow no more. It is asked before events are
	// sent.
	May func() error
	// Wants reports whether an event is to be sent.
	Wants func(Event) bool
}

// Serve sends events until the caller goes, or is cut off. An error means that nothing
// was sent.
func (h *Hub) Serve(w http.ResponseWriter, r *http.Request, q Request) error {
	ctx, leave, err := h.join(r.Context(), q.App)
	if err != nil {
		return err
	}
	defer leave()
	at, err := h.begin(ctx, q.Last)
	if err != nil {
		return err
	}
	header := w.Header()
	header.Set("Content-Type", "text/event-stream")
	header.Set("Cache-Control", "no-store")
	header.Set("X-Accel-Buffering", "no") // a proxy must not collect them
	if r.ProtoMajor == 1 {
		header.Set("Transfer-Encoding", "identity") // the connection ends with the stream: chunks would cost two more calls of the kernel for each piece
	}
	w.WriteHeader(http.StatusOK)
	s := &sending{w: w, control: http.NewResponseController(w), stall: h.cfg.Stall}
	s.add([]byte("retry: 2000\nid: " + strconv.FormatInt(at, 10) + "\n\n"))
	sent, timer := time.Now(), time.NewTimer(0)
	defer timer.Stop()
	for s.flush() == nil {
		timer.Reset(time.Until(sent.Add(h.cfg.Heartbeat)))
		events, err := h.next(ctx, at, timer.C)
		if err != nil || q.May() != nil {
			return nil //nolint:nilerr // the caller has gone, comes back, or may not
		}
		for _, e := range events {
			if at = e.ID; q.Wants(e) {
				s.add(e.frame)
				sent = time.Now()
			}
		}
		switch {
		case time.Since(sent) >= h.cfg.Heartbeat:
			// It proves the connection, and moves the place of a reader who wants few of the
			// events.
			s.add([]byte("id: " + strconv.FormatInt(at, 10) + "\n: still here\n\n"))
			sent = time.Now()
		case len(events) < atOnce && s.flush() == nil:
			timer.Reset(h.pause())
			select {
			case <-ctx.Done():
			case <-timer.C:
			}
		}
	}
	return nil
}

// sending writes to one connection. What is sent together leaves in few pieces, of which each
// costs a call of the kernel.
type sending struct {
	w       http.ResponseWriter
	control *http.ResponseController
	stall   time.Duration
	piece   *[]byte // that has not left yet, nil for none
	err     error
}

// pieceSize is how long pieces are. Who is slow holds one.
const pieceSize = 16 << 10

var pieces = sync.Pool{New: func() any { p := make([]byte, 0, pieceSize); return &p }}

// add sends what is given, at the latest at the next flush.
func (s *sending) add(what []byte) {
	if s.piece == nil && s.err == nil {
		s.piece, s.err = pieces.Get().(*[]byte), s.control.SetWriteDeadline(time.Now().Add(s.stall))
	}
	if s.err != nil {
		return
	}
	if len(*s.piece)+len(what) > pieceSize {
		s.write()
	}
	if *s.piece = append(*s.piece, what...); len(*s.piece) > pieceSize { // it is long, and alone
		s.write()
		*s.piece = make([]byte, 0, pieceSize)
	}
}

func (s *sending) write() {
	if s.err == nil && len(*s.piece) > 0 {
		_, s.err = s.w.Write(*s.piece)
	}
	*s.piece = (*s.piece)[:0]
}

// flush sends what was added.
func (s *sending) flush() error {
	if s.piece == nil {
		return s.err
	}
	s.write()
	pieces.Put(s.piece)
	if s.piece = nil; s.err == nil {
		s.err = s.control.Flush()
	}
	return s.err
}
