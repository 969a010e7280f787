// Package workflow says what is tried, in order, so that a code reaches a person: a
// message, a call, another call.
//
// [Steps.Next] decides from the attempts so far and the time since boot. It is a pure
// function, so that a restart in the middle of a workflow changes nothing.
package workflow
