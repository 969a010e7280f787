package store

import (
	"fmt"
	"strings"
	"testing"

	"simgate/gateway/fault"
	"simgate/gateway/store/sqlite"
)

func TestWhatAFailedTransactionMeansForCallers(t *testing.T) {
	for _, test := range []struct {
		err  error
		want string
	}{
		{sqlite.ErrFull, "is full"},
		{sqlite.ErrReadOnly, "read-only"},
		{sqlite.ErrReplaced, "deleted or replaced"},
		{sqlite.ErrClosed, "is stopping"},
	} {
		err := Error(fmt.Errorf("commit: %w", test.err))
		if fault.CodeOf(err) != fault.Unavailable || !strings.Contains(fault.MessageOf(err), test.want) {
			t.Errorf("%v: %v", test.err, err)
		}
	}
	if err := Error(fmt.Errorf("no such column")); fault.CodeOf(err) != fault.Internal {
		t.Errorf("a mistake of ours: %v", err)
	}
}
