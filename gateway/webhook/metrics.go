package webhook

import "github.com/prometheus/client_golang/prometheus"

// metrics are what is counted of webhooks since the start.
type metrics struct {
	tries *prometheus.CounterVec // by outcome
}

func newMetrics() metrics {
	return metrics{prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: "simgate", Name: "webhook_tries_total",
		Help: "Tries to deliver to webhooks, by outcome."}, []string{"outcome"})}
}

// Collectors returns what is counted, for the registry of the gateway.
func (h *Webhooks) Collectors() []prometheus.Collector {
	return []prometheus.Collector{h.metrics.tries}
}
