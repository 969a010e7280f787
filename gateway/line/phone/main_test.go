package phone_test

import (
	"os"
	"testing"

	"simgate/gateway/gatewaytest"
)

func TestMain(m *testing.M) { os.Exit(gatewaytest.Main(m)) }
