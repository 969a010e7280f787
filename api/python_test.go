package api_test

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"regexp"
	"sync"
	"testing"

	"simgate/api"
	"simgate/gateway/gatewaytest"
	"simgate/gateway/key"
)

// The Python client does what it says at a running gateway, and all that it asks and is
// answered is as the document says.
func TestPythonClient(t *testing.T) {
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("there is no python3 here: apt-get install python3")
	}
	w := start(t, gatewaytest.Configure(sure))
	gateway := api.New(api.Config{}, w.Gateway, discard()).Handler()
	id := regexp.MustCompile(`/[^/]*[0-9][^/]*$`)
	var mu sync.Mutex
	asked := map[string]bool{}
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		mu.Lock()
		asked[r.Method+" "+id.ReplaceAllString(r.URL.Path, "/ID")] = true
		mu.Unlock()
		if r.Header.Get("Accept") == "text/event-stream" {
			gateway.ServeHTTP(rw, r)
			return
		}
		content, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		r.Body = io.NopCloser(bytes.NewReader(content))
		answer := &overheard{ResponseWriter: rw, status: http.StatusOK}
		gateway.ServeHTTP(answer, r)
		conform(t, r, string(content), answer.status, rw.Header(), answer.body.String())
	}))
	t.Cleanup(server.Close)
	cmd := exec.Command(python, "-B", "test_simgate.py")
	cmd.Dir = "client/python"
	cmd.Env = append(cmd.Environ(), "SIMGATE_ADDRESS="+server.URL,
		"SIMGATE_KEY="+w.Key(t, "shop", key.SendMessages, key.SendCodes, key.CheckCodes, key.CustomCodes, key.Read, key.ReadInbox))
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	if len(asked) < 13 {
		t.Errorf("only %d calls were made: %v", len(asked), asked)
	}
}

// overheard is an answer on its way.
type overheard struct {
	http.ResponseWriter
	status int
	body   bytes.Buffer
}

func (o *overheard) WriteHeader(status int) {
	o.status = status
	o.ResponseWriter.WriteHeader(status)
}

func (o *overheard) Write(b []byte) (int, error) {
	o.body.Write(b)
	return o.ResponseWriter.Write(b)
}

// Unwrap lets deadlines be set.
func (o *overheard) Unwrap() http.ResponseWriter { return o.ResponseWriter }
