"use strict";
// The page works without this script; with it, the conversation goes on in place.
// What is typed stays out of the address and of every store of the browser.
const form = document.getElementById("ask");
const field = document.getElementById("text");
const log = document.getElementById("conversation");
const busy = document.getElementById("busy");
const fault = document.getElementById("fault");
const conversation = sessionStorage.getItem("conversation") || newId();
sessionStorage.setItem("conversation", conversation);
let waiting = false;

function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

async function ask(text, action) {
  if (waiting) return;
  wait(true);
  fault.replaceChildren();
  try {
    const response = await fetch(action, {
      method: "POST",
      headers: { "Vejviser-Part": "answer" },
      body: new URLSearchParams({ text, conversation }),
      signal: AbortSignal.timeout(20000),
    });
    if (!response.ok) showFault(await response.json(), text, action);
    else showAnswer(await response.text(), text);
  } catch {
    showFault(null, text, action);
  } finally {
    wait(false);
  }
}

function wait(on) {
  waiting = on;
  log.setAttribute("aria-busy", String(on));
  form.querySelector("button").setAttribute("aria-disabled", String(on));
  busy.textContent = on ? busy.dataset.words : "";
}

function showAnswer(html, text) {
  const part = document.createElement("template");
  part.innerHTML = html; // our own template's, where everything is escaped
  const answer = part.content.querySelector("article");
  const typed = document.createElement("p");
  typed.className = "you";
  typed.lang = answer.lang;
  typed.textContent = "personal" in answer.dataset ? masked(text) : text;
  log.append(typed, answer);
  field.value = "";
  document.getElementById("opening").className = "small";
  document.getElementById("examples").hidden = true;
  document.querySelector(".anew").hidden = false;
  answer.focus({ preventScroll: true });
  typed.scrollIntoView({ block: "start" });
}

function showFault(refusal, text, action) {
  if (refusal) {
    const words = document.createElement("p");
    const message = document.createElement("strong");
    message.textContent = refusal.message;
    words.append(message, " ", refusal.remedy);
    fault.replaceChildren(words);
  } else {
    fault.replaceChildren(document.getElementById("failure").content.cloneNode(true));
  }
  if (!field.value) field.value = text;
  const retry = document.getElementById("retry").content.cloneNode(true);
  retry.querySelector("button").addEventListener("click", () => {
    field.focus();
    ask(field.value, action);
  });
  fault.append(retry);
}

// What was typed of personal numbers does not stay on the screen either.
function masked(text) {
  return text.replace(/\S+@\S+/g, "•••").replace(/\d/g, "•");
}

document.addEventListener("submit", (event) => {
  event.preventDefault();
  const chosen = event.submitter?.name === "text" ? event.submitter.value : field.value;
  ask(chosen, event.target.getAttribute("action"));
});
field.addEventListener("keydown", (event) => {
  const touch = matchMedia("(pointer: coarse)").matches; // no Shift key there, so Enter stays a new line
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing && !touch) {
    event.preventDefault();
    form.requestSubmit();
  }
});
document.getElementById("anew").addEventListener("click", () => sessionStorage.removeItem("conversation"));
