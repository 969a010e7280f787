package sqlite

import "sync"

// Topic names a bell.
type Topic string

// Ring lets the bell of a topic ring when the transaction is committed. A
// transaction that is undone rings nothing.
func (t *Tx) Ring(topic Topic) { t.rung = append(t.rung, topic) }

// Ring lets the bell of a topic ring at once, for what is not in the database.
func (db *DB) Ring(topic Topic) { db.bells.ring([]Topic{topic}) }

// Bell returns a channel that is closed when the topic is rung next. Take it before
// looking for work, so that nothing is missed in between.
func (db *DB) Bell(topic Topic) <-chan struct{} {
	b := &db.bells
	b.mu.Lock()
	defer b.mu.Unlock()
	c, ok := b.waiting[topic]
	if !ok {
		if b.waiting == nil {
			b.waiting = map[Topic]chan struct{}{}
		}
		c = make(chan struct{})
		b.waiting[topic] = c
	}
	return c
}

// bells holds a channel for each topic that somebody waits for.
type bells struct {
	mu      sync.Mutex
	waiting map[Topic]chan struct{}
}

func (b *bells) ring(topics []Topic) {
	if len(topics) == 0 {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, topic := range topics {
		if c, ok := b.waiting[topic]; ok {
			close(c)
			delete(b.waiting, topic)
		}
	}
}
