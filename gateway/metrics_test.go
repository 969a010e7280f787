package gateway_test

import (
	"encoding/json"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"simgate/gateway/gatewaytest"
)

// The board, the alert rules and the page about them name the metrics that are registered, all of
// them, with labels that they have.
func TestBoardAndAlertsNameMetricsThatExist(t *testing.T) {
	described := make(chan *prometheus.Desc, 100)
	metrics := gatewaytest.Start(t).Gateway.Metrics()
	if _, err := metrics.Gather(); err != nil {
		t.Error(err)
	}
	metrics.Describe(described)
	close(described)
	labels := map[string][]string{}
	form := regexp.MustCompile(`fqName: "([^"]+)".*variableLabels: \{([^}]*)\}`)
	for d := range described {
		m := form.FindStringSubmatch(d.String())
		if m == nil {
			t.Fatal(d)
		}
		labels[m[1]] = append(strings.Split(m[2], ","), "instance", "job") // the last two are those of Prometheus
	}
	if len(labels) < 7 {
		t.Fatalf("%d metrics are registered", len(labels))
	}
	use := regexp.MustCompile(`\b(simgate_[a-z_]+)(?:\{([^}]*)\})?`)
	label := regexp.MustCompile(`(\w+)(?:=~|!=|!~|=)"`)
	by := regexp.MustCompile(`by \(([^)]*)\)`)
	for _, path := range []string{"../configs/simgate-grafana.json", "../configs/simgate-alerts.yaml", "../docs/owner/monitoring.md"} {
		raw, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(path, ".json") && !json.Valid(raw) {
			t.Errorf("%s is no JSON", path)
		}
		missing := maps.Clone(labels)
		text := strings.ReplaceAll(string(raw), `\"`, `"`)
		for line := range strings.Lines(text) {
			for _, m := range use.FindAllStringSubmatch(line, -1) {
				known, ok := labels[m[1]]
				if !ok {
					t.Errorf("%s names %s, which is no metric", path, m[1])
					continue
				}
				delete(missing, m[1])
				used := strings.Split(strings.Join(firsts(label.FindAllStringSubmatch(m[2], -1)), ","), ",")
				for _, group := range by.FindAllStringSubmatch(line, -1) {
					used = append(used, strings.Split(strings.ReplaceAll(group[1], " ", ""), ",")...)
				}
				for _, name := range used {
					if name != "" && !slices.Contains(known, name) {
						t.Errorf("%s: %s has no label %s", path, m[1], name)
					}
				}
			}
		}
		for name := range missing {
			t.Errorf("%s lacks %s", path, name)
		}
	}
}

// firsts returns the first groups of matches.
func firsts(matches [][]string) []string {
	list := make([]string, len(matches))
	for i, m := range matches {
		list[i] = m[1]
	}
	return list
}
