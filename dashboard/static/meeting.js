// The meeting, one Key Result and one step at a time. Without this script all of it is one long page.
"use strict";
const keyResults = [...document.querySelectorAll(".mk")];
const pips = [...document.querySelectorAll(".pips i")];
const position = document.getElementById("pos");
const all = position.textContent;
const print = document.getElementById("print");
const back = document.getElementById("back");
const on = document.getElementById("on");
// A phone has them all below each other.
const narrow = matchMedia("(max-width: 759px)");
let shown = 0;
let step = 0;

function draw() {
  if (narrow.matches) {
    keyResults.forEach((one) => (one.hidden = false));
    position.textContent = all;
    return;
  }
  back.disabled = shown === 0;
  on.disabled = shown === keyResults.length - 1;
  keyResults.forEach((one, number) => (one.hidden = number !== shown));
  pips.forEach((pip, number) => (pip.className = number === shown ? "on" : number < shown ? "d" : ""));
  keyResults[shown]
    .querySelectorAll(".steps > li")
    .forEach((one, number) => one.classList.toggle("on", number === step));
  position.textContent = keyResults[shown].dataset.at;
}

function go(by) {
  const next = Math.min(Math.max(shown + by, 0), keyResults.length - 1);
  if (next !== shown) [shown, step] = [next, 0];
}

pips.forEach((pip, number) =>
  pip.addEventListener("click", () => {
    go(number - shown);
    draw();
  }),
);
for (const [button, by] of [
  [back, -1],
  [on, 1],
]) {
  button.hidden = false;
  button.addEventListener("click", () => {
    go(by);
    draw();
  });
}
narrow.addEventListener("change", draw);
addEventListener("keydown", (event) => {
  if (event.key === "ArrowRight") go(1);
  else if (event.key === "ArrowLeft") go(-1);
  else if (event.key === "ArrowDown") step < 3 ? step++ : go(1);
  else if (event.key === "ArrowUp") step = Math.max(step - 1, 0);
  else return;
  event.preventDefault();
  draw();
});
keyResults.forEach((one) =>
  one.querySelectorAll(".steps > li").forEach((item, number) =>
    item.addEventListener("click", () => {
      step = number;
      draw();
    }),
  ),
);
print.hidden = false;
print.addEventListener("click", () => window.print());
addEventListener("beforeprint", () => {
  position.textContent = all;
  keyResults.forEach((one) => (one.hidden = false));
});
addEventListener("afterprint", draw);
draw();
