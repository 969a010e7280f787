package call

import "github.com/prometheus/client_golang/prometheus"

type metrics struct {
	ended *prometheus.CounterVec // by outcome
}

func newMetrics() *metrics {
	return &metrics{ended: prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: "simgate", Name: "calls_total",
		Help: "Calls that are over, by their outcome."}, []string{"outcome"})}
}

// Collectors returns what is counted of calls since the start.
func (c *Calls) Collectors() []prometheus.Collector { return []prometheus.Collector{c.metrics.ended} }
