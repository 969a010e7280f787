package homeassistant

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"unicode"

	"simgate/gateway/line"
)

// state is what the broker is to retain below a topic.
type state struct{ topic, payload string }

// modemState is a modem as it is shown.
type modemState struct {
	State     string   `json:"state"`
	Detail    string   `json:"detail,omitempty"`
	Connected string   `json:"connected"`
	Problem   string   `json:"problem"`
	Signal    *int     `json:"signal"`
	Operator  string   `json:"operator"`
	Sent      int      `json:"sent"` // since the start
	Balance   *float64 `json:"balance,omitempty"`
	Battery   *int     `json:"battery,omitempty"`
}

// gatewayState is the gateway as it is shown.
type gatewayState struct {
	Queue   int64  `json:"queue"`
	Problem string `json:"problem"`
	Wrong   string `json:"wrong"` // in words
}

func onOff(on bool) string {
	if on {
		return "ON"
	}
	return "OFF"
}

// states returns all that the broker is to retain, the discovery first.
func (l *link) states(ctx context.Context) ([]state, error) {
	lines, err := l.gateway.Lines().List(ctx)
	if err != nil {
		return nil, err
	}
	waiting, err := l.gateway.Waiting(ctx)
	if err != nil {
		return nil, err
	}
	wrong, err := l.gateway.Notifier().Troubles(ctx)
	if err != nil {
		return nil, err
	}
	all := []state{{l.base() + "/status", online}}
	add := func(topic string, content any) error {
		payload, err := json.Marshal(content)
		all = append(all, state{topic, string(payload)})
		return err
	}
	own := gatewayState{Queue: waiting["codes"] + waiting["messages"], Problem: onOff(len(wrong) > 0)}
	modems := map[string]modemState{}
	for _, i := range lines {
		m := modemState{State: string(i.State), Detail: i.Detail, Connected: onOff(i.State == line.Ready || i.State == line.InCall), Operator: i.Operator, Sent: l.sent[i.ID]}
		if i.Held() {
			m.Detail = i.Hold.Text
		}
		m.Problem = onOff(i.Held())
		if i.SignalDBm != 0 {
			m.Signal = &i.SignalDBm
		}
		if i.Battery != nil {
			m.Battery = &i.Battery.Percent
		}
		b, known, err := l.gateway.Lines().Balance(ctx, i.ID)
		if err != nil {
			return nil, err
		}
		if known && b.Known {
			m.Balance = &b.Amount
		}
		modems[i.Name] = m
	}
	var said []string
	for _, t := range wrong {
		said = append(said, t.Title)
		if m, ok := modems[t.Modem]; ok {
			m.Problem = "ON"
			modems[t.Modem] = m
		}
	}
	own.Wrong = strings.Join(said, "; ")
	if l.cfg.Discovery != "" {
		if err := add(fmt.Sprintf("%s/device/simgate_%s/config", l.cfg.Discovery, l.cfg.ID), l.device(lines, modems)); err != nil {
			return nil, err
		}
	}
	if err := add(l.base()+"/state", own); err != nil {
		return nil, err
	}
	for _, i := range lines {
		if err := add(l.modemTopic(i.Name), modems[i.Name]); err != nil {
			return nil, err
		}
	}
	return all, nil
}

func (l *link) modemTopic(name string) string { return l.base() + "/modem/" + slug(name) }

// component is an entity of Home Assistant, with the abbreviations of its discovery.
type component map[string]any

// device returns the discovery of the gateway as one device.
func (l *link) device(lines []line.Info, modems map[string]modemState) map[string]any {
	entities := map[string]component{}
	id := "simgate_" + l.cfg.ID
	add := func(key, platform, name string, c component) {
		c["p"], c["name"], c["unique_id"] = platform, name, id+"_"+key
		entities[key] = c
	}
	own := l.base() + "/state"
	add("queue", "sensor", "Queue", component{"state_topic": own, "value_template": "{{ value_json.queue }}", "state_class": "measurement", "icon": "mdi:tray-full"})
	add("problem", "binary_sensor", "Problem", component{"state_topic": own, "value_template": "{{ value_json.problem }}", "device_class": "problem", "json_attributes_topic": own})
	add("received", "event", "Message received", component{"state_topic": l.base() + "/received", "event_types": []string{"received", "amended"}, "icon": "mdi:message-text"})
	add("call", "event", "Call received", component{"state_topic": l.base() + "/call", "event_types": []string{"called"}, "icon": "mdi:phone-missed"})
	for _, c := range l.cfg.Contacts {
		add("notify_"+slug(c.Name), "notify", c.Name, component{"command_topic": l.base() + "/notify/" + slug(c.Name)})
	}
	if len(l.cfg.Contacts) > 0 {
		add("test", "button", "Test message to "+l.cfg.Contacts[0].Name, component{"command_topic": l.base() + "/test", "enabled_by_default": false, "entity_category": "diagnostic"})
	}
	for _, i := range lines {
		m, called := slug(i.Name), ""
		if len(lines) > 1 {
			called = i.Name + " "
		}
		topic := l.modemTopic(i.Name)
		sensor := func(key, platform, name string, c component) {
			c["state_topic"], c["value_template"] = topic, "{{ value_json."+key+" }}"
			add(m+"_"+key, platform, upper(called+name), c)
		}
		if i.Kind == line.Phone {
			sensor("battery", "sensor", "battery", component{"device_class": "battery", "unit_of_measurement": "%", "state_class": "measurement", "entity_category": "diagnostic"})
		} else {
			sensor("signal", "sensor", "signal", component{"device_class": "signal_strength", "unit_of_measurement": "dBm", "state_class": "measurement", "entity_category": "diagnostic"})
			add(m+"_restart", "button", upper(called+"restart modem"), component{"command_topic": l.base() + "/restart/" + m, "device_class": "restart",
				"enabled_by_default": false, "entity_category": "diagnostic"})
		}
		sensor("operator", "sensor", "operator", component{"icon": "mdi:radio-tower", "entity_category": "diagnostic"})
		sensor("connected", "binary_sensor", "connected", component{"device_class": "connectivity", "json_attributes_topic": topic})
		sensor("problem", "binary_sensor", string(cmp.Or(i.Kind, line.Modem))+" problem", component{"device_class": "problem"})
		sensor("sent", "sensor", "messages sent", component{"state_class": "total_increasing", "icon": "mdi:message-arrow-right"})
		if modems[i.Name].Balance != nil {
			sensor("balance", "sensor", "credit", component{"device_class": "monetary"})
		}
	}
	return map[string]any{
		"dev":                map[string]any{"ids": []string{id}, "name": "simgate " + l.cfg.ID, "mf": "simgate", "mdl": "SMS gateway", "sw": l.cfg.Version},
		"o":                  map[string]any{"name": "simgate", "sw": l.cfg.Version},
		"availability_topic": l.base() + "/status",
		"qos":                1,
		"cmps":               entities,
	}
}

// upper returns a name with a capital letter at its begin.
func upper(name string) string { return strings.ToUpper(name[:1]) + name[1:] }

// slug returns a name as a part of topics and ids.
func slug(name string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r < unicode.MaxASCII && (unicode.IsLetter(r) || unicode.IsDigit(r)):
			return unicode.ToLower(r)
		}
		return '_'
	}, name)
}

// Slug returns a name as it stands in topics: two contacts must not have the same.
func Slug(name string) string { return slug(name) }
