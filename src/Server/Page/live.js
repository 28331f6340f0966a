// Keeps a page current: fetches it again every two seconds, and changes only what differs. So the scroll position, opened
// sections, chosen tabs and the reading under the pointer stay.
'use strict';

const interval = 2000;
let version = null;
let busy = false;

// Nodes with equal keys are versions of each other.
function keyOf(node) {
  if (node.nodeType !== Node.ELEMENT_NODE) return node.nodeName;
  const heading = node.nodeName === 'H2' ? node.textContent : '';
  return [node.nodeName, node.id || node.getAttribute('class') || '', heading].join(' ');
}

function find(fresh, at) {
  const key = keyOf(fresh);
  // Text is not searched for: what is between would be taken for gone.
  if (fresh.nodeType !== Node.ELEMENT_NODE) return at && keyOf(at) === key ? at : null;
  while (at && keyOf(at) !== key) at = at.nextSibling;
  return at;
}

function update(old, fresh) {
  if (old.nodeType !== Node.ELEMENT_NODE) {
    if (old.nodeValue !== fresh.nodeValue) old.nodeValue = fresh.nodeValue;
    return;
  }
  for (const { name, value } of fresh.attributes) if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  // A section that the reader opened stays open.
  for (const { name } of [...old.attributes]) if (!fresh.hasAttribute(name) && name !== 'open') old.removeAttribute(name);
  let at = old.firstChild;
  for (const child of [...fresh.childNodes]) {
    const same = find(child, at);
    if (!same) old.insertBefore(child, at);
    else if (same === at) at = at.nextSibling;
    // What has an id, such as a run in a list, moves; what is between two others has gone.
    else if (child.id) old.insertBefore(same, at);
    else {
      while (at !== same) at = remove(at);
      at = at.nextSibling;
    }
    if (same) update(same, child);
  }
  while (at) at = remove(at);
}

function remove(node) {
  const next = node.nextSibling;
  node.remove();
  return next;
}

async function refresh() {
  if (busy || document.hidden) return;
  busy = true;
  try {
    const reply = await fetch(location.href, {
      cache: 'no-store', headers: version ? { 'If-None-Match': version } : {}, signal: AbortSignal.timeout(20000),
    });
    if (reply.status !== 304) {
      const fresh = new DOMParser().parseFromString(await reply.text(), 'text/html');
      document.title = fresh.title;
      update(document.body, fresh.body);
      version = reply.headers.get('ETag');
    }
    document.getElementById('offline').hidden = true;
  } catch {
    document.getElementById('offline').hidden = false;
  } finally {
    busy = false;
  }
}

setInterval(refresh, interval);
document.addEventListener('visibilitychange', refresh);
