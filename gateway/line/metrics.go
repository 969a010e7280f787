package line

import "github.com/prometheus/client_golang/prometheus"

// metrics are what is counted of lines since the start.
type metrics struct {
	parts *prometheus.CounterVec // by modem and outcome
}

func newMetrics() *metrics {
	return &metrics{parts: prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: "simgate", Name: "parts_total",
		Help: "Parts of messages that modems were given, by what came of it."}, []string{"modem", "outcome"})}
}

// Collectors returns what is counted of lines.
func (p *Pool) Collectors() []prometheus.Collector {
	return []prometheus.Collector{p.metrics.parts, readyCollector{p}}
}

// outcomeLabel is the class of an error as a label.
func outcomeLabel(err error) string {
	if err == nil {
		return "sent"
	}
	return string(ClassOf(err))
}

// readyCollector tells which modems are ready when it is asked.
type readyCollector struct{ p *Pool }

var modemReady = prometheus.NewDesc("simgate_modem_ready", "1 while a modem is registered and can send.", []string{"modem"}, nil)

// Describe implements [prometheus.Collector].
func (readyCollector) Describe(ch chan<- *prometheus.Desc) { ch <- modemReady }

// Collect implements [prometheus.Collector].
func (c readyCollector) Collect(ch chan<- prometheus.Metric) {
	for _, l := range c.p.lines {
		ready := 0.0
		if state := l.State(); state == Ready || state == InCall {
			ready = 1
		}
		ch <- prometheus.MustNewConstMetric(modemReady, prometheus.GaugeValue, ready, l.Name())
	}
}
