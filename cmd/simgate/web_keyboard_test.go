//go:build web

package main

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"simgate/cmd/simgate/handsets"
)

// focus returns what has the focus, in words.
func (b *browser) focus(t *testing.T) string {
	t.Helper()
	return b.eval(t, `(document.activeElement.getAttribute("href") || document.activeElement.name || document.activeElement.tagName)`)
}

// loaded waits until the scripts of the page have run.
func (b *browser) loaded(t *testing.T) {
	t.Helper()
	for range 100 {
		if b.eval(t, "document.readyState") == "complete" {
			return
		}
		time.Sleep(100 * time.Millisecond) // a browser has a clock of its own
	}
	t.Fatal("the page does not load")
}

// By the keyboard alone one goes to a page, finds a number, walks through a list, and opens
// what is there; and turns the keys off.
func TestWebKeyboard(t *testing.T) {
	b := newBrowser(t)
	demoHome(t)
	d := startDemo(t, anyPort)
	at := "http://" + d.address
	for _, text := range []string{"one", "two", "three"} {
		d.post(t, "/ui/send", url.Values{"to": {handsets.Numbers[0]}, "text": {text}, "do": {"send"}})
	}
	press := func(keys string) {
		t.Helper()
		b.loaded(t)
		b.do(t, chromedp.KeyEvent(keys))
	}
	palette := func() {
		t.Helper()
		b.loaded(t)
		b.do(t, chromedp.KeyEvent("k", chromedp.KeyModifiers(kb.ModifierCtrl)))
	}
	b.do(t, size(1000, 900, false), chromedp.Navigate(at+"/ui/log"), chromedp.WaitVisible("#rows a.what"))

	press("j")
	first := b.focus(t)
	press("j")
	second := b.focus(t)
	press("j")
	press("k")
	if first == second || b.focus(t) != second || !strings.HasPrefix(second, "/ui/why/message/") {
		t.Errorf("the keys lead to %s, %s, %s", first, second, b.focus(t))
	}
	palette()
	b.do(t, chromedp.WaitVisible("#palette input"))
	if on := b.focus(t); on != "number" {
		t.Errorf("the palette opens on %s", on)
	}
	b.accessible(t, "the palette")
	b.picture(t, "palette")
	press("j") // it is typed
	if field := b.eval(t, `document.querySelector("#palette input").value`); field != "j" {
		t.Errorf("the field has %q", field)
	}
	press(kb.Escape)
	b.do(t, chromedp.WaitNotVisible("#palette"))
	if on := b.focus(t); on != second {
		t.Errorf("after the palette the focus is on %s, and was on %s", on, second)
	}
	press(kb.Enter)
	b.sees(t, "#story", "two")

	palette()
	b.do(t, chromedp.WaitVisible("#palette input"))
	press("sim")
	if shown := b.eval(t, `[...document.querySelectorAll("#palette li")].filter(e => e.offsetParent).map(e => e.innerText).join()`); shown != "SIMs" {
		t.Errorf("of the pages there are left: %s", shown)
	}
	press(kb.ArrowDown)
	if on := b.focus(t); on != "/ui/lines" {
		t.Errorf("the arrow leads to %s", on)
	}
	press(kb.ArrowUp)
	press(kb.Enter)
	b.do(t, chromedp.WaitVisible(".page-lines"))
	palette()
	b.do(t, chromedp.WaitVisible("#palette input"))
	press("0151 12345678" + kb.Enter)
	b.sees(t, "#found", "Sent to")

	press("/")
	if on := b.focus(t); on != "number" {
		t.Errorf("the key / leads to %s", on)
	}
	b.do(t, chromedp.Evaluate[chromedp.Void](`void document.activeElement.blur()`))
	press("?")
	b.do(t, chromedp.WaitVisible("#keys"))
	b.accessible(t, "the keys")
	b.picture(t, "keys")
	b.do(t, chromedp.Click(`#keys form[action="/ui/keys"] button`), chromedp.WaitVisible(`html[data-keys="off"] main`))
	press("?")
	press("j")
	if on := b.focus(t); on != "BODY" {
		t.Errorf("what is turned off leads to %s", on)
	}
	b.do(t, chromedp.Click("footer [data-opens=keys]"), chromedp.WaitVisible("#keys"), chromedp.Click(`#keys form[action="/ui/keys"] button`), chromedp.WaitVisible(`html:not([data-keys]) main`))
	palette()
	b.do(t, chromedp.WaitVisible("#palette"))
	palette()
	b.do(t, chromedp.WaitNotVisible("#palette"))
}

// tabs presses Tab until an element has the focus.
func (b *browser) tabs(t *testing.T, selector string) {
	t.Helper()
	for range 60 {
		b.do(t, chromedp.KeyEvent(kb.Tab))
		if b.eval(t, `String(document.activeElement.matches("`+selector+`"))`) == "true" {
			return
		}
	}
	t.Fatalf("no Tab leads to %s", selector)
}

// By the keyboard alone one sends a message: from the first page to what became of it.
func TestWebKeyboardSends(t *testing.T) {
	b := newBrowser(t)
	demoHome(t)
	d := startDemo(t, anyPort)
	b.do(t, size(1440, 900, false), chromedp.Navigate("http://"+d.address+"/ui/today"), chromedp.WaitVisible("main h1"))
	b.tabs(t, "nav a[href='/ui/send']")
	b.do(t, chromedp.KeyEvent(kb.Enter), chromedp.WaitVisible("#letter"))
	b.loaded(t)
	b.tabs(t, ".skip")
	b.do(t, chromedp.KeyEvent(kb.Enter)) // past the navigation
	b.tabs(t, "#letter [name=to]")
	b.do(t, chromedp.KeyEvent(handsets.Numbers[1]))
	b.tabs(t, "#letter textarea")
	b.do(t, chromedp.KeyEvent("By keys alone"))
	b.sees(t, "#verdict", "It would be accepted")
	b.tabs(t, "#letter button[value=send]")
	b.do(t, chromedp.KeyEvent(kb.Enter))
	b.sees(t, "#story", "The phone confirmed it.")
	b.do(t, chromedp.Navigate("http://"+d.address+"/ui/log"))
	b.sees(t, "#rows", "By keys alone")
}

// What changes on a page moves nothing else: what was opened stays open, what has the focus
// keeps it, who reads an older message of a conversation stays there, and only what is new
// comes in.
func TestWebLiveLeavesTheRest(t *testing.T) {
	b := newBrowser(t)
	demoHome(t)
	d := startDemo(t, anyPort)
	at := "http://" + d.address
	send := func(text string) {
		t.Helper()
		d.post(t, "/ui/send", url.Values{"to": {handsets.Numbers[0]}, "text": {text}, "do": {"send"}})
	}
	send("The first one")
	b.do(t, size(1000, 900, false), chromedp.Navigate(at+"/ui/why"))
	b.sees(t, "#found", "delivered")
	b.loaded(t)
	b.do(t, chromedp.KeyEvent("j"))
	on := b.focus(t)
	b.eval(t, `(() => {
		window.kept = document.activeElement;
		window.changed = [];
		new MutationObserver(all => changed.push(...all.map(one => (one.target.closest ? one.target : one.target.parentElement).closest("li")?.id || "list"))).observe(document.querySelector("#found"), {subtree: true, childList: true, characterData: true, attributes: true});
		return "";
	})()`)
	send("The second one")
	b.sees(t, "#found li:first-child", "delivered")
	b.sees(t, "#found li:nth-child(2)", "delivered")
	if now := b.focus(t); now != on || b.eval(t, `String(kept === document.activeElement && kept.isConnected)`) != "true" {
		t.Errorf("the focus was on %s and is on %s", on, now)
	}
	if changed := b.eval(t, `changed.join()`); !strings.Contains(changed, "list") || strings.Contains(changed, b.eval(t, `kept.closest("li").id`)) {
		t.Errorf("what has changed: %s", changed)
	}

	b.do(t, chromedp.Navigate(at+"/ui/today"))
	b.sees(t, ".figures", "for half of the messages")
	b.do(t, chromedp.Navigate(at+"/ui/demo"), chromedp.WaitVisible("#ask"), chromedp.Click("#ask"))
	b.sees(t, "#owner", "Code")
	b.do(t, chromedp.Navigate(at+"/ui/today"), chromedp.Click(".figures details summary"))
	b.eval(t, `(() => { window.words = document.querySelector("#today").innerText; return "" })()`)
	send("The third one")
	b.sees(t, ".bars", "2")
	for range 50 {
		if b.eval(t, `String(words !== document.querySelector("#today").innerText)`) == "true" {
			break
		}
	}
	if open := b.eval(t, `String(document.querySelector(".figures details").open)`); open != "true" {
		t.Error("what the reader has opened is closed as the page changes")
	}

	for range 4 {
		send(strings.Repeat("A long story. ", 30))
	}
	b.do(t, size(600, 500, false), chromedp.Navigate(at+"/ui/talk/"+handsets.Numbers[0]))
	b.sees(t, "#thread", "A long story.")
	still := `document.querySelector("#thread")`
	if end := b.eval(t, `String(`+still+`.scrollTop + `+still+`.clientHeight > `+still+`.scrollHeight - 40)`); end != "true" {
		t.Error("the newest entry is not in sight at first")
	}
	b.eval(t, `(() => { `+still+`.scrollTop = 30; return "" })()`)
	send("One more while you read")
	b.sees(t, "#thread", "One more while you read")
	if place := b.eval(t, `String(`+still+`.scrollTop)`); place != "30" {
		t.Errorf("who reads an older message is moved to %s", place)
	}
	b.eval(t, `(() => { `+still+`.scrollTop = `+still+`.scrollHeight; return "" })()`)
	b.do(t, order(emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-reduced-motion", Value: "no-preference"}}}))
	b.eval(t, `Promise.all(document.getAnimations().map(one => one.finished)).then(() => { // what moves as that is allowed
		window.moved = [];
		document.addEventListener("animationstart", e => moved.push(e.target.innerText));
	}) && ""`)
	for range 50 {
		if b.eval(t, "typeof moved") == "object" {
			break
		}
	}
	send("The last one")
	b.sees(t, "#thread li:last-child", "delivered")
	if moved := b.eval(t, `moved.join("; ")`); strings.Count(moved, "\n") > 2 || !strings.HasPrefix(moved, "The last one") || strings.Contains(moved, ";") {
		t.Errorf("for one message that goes out these move: %s", moved)
	}
}
