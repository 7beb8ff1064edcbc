// The page: polls the state, draws what changed, and hands the request path to walk.js.
import {html, render} from 'lit-html';
import {fetchState} from './api.js';
import {ago} from './format.js';
import {guests, hosts, networks, services} from './sections.js';
import {Walk} from './walk.js';

const POLL_MS = 2000;
const THEMES = ['auto', 'light', 'dark'];
const THEME_KEY = 'hopline-theme';

const at = id => document.getElementById(id);
const page = {state: null, error: null, seenAt: 0};
const walk = new Walk(at('path'));

function theme() {
  const kept = localStorage.getItem(THEME_KEY);
  return THEMES.includes(kept) ? kept : 'auto';
}

function nextTheme() {
  localStorage.setItem(THEME_KEY, THEMES[(THEMES.indexOf(theme()) + 1) % THEMES.length]);
  draw();
}

function draw() {
  document.documentElement.dataset.theme = theme();
  render(top(), at('top'));
  render(banner(), at('banner'));
  walk.services(page.state?.services ?? [], page.state !== null);
  if (page.state !== null) {
    render(hosts(page.state), at('hosts'));
    render(services(page.state), at('services'));
    render(guests(page.state), at('guests'));
    render(networks(page.state), at('networks'));
  }
}

function top() {
  const live = page.error === null && page.state !== null;
  const text = live ? 'live' : page.error === null ? 'loading' : 'no answer';
  return html`
    <div class="bar">
      <span class="brand"><img src="/favicon.svg" alt="" width="28" height="28"> Hopline</span>
      <span class="dim version">${page.state === null ? '' : html`network state <b>v${page.state.version}</b>`}</span>
      <span class="pill ${live ? 'good' : page.error === null ? 'plain' : 'bad'}" id="live">${text}</span>
      <button class="quiet" id="theme" @click=${nextTheme} title="light or dark">theme: ${theme()}</button>
    </div>`;
}

function banner() {
  if (page.error !== null) {
    const age = page.state === null ? '' : ` What you see is ${ago(Date.now() - page.seenAt)} old.`;
    return html`<p class="message bad"><b>Cannot read the state:</b> ${page.error}.${age} Trying again.</p>`;
  }
  if (page.state === null) {
    return html`<p class="message">Reading the state…</p>`;
  }
  const unknown = page.state.unknownSwitches ?? [];
  return unknown.length === 0 ? '' : html`<p class="message warn"><b>Unknown switch:</b> ${unknown.join(', ')}
    speaks OpenFlow with this controller, but no node said that it is its own.</p>`;
}

async function poll() {
  try {
    page.state = await fetchState();
    page.seenAt = Date.now();
    page.error = null;
  } catch (e) {
    page.error = e.message;
  }
  draw();
  setTimeout(whenVisible, POLL_MS);
}

/** A page that nobody looks at asks for nothing. */
function whenVisible() {
  if (document.hidden) {
    document.addEventListener('visibilitychange', whenVisible, {once: true});
  } else {
    poll();
  }
}

draw();
poll();
