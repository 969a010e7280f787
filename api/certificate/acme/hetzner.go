package acme

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/libdns/libdns"
)

// hetzner writes records to a zone at Hetzner (docs.hetzner.cloud/reference/cloud, actions of
// zone RRsets). The library for it has clients of all that Hetzner offers, which would take
// 280 KB of memory in each daemon, whether it is used or not.
type hetzner struct {
	token string
	api   string // its address, without a slash at the end
}

// hetznerAPI is where the API is.
const hetznerAPI = "https://api.hetzner.cloud/v1"

// AppendRecords adds records.
func (h hetzner) AppendRecords(ctx context.Context, zone string, records []libdns.Record) ([]libdns.Record, error) {
	for _, r := range records {
		if status, err := h.act(ctx, zone, r.RR(), "add_records"); err != nil || status >= 300 {
			return nil, cmp.Or(err, errors.New("there is no such zone in the project of the token"))
		}
	}
	return records, nil
}

// DeleteRecords removes records; one that is not there is no error.
func (h hetzner) DeleteRecords(ctx context.Context, zone string, records []libdns.Record) ([]libdns.Record, error) {
	for _, r := range records {
		if _, err := h.act(ctx, zone, r.RR(), "remove_records"); err != nil {
			return nil, err
		}
	}
	return records, nil
}

// act adds or removes a record. That something is not found is no error.
func (h hetzner) act(ctx context.Context, zone string, r libdns.RR, what string) (status int, err error) {
	type record struct {
		Value string `json:"value"`
	}
	content, err := json.Marshal(map[string][]record{"records": {{strconv.Quote(r.Data)}}})
	if err != nil {
		return 0, err
	}
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	at := fmt.Sprintf("%s/zones/%s/rrsets/%s/%s/actions/%s", h.api, url.PathEscape(strings.TrimSuffix(zone, ".")), url.PathEscape(strings.ToLower(r.Name)), r.Type, what)
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, at, bytes.NewReader(content))
	if err != nil {
		return 0, err
	}
	request.Header.Set("Authorization", "Bearer "+h.token)
	request.Header.Set("Content-Type", "application/json")
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, err
	}
	defer answer.Body.Close()
	if answer.StatusCode < 300 || answer.StatusCode == http.StatusNotFound {
		return answer.StatusCode, nil
	}
	var said struct {
		Error struct {
			Message string `json:"message"`
		} `json:"error"`
	}
	_ = json.NewDecoder(io.LimitReader(answer.Body, 64<<10)).Decode(&said) // else the status says it
	return answer.StatusCode, fmt.Errorf("%s %s", answer.Status, said.Error.Message)
}
