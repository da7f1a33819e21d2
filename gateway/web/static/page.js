// What pages do beyond plain forms: today's date, dropped files, keys, focus. Nothing is stored.
"use strict";

const email = document.getElementById("email");

function today() {
  const now = new Date();
  const minutes = -now.getTimezoneOffset();
  const zone = (minutes < 0 ? "-" : "+") + [Math.abs(minutes) / 60, Math.abs(minutes) % 60].map((n) => String(Math.floor(n)).padStart(2, "0")).join(":");
  return new Date(now.getTime() + minutes * 60000).toISOString().slice(0, 19) + zone;
}

function readDropped(event) {
  const file = event.dataTransfer && event.dataTransfer.files[0];
  if (!file) return;
  event.preventDefault();
  const files = new DataTransfer();
  files.items.add(file);
  email.elements.message.files = files.files;
  email.requestSubmit();
}

function onKey(event) {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && email) {
    event.preventDefault();
    email.requestSubmit();
    return;
  }
  const isTyping = /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName);
  if (isTyping || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
  const button = buttonOf(event.key);
  if (button && !document.querySelector(".htmx-request")) button.click();
}

function buttonOf(key) {
  if (!/^[0-9a-z]$/.test(key)) return null;
  const own = document.querySelector(`button[data-key="${key}"]`);
  const card = document.activeElement.closest(".decision"); // a slip elsewhere corrects nothing
  return own || (card && key > "0" && key <= "9" ? card.querySelectorAll("form[data-keys] button")[Number(key) - 1] : null);
}

document.addEventListener("keydown", onKey);
const task = document.getElementById("task");
if (task) task.focus({ preventScroll: true });
if (email) {
  const form = email;
  form.elements.date.value = today();
  form.addEventListener("submit", () => { form.elements.date.value = today(); }, true);
  form.elements.content.addEventListener("input", () => { form.elements.message.value = ""; });
  document.addEventListener("dragover", (event) => event.preventDefault());
  document.addEventListener("drop", readDropped);
}
document.addEventListener("htmx:after:swap", () => {
  const task = document.getElementById("task");
  if (task && document.activeElement === document.body) task.focus({ preventScroll: true });
  const heading = document.querySelector("#answer h2");
  if (heading) heading.focus({ preventScroll: true });
  const said = document.getElementById("said");
  const news = document.querySelector("#answer .intent, #found caption, #found .hint, #answer .problem");
  if (said && news) said.textContent = news.textContent;
  if (heading && matchMedia("(max-width: 860px)").matches) heading.scrollIntoView({ block: "start" });
});
