// Package web shows pages to people, with a mux of its own: a page never calls the API
// with the rights of who looks at it, and a key never opens a page.
//
// Pages are made here, by html/template, and work without scripts. With them, htmx sends
// the forms, and one stream of server-sent events per page brings each [Region] again as
// it changes; so what is shown first and what is shown later come from one template.
// The policy of every page allows what this server serves and nothing else, and no script
// or style within a page.
//
// There are no sessions yet. Until there are, pages are for a demo alone: they are
// served to this machine and under its own names only (see [Local]), and show the numbers of
// people, who are simulated, in full.
//
// What a page says is an English sentence, looked up in the catalogue of the reader's
// language (languages.go).
//
// static/htmx.js and static/sse.js are dist/htmx.min.js and dist/ext/hx-sse.min.js of the
// npm package htmx.org 4.0.1, unchanged; the test of this package has their hashes, and
// static/htmx.LICENSE their licence.
package web
