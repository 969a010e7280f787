// The script of the pages: what the server cannot do. All else works without it.
"use strict";
(() => {
  const all = (selector, do_, place = document) => place.querySelectorAll(selector).forEach(do_);

  // Times in the zone of the reader, with the date where it is another day, as people write
  // them who read the language of the page: in that of the browser's which is the same.
  const lang = document.documentElement.lang;
  const locale = [...navigator.languages.filter(l => l.split("-")[0] === lang), lang];
  const clock = new Intl.DateTimeFormat(locale, {hour: "2-digit", minute: "2-digit", second: "2-digit"});
  const dated = new Intl.DateTimeFormat(locale, {dateStyle: "medium", timeStyle: "short"});
  const times = place => all("time.clock", t => {
    const at = new Date(t.dateTime);
    const words = (at.toDateString() === new Date().toDateString() ? clock : dated).format(at);
    if (t.textContent !== words) t.textContent = words;
  }, place);

  // The newest entry of each phone is in sight, unless somebody reads older ones.
  const heights = new WeakMap();
  const scroll = () => all(".log", log => {
    const before = heights.get(log) ?? 0;
    if (before !== log.scrollHeight && log.scrollTop + log.clientHeight > before - 40) log.scrollTop = log.scrollHeight;
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
  const zones = place => {
    all("input[name=zone]", field => field.value = zone, place);
    all("[data-zone]", place => place.textContent = zone, place);
  };

  // Countries have their name in the language of the page beside their code.
  const region = new Intl.DisplayNames(locale, {type: "region", fallback: "none"});
  const regions = place => all("[data-region]", place => place.textContent = region.of(place.dataset.region) ?? "", place);

  // What came is made as what is there, before it takes its place.
  const prepare = place => {
    times(place);
    zones(place);
    regions(place);
    if (navigator.clipboard) all("[data-copy]", b => b.hidden = false, place);
    all("[data-take]", b => b.hidden = false, place);
  };
  // So what has not changed is left alone, and what somebody has opened stays open.
  document.addEventListener("htmx:before:swap", e => e.detail.tasks.forEach(task => task.fragment && prepare(task.fragment)));
  htmx.registerExtension("open", {htmx_before_morph_attr: (element, {attrName}) => !(attrName === "open" && element.matches("details"))});

  const refresh = () => {
    prepare(document);
    scroll();
    // On a small screen the phone is nearer than the request, and the rows than their filter.
    if (narrow.matches) all(":is(details.exchange, [data-fold]):not([data-seen])", d => { d.open = false; d.dataset.seen = ""; });
    all("[data-live]:not([data-heard])", place => listen(place).catch(() => {})); // the call is over, or the server away
    const code = document.getElementById("code");
    if (code && !code.dataset.seen) {
      code.dataset.seen = "";
      code.focus({preventScroll: true});
    }
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

  // A form that is on its way is not sent once more by an impatient second press.
  const onTheWay = new Map();
  const arrived = form => {
    clearTimeout(onTheWay.get(form));
    onTheWay.delete(form);
    form.removeAttribute("aria-busy");
  };
  document.addEventListener("submit", e => {
    const form = e.target;
    if (form.method !== "post" || form.hasAttribute("data-often")) return;
    if (onTheWay.has(form)) {
      e.preventDefault();
      e.stopImmediatePropagation();
      return;
    }
    // Where htmx does not say when it has arrived, another page comes, or a file.
    onTheWay.set(form, form.hasAttribute("hx-post") ? 0 : setTimeout(() => arrived(form), 10000));
    form.setAttribute("aria-busy", "true");
  }, true);
  window.addEventListener("pageshow", () => [...onTheWay.keys()].forEach(arrived)); // somebody has gone back

  // A page that is not live says why: its server is away, or a newer page needed the room. A
  // stream that could not begin is asked for again.
  const say = which => ["lost", "paused"].forEach(id => document.getElementById(id).hidden = id !== which);
  const live = "hx-sse:connect", crowded = 429;
  document.addEventListener("htmx:sse:error", e => say(e.detail.status === crowded ? "paused" : "lost"));
  let heard = Date.now();
  const hear = () => {
    heard = Date.now();
    say("");
  };
  document.addEventListener("htmx:sse:after:connection", hear);
  document.addEventListener("htmx:sse:after:message", e => e.detail.message.event !== "paused" && hear());
  // A network that is lost tells nobody: a stream that is silent for longer than a heartbeat
  // is given up, and asked for again.
  const stream = () => document.querySelector("[hx-sse\\:connect]");
  const giveUp = () => {
    const reader = stream()?._htmx?.sse?.reader;
    if (!reader || document.hidden) return;
    heard = Date.now();
    say("lost");
    reader.cancel();
  };
  setInterval(() => Date.now() - heard > 30000 && giveUp(), 5000);
  window.addEventListener("offline", giveUp);
  // A page that made room is live again when somebody comes back to it, at the cost of another.
  // By itself it waits for room, or two pages would take it from each other for ever.
  let waiting = 0, waits = false, request;
  const ask = patient => {
    clearTimeout(waiting);
    waiting = 0;
    waits = patient;
    htmx.trigger(stream(), "again");
  };
  const pause = () => {
    say("paused");
    clearTimeout(waiting);
    waiting = setTimeout(ask, 60000, true);
  };
  const back = () => waiting && !document.hidden && ask(false);
  document.addEventListener("paused", pause);
  window.addEventListener("focus", back);
  document.addEventListener("visibilitychange", back);
  document.addEventListener("htmx:config:request", e => {
    if (!e.detail.ctx.sourceElement.hasAttribute(live)) return;
    request = e.detail.ctx.request;
    if (waits) request.headers["Simgate-Waits"] = "1";
  });
  document.addEventListener("htmx:sse:after:connection", () => { if (request) delete request.headers["Simgate-Waits"]; });
  document.addEventListener("htmx:finally:request", e => {
    const {sourceElement: from, response} = e.detail.ctx;
    if (onTheWay.has(from)) arrived(from);
    if (!from.hasAttribute(live) || response && response.status < 400) return;
    if (response?.status === crowded) return pause();
    say("lost");
    setTimeout(() => htmx.trigger(from, "again"), 3000);
  });

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
    const form = e.target.closest?.("form[data-reset]"); // it may be the page
    const ctx = e.detail.ctx;
    if (form && ctx && ctx.response && ctx.response.status < 400) form.reset();
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
