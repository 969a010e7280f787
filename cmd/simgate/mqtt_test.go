package main

import (
	"bytes"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// A daemon with a broker in its configuration looks for it, as its user, and works without.
func TestServeLooksForTheBroker(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	h := newHome(t, filepath.Join(t.TempDir(), "none"))
	file, err := os.OpenFile(h.config, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := file.WriteString("mqtt: {broker: \"mqtt://" + l.Addr().String() + "\", user: me, password: secret, id: box}\n"); err != nil {
		t.Fatal(err)
	}
	file.Close()
	d := h.serve(t)
	conn, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetReadDeadline(time.Now().Add(10 * time.Second))
	first := make([]byte, 200)
	n, err := conn.Read(first)
	for _, want := range []string{"MQTT", "simgate-box", "simgate/box/status", "offline", "secret"} {
		if err != nil || !bytes.Contains(first[:n], []byte(want)) {
			t.Errorf("the broker hears %q, %v", first[:n], err)
		}
	}
	if r := h.simgate(t, "modems"); r.code != exitOK {
		t.Errorf("%+v", r)
	}
	d.stop(t)
}
