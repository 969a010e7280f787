package gateway

import (
	"errors"

	"simgate/gateway/store"
)

// The nouns that have states. Their states are changed here and nowhere else.
var (
	messages      = store.NewNoun("message", States, State.May)
	parts         = store.NewNoun("part", States, State.May).Silent() // their message says what matters
	verifications = store.NewNoun("verification", VerificationStates, VerificationState.May)
)

// unlessRefused logs a change of state that was refused, and returns every other
// error. Nothing was written of a refused change; to try it again would be in vain.
func (g *Gateway) unlessRefused(err error, of ...any) error {
	if _, refused := errors.AsType[*store.StateError](err); refused {
		g.log.Error("a change of state was refused; it is left as it was", append(of, "err", err)...)
		return nil
	}
	return err
}
