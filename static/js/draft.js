/* Keeps in the browser what is typed into a form until it is saved, so that an expired login or a crash loses nothing;
   warns on leaving what was not sent; sends no form twice. Without this script every form works all the same.

   The form is the one around [data-draft] (templates/admin/editorial/draft.html). Its value, "<account>:<path>", comes
   from the server: who logs in after somebody else is never offered their texts. */

"use strict";
{
  const PREFIX = "draft:";
  const SENT = "draft-sent";
  const KEPT_DAYS = 30;
  const PAUSE_IN_TYPING = 300; // milliseconds
  const LONGEST_ANSWER = 15_000; // milliseconds; whoever stopped a form that got no answer may send it again
  const NEVER_KEPT = ["hidden", "password", "file", "submit", "button", "reset", "image"];
  const TICKS = ["checkbox", "radio"];

  // Storage may be full or forbidden: then nothing is kept, and the form works.
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
    return quietly(() => localStorage.setItem(key, JSON.stringify({ at: Date.now(), base, fields })));
  }

  function forgetOld() {
    const oldest = Date.now() - KEPT_DAYS * 24 * 60 * 60 * 1000;
    for (const key of quietly(() => Object.keys(localStorage)) ?? []) {
      if (key.startsWith(PREFIX) && !(read(key)?.at > oldest)) forget(key);
    }
  }

  /* The draft that this tab sent last, once: on the page that answers, whose message says whether it was saved. */
  function takeSent() {
    const key = quietly(() => sessionStorage.getItem(SENT));
    quietly(() => sessionStorage.removeItem(SENT));
    if (key && document.querySelector(".messagelist .success")) forget(key);
    return key;
  }

  // The fields of a form: their name, what stands in them, and what the server put there.

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
    const isConsent = field.type === "checkbox" && field.required; // given anew each time
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
    const base = form.elements.base; // the state the form was opened on, with which the server merges what is sent
    const draft = read(key); // {at, base, fields: {name: {was: what the server showed, now: what was typed}}}
    let kept = draft?.fields ?? {};
    let isOffered = false;
    let isRefused = false;
    let isSent = false;
    let timer;

    const isTyped = () => fieldsOf(form).some((field) => valueOf(field) !== shownIn(field));

    function keep() {
      clearTimeout(timer);
      const typedOver = {}; // in this page what is offered can still be put back; after a crash the newer is offered
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
      notice.focus(); // the button that had it is gone
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
      keep(); // what was typed since
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
        kept = {}; // another tab saved it
        forget(key);
      }
    }

    function mayBeSentAgain() {
      isSent = false;
      buttons.forEach((button) => button.removeAttribute("aria-disabled"));
    }

    form.addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(keep, PAUSE_IN_TYPING);
    });
    form.addEventListener("submit", (event) => {
      if (isSent) return event.preventDefault();
      keep();
      if (!isOffered) quietly(() => sessionStorage.setItem(SENT, key));
      isSent = true;
      buttons.forEach((button) => button.setAttribute("aria-disabled", "true")); // disabled, it would send no name
      setTimeout(mayBeSentAgain, LONGEST_ANSWER);
    });
    addEventListener("pageshow", (event) => event.persisted && mayBeSentAgain());
    addEventListener("pagehide", () => isTyped() && keep());
    addEventListener("beforeunload", (event) => {
      if (!isSent && (isRefused || isTyped())) event.preventDefault();
    });
    begin();
  }

  const sent = takeSent();
  forgetOld();
  const place = document.querySelector("[data-draft]");
  if (place) watch(place.closest("form"), place, sent);
}
