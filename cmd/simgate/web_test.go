//go:build web

package main

import (
	"context"
	"crypto/sha256"
	_ "embed" // of axe-core
	"encoding/hex"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	cdplog "github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"simgate/api/web/translation"
	"simgate/cmd/simgate/handsets"
)

// The tests of the pages in a browser, "make test-web". They need Chromium.

var (
	webPictures    = flag.String("web.pictures", "", "folder for pictures of the pages as the tests see them")
	webScreenshots = flag.String("web.screenshots", "", "folder for the pictures of the documentation")
)

// browser is a tab of a headless Chromium, and what it complains about.
type browser struct {
	context.Context
	mu         sync.Mutex
	complaints []string
	excused    bool // it complains for a reason
}

// newBrowser opens a browser with a window of a size; the test is skipped without one.
func newBrowser(t *testing.T) *browser {
	t.Helper()
	path := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if found, err := exec.LookPath(name); err == nil && path == "" {
			path = found
		}
	}
	if path == "" {
		t.Skip("there is no Chromium here: apt-get install chromium")
	}
	options := []chromedp.ExecAllocatorOption{chromedp.Headless, chromedp.NoFirstRun, chromedp.NoDefaultBrowserCheck, chromedp.DisableGPU, chromedp.ExecPath(path),
		chromedp.Flag("autoplay-policy", "no-user-gesture-required"), chromedp.Flag("lang", "en-GB"), chromedp.Flag("mute-audio", true),
		chromedp.Flag("force-prefers-reduced-motion", true)} // what fades in has no contrast yet
	if os.Getuid() == 0 {
		options = append(options, chromedp.NoSandbox)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewExecAllocator(ctx, options...)
	t.Cleanup(cancel)
	return newTab(t, ctx)
}

// excuse lets the browser complain, or no more: the server goes away, or refuses.
func (b *browser) excuse(complaints bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.excused = complaints
}

// quietly does something that the browser complains about: an answer refuses.
func (b *browser) quietly(do func()) {
	b.excuse(true)
	defer b.excuse(false)
	do()
}

// newTab opens a tab, and fails the test at its end for what the tab complained about.
func newTab(t *testing.T, ctx context.Context) *browser {
	t.Helper()
	b := &browser{}
	var cancel context.CancelFunc
	b.Context, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	complain := func(format string, of ...any) {
		b.mu.Lock()
		defer b.mu.Unlock()
		if b.excused {
			return
		}
		b.complaints = append(b.complaints, fmt.Sprintf(format, of...))
	}
	if err := chromedp.Listen(b, func(e any) {
		switch e := e.(type) {
		case *runtime.EventConsoleAPICalled:
			if e.Type == runtime.ConsoleAPICalledTypeError || e.Type == runtime.ConsoleAPICalledTypeWarning {
				var words []string
				for _, a := range e.Args {
					words = append(words, fmt.Sprint(string(a.Value), a.Description))
				}
				complain("console: %s", strings.Join(words, " "))
			}
		case *runtime.EventExceptionThrown:
			complain("exception: %s %+v", e.ExceptionDetails.Text, e.ExceptionDetails.Exception)
		case *cdplog.EventEntryAdded: // violations of the policy are among these
			complain("%s: %s %s", e.Entry.Level, e.Entry.Text, e.Entry.URL)
		}
	}); err != nil {
		t.Fatal(err)
	}
	b.do(t, order(runtime.Enable, cdp.Empty{}), order(cdplog.Enable, cdp.Empty{}))
	t.Cleanup(func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		for _, c := range b.complaints {
			t.Errorf("the browser complains: %s", c)
		}
	})
	return b
}

// order is a command of the protocol of the browser.
func order[P, R any](c cdp.Command[P, R], params P) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		_, err := chromedp.Call(ctx, c, params)
		return err
	})
}

func (b *browser) do(t *testing.T, actions ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	ctx, cancel := context.WithTimeout(b, 45*time.Second)
	defer cancel()
	if err := chromedp.Do(ctx, actions...); err != nil {
		b.picture(t, "failed")
		t.Fatal(err)
	}
}

// eval returns what a script finds on the page. While another page comes there is none, and
// it is tried again.
func (b *browser) eval(t *testing.T, script string) string {
	t.Helper()
	for tries := 0; ; tries++ {
		found, err := chromedp.Run(b, chromedp.Evaluate[string](script))
		if err == nil {
			return found
		}
		if tries == 5 {
			t.Fatal(err)
		}
		time.Sleep(200 * time.Millisecond) // a browser has a clock of its own
	}
}

// sees waits until the text of an element contains words.
func (b *browser) sees(t *testing.T, selector, words string) {
	t.Helper()
	var text string
	for range 150 {
		text = b.eval(t, `[...document.querySelectorAll("`+selector+`")].map(e => e.innerText).join(" ")`)
		if strings.Contains(text, words) {
			return
		}
		time.Sleep(200 * time.Millisecond) // a browser has a clock of its own
	}
	b.picture(t, "failed")
	t.Fatalf("%s has no %q: %q", selector, words, text)
}

// size gives the window a size.
func size(width, height int64, dark bool) chromedp.Action[chromedp.Void] {
	theme := "light"
	if dark {
		theme = "dark"
	}
	return chromedp.Steps(chromedp.EmulateViewport(width, height), order(emulation.SetEmulatedMedia,
		emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: theme}}}))
}

// picture takes a picture of the page, if there is a folder for it.
func (b *browser) picture(t *testing.T, name string) {
	t.Helper()
	if *webPictures == "" {
		return
	}
	b.shoot(t, filepath.Join(*webPictures, name+".png"), chromedp.FullScreenshot(100))
}

func (b *browser) shoot(t *testing.T, path string, what chromedp.Action[[]byte]) {
	t.Helper()
	ctx, cancel := context.WithTimeout(b, 20*time.Second)
	defer cancel()
	png, err := chromedp.Run(ctx, what)
	if err == nil {
		err = os.WriteFile(path, png, 0o644)
	}
	if err != nil {
		t.Errorf("no picture: %v", err)
	}
}

// axe is axe-core 4.14.1 as npm has it, for tests alone; testdata/axe.LICENSE is its licence.
//
//go:embed testdata/axe.min.js
var axe string

func TestWebAxe(t *testing.T) {
	if sum := sha256.Sum256([]byte(axe)); hex.EncodeToString(sum[:]) != "29348999450cdf2849a8e70b7912fc2da85a849da39c0d0d5394f51d4a9ed95c" {
		t.Errorf("axe-core has the hash %x", sum)
	}
}

// accessible checks the page with axe-core, by all rules of WCAG 2.2 AA and good practice.
func (b *browser) accessible(t *testing.T, name string) {
	t.Helper()
	script := "axe"
	if b.eval(t, "typeof axe") == "undefined" { // it is large: a page gets it once
		script = axe + "; axe"
	}
	found, err := chromedp.Run(b, chromedp.Evaluate[string](script+`.run({runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}).then(r =>
			r.violations.map(v => v.id + ": " + v.nodes.map(n => n.target + " (" + n.failureSummary + ")").join(", ")).join("\n"))`, chromedp.EvalAwaitPromise))
	if err != nil {
		t.Fatal(err)
	}
	if found != "" {
		t.Errorf("%s: %s", name, found)
	}
}

// looks checks that the page fits the screens of phones and desktops, in both themes, and
// that everybody can use it.
func (b *browser) looks(t *testing.T, name string) {
	t.Helper()
	for _, s := range []struct {
		name          string
		width, height int64
	}{{"phone", 360, 780}, {"tablet", 820, 1100}, {"desktop", 1440, 900}} {
		for _, dark := range []bool{false, true} {
			b.do(t, size(s.width, s.height, dark))
			here := b.eval(t, `document.documentElement.dir`)
			for _, dir := range []string{map[string]string{"ltr": "rtl", "rtl": "ltr"}[here], here} { // the other way round, and as it is
				over := b.eval(t, `(() => {
					document.documentElement.dir = "`+dir+`";
					const wide = document.documentElement.clientWidth;
					if (document.documentElement.scrollWidth <= wide) return "";
					return [...document.querySelectorAll("body *")].filter(e => e.getBoundingClientRect().right > wide + 1 || e.getBoundingClientRect().left < -1).map(e => e.tagName + "." + e.className).slice(0, 5).join(" ") || "something";
				})()`)
				if over != "" {
					t.Errorf("%s on a %s scrolls sideways, %s: %s", name, s.name, dir, over)
				}
			}
			theme := map[bool]string{false: "light", true: "dark"}[dark]
			b.picture(t, name+"-"+s.name+"-"+theme)
			b.accessible(t, name+" on a "+s.name+", "+theme)
		}
	}
	b.fits(t, name)
	b.showsFocus(t, name)
}

// scrolls returns what is wider than the page in a direction, "" for nothing. It is part of
// scripts, which have it as wide.
const scrolls = `const wide = (() => {
	const width = document.documentElement.clientWidth;
	if (document.documentElement.scrollWidth <= width) return [];
	const over = [...document.querySelectorAll("body *")].filter(e => e.getBoundingClientRect().right > width + 1 || e.getBoundingClientRect().left < -1);
	return over.length > 0 ? over.slice(0, 5) : [document.body];
})();
const name = e => e.tagName + "." + e.className + ": " + e.textContent.trim().slice(0, 60);
`

// fits checks that the page does not scroll sideways on the narrowest screens, on small
// ones, and on those where it folds.
func (b *browser) fits(t *testing.T, name string) {
	t.Helper()
	for _, width := range []int64{320, 768, 1280} {
		b.do(t, size(width, 800, false))
		if found := b.eval(t, "(() => {"+scrolls+`return wide.map(name).join("\n") })()`); found != "" {
			t.Errorf("%s scrolls sideways at %d pixels: %s", name, width, found)
		}
	}
	b.do(t, size(1440, 900, false))
}

// showsFocus goes through the page by the key Tab, and checks that one sees where one is: by
// an outline or a shadow that what has the focus has alone.
func (b *browser) showsFocus(t *testing.T, name string) {
	t.Helper()
	const stop = `(() => {
		const looks = e => { const c = getComputedStyle(e); return [c.outlineStyle, c.outlineWidth, c.outlineColor, c.boxShadow].join() };
		const drawn = e => { const c = getComputedStyle(e); return c.outlineStyle !== "none" && parseFloat(c.outlineWidth) >= 2 || c.boxShadow !== "none" };
		const named = e => e.tagName + "." + e.className + " " + (e.name || e.getAttribute("href") || e.textContent.trim().slice(0, 40));
		const last = window.lastStop, here = document.activeElement, found = [];
		if (last && last.element !== here && last.element.isConnected && last.looks === looks(last.element)) found.push(named(last.element) + " looks the same");
		window.lastStop = null;
		if (here === document.body) return found.join() + "|end";
		const box = here.getBoundingClientRect();
		if (!drawn(here)) found.push(named(here) + " has no outline");
		if (box.width < 2 || box.height < 2 || box.right <= 0 || box.left >= innerWidth || box.bottom <= 0 || box.top >= innerHeight) found.push(named(here) + " is out of sight");
		window.lastStop = {element: here, looks: looks(here)};
		return found.join() + "|";
	})()`
	b.do(t, order(emulation.SetFocusEmulationEnabled, emulation.SetFocusEmulationEnabledParams{Enabled: true}))
	b.eval(t, `(() => { window.lastStop = null; (document.querySelector(".skip") ?? document.querySelector("a"))?.focus(); return "" })()`)
	for range 30 {
		b.do(t, chromedp.KeyEvent(kb.Tab))
		found, end, _ := strings.Cut(b.eval(t, stop), "|")
		if found != "" {
			t.Errorf("%s does not show the focus: %s", name, found)
		}
		if end != "" {
			break
		}
	}
	b.eval(t, `(() => { document.activeElement.blur(); scrollTo(0, 0); return "" })()`)
}

// The whole circle of the demo, by clicks.
func TestWebDemo(t *testing.T) {
	b := newBrowser(t)
	demoHome(t)
	d := startDemo(t, anyPort)
	began := time.Now()
	b.do(t, size(1440, 900, false), chromedp.Navigate("http://"+d.address+"/"), chromedp.WaitVisible("#ask"))
	other := newTab(t, b)
	other.do(t, chromedp.Navigate("http://"+d.address+"/"), chromedp.WaitVisible("#ask"))

	b.do(t, chromedp.Click("#ask"))
	b.sees(t, ".exchange", "201 Created")
	b.sees(t, "#screen-0 .log", "Demo shop")
	other.sees(t, "#screen-0 .log", "Demo shop")
	b.do(t, chromedp.Click("#screen-0 .code"), chromedp.Click("#check"), chromedp.WaitVisible("#verified"))
	if took := time.Since(began); took > 30*time.Second {
		t.Errorf("from the page to the verified number it took %v", took)
	}
	b.sees(t, "#owner", "verified")
	other.sees(t, "#owner", "verified")
	b.looks(t, "demo")

	b.do(t, chromedp.SetValue("select[name=way]", "mo"), chromedp.Click("#ask"), chromedp.WaitVisible(".scan img"))
	if wide := b.eval(t, `String(document.querySelector(".scan img").naturalWidth > 0)`); wide != "true" {
		t.Error("the QR code is not shown")
	}
	b.looks(t, "demo-text")
	b.do(t, chromedp.Click(`.text button[value="`+handsets.Numbers[1]+`"]`))
	b.sees(t, "#screen-1 .log", "SG ")
	b.do(t, chromedp.Click(`.text button[value="`+handsets.Numbers[0]+`"]`), chromedp.WaitVisible("#verified")) // without another click
	b.sees(t, "#owner", "SG ••••-••••")

	b.do(t, chromedp.Click(`nav a[href="/ui/today"]`))
	b.sees(t, "main", "Codes go out.")
	b.sees(t, ".figures", "100%")
	b.looks(t, "today")

	b.do(t, chromedp.Click(`nav a[href="/ui/why"]`), chromedp.WaitVisible("#number"), chromedp.SendKeys("#number", handsets.Numbers[1]+"\n"))
	b.sees(t, "#found", "Nothing was sent yet")
	b.do(t, chromedp.SetValue("#number", "0151 12345678"), chromedp.Click(".search button"))
	b.sees(t, "#found", handsets.Numbers[0])
	b.looks(t, "why")
	b.do(t, chromedp.Click("#found li:last-child a.what"))
	b.sees(t, "#story", "The right code was given")
	b.looks(t, "story")
	if text := b.eval(t, `document.querySelector("#story pre").textContent`); strings.Contains(text, "12345678") || !strings.Contains(text, "+491•••••78") {
		t.Errorf("the text for support: %s", text)
	}
}

// The pages of the owner, each as it looks with something on it.
func TestWebPages(t *testing.T) {
	b := newBrowser(t)
	demoHome(t)
	d := startDemo(t, anyPort)
	open := func(path string) {
		t.Helper()
		b.do(t, chromedp.Navigate("http://"+d.address+path), chromedp.WaitVisible("main h1"))
	}
	b.do(t, size(1440, 900, false))
	open("/ui/demo")
	b.sees(t, "#owner", "ready")

	open("/ui/send")
	b.do(t, chromedp.SendKeys("#letter [name=to]", handsets.Numbers[0]), chromedp.SendKeys("#letter textarea", "We open at nine – come by ☕"))
	b.sees(t, "#verdict", "It would be accepted")
	b.sees(t, "#verdict", "27/70")
	b.looks(t, "send")
	b.do(t, chromedp.Click("#verdict button[value=plain]"), chromedp.WaitNotPresent("#verdict button[value=plain]"))
	b.sees(t, "#verdict .chip", "☕") // of which there is nothing like it
	b.do(t, chromedp.Click("#letter button[value=send]"))
	b.sees(t, "#story", "The phone confirmed it.")

	open("/ui/send/many")
	b.do(t, chromedp.SetValue("[name=to]", handsets.Numbers[0]+"\n"+handsets.Numbers[1]+"\n123"), chromedp.SetValue("textarea[name=text]", "Closed tomorrow"), chromedp.Click("button[value=preview]"))
	b.sees(t, ".preview", "get nothing")
	b.looks(t, "send-many")
	b.do(t, chromedp.Click("button[value=send]"))
	b.sees(t, "#progress", "delivered")
	b.looks(t, "progress")

	open("/ui/send/many")
	table := filepath.Join(t.TempDir(), "people.csv")
	if err := os.WriteFile(table, []byte("number;first name\n"+handsets.Numbers[0]+";Zoë\n"+handsets.Numbers[1]+";Łukasz\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	b.do(t, chromedp.SetUploadFiles("[name=file]", []string{table}), chromedp.SetValue("textarea[name=text]", "Hello {name}, we open at nine"), chromedp.Click("button[value=preview]"))
	b.sees(t, "#problem", "The table has no column for the field {name}")
	b.looks(t, "send-many-field")
	b.do(t, chromedp.SetValue("textarea[name=text]", "Hello {first name}, we open at nine"), chromedp.Click("button[value=preview]"))
	b.sees(t, "#samples", "Hello Zoë, we open at nine")
	b.sees(t, "#samples", "Hello Łukasz, we open at nine")
	b.looks(t, "send-many-fields")
	b.do(t, chromedp.Click("button[value=send]"))
	b.sees(t, "#progress", "delivered")
	open("/ui/talk/" + handsets.Numbers[1])
	b.sees(t, "main", "Hello Łukasz, we open at nine")

	open("/ui/log")
	b.sees(t, "#rows", "Closed tomorrow")
	other := newTab(t, b)
	other.do(t, chromedp.Navigate("http://"+d.address+"/ui/send"), chromedp.WaitVisible("#letter"), chromedp.SendKeys("#letter [name=to]", handsets.Numbers[1]),
		chromedp.SendKeys("#letter textarea", "While you read"), chromedp.Click("#letter button[value=send]"))
	other.sees(t, "#story", "Message")
	b.sees(t, "#fresh", "one new")
	if rows := b.eval(t, `document.querySelector("#rows").innerText`); strings.Contains(rows, "While you read") {
		t.Error("what is new moves what is read")
	}
	b.looks(t, "log")
	b.do(t, chromedp.Click("#fresh a"))
	b.sees(t, "#rows", "While you read")
	b.do(t, chromedp.Evaluate[chromedp.Void](`void document.body.dispatchEvent(new KeyboardEvent("keydown", {key: "/", bubbles: true}))`))
	if focus := b.eval(t, `document.activeElement.name`); focus != "number" {
		t.Errorf("the key / leads to %q", focus)
	}

	open("/ui/lines")
	b.looks(t, "lines")
	b.do(t, chromedp.Click(".page-lines .line p a"), chromedp.WaitVisible("#ussd"))
	b.do(t, chromedp.SendKeys("#ussd input:not([type=hidden])", "*100#\n"))
	b.sees(t, "#ussd", "credit")
	b.looks(t, "line")

	b.do(t, chromedp.Navigate("http://"+d.address+"/ui/demo"), chromedp.WaitVisible("#ask"), chromedp.SendKeys("#screen-0 + form input[name=text]", "Do you open on Monday? <b>ש</b>\n"))
	b.sees(t, "#owner", "on Monday")
	open("/ui/talk")
	b.sees(t, "#talks", "on Monday")
	b.looks(t, "talk")
	b.do(t, chromedp.Click("#talks a.what"), chromedp.WaitVisible("#reply"))
	b.sees(t, "#thread", "<b>ש</b>")
	b.do(t, chromedp.WaitNotPresent("#unread button"))
	b.looks(t, "thread")
	b.do(t, chromedp.SendKeys("#reply", "At nine"), chromedp.Click(".letter button.main"))
	b.sees(t, "#thread", "At nine")
	b.sees(t, "#thread", "delivered")
	open("/ui/talk?unread=1")
	b.sees(t, "#talks", "All is read.")

	open("/ui/guard?to=0151+12345678&app=shop")
	b.sees(t, ".answer-box", "It would be accepted")
	b.do(t, chromedp.Click("button[value=block]"))
	b.sees(t, ".answer-box", "is blocked")
	b.looks(t, "guard")
	open("/ui/guard/open?country=FR")
	b.sees(t, "h1", "France")
	b.looks(t, "guard-open")
	open("/ui/guard")
	b.quietly(func() {
		b.do(t, chromedp.Click("details.card summary"), chromedp.SetValue("details.card [name=key]", "+999999999999"), chromedp.SetValue("details.card [name=reason]", "holidays"),
			chromedp.Click("details.card button.main"), chromedp.WaitVisible("#key-problem"))
		if focus := b.eval(t, `document.activeElement.name + " " + document.querySelector("[name=reason]").value`); focus != "key holidays" {
			t.Errorf("after a rule was refused: %q", focus)
		}
	})
	b.looks(t, "guard-refused")

	open("/ui/apps")
	b.looks(t, "apps")
	b.do(t, chromedp.SetValue("[name=app]", "shop"), chromedp.Click("button.main"), chromedp.WaitVisible("#snippets"))
	b.looks(t, "app")
	b.do(t, chromedp.Click(".rows .what a"), chromedp.WaitVisible("[name=per_day]"), chromedp.SetValue("[name=per_day]", "50"), chromedp.Click("form.letter button.main"))
	b.sees(t, "main", "0 of 50")
	b.looks(t, "key")
	aKey := strings.TrimPrefix(b.eval(t, `location.pathname`), "/ui/")

	open("/ui/webhooks")
	b.do(t, chromedp.SetValue("[name=url]", "https://app.example/hook"), chromedp.SetValue("[name=app]", "shop"))
	b.looks(t, "webhooks")
	b.do(t, chromedp.Click("form button.main"), chromedp.WaitVisible("#deliveries"))
	b.looks(t, "webhook")
	open("/ui/webhooks/forwards")
	b.do(t, chromedp.SetValue("[name=name]", "parcels"), chromedp.SetValue("form.letter [name=number]", handsets.Numbers[1]))
	b.looks(t, "forwards")
	b.do(t, chromedp.Click("form button.main"), chromedp.WaitVisible("main .pairs"))
	b.looks(t, "forward")
	b.do(t, chromedp.Click("button[name=rule].main"))
	b.sees(t, ".page-aforward [role=status]", "accepted")
	open("/ui/more")
	b.looks(t, "more")

	for _, path := range []string{"today", "talk", "talk/+4915112345678", "send", "log", "lines", "lines/simulated1", "guard?to=0151+12345678", "apps/shop", aKey, "webhooks", "webhooks/1", "webhooks/forwards", "webhooks/forwards/parcels", "why", "demo"} {
		open("/ui/" + path)
		if b.eval(t, `document.documentElement.lang`) == "en" {
			b.do(t, chromedp.Click("footer summary"), chromedp.Click("footer button[value=he]"), chromedp.WaitVisible(`html[lang="he"] main`))
		}
		b.looks(t, "he-"+strings.NewReplacer("/", "-", "?", "-").Replace(path))
	}
}

// Every page fits in every language, and on a small phone no label is longer than its place.
func TestWebLanguages(t *testing.T) {
	b := newBrowser(t)
	demoHome(t)
	d := startDemo(t, anyPort)
	b.do(t, size(1440, 900, false), chromedp.Navigate("http://"+d.address+"/"), chromedp.WaitVisible("#ask"), chromedp.Click("#ask"))
	b.sees(t, "#screen-0 .log", "Demo shop")
	b.do(t, chromedp.SendKeys("#screen-0 + form input[name=text]", "Do you open on Monday?\n"), chromedp.Click("#screen-0 .code"), chromedp.Click("#check"), chromedp.WaitVisible("#verified"))
	b.sees(t, "#owner", "on Monday")
	b.do(t, chromedp.Click("#owner ol.rows a.what"), chromedp.WaitVisible("#story"), size(360, 780, false))
	story := b.eval(t, `location.pathname`)
	for _, tag := range translation.Languages()[1:] {
		language := tag.String()
		b.speaks(t, "http://"+d.address, language)
		for _, path := range []string{"/ui/demo", "/ui/today", "/ui/talk", "/ui/talk/+4915112345678", "/ui/send", "/ui/send/many", "/ui/log", "/ui/lines", "/ui/lines/simulated1", "/ui/guard?to=0151+12345678", "/ui/guard/open?country=FR", "/ui/apps", "/ui/webhooks", "/ui/webhooks/forwards", "/ui/why", story, "/ui/more", "/docs/causes"} {
			b.do(t, size(360, 780, false), chromedp.Navigate("http://"+d.address+path), chromedp.WaitVisible(`html[lang="`+language+`"] main`))
			b.hasRoom(t, path+" in "+language)
			b.picture(t, language+strings.NewReplacer("/", "-", "?", "-").Replace(path))
			b.fits(t, path+" in "+language)
		}
	}
}

// speaks chooses a language by its button, with the keyboard.
func (b *browser) speaks(t *testing.T, at, language string) {
	t.Helper()
	b.do(t, chromedp.Navigate(at+"/ui/more"), chromedp.WaitVisible("footer"), chromedp.Click("footer summary"), chromedp.WaitVisible("footer button[value="+language+"]"), chromedp.SendKeys("footer button[value="+language+"]", "\r"), chromedp.WaitVisible(`html[lang="`+language+`"] main`))
}

// hasRoom checks that no label is longer than its place on the page.
func (b *browser) hasRoom(t *testing.T, name string) {
	t.Helper()
	if found := b.eval(t, "(() => {"+scrolls+`
		const cut = [...document.querySelectorAll("nav a, button, .button, .chip, label, dt, dd, h1, h2, h3, summary, .state, .verdict")].filter(e => e.clientWidth > 1 && e.scrollWidth > e.clientWidth + 1);
		const bar = [...document.querySelectorAll(".top nav a")].filter(e => e.clientWidth > 0 && e.clientHeight > 60);
		const pen = document.createElement("canvas").getContext("2d");
		const field = [...document.querySelectorAll(".find input")].filter(e => {
			const c = getComputedStyle(e);
			pen.font = c.font;
			return e.clientWidth > 0 && pen.measureText(e.placeholder).width > e.clientWidth - parseFloat(c.paddingLeft) - parseFloat(c.paddingRight);
		});
		return [...wide, ...cut, ...bar, ...field].map(name).slice(0, 8).join("\n");
	})()`); found != "" {
		t.Errorf("%s is too wide: %s", name, found)
	}
}

// A call rings on the page, speaks, takes keys, and its code is right; what goes wrong in
// the network is seen by the owner, and that it is over.
func TestWebDemoTroubles(t *testing.T) {
	b := newBrowser(t)
	demoHome(t)
	d := startDemo(t, anyPort)
	b.do(t, size(1440, 900, false), chromedp.Navigate("http://"+d.address+"/ui/demo"), chromedp.WaitVisible("#ask"))
	b.sees(t, "#owner", "ready")

	b.do(t, chromedp.SendKeys("#screen-1 + form input[name=text]", "Is anybody there? <b>ש</b>\n"))
	b.sees(t, "#owner", "<b>ש</b>")
	if field := b.eval(t, `document.querySelector("#screen-1 + form input[name=text]").value`); field != "" {
		t.Errorf("what was sent is still to be sent: %q", field)
	}

	b.do(t, chromedp.Click("#owner li:nth-child(1) button[value=pulled]"), chromedp.Click("#owner li:nth-child(2) button[value=refused]"))
	b.sees(t, "#owner li:nth-child(1) .state", "the SIM has been taken out")
	b.do(t, chromedp.SetValue("select[name=way]", "textlink"), chromedp.Click("#ask"))
	b.sees(t, ".exchange", `"ok": true`)
	b.sees(t, "#owner .rows", "CMS 38")
	b.picture(t, "demo-refused")
	b.do(t, chromedp.Click("#owner a.what"))
	b.sees(t, "#story", "CMS 38")
	b.picture(t, "story-refused")
	b.do(t, chromedp.Navigate("http://"+d.address+"/ui/demo"), chromedp.WaitVisible("#ask"))
	b.do(t, chromedp.Click("#owner li:nth-child(2) button[aria-pressed=true]"))
	b.sees(t, "#owner li:nth-child(2)", "Network refuses")

	b.do(t, chromedp.Click("#owner li:nth-child(2) button[value=hangs]"), chromedp.SetValue("select[name=phone]", "+4915187654321"),
		chromedp.SetValue("select[name=way]", "sms"), chromedp.Click("#ask"))
	b.sees(t, ".exchange", "201 Created")
	b.picture(t, "demo-hangs")
	b.do(t, chromedp.Click("#owner li:nth-child(1) button[aria-pressed=true]"))
	b.sees(t, "#screen-1 .log", "Demo shop")
	b.picture(t, "demo-healed")
	b.do(t, chromedp.Click("#owner a.what"))
	b.sees(t, "#story", "It waits for the right code")
	b.picture(t, "story-troubles")
	b.do(t, chromedp.Navigate("http://"+d.address+"/ui/today"))
	b.picture(t, "today-troubles")
}

// callingDemo opens a demo whose modems can call.
func callingDemo(t *testing.T) *browser {
	t.Helper()
	if _, err := exec.LookPath("espeak-ng"); err != nil {
		t.Skip("there is no espeak-ng here: apt-get install espeak-ng")
	}
	b := newBrowser(t)
	demoHome(t)
	d := startDemo(t, anyPort)
	b.do(t, size(1440, 900, false), chromedp.Navigate("http://"+d.address+"/ui/demo"), chromedp.WaitVisible("#ask"))
	b.sees(t, "#owner", "ready")
	return b
}

func TestWebDemoCall(t *testing.T) {
	b := callingDemo(t)
	b.do(t, chromedp.SetValue("select[name=way]", "voice"), chromedp.Click("#ask"))
	b.sees(t, "#screen-0 .call", "A call from")
	b.picture(t, "demo-rings")
	b.do(t, chromedp.Click("#screen-0 .answer"))
	b.sees(t, "#screen-0 .call", "In a call")
	b.do(t, chromedp.Click("#screen-0 .keys button[value='1']"))
	b.sees(t, "#screen-0 .call", "keys 1")
	b.picture(t, "demo-call")
	b.do(t, chromedp.WaitVisible("#screen-0 .voice.speaks"))
	b.do(t, chromedp.Click("#screen-0 .end"))
	b.sees(t, "#screen-0 .log", "seconds")
	b.looks(t, "demo-called")
}

// What a phone cannot do is said, and a voicemail answers in the place of a person.
func TestWebDemoPhoneAlone(t *testing.T) {
	b := callingDemo(t)
	b.do(t, chromedp.Click("#screen-1 button[value=away]"))
	b.sees(t, "#screen-1 [aria-pressed=true]", "Flight mode")
	b.quietly(func() {
		b.do(t, chromedp.SendKeys("#screen-1 + form input[name=text]", "Hello?\n"), chromedp.WaitVisible("#refused"))
		b.sees(t, "#refused", "flight mode")
	})
	if field := b.eval(t, `document.querySelector("#screen-1 + form input[name=text]").value`); field != "Hello?" {
		t.Errorf("what could not be sent is lost: %q", field)
	}
	b.do(t, chromedp.Click("#screen-1 button[value=on]"), chromedp.WaitNotVisible("#refused"))

	b.do(t, chromedp.Click("#screen-0 button[value=voicemail]"), chromedp.SetValue("select[name=way]", "voice"), chromedp.Click("#ask"))
	b.sees(t, "#screen-0 .call", "In a call")
	b.do(t, chromedp.WaitVisible("#screen-0 .voice.speaks"))
	b.do(t, chromedp.WaitNotPresent("#screen-0 .call")) // once all is said
	b.sees(t, "#screen-0 .log", "seconds")
	b.picture(t, "demo-voicemail")
	b.do(t, chromedp.Evaluate[chromedp.Void](`void document.querySelector("#screen-0 audio").play()`))
	b.sees(t, "#owner", "completed")
}

// A page whose server stops says so, and comes back by itself.
func TestWebDemoRestart(t *testing.T) {
	b := newBrowser(t)
	demoHome(t)
	d := startDemo(t, anyPort)
	b.do(t, size(1440, 900, false), chromedp.Navigate("http://"+d.address+"/ui/demo"), chromedp.WaitVisible("#ask"))
	b.do(t, chromedp.Click("#screen-0 button[value=away]"))
	b.sees(t, "#screen-0 [aria-pressed=true]", "Flight mode")
	b.excuse(true)
	began := time.Now()
	d.stop()
	if took := time.Since(began); took > 4*time.Second {
		t.Errorf("an open page keeps the server from stopping for %v", took)
	}
	b.do(t, chromedp.WaitVisible("#lost"))
	if again := startDemo(t); again.address != d.address {
		t.Fatalf("the next run has the address %s", again.address)
	}
	began = time.Now()
	b.do(t, chromedp.WaitNotVisible("#lost"))
	b.sees(t, "#screen-0 [aria-pressed=true]", "On")
	if took := time.Since(began); took > 8*time.Second {
		t.Errorf("the page came back after %v", took)
	}
}

// Each dialect brings a code to the phone, and checks it, without a script.
func TestWebDemoWays(t *testing.T) {
	demoHome(t)
	d := startDemo(t, anyPort)
	for i, way := range []string{"textlink", "textflow", "smscx", "textmagic", "99digital"} {
		d.circle(t, way, handsets.Numbers[i%2], i/2+1)
	}
}

// The pictures of the documentation are of the running program.
func TestWebScreenshots(t *testing.T) {
	if *webScreenshots == "" {
		t.Skip("it is for \"make screenshots\"")
	}
	b := newBrowser(t)
	demoHome(t)
	d := startDemo(t, "--listen=127.0.0.1:8080")
	b.do(t, size(1440, 800, false), chromedp.Navigate("http://"+d.address+"/ui/demo"), chromedp.WaitVisible("#ask"))
	b.do(t, chromedp.SetValue("select[name=way]", "textlink"), chromedp.Click("#ask"))
	b.sees(t, "#screen-0 .log", "Demo shop")
	b.do(t, chromedp.SendKeys("#screen-1 + form input[name=text]", "When do you open?\n"))
	b.sees(t, "#owner", "When do you open?")
	b.do(t, chromedp.SetValue("select[name=phone]", handsets.Numbers[1]), chromedp.SetValue("select[name=way]", "voice"), chromedp.Click("#ask"))
	b.sees(t, "#screen-1 .call", "A call from")
	b.sees(t, "#owner", "delivered")
	b.shoot(t, filepath.Join(*webScreenshots, "demo.png"), chromedp.CaptureScreenshot())

	b.do(t, chromedp.Navigate("http://"+d.address+"/ui/why"), chromedp.Click("#found li:last-child a.what"))
	b.sees(t, "#story", "The phone confirmed it.")
	b.do(t, size(1000, 560, false))
	b.shoot(t, filepath.Join(*webScreenshots, "why.png"), chromedp.CaptureScreenshot())

	b.do(t, chromedp.Navigate("http://"+d.address+"/ui/send"), chromedp.WaitVisible("#letter"), size(1000, 780, false),
		chromedp.SendKeys("#letter [name=to]", handsets.Numbers[0]), chromedp.SendKeys("#letter textarea", "We open at nine – “come by”"))
	b.sees(t, "#verdict", "It would be accepted")
	b.shoot(t, filepath.Join(*webScreenshots, "send.png"), chromedp.CaptureScreenshot())
}
