// The page at `/`: sends one email, draws the answer. Everything shown goes through textContent.
"use strict";

const SAMPLES = {
  budget: "Hi Ann,\n\nthanks for the detailed note. It looks useful, but we have no budget left for new tools this year.\n\nBest,\nTom\n--\nTom Berger\nHead of Operations, Example GmbH\n\nOn Mon, 2 Mar 2026 at 10:12, Ann Lee <ann@vendor.example> wrote:\n> Would you have 15 minutes this week to see how it works?\n> If not interested, just reply \"stop\".",
  meeting: "Sounds interesting. Could we talk on Thursday at 3pm? Please send an invite.",
  referral: "I am not the right person for this. Please contact our head of procurement, Maria Lopez (maria.lopez@example.com).",
  away: "I am out of the office until 14 April with limited access to email. In urgent cases please contact my colleague Jan at jan@example.com.",
  stop: "Please remove me from your list and do not contact me again.",
};

const id = (name) => document.getElementById(name);

function el(tag, className, text) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (text !== undefined && text !== null) node.textContent = text;
  return node;
}

const words = (label) => String(label).replaceAll("_", " ");
const OPT_OUTS = {
  yes: ["no more mail", "bad", "the author wants no more mail; a machine may act on it"],
  review: ["opt-out?", "warn", "the author may want no more mail; a person should look"],
};
const STATUSES = { not_applicable: "does not apply", disabled: "switched off" };
const percent = (p) => (100 * p).toFixed(1) + " %";

function request(kind, content) {
  const mail = { [kind]: content };
  if (kind === "raw") {
    const bytes = new TextEncoder().encode(content.replace(/\r?\n/g, "\r\n"));
    mail.raw = btoa(Array.from(bytes, (b) => String.fromCharCode(b)).join(""));
  }
  const subject = id("subject").value.trim();
  const outbound = id("outbound").value.trim();
  if (subject) mail.subject = subject;
  if (outbound) mail.last_outbound = outbound;
  if (id("thread").checked) mail.scope = "thread";
  return JSON.stringify(mail);
}

async function post(path, body) {
  const headers = { "Content-Type": "application/json" };
  const key = id("key").value.trim();
  if (key) headers.Authorization = "Bearer " + key;
  const reply = await fetch(path, { method: "POST", headers, body });
  const answer = await reply.json();
  if (!reply.ok) throw answer;
  return answer;
}

function drawDecision(decision) {
  const card = id("decision");
  card.replaceChildren(el("h2", "", "Decision"));
  card.classList.toggle("unsure", decision.abstained);
  const line = el("div", "intent", decision.abstained ? "unsure" : words(decision.intent));
  if (decision.objection_reason) line.append(el("span", "reason", words(decision.objection_reason)));
  const optOut = OPT_OUTS[decision.opt_out];
  if (optOut) {
    const tag = el("span", "tag " + optOut[1], optOut[0]);
    tag.title = optOut[2];
    line.append(tag);
  }
  card.append(line);
  let why = "decided by the model";
  if (decision.decided_by === "rule") why = "decided by rule " + decision.rule + "; no head was asked";
  else if (decision.decided_by === null) why = "the intent head gave no answer";
  else if (decision.abstained) why = "no label is sure enough to act on";
  card.append(el("p", "", why));
  if (optOut) card.append(el("p", "", optOut[2]));
}

function drawScore(label, probability, head) {
  const row = el("div", label === head.label ? "score best" : "score");
  row.append(el("span", "name", words(label)));
  const track = el("div", "track");
  const fill = el("div", "fill");
  fill.style.width = Math.max(0, Math.min(100, 100 * probability)) + "%";
  track.append(fill);
  if (label === head.label && head.threshold !== null) {
    const mark = el("div", "threshold");
    mark.style.left = Math.min(99.5, 100 * head.threshold) + "%";
    mark.title = "threshold " + percent(head.threshold);
    track.append(mark);
  }
  row.append(track, el("span", "number", percent(probability)));
  return row;
}

function drawHead(name, head) {
  const box = el("div", "head");
  const line = el("div", "head-line");
  line.append(el("b", "", words(name)), el("span", "note", "version " + head.version));
  if (head.given) line.append(el("span", "note", "given " + words(head.given.label) + " at " + percent(head.given.probability)));
  if (STATUSES[head.status]) line.append(el("span", "tag", STATUSES[head.status]));
  else if (head.status !== "ok") line.append(el("span", "tag bad", words(head.status)));
  else if (head.abstained) line.append(el("span", "tag warn", "unsure"));
  box.append(line);
  const ranked = Object.entries(head.scores).sort((a, b) => b[1] - a[1]);
  for (const [label, probability] of ranked) box.append(drawScore(label, probability, head));
  return box;
}

function drawHeads(heads) {
  const card = id("heads");
  const names = Object.keys(heads);
  card.hidden = names.length === 0;
  const rank = (name) => (name === "intent" ? 0 : heads[name].status === "ok" ? 1 : 2);
  names.sort((a, b) => rank(a) - rank(b) || a.localeCompare(b));
  card.replaceChildren(el("h2", "", "Heads"), ...names.map((name) => drawHead(name, heads[name])));
}

function part(title, text, open) {
  const box = el("details", open ? "part" : "part cut");
  box.open = open;
  box.append(el("summary", "", title), el("pre", "", text));
  return box;
}

function drawKept(cleaned) {
  const card = id("kept");
  card.replaceChildren(el("h2", "", "What was read"));
  const older = cleaned.thread_chars ? ", " + cleaned.thread_chars + " of them from quoted mails" : "";
  card.append(part("Kept: " + cleaned.kept_chars + " characters" + older, cleaned.text || "(nothing)", true));
  for (const name of ["quoted", "signature", "banner", "disclaimer"]) {
    if (cleaned[name]) card.append(part("Cut as " + name + ": " + cleaned[name].length + " characters", cleaned[name], false));
  }
  const facts = el("dl");
  if (cleaned.context) fact(facts, "read with", cleaned.context);
  if (cleaned.flags.length) fact(facts, "flags", cleaned.flags.map(words).join(", "));
  if (cleaned.opt_out_evidence) fact(facts, "ends mail", optOutWords(cleaned));
  if (cleaned.opt_out) fact(facts, "opt-out", (cleaned.opt_out === "yes" ? "proven" : "ruled out") + " by rule " + cleaned.rule);
  if (cleaned.follow_up) fact(facts, "write again", followUp(cleaned.follow_up));
  if (cleaned.return_date) fact(facts, "back on", cleaned.return_date);
  for (const person of cleaned.referral) fact(facts, "refers to", named(person));
  if (cleaned.delegate) fact(facts, "delegate", named(cleaned.delegate));
  if (facts.childElementCount) card.append(facts);
}

function optOutWords(cleaned) {
  // Offsets count characters; JavaScript's own count halves of some.
  const quoted = Array.from(cleaned.text).slice(...cleaned.opt_out_span).join("");
  return "\u201c" + quoted + "\u201d (" + cleaned.opt_out_evidence + ")";
}

function followUp(wish) {
  const days = [wish.not_before && "from " + wish.not_before, wish.until && "to " + wish.until].filter(Boolean);
  return "\u201c" + wish.text + "\u201d" + (days.length ? " (" + days.join(" ") + ")" : "");
}

function named(person) {
  const known = ["name", "role", "team", "email", "phone"].map((key) => person[key]).filter(Boolean);
  return (known.join(", ") || "nobody by name") + (person.handed_over ? " (handed over)" : "");
}

function fact(list, name, value) {
  list.append(el("dt", "", name), el("dd", "", value));
}

function drawProvenance(answer) {
  const card = id("provenance");
  const list = el("dl");
  const encoder = answer.encoder;
  if (encoder) {
    fact(list, "encoder", encoder.model_id + " (" + encoder.runtime + ", " + encoder.precision + ")");
    fact(list, "fingerprint", encoder.fingerprint);
    fact(list, "tokens", encoder.tokens + " of " + encoder.tokens_total + (encoder.truncated ? ", cut" : ""));
    fact(list, "cache", encoder.cache);
  }
  fact(list, "cleaner", "version " + answer.text.cleaner_version);
  const spent = answer.timings_ms;
  fact(list, "time", ["clean", "embed", "heads", "total"].map((k) => k + " " + spent[k].toFixed(1)).join(", ") + " ms");
  fact(list, "answer", answer.id);
  card.replaceChildren(el("h2", "", "Decided by"), list);
}

function drawProblem(problem) {
  const card = id("problem");
  card.replaceChildren(el("strong", "", problem.title || "No answer"), el("span", "", problem.detail || "The gateway cannot be reached."));
  card.hidden = false;
  id("result").hidden = true;
  if (problem.status === 401 || problem.status === 403) {
    id("keyed").open = true;
    id("key").focus();
  }
}

async function classify(event) {
  event.preventDefault();
  const kind = document.querySelector("input[name=kind]:checked").value;
  const body = request(kind, id("content").value);
  id("send").disabled = true;
  id("hint").hidden = true;
  try {
    const [answer, cleaned] = await Promise.all([post("/v1/classify", body), post("/v1/clean", body)]);
    drawDecision(answer.decision);
    drawHeads(answer.heads);
    drawKept(cleaned);
    drawProvenance(answer);
    id("problem").hidden = true;
    id("result").hidden = false;
  } catch (problem) {
    drawProblem(problem);
  } finally {
    id("send").disabled = false;
  }
}

function takeSample(name) {
  document.querySelector("input[name=kind][value=text]").checked = true;
  id("content").value = SAMPLES[name];
  id("form").requestSubmit();
}

id("key").value = sessionStorage.getItem("key") || "";
id("key").addEventListener("change", () => sessionStorage.setItem("key", id("key").value.trim()));
id("form").addEventListener("submit", classify);
for (const button of document.querySelectorAll("[data-sample]")) {
  button.addEventListener("click", () => takeSample(button.dataset.sample));
}
if (SAMPLES[location.hash.slice(1)]) takeSample(location.hash.slice(1));
