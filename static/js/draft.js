/* Keeps what is typed into a form in the browser until it is saved, so that an expired login or a
   crash loses nothing. Warns before leaving an unsent form, and sends no form twice. Logging out
   deletes it, unless the person keeps it: others may use the computer. Every form works without
   this script.

   The form is the one around [data-draft] (templates/admin/editorial/draft.html). Its value,
   "<account>:<path>", comes from the server, so that nobody gets another account's texts. */

"use strict";
{
  const PREFIX = "draft:";
  const SENT = "draft-sent";
  const OUT = "draft-out"; // tells the other tabs who logged out
  const LEFT = "draft-left"; // tells the next page what became of the text: "kept" or "deleted"
  const KEPT_DAYS = 30;
  const PAUSE_IN_TYPING = 300; // milliseconds
  const LONGEST_ANSWER = 15_000; // milliseconds, then the form may be sent again
  const NEVER_KEPT = ["hidden", "password", "file", "submit", "button", "reset", "image"];
  const TICKS = ["checkbox", "radio"];

  let keepTyped = () => {}; // keeps the text in this page's form now
  let isLeaving = false; // logging out: what is typed here is kept no more, unless typing goes on

  // Storage may be full or forbidden. Then nothing is kept, and the form still works.
  function quietly(action) {
    try {
      return action();
    } catch {
      return null;
    }
  }

  const read = (key) => quietly(() => JSON.parse(localStorage.getItem(key)));
  const forget = (key) => quietly(() => localStorage.removeItem(key));

  function write(key, fields, base) {
    if (!Object.keys(fields).length) return forget(key);
    const draft = { at: Date.now(), base, fields };
    return quietly(() => localStorage.setItem(key, JSON.stringify(draft)));
  }

  const keysOf = (prefix) =>
    (quietly(() => Object.keys(localStorage)) ?? []).filter((key) => key.startsWith(prefix));

  function forgetOld() {
    const oldest = Date.now() - KEPT_DAYS * 24 * 60 * 60 * 1000;
    for (const key of keysOf(PREFIX)) {
      if (!(read(key)?.at > oldest)) forget(key);
    }
  }

  // Logging out

  function askBeforeLogout(form) {
    const account = form.dataset.logout;
    const step = form.querySelector("template").content.cloneNode(true);
    const choice = step.querySelector("input");

    function leave() {
      const keys = keysOf(`${PREFIX}${account}:`);
      if (!choice.checked) {
        keys.forEach(forget);
        quietly(() => localStorage.setItem(OUT, account));
        quietly(() => localStorage.removeItem(OUT));
      }
      quietly(() => sessionStorage.setItem(LEFT, choice.checked ? "kept" : "deleted"));
      isLeaving = true;
    }

    form.addEventListener("submit", (event) => {
      if (choice.isConnected) return leave();
      keepTyped();
      if (!keysOf(`${PREFIX}${account}:`).length) return;
      event.preventDefault();
      form.prepend(step);
      choice.focus();
    });
  }

  function sayWhatIsLeft(places) {
    const left = quietly(() => sessionStorage.getItem(LEFT));
    quietly(() => sessionStorage.removeItem(LEFT));
    for (const place of places) place.hidden = place.dataset.left !== left;
  }

  /* The key of the draft that this tab sent last, which is forgotten if the page says: saved. */
  function takeSent() {
    const key = quietly(() => sessionStorage.getItem(SENT));
    quietly(() => sessionStorage.removeItem(SENT));
    if (key && document.querySelector(".messagelist .success")) forget(key);
    return key;
  }

  // Fields: their name, their value, and the value that the server sent.

  const isTick = (field) => TICKS.includes(field.type);
  const nameOf = (field) => (isTick(field) ? `${field.name}=${field.value}` : field.name);
  const valueOf = (field) => (isTick(field) ? field.checked : field.value);

  function shownIn(field) {
    if (isTick(field)) return field.defaultChecked;
    if (!field.options) return field.defaultValue;
    const options = [...field.options];
    return (options.find((option) => option.defaultSelected) ?? options[0])?.value;
  }

  function fill(field, value) {
    if (isTick(field)) field.checked = value;
    else field.value = value;
    for (const type of ["input", "change"]) field.dispatchEvent(new Event(type, { bubbles: true }));
  }

  function isKept(field) {
    const isConsent = field.type === "checkbox" && field.required; // asked again each time
    return field.name && !field.disabled && !isConsent && !NEVER_KEPT.includes(field.type);
  }

  const fieldsOf = (form) => [...form.elements].filter(isKept);
  const labelOf = (field) => field.labels?.[0]?.textContent.trim().replace(/:$/, "") ?? field.name;

  function inWib(at) {
    const locale = document.documentElement.lang === "en" ? "en-GB" : "id";
    const format = { dateStyle: "long", timeStyle: "short", timeZone: "Asia/Jakarta" };
    return `${new Intl.DateTimeFormat(locale, format).format(at)} WIB`;
  }

  function watch(form, place, sent) {
    const key = PREFIX + place.dataset.draft;
    const notice = place.querySelector("[role=status]");
    const buttons = form.querySelectorAll("[type=submit], button:not([type])");
    const base = form.elements.base; // the version that was edited, for the server's merge
    const draft = read(key); // {at, base, fields: {name: {was: server's value, now: typed}}}
    let kept = draft?.fields ?? {};
    let isOffered = false;
    let isRefused = false;
    let isSent = false;
    let timer;

    const isTyped = () => fieldsOf(form).some((field) => valueOf(field) !== shownIn(field));

    function keep() {
      clearTimeout(timer);
      // Kept for a crash only: on this page, the draft on offer can still be put back.
      const typedOver = {};
      for (const field of fieldsOf(form)) {
        const name = nameOf(field);
        const now = valueOf(field);
        if (isOffered && name in draft.fields) {
          if (now !== shownIn(field)) typedOver[name] = { was: shownIn(field), now };
          continue;
        }
        const was = kept[name]?.was ?? shownIn(field);
        if (now === was) delete kept[name];
        else kept[name] = { was, now };
      }
      write(key, { ...kept, ...typedOver }, isOffered ? draft.base : base?.value);
    }

    function say(words) {
      notice.replaceChildren(place.querySelector(`[data-say=${words}]`).content.cloneNode(true));
    }

    function answer(words) {
      isOffered = false;
      say(words);
      notice.focus(); // the focused button is gone
    }

    function putBack() {
      for (const field of fieldsOf(form)) {
        if (nameOf(field) in kept) fill(field, kept[nameOf(field)].now);
      }
      if (base && draft.base) base.value = draft.base;
      answer("put-back");
      keep();
    }

    function discard() {
      kept = {};
      answer("discarded");
      keep(); // typing since then
    }

    function offer(fields) {
      isOffered = true;
      say("offer");
      notice.querySelector("time").textContent = inWib(draft.at);
      const moved = fields.filter((field) => kept[nameOf(field)].was !== shownIn(field));
      const warning = notice.querySelector("[data-moved]");
      warning.hidden = !moved.length;
      warning.querySelector("b").textContent = moved.map(labelOf).join(", ");
      notice.querySelector("[value=put-back]").addEventListener("click", putBack);
      notice.querySelector("[value=discard]").addEventListener("click", discard);
    }

    function begin() {
      const fields = fieldsOf(form).filter((field) => nameOf(field) in kept);
      const differing = fields.filter((field) => kept[nameOf(field)].now !== valueOf(field));
      isRefused = sent === key && fields.length > 0 && !differing.length;
      if (differing.length) offer(differing);
      else if (fields.length && !isRefused && !isTyped()) {
        kept = {}; // saved in another tab
        forget(key);
      }
    }

    function mayBeSentAgain() {
      isSent = false;
      buttons.forEach((button) => button.removeAttribute("aria-disabled"));
    }

    keepTyped = () => isTyped() && keep();
    form.addEventListener("input", () => {
      isLeaving = false;
      clearTimeout(timer);
      timer = setTimeout(keep, PAUSE_IN_TYPING);
    });
    form.addEventListener("submit", (event) => {
      if (isSent) return event.preventDefault();
      keep();
      if (!isOffered) quietly(() => sessionStorage.setItem(SENT, key));
      isSent = true;
      // A disabled button would not send its name.
      buttons.forEach((button) => button.setAttribute("aria-disabled", "true"));
      setTimeout(mayBeSentAgain, LONGEST_ANSWER);
    });
    addEventListener("pageshow", (event) => event.persisted && mayBeSentAgain());
    addEventListener("storage", ({ key, newValue }) => {
      if (key !== OUT || newValue !== place.dataset.draft.split(":")[0]) return;
      clearTimeout(timer);
      isLeaving = true;
    });
    addEventListener("pagehide", () => isLeaving || keepTyped());
    addEventListener("beforeunload", (event) => {
      if (!isSent && !isLeaving && (isRefused || isTyped())) event.preventDefault();
    });
    begin();
  }

  const sent = takeSent();
  forgetOld();
  const place = document.querySelector("[data-draft]");
  if (place) watch(place.closest("form"), place, sent);
  document.querySelectorAll("[data-logout]").forEach(askBeforeLogout);
  const places = document.querySelectorAll("[data-left]");
  if (places.length) sayWhatIsLeft(places);
}
