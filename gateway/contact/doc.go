// Package contact keeps what an app knows of a number beside messages: a tag, which
// its webhooks hear of when it changes.
package contact
