package web

import (
	"encoding/csv"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// export answers with all that a filter selects, as a table for a spreadsheet. It is a form,
// so that it is noted who has taken the numbers along.
func (l *log) export(w http.ResponseWriter, r *http.Request) {
	Note(r, maskLine(r.URL.RawQuery))
	f, err := readFilter(r, time.Now())
	f.Before = ""
	var rows []Item
	var next string
	if err == nil {
		rows, next, err = l.list(r.Context(), f, exported)
	}
	if err != nil {
		l.pages.Refuse(w, r, statusOf(err), sayError(r, err))
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/csv; charset=utf-8")
	h.Set("Content-Disposition", fmt.Sprintf(`attachment; filename="simgate-%ss-%s.csv"`, f.Kind, time.Now().UTC().Format("20060102-1504")))
	_, _ = w.Write([]byte("\ufeff")) // spreadsheets take it for UTF-8 then
	c, rc := csv.NewWriter(w), http.NewResponseController(w)
	_ = c.Write([]string{"time", "kind", "id", "to", "app", "state", "sim", "seconds", "reason", "text"})
	for {
		for _, i := range rows {
			_ = c.Write(cells(i.At.UTC().Format(time.RFC3339), i.Kind, i.ID, i.To, i.App, i.State, l.sim(i.Line), tookSeconds(i.Took), i.Why, i.Text))
		}
		_ = rc.SetWriteDeadline(time.Now().Add(patience)) // else it has that of others
		c.Flush()
		if next == "" || c.Error() != nil {
			return
		}
		f.Before = next
		if rows, next, err = l.list(r.Context(), f, exported); err != nil {
			l.pages.log.Warn("a log is exported in part only", "err", err)
			panic(http.ErrAbortHandler) // so that it is not taken for all
		}
	}
}

// exported is how many rows of an export are read at once.
const exported = 500

// sim returns how an export names a line.
func (l *log) sim(id int64) string {
	if id == 0 {
		return ""
	}
	return strconv.FormatInt(id, 10)
}

func tookSeconds(d time.Duration) string {
	if d == 0 {
		return ""
	}
	return strconv.FormatFloat(d.Seconds(), 'f', 1, 64)
}

// cells returns the cells of a row. One that a spreadsheet would take for a formula has an
// apostrophe before it: a stranger may have written it.
func cells(all ...string) []string {
	for i, s := range all {
		if s != "" && strings.ContainsRune("=+-@\t\r\n|%", rune(s[0])) {
			all[i] = "'" + s
		}
	}
	return all
}
