"use strict";
// Text of the model and of passages only ever becomes the text of a node, never markup.

const element = id => document.getElementById(id);
const messages = [];          // {role, content}
let running = null;           // AbortController of the answer that is generated
let model = null;

function create(name, className, text) {
  const node = document.createElement(name);
  if (className) node.className = className;
  if (text) node.textContent = text;
  return node;
}

function setStatus(text, isError = false) {
  element("status").textContent = text;
  element("status").className = isError ? "error" : "";
}

function headers() {
  const key = sessionStorage.getItem("key");
  return { "Content-Type": "application/json", ...(key ? { Authorization: `Bearer ${key}` } : {}) };
}

function addMessage(role, text) {
  element("welcome").hidden = true;
  const article = create("article", role);
  article.append(create("h2", "", role === "user" ? "Siz" : "Model"), create("div", "text", text));
  element("messages").append(article);
  scrollDown(true);
  return article;
}

// Follows the answer, unless the reader has scrolled up.
function scrollDown(always = false) {
  const log = element("messages");
  if (always || log.scrollHeight - log.scrollTop - log.clientHeight < 80) log.scrollTop = log.scrollHeight;
}

function setBusy(isBusy) {
  element("send").hidden = isBusy;
  element("stop").hidden = !isBusy;
  element("new").disabled = isBusy;
  for (const button of document.querySelectorAll(".again")) button.disabled = isBusy;
}

function createRequest(defaults) {
  const request = {
    ...defaults, model, messages: [...messages], stream: true, stream_options: { include_usage: true },
  };
  const system = element("system").value.trim();
  if (system) request.messages.unshift({ role: "system", content: system });
  const temperature = element("temperature").value, maxTokens = element("max-tokens").value;
  if (temperature !== "") request.temperature = Number(temperature);
  if (maxTokens !== "") request.max_tokens = Number(maxTokens);
  return request;
}

async function* readEvents(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const events = (rest + value).split("\n\n");
    rest = events.pop();
    for (const event of events)
      if (event.startsWith("data: ") && event !== "data: [DONE]") yield JSON.parse(event.slice(6));
  }
}

function explain(status, error) {
  switch (error?.code) {
    case "queue_full": return "Sunucu şu anda çok yoğun. Biraz sonra yeniden deneyin.";
    case "context_length_exceeded": return "Sohbet modelin bağlamına sığmıyor. Yeni bir sohbet başlatın.";
    case "stopping": return "Sunucu kapanıyor.";
    case "no_chat_template": return "Bu model sohbet için eğitilmemiş.";
    case "request_too_large": return "İleti çok uzun.";
    default: return error?.message ?? `Sunucu ${status} durumuyla yanıt verdi.`;
  }
}

async function askModel(defaults = {}) {
  running = new AbortController();
  setBusy(true);
  setStatus("");
  const article = addMessage("assistant", "");
  article.classList.add("busy");
  const text = article.querySelector(".text");
  const answer = { content: "", ending: null, usage: null, passages: [], toolCall: null };
  try {
    const reply = await fetch("v1/chat/completions", {
      method: "POST", headers: headers(), body: JSON.stringify(createRequest(defaults)), signal: running.signal,
    });
    if (!reply.ok) {
      const error = await reply.json().then(json => json.error, () => null);
      if (reply.status === 401) showKeyForm();
      throw new Error(explain(reply.status, error));
    }
    for await (const part of readEvents(reply.body)) {
      if (part.error) throw new Error(explain(500, part.error));
      read(part, answer);
      text.textContent = answer.content;
      scrollDown();
    }
  } catch (error) {
    if (error.name === "AbortError") answer.ending = "stopped";
    else {
      answer.ending = "failed";
      setStatus(error instanceof TypeError ? "Sunucuya ulaşılamıyor." : error.message, true);
    }
  }
  finish(article, answer);
}

function read(part, answer) {
  if (part.passages) answer.passages = part.passages;
  if (part.usage) answer.usage = part.usage;
  const choice = part.choices[0];
  if (!choice) return;
  answer.content += choice.delta?.content ?? "";
  answer.toolCall = choice.delta?.tool_calls?.[0]?.function?.name ?? choice.delta?.tool_call_text ?? answer.toolCall;
  answer.ending = choice.finish_reason ?? answer.ending;
}

function finish(article, answer) {
  running = null;
  article.classList.remove("busy");
  const isEmpty = answer.content.trim() === "";
  if (isEmpty && (answer.ending === "failed" || answer.ending === "stopped")) {
    article.remove();
    restoreQuestion();
  } else {
    // A model must not read an empty answer; the exchange stays on the page only.
    if (isEmpty) messages.pop();
    else messages.push({ role: "assistant", content: answer.content });
    if (answer.passages.length > 0) article.append(createPassages(answer.passages));
    article.append(createMeta(answer, isEmpty));
  }
  setBusy(false);
  for (const button of document.querySelectorAll(".again")) button.remove();
  if (messages.at(-1)?.role === "assistant") addAgainButton();
  element("question").focus();
}

// An answer that failed leaves the question in the field, so that nothing is lost.
function restoreQuestion() {
  const question = messages.pop();
  element("messages").lastElementChild.remove();
  if (element("question").value === "") element("question").value = question.content;
}

function createPassages(passages) {
  const details = create("details");
  details.append(create("summary", "", `Kullanılan bölümler (${passages.length})`));
  const list = create("ol");
  for (const passage of passages) {
    const item = create("li");
    item.append(create("strong", "", passage.source), create("pre", "", passage.text));
    list.append(item);
  }
  details.append(list);
  return details;
}

function createMeta(answer, isEmpty) {
  const parts = [];
  if (isEmpty) parts.push("boş yanıt");
  if (answer.toolCall) parts.push(`araç çağrısı: ${answer.toolCall}`);
  if (answer.usage) parts.push(`istem ${answer.usage.prompt_tokens}, yanıt ${answer.usage.completion_tokens} belirteç`);
  if (answer.ending === "length") parts.push("sınıra ulaşıldığı için kesildi");
  if (answer.ending === "stopped") parts.push("durduruldu");
  if (answer.ending === "failed") parts.push("yarıda kaldı");
  return create("p", "meta", parts.join(" · "));
}

function addAgainButton() {
  const button = create("button", "again", "Yeniden üret");
  button.type = "button";
  button.addEventListener("click", regenerate);
  element("messages").append(button);
  scrollDown();
}

function regenerate() {
  if (running) return;
  if (messages.at(-1)?.role === "assistant") {
    messages.pop();
    [...document.querySelectorAll("article.assistant")].at(-1)?.remove();
  }
  for (const button of document.querySelectorAll(".again")) button.remove();
  askModel({ temperature: 0.8 });        // at 0, the answer would be the same
}

function send(event) {
  event?.preventDefault();
  const question = element("question").value.trim();
  if (running || question === "") return;
  element("question").value = "";
  for (const button of document.querySelectorAll(".again")) button.remove();
  messages.push({ role: "user", content: question });
  addMessage("user", question);
  askModel();
}

function startOver() {
  if (running) return;
  messages.length = 0;
  element("messages").replaceChildren(element("welcome"));
  element("welcome").hidden = false;
  setStatus("");
  element("question").focus();
}

function showKeyForm() {
  element("key-form").hidden = false;
  element("key").focus();
}

async function loadModel() {
  const reply = await fetch("v1/models", { headers: headers() });
  if (reply.status === 401) {
    showKeyForm();
    return;
  }
  element("key-form").hidden = true;
  const entry = (await reply.json()).data[0];
  model = entry.id;
  element("model").textContent = entry.id;
  document.title = `${entry.id} – Sohbet`;
}

element("ask").addEventListener("submit", send);
element("question").addEventListener("keydown", event => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) send(event);
});
document.addEventListener("keydown", event => {
  if (event.key === "Escape") running?.abort();
});
element("stop").addEventListener("click", () => running?.abort());
element("new").addEventListener("click", startOver);
element("key-form").addEventListener("submit", event => {
  event.preventDefault();
  sessionStorage.setItem("key", element("key").value);
  setStatus("");
  loadModel().catch(() => setStatus("Sunucuya ulaşılamıyor.", true));
});
loadModel().catch(() => setStatus("Sunucuya ulaşılamıyor.", true));
element("question").focus();
