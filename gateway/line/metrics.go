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
	return []prometheus.Collector{p.metrics.parts, stateCollector{p}}
}

// outcomeLabel is the class of an error as a label.
func outcomeLabel(err error) string {
	if err == nil {
		return "sent"
	}
	return string(ClassOf(err))
}

// stateCollector tells what modems and phones are like when it is asked.
type stateCollector struct{ p *Pool }

var (
	modemReady = prometheus.NewDesc("simgate_modem_ready", "1 while a modem, or a phone, is registered and can send.", []string{"modem"}, nil)
	battery    = prometheus.NewDesc("simgate_phone_battery_percent", "What is left in the battery of a phone.", []string{"modem"}, nil)
)

// Describe implements [prometheus.Collector].
func (stateCollector) Describe(ch chan<- *prometheus.Desc) {
	ch <- modemReady
	ch <- battery
}

// Collect implements [prometheus.Collector].
func (c stateCollector) Collect(ch chan<- prometheus.Metric) {
	for _, l := range c.p.lines {
		ready := 0.0
		if state := l.State(); state == Ready || state == InCall {
			ready = 1
		}
		ch <- prometheus.MustNewConstMetric(modemReady, prometheus.GaugeValue, ready, l.Name())
		if b := l.Status().Battery; b != nil {
			ch <- prometheus.MustNewConstMetric(battery, prometheus.GaugeValue, float64(b.Percent), l.Name())
		}
	}
}
