package guard

import "github.com/prometheus/client_golang/prometheus"

// metrics are what the guard counts from the start of the program.
type metrics struct {
	refused *prometheus.CounterVec // by reason
}

func newMetrics() metrics {
	return metrics{prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: "simgate", Name: "refused_total",
		Help: "Codes and calls that the guard refused, or would have, by reason."}, []string{"reason"})}
}

// Collectors returns the counters of the guard, to be registered once.
func (g *Guard) Collectors() []prometheus.Collector { return []prometheus.Collector{g.metrics.refused} }
