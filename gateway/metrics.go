package gateway

import (
	"github.com/prometheus/client_golang/prometheus"
)

// metrics are what is counted since the start, in a registry of the gateway's
// own. Labels are words of a fixed list: never a number, a code or a text.
type metrics struct {
	registry *prometheus.Registry

	codes  *prometheus.CounterVec // by channel
	checks *prometheus.CounterVec // by verdict
}

func newMetrics(g *Gateway) *metrics {
	m := &metrics{registry: prometheus.NewRegistry()}
	vec := func(name, help string, labels ...string) *prometheus.CounterVec {
		c := prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: "simgate", Name: name, Help: help}, labels)
		m.registry.MustRegister(c)
		return c
	}
	m.codes = vec("codes_total", "Attempts to bring codes to people.", "channel")
	m.checks = vec("checks_total", "Codes that were checked, by the verdict.", "verdict")
	m.registry.MustRegister(g.guard.Collectors()...)
	m.registry.MustRegister(g.lines.Collectors()...)
	m.registry.MustRegister(g.calls.Collectors()...)
	m.registry.MustRegister(g.webhooks.Collectors()...)
	return m
}

// Metrics returns the registry, for whoever shows it.
func (g *Gateway) Metrics() *prometheus.Registry { return g.metrics.registry }
