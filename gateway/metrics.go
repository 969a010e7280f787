package gateway

import (
	"github.com/prometheus/client_golang/prometheus"

	"simgate/gateway/line"
)

// metrics are what is counted since the start, in a registry of the gateway's
// own. Labels are words of a fixed list: never a number, a code or a text.
type metrics struct {
	registry *prometheus.Registry

	parts      *prometheus.CounterVec // by line and outcome
	calls      *prometheus.CounterVec // by outcome
	codes      *prometheus.CounterVec // by channel
	checks     *prometheus.CounterVec // by verdict
	deliveries *prometheus.CounterVec // by outcome
	refused    *prometheus.CounterVec // by reason
}

func newMetrics(g *Gateway) *metrics {
	m := &metrics{registry: prometheus.NewRegistry()}
	vec := func(name, help string, labels ...string) *prometheus.CounterVec {
		c := prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: "simgate", Name: name, Help: help}, labels)
		m.registry.MustRegister(c)
		return c
	}
	m.parts = vec("parts_total", "Parts of messages that modems were given, by what came of it.", "modem", "outcome")
	m.calls = vec("calls_total", "Calls that are over, by their outcome.", "outcome")
	m.codes = vec("codes_total", "Attempts to bring codes to people.", "channel")
	m.checks = vec("checks_total", "Codes that were checked, by the verdict.", "verdict")
	m.deliveries = vec("webhook_tries_total", "Tries to tell webhooks, by what came of it.", "outcome")
	m.refused = vec("refused_total", "Codes and calls that the guard refused, or would have, by reason.", "reason")
	m.registry.MustRegister(modemCollector{g})
	return m
}

// Metrics returns the registry, for whoever shows it.
func (g *Gateway) Metrics() *prometheus.Registry { return g.metrics.registry }

// outcomeOf is the class of an error as a label.
func outcomeOf(err error) string {
	if err == nil {
		return "sent"
	}
	return string(line.ClassOf(err))
}

// modemCollector tells which modems are ready when it is asked.
type modemCollector struct{ g *Gateway }

var modemReady = prometheus.NewDesc("simgate_modem_ready", "1 while a modem is registered and can send.", []string{"modem"}, nil)

// Describe implements [prometheus.Collector].
func (modemCollector) Describe(ch chan<- *prometheus.Desc) { ch <- modemReady }

// Collect implements [prometheus.Collector].
func (c modemCollector) Collect(ch chan<- prometheus.Metric) {
	for _, s := range c.g.dispatcher.senders {
		ready := 0.0
		if state := s.driver.State(); state == line.Ready || state == line.InCall {
			ready = 1
		}
		ch <- prometheus.MustNewConstMetric(modemReady, prometheus.GaugeValue, ready, s.driver.Name())
	}
}
