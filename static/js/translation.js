/* The keyboard of the translator's desk: it presses the links and buttons that stand there, so that what it does can be
   done without it too. */

"use strict";
{
  const passage = () => document.activeElement?.closest(".translation") ?? document.querySelector(".translation");

  const KEYS = {
    "Alt PageDown": () => passage()?.querySelector("[rel=next]"),
    "Alt PageUp": () => passage()?.querySelector("[rel=prev]"),
    "Control Enter": () => passage()?.querySelector("[value^='save:']"),
  };

  addEventListener("keydown", (event) => {
    const modifier = event.ctrlKey || event.metaKey ? "Control" : event.altKey ? "Alt" : "";
    const target = KEYS[`${modifier} ${event.key}`]?.();
    if (!target || event.repeat) return;
    event.preventDefault();
    target.click();
  });
}
