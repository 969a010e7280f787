package client

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"strconv"
	"strings"
)

// Metrics returns what the daemon counts: values by name and labels as Prometheus is shown
// them, such as simgate_queue{what="codes"}.
func (c *Client) Metrics(ctx context.Context) (map[string]float64, error) {
	var text bytes.Buffer
	if err := c.read(ctx, usual, "/metrics", &text); err != nil {
		return nil, err
	}
	values := map[string]float64{}
	for lines := bufio.NewScanner(&text); lines.Scan(); {
		line := lines.Text()
		end := strings.LastIndexByte(line, ' ')
		if end < 0 || line[0] == '#' {
			continue
		}
		value, err := strconv.ParseFloat(line[end+1:], 64)
		if err != nil {
			return nil, fmt.Errorf("the daemon shows the metric %q", line)
		}
		values[line[:end]] = value
	}
	return values, nil
}
