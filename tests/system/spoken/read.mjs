// Reads pages as a screen reader does, and prints what it says.
// Takes HTML by name, as JSON; gives lists of phrases by name, as JSON.

import { readFileSync } from "node:fs";
import { Virtual } from "@guidepup/virtual-screen-reader";
import { JSDOM, VirtualConsole } from "jsdom";

const END = "end of document";
// jsdom cannot read the portal's style. Nothing needs it: what is hidden carries an attribute.
const STYLE = /<style>.*?<\/style>/s;
const NO_STYLE = { display: "block", visibility: "visible", getPropertyValue: () => "" };

// Another voice reads what is in another language than the page: the phrase names the language.
function inItsLanguage(phrase, node) {
  const element = node.closest ? node : node.parentElement;
  const { lang } = element.closest("[lang]");
  return lang === element.ownerDocument.documentElement.lang ? phrase : `[${lang}] ${phrase}`;
}

async function read(html) {
  const { window } = new JSDOM(html.replace(STYLE, ""), { virtualConsole: new VirtualConsole() });
  window.getComputedStyle = () => NO_STYLE;
  const { document, Element, getComputedStyle } = window;
  Object.assign(globalThis, { document, Element, getComputedStyle }); // where the reader looks
  const reader = new Virtual();
  await reader.start({ container: document.body, window });
  const phrases = [];
  while (phrases.at(-1) !== END) {
    phrases.push(inItsLanguage(await reader.lastSpokenPhrase(), reader.activeNode));
    await reader.next();
  }
  return phrases;
}

const spoken = {};
for (const [name, html] of Object.entries(JSON.parse(readFileSync(0, "utf8")))) {
  spoken[name] = await read(html);
}
console.log(JSON.stringify(spoken));
