// The script of the pages: what the server cannot do. All else works without it.
"use strict";
(() => {
  const all = (selector, do_) => document.querySelectorAll(selector).forEach(do_);

  // Times in the zone of the reader, with the date where it is another day, as people write
  // them who read the language of the page: in that of the browser's which is the same.
  const lang = document.documentElement.lang;
  const locale = [...navigator.languages.filter(l => l.split("-")[0] === lang), lang];
  const clock = new Intl.DateTimeFormat(locale, {hour: "2-digit", minute: "2-digit", second: "2-digit"});
  const dated = new Intl.DateTimeFormat(locale, {dateStyle: "medium", timeStyle: "short"});
  const times = () => all("time.clock", t => {
    const at = new Date(t.dateTime);
    const words = (at.toDateString() === new Date().toDateString() ? clock : dated).format(at);
    if (t.textContent !== words) t.textContent = words;
  });

  // The newest entry of each phone is in sight.
  const heights = new WeakMap();
  const scroll = () => all(".log", log => {
    if (heights.get(log) !== log.scrollHeight) log.scrollTop = log.scrollHeight;
    heights.set(log, log.scrollHeight);
  });

  // What is said in a call is heard while it is said. An audio element would wait for more
  // of a WAV file than most calls have.
  const listen = async place => {
    place.dataset.heard = "";
    const sound = new AudioContext();
    const answer = await fetch(place.dataset.live);
    if (!answer.ok) return;
    const reader = answer.body.getReader();
    let rest = new Uint8Array(), header = 44, at = 0;
    for (;;) {
      const {done, value} = await reader.read();
      if (done) break;
      const octets = new Uint8Array(rest.length + value.length);
      octets.set(rest);
      octets.set(value, rest.length);
      const skip = Math.min(header, octets.length), samples = (octets.length - skip) >> 1;
      header -= skip;
      rest = octets.slice(skip + 2 * samples);
      if (samples === 0) continue;
      const view = new DataView(octets.buffer, skip);
      const piece = sound.createBuffer(1, samples, 8000), channel = piece.getChannelData(0);
      let loud = 0;
      for (let i = 0; i < samples; i++) {
        channel[i] = view.getInt16(2 * i, true) / 32768;
        loud = Math.max(loud, Math.abs(channel[i]));
      }
      place.classList.toggle("speaks", loud > 0.02);
      const source = sound.createBufferSource();
      source.buffer = piece;
      source.connect(sound.destination);
      at = Math.max(at, sound.currentTime + 0.15);
      source.start(at);
      at += piece.duration;
    }
    setTimeout(() => sound.close(), 1000 * Math.max(0, at - sound.currentTime) + 500);
  };

  const narrow = matchMedia("(max-width: 44rem)");
  // What is written in local time is of the zone of the reader.
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const zones = () => {
    all("input[name=zone]", field => field.value = zone);
    all("[data-zone]", place => place.textContent = zone);
  };

  const refresh = () => {
    times();
    zones();
    scroll();
    // On a small screen the phone is nearer than the request, and the rows than their filter.
    if (narrow.matches) all(":is(details.exchange, [data-fold]):not([data-seen])", d => { d.open = false; d.dataset.seen = ""; });
    all("[data-live]:not([data-heard])", place => listen(place).catch(() => {})); // the call is over, or the server away
    const code = document.getElementById("code");
    if (code && !code.dataset.seen) {
      code.dataset.seen = "";
      code.focus({preventScroll: true});
    }
    if (navigator.clipboard) all("[data-copy]", b => b.hidden = false);
    all("[data-take]", b => b.hidden = false);
  };
  document.addEventListener("DOMContentLoaded", refresh);

  // The token of a link is behind its #, where no proxy and no log sees it.
  const follow = () => {
    const form = document.querySelector("form[data-token]"), token = location.hash.slice(1);
    if (!form || token === "") return;
    history.replaceState(null, "", location.pathname);
    form.elements.token.value = token;
    form.requestSubmit();
  };
  document.addEventListener("DOMContentLoaded", follow);
  window.addEventListener("hashchange", follow);
  document.addEventListener("htmx:after:swap", refresh);
  document.addEventListener("htmx:sse:after:message", refresh);

  // A page whose server is away says so.
  const lost = away => document.getElementById("lost").hidden = !away;
  document.addEventListener("htmx:sse:error", () => lost(true));
  document.addEventListener("htmx:sse:after:message", () => lost(false));

  // A form that was refused says why.
  const refused = why => {
    const band = document.getElementById("refused");
    band.textContent = why;
    band.hidden = why === "";
  };
  document.addEventListener("htmx:before:swap", e => {
    const ctx = e.detail.ctx;
    if (!ctx || !ctx.response || ctx.sourceElement.hasAttribute("hx-sse:connect")) return;
    refused(ctx.response.status >= 400 ? ctx.text : "");
    if (ctx.response.status >= 400) e.preventDefault();
  });
  document.addEventListener("htmx:after:request", e => {
    const form = e.target.closest("form[data-reset]");
    const ctx = e.detail.ctx;
    if (form && ctx && ctx.response && ctx.response.status < 400) form.reset();
  });

  // A key leads to what has its name, unless somebody is typing.
  document.addEventListener("keydown", e => {
    if (e.ctrlKey || e.metaKey || e.altKey || e.target.closest("input, select, textarea")) return;
    const place = document.querySelector(`[data-key="${CSS.escape(e.key)}"]`);
    if (!place) return;
    e.preventDefault();
    place.focus();
  });

  document.addEventListener("click", e => {
    const code = e.target.closest("[data-code]");
    const field = document.getElementById("code");
    if (code && field) {
      field.value = code.dataset.code;
      field.focus();
    }
    const take = e.target.closest("[data-take]"), password = document.querySelector("[data-password]");
    if (take && password) {
      password.value = take.dataset.take;
      password.type = "text";
      password.focus();
    }
    const copy = e.target.closest("[data-copy]");
    if (copy) navigator.clipboard.writeText(copy.previousElementSibling.textContent);
  });
})();
