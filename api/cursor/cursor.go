// Package cursor marks where a page of a list ends. A cursor is opaque to callers, and
// belongs to the query that it was made for: with another it is refused, as what it would
// continue is another list.
package cursor

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"maps"
	"net/url"
	"slices"

	"simgate/api/body"
)

// Param is the parameter of a query that holds a cursor.
const Param = "cursor"

// Query is what a list was asked for.
type Query struct{ sum [8]byte }

// Of returns the query of a request for a list, which shows what belongs to owner. What
// says how much of the list is shown, and from where, is no part of it.
func Of(list, owner string, values url.Values) Query {
	asked := url.Values{"": {list, owner}}
	for name, v := range values {
		if !slices.Contains([]string{Param, "limit", ""}, name) {
			asked[name] = v
		}
	}
	sum := sha256.Sum256([]byte(asked.Encode()))
	return Query{[8]byte(sum[:8])}
}

// At returns the cursor of a place in the list: one number, or as many as the list has
// sources.
func (q Query) At(place ...int64) string {
	raw := q.sum[:]
	for _, n := range place {
		raw = binary.AppendVarint(raw, n)
	}
	return base64.RawURLEncoding.EncodeToString(raw)
}

// Read returns the place of a cursor of this query.
func (q Query) Read(cursor string) (int64, error) {
	place, err := q.ReadAll(cursor, 1)
	if err != nil {
		return 0, err
	}
	return place[0], nil
}

// ReadAll returns the place of a cursor of this query, of n numbers.
func (q Query) ReadAll(cursor string, n int) (place []int64, err error) {
	raw, err := base64.RawURLEncoding.DecodeString(cursor)
	var sum [8]byte
	raw = raw[min(copy(sum[:], raw), len(raw)):]
	for err == nil && len(raw) > 0 {
		p, length := binary.Varint(raw)
		if length <= 0 || p <= 0 {
			break
		}
		place, raw = append(place, p), raw[length:]
	}
	switch {
	case err != nil || len(raw) > 0 || len(place) == 0:
		return nil, &body.Error{Field: Param, Message: "is not a cursor: take the address of the next page from the header Link"}
	case sum != q.sum || len(place) != n:
		return nil, &body.Error{Field: Param, Message: "is of another list: leave all other parameters as they were, or begin without a cursor"}
	}
	return place, nil
}

// Link returns the header Link to the next page of a list: the same request with another
// cursor.
func (q Query) Link(path string, values url.Values, next ...int64) string {
	values = maps.Clone(values)
	values.Set(Param, q.At(next...))
	return "<" + path + "?" + values.Encode() + `>; rel="next"`
}
