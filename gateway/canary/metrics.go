package canary

import "github.com/prometheus/client_golang/prometheus"

// metrics are what is counted of canaries since the start.
type metrics struct {
	total *prometheus.CounterVec // by outcome
	took  prometheus.Gauge
}

func newMetrics() metrics {
	return metrics{
		prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: "simgate", Name: "canaries_total",
			Help: "Messages of simgate's own to its SIMs, by outcome."}, []string{"outcome"}),
		prometheus.NewGauge(prometheus.GaugeOpts{Namespace: "simgate", Name: "canary_seconds",
			Help: "How long the last message of simgate's own took that arrived."}),
	}
}

func (m metrics) note(r Result) {
	outcome := "lost"
	if r.Arrived {
		outcome = "arrived"
		m.took.Set(r.Took.Seconds())
	}
	m.total.WithLabelValues(outcome).Inc()
}

// Collectors returns what is counted, for the registry of the gateway.
func (n *Canary) Collectors() []prometheus.Collector {
	return []prometheus.Collector{n.metrics.total, n.metrics.took}
}
