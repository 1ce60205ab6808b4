"use strict";
// The page works without this script; with it, the conversation goes on in place.
const form = document.getElementById("ask");
const field = document.getElementById("text");
const log = document.getElementById("conversation");
const fault = document.getElementById("fault");
const words = document.getElementById("words").dataset;
const button = form.querySelector("button");
const signs = { no: "✕", conditional: "!", clarify: "?", yes: "✓", inform: "i", status: "≡", unknown: "–" };
const conversation = sessionStorage.getItem("conversation") || crypto.randomUUID?.() || String(Math.random()).slice(2);
sessionStorage.setItem("conversation", conversation);

function add(parent, tag, text, name) {
  const node = document.createElement(tag);
  if (text) node.textContent = text;
  if (name) node.className = name;
  parent.append(node);
  return node;
}

function addList(parent, heading, lines) {
  if (!lines.length) return;
  add(parent, "h3", heading);
  const list = add(parent, "ul");
  for (const line of lines) add(list, "li", line);
}

function addButtons(parent, entries) {
  if (!entries.length) return;
  const list = add(parent, "ul", "", "say-list");
  for (const entry of entries) {
    const say = add(add(list, "li"), "button", entry.label, "say");
    say.type = "button";
    say.dataset.say = entry.say;
  }
}

function show(answer) {
  const card = add(log, "article", "", "answer " + answer.verdict);
  card.lang = answer.lang;
  card.tabIndex = -1;
  const verdict = add(card, "p", "", "verdict");
  add(verdict, "span", signs[answer.verdict], "sign").setAttribute("aria-hidden", "true");
  verdict.append(" " + words[answer.verdict]);
  if (answer.warning) add(card, "p", answer.warning, "warning");
  add(card, "h2", answer.headline);
  add(card, "p", answer.reason, "reason");
  addList(card, words.conditions, answer.conditions);
  addButtons(card, answer.choices);
  addList(card, words.instead, answer.instead);
  if (answer.citations.length) {
    const source = add(add(card, "p", "", "source"), "a", answer.citations[0].path);
    source.href = "/guide/" + answer.citations[0].section + "?lang=" + answer.lang;
  }
  if (answer.law.length) {
    const law = add(card, "details", "", "contact");
    add(law, "summary", words.law);
    const list = add(law, "ul");
    for (const statute of answer.law) add(list, "li", statute.ref + ": " + statute.title);
  }
  add(card, "p", answer.contact, "contact");
  if (answer.suggestions.length) {
    add(card, "h3", words.more);
    addButtons(card, answer.suggestions.map((text) => ({ label: text, say: text })));
  }
  card.focus({ preventScroll: true });
  card.scrollIntoView({ block: "nearest" });
}

// What was typed of personal numbers does not stay on the screen either.
function masked(text) {
  return text.replace(/\S+@\S+/g, "•••").replace(/\d/g, "•");
}

async function ask(text) {
  fault.textContent = "";
  log.setAttribute("aria-busy", "true");
  button.disabled = true;
  try {
    const response = await fetch("/api/ask?lang=" + document.documentElement.lang, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ text, conversation }),
    });
    const body = await response.json();
    if (!response.ok) {
      fault.textContent = body.message;
      return;
    }
    add(log, "p", body.personal_data_found.length ? masked(text) : text, "you");
    field.value = "";
    show(body);
  } catch {
    fault.textContent = words.offline;
  } finally {
    button.disabled = false;
    log.setAttribute("aria-busy", "false");
  }
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  ask(field.value);
});
field.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    form.requestSubmit();
  }
});
document.addEventListener("click", (event) => {
  const say = event.target.closest("button.say");
  if (say) ask(say.dataset.say || say.textContent);
});
