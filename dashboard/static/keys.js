// Keys: what a key does is a link or button on the page that names it (data-key).
// Everything on the page works without this script.
"use strict";
addEventListener("keydown", (event) => {
  const typing = event.target.closest("input, select, textarea");
  if (event.ctrlKey || event.metaKey || event.altKey || (typing && event.key !== "Escape")) return;
  if (event.key === "/") {
    event.preventDefault();
    document.querySelector(".find").focus();
    return;
  }
  if (event.key === "Escape" && typing) return typing.blur();
  const lines = [...document.querySelectorAll(".l")];
  const step = { j: 1, k: -1 }[event.key];
  if (step && lines.length) {
    const on = lines.findIndex((line) => line.classList.contains("on"));
    const next = lines[Math.min(Math.max(on + step, 0), lines.length - 1)];
    lines.forEach((line) => line.classList.toggle("on", line === next));
    next.querySelector("a").focus();
    next.scrollIntoView({ block: "nearest" });
    return;
  }
  const named = document.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
  if (!named) return;
  event.preventDefault();
  if (named.tagName === "SUMMARY") {
    named.parentElement.open = true;
    named.parentElement.querySelector("select")?.focus();
  } else if (!event.repeat && !sent) named.click();
});
// Back to the line is back to the view that the line was in.
document.querySelectorAll("a[data-line]").forEach((link) => {
  const from = document.referrer && new URL(document.referrer);
  if (from && from.origin === location.origin && /^\/(team|company)\b/.test(from.pathname))
    link.href = `${from.pathname}${from.search}#${link.dataset.line}`;
});
addEventListener("load", () => {
  const line = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (!line || !line.matches(".l")) return;
  line.classList.add("on");
  line.querySelector("a").focus();
});
// A form is sent once, however often its key is hit before the next page is there.
let sent = false;
addEventListener("submit", () => (sent = true));
addEventListener("pageshow", () => (sent = false));
