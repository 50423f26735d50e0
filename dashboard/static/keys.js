// Keys: what a key does is a link or button on the page that names it (data-key).
// Everything on the page works without this script.
"use strict";
// ? shows the keys of the page: those that its links and buttons name, and what moves between lines.
const help = document.body.appendChild(document.createElement("dialog"));
help.className = "help";
function showKeys() {
  const named = [...document.querySelectorAll("[data-key]")].filter((one) => one.offsetParent);
  const rows = named.map((one) => {
    const text = one.cloneNode(true);
    text.querySelectorAll("kbd").forEach((key) => key.remove());
    return [one.dataset.key, text.textContent.trim().replace(/\s+/g, " ").slice(0, 80)];
  });
  if (document.querySelector(".l")) rows.push(["j k", "next and previous line"], ["Enter", "open the line"]);
  rows.push(["/", "find anything"], ["?", "these keys"]);
  const shown = new Map(rows.filter(([key, words]) => words).reverse());
  help.innerHTML = "<h2>Keys</h2><dl></dl><form method=dialog><button class=btn>Close</button></form>";
  for (const [key, words] of [...shown].reverse()) {
    const kbd = document.createElement("kbd");
    kbd.textContent = key;
    const name = document.createElement("dt");
    name.append(kbd);
    const meaning = document.createElement("dd");
    meaning.textContent = words;
    help.querySelector("dl").append(name, meaning);
  }
  help.setAttribute("aria-label", "Keys");
  help.showModal();
}
const foot = document.querySelector(".foot");
if (foot) {
  const opens = foot.appendChild(document.createElement("button"));
  opens.className = "plain noprint";
  opens.innerHTML = "<kbd>?</kbd> keys";
  opens.addEventListener("click", showKeys);
}
addEventListener("keydown", (event) => {
  const typing = event.target.closest("input, select, textarea");
  if (help.open) return event.key === "?" ? help.close() : undefined;
  if (event.ctrlKey || event.metaKey || event.altKey || (typing && event.key !== "Escape")) return;
  if (event.key === "?") return showKeys();
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
