// Package web shows pages to people, with a mux of its own: a page never calls the API
// with the rights of who looks at it, and a key never opens a page.
//
// Pages are made here, by html/template, and work without scripts. With them, htmx sends
// the forms, and one stream of server-sent events per page brings each [Region] again as
// it changes; so what is shown first and what is shown later come from one template.
// The policy of every page allows what this server serves and nothing else, and no script
// or style within a page.
//
// Who looks at a page has a role ([Who]), and each route names the weakest that may use it
// (Routes, in one table that tests walk through). Where [Pages.Lock] was called, that is who
// has logged in; else everybody is an owner, which is for a demo alone: its pages are served
// to this machine and under its own names only (see [Local]).
//
// What readers see of people follows from their role, in the functions of the templates:
// number, text and quote. So no page can forget it.
//
// What a page says is an English sentence, looked up in the catalogue of the reader's
// language ([translation.Printer]).
//
// static/htmx.js and static/sse.js are dist/htmx.min.js and dist/ext/hx-sse.min.js of the
// npm package htmx.org 4.0.1, unchanged; the test of this package has their hashes, and
// static/htmx.LICENSE their licence.
package web
