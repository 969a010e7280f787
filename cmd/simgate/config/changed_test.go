package config

import (
	"fmt"
	"slices"
	"testing"
)

func TestChanged(t *testing.T) {
	if all := Default().Changed(); len(all) != 0 {
		t.Errorf("of the defaults: %+v", all)
	}
	c := Default()
	c.Country, c.Pace.Day = "DE", 50
	c.Modems = []Modem{{Name: "stick", PIN: "0815"}}
	c.MQTT.Password = "secret"
	c.Guard.Countries = []string{"DE", "AT"}
	want := []Setting{{"country", "DE", true}, {"modems", "stick", true}, {"pace.day", "50", false}, {"guard.countries", "DE, AT", false}, {"mqtt.password", "•••••", true}}
	if all := c.Changed(); !slices.Equal(all, want) {
		t.Errorf("%s", fmt.Sprintf("%+v", all))
	}
}
