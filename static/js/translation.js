/* Keyboard shortcuts of the translation desk, which press its links and buttons. It also makes
   screen readers announce the messages, which are above the passage that the page jumps to. */

"use strict";
{
  const passage = () =>
    document.activeElement?.closest(".translation") ?? document.querySelector(".translation");

  const KEYS = {
    "Alt PageDown": () => passage()?.querySelector("[rel=next]"),
    "Alt PageUp": () => passage()?.querySelector("[rel=prev]"),
    "Control Enter": () => passage()?.querySelector("[value^='save:']"),
  };

  const ONCE_THE_PAGE_IS_READ = 500; // milliseconds; earlier, screen readers do not announce it

  const messages = document.querySelector(".messagelist")?.innerText;
  const status = document.querySelector("[data-said]");
  if (messages) setTimeout(() => status.append(messages), ONCE_THE_PAGE_IS_READ);

  addEventListener("keydown", (event) => {
    const modifier = event.ctrlKey || event.metaKey ? "Control" : event.altKey ? "Alt" : "";
    const target = KEYS[`${modifier} ${event.key}`]?.();
    if (!target || event.repeat) return;
    event.preventDefault();
    target.click();
  });
}
