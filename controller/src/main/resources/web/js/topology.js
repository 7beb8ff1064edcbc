// Hosts, networks, guests and services as a drawing, from the state alone. Where things are is reckoned here, in CSS pixels.
import {html, nothing, svg} from 'lit-html';
import {plural} from './format.js';

/** A host with more guests than this shows counts until somebody asks for the guests. */
const OPEN_UP_TO = 12;
const MAX_GUESTS = 60;
const MAX_SERVICES = 12;
const MAX_LINKS = 60;

const GAP = 18;
const PAD = 14;
const HEAD = 62;
const NET = 26;
const CHIP_MIN = 144;
const CHIP = 64;
const CHIP_GAP = 8;
const CARD_MIN = 300;
const SERVICE = 66;
const LINKS = 74;
const BUS = 34;

export const BROKEN_BACKENDS = new Set(['unhealthy', 'detached']);

/** What the drawing needs to know, apart from where things are. */
export function model(state, wanted) {
  const text = wanted.trim().toLowerCase();
  const serving = new Map();
  for (const service of state.services) {
    for (const backend of service.backends) {
      serving.set(backend.name, [...serving.get(backend.name) ?? [], {service: service.name, state: backend.state}]);
    }
  }
  const nodes = new Map(state.nodes.map(node => [node.name, node]));
  const guests = state.vnics.map(vnic => {
    const node = nodes.get(vnic.node);
    const port = node?.ports.find(one => one.name === vnic.name);
    const services = serving.get(vnic.name) ?? [];
    const trouble = node === undefined ? 'not attached'
      : !node.connected ? '' : port?.up === false ? 'no link'
        : services.filter(one => BROKEN_BACKENDS.has(one.state)).map(one => `${one.service}: ${one.state}`).join(', ');
    return {...vnic, services, trouble};
  });
  const found = guest => text === '' || [guest.name, guest.ip, guest.network, guest.node ?? '', guest.trouble,
    ...guest.services.map(one => one.service)].some(word => word.toLowerCase().includes(text));
  const hosts = state.nodes.map(node => {
    const all = guests.filter(guest => guest.node === node.name);
    return {node, all, guests: all.filter(found)};
  }).filter(host => text === '' || host.guests.length > 0 || host.node.name.toLowerCase().includes(text));
  const services = state.services.filter(service => text === '' || service.name.toLowerCase().includes(text)
    || service.backends.some(backend => backend.name.toLowerCase().includes(text)));
  return {filtered: text !== '', hosts, services, guests: guests.filter(found), total: guests.length,
    loose: guests.filter(guest => guest.node === undefined && found(guest))};
}

/** One sentence that says what the drawing shows. */
export function summary(state) {
  const {guests} = model(state, '');
  const gone = state.nodes.filter(node => !node.connected).map(node => node.name);
  const bad = guests.filter(guest => guest.trouble !== '').map(guest => `${guest.name} (${guest.trouble})`);
  const few = names => names.length > 5 ? `${names.slice(0, 5).join(', ')} and ${names.length - 5} more` : names.join(', ');
  const parts = [plural(state.nodes.length, 'host'), plural(state.networks.length, 'network'),
    plural(state.vnics.length, 'guest'), plural(state.services.length, 'service')];
  const trouble = [gone.length === 0 ? '' : `not connected: ${few(gone)}`, bad.length === 0 ? '' : `in trouble: ${few(bad)}`];
  return `${parts.join(', ')}; ${trouble.filter(one => one !== '').join('; ') || 'nothing is in trouble'}.`;
}

/**
 * The drawing, as wide as {@code width}.
 *
 * @param ui `filter`, `open` (host name to whether its guests are shown) and `toggle(host)`
 */
export function topology(state, ui, width) {
  const drawn = model(state, ui.filter);
  const columns = Math.max(1, Math.min(drawn.hosts.length || 1, Math.floor((width + GAP) / (CARD_MIN + GAP))));
  const cardWidth = (width - (columns - 1) * GAP) / columns;
  const tops = topRow(state, drawn, width);
  let y = tops.height + (tops.boxes.length > 0 ? LINKS : 0);
  const cards = [];
  const buses = [];
  for (let i = 0; i < drawn.hosts.length; i += columns) {
    const row = drawn.hosts.slice(i, i + columns).map((host, k) =>
      card(host, drawn, ui, k * (cardWidth + GAP), y, cardWidth));
    const height = Math.max(...row.map(one => one.height));
    // Neighbours of about one height get the same; beside one that was opened up, the others stay short.
    row.filter(one => height - one.height < 2 * CHIP).forEach(one => { one.height = height; });
    cards.push(...row);
    y += height;
    if (row.length > 1) {
      buses.push({y: y + BUS - 12, row});
      y += BUS;
    }
    // Links to the next row end in its gap, with their labels.
    y += tops.boxes.length > 0 ? GAP + 16 : GAP;
  }
  if (drawn.loose.length > 0) {
    const loose = looseCard(drawn, y, width);
    cards.push(loose);
    y += loose.height + GAP;
  }
  const height = Math.max(40, y - GAP + 2);
  return html`
    <svg class="topology" width=${width} height=${height} viewBox="0 0 ${width} ${height}" role="group"
        aria-label="Drawing: ${summary(state)}">
      ${links(drawn, tops, cards)}
      ${buses.map(bus => underlay(bus))}
      ${tops.boxes.map(box => box.draw())}
      ${tops.more === 0 ? nothing : svg`<text x=${width} y=${tops.height + 16} class="small dim" text-anchor="end">and ${tops.more} more, see Services</text>`}
      ${cards.map(one => one.draw(one))}
    </svg>`;
}

/** Clients and services, in as many rows as it takes. */
function topRow(state, drawn, width) {
  const shown = drawn.services.slice(0, MAX_SERVICES);
  const boxes = [];
  if (shown.length === 0) {
    return {boxes, height: 0, more: 0};
  }
  const gateway = state.nodes.find(node => node.gateway);
  const count = shown.length + (gateway ? 1 : 0);
  const perRow = Math.max(1, Math.min(count, Math.floor((width + GAP) / (190 + GAP))));
  const boxWidth = Math.min(280, (width - (perRow - 1) * GAP) / perRow);
  const place = k => ({x: (k % perRow) * (boxWidth + GAP), y: 1 + Math.floor(k / perRow) * (SERVICE + 10), width: boxWidth});
  if (gateway) {
    const at = place(0);
    boxes.push({...at, client: gateway, draw: () => svg`
      <g class="box outside"><rect x=${at.x + 1} y=${at.y} width=${at.width - 2} height=${SERVICE - 4} rx="31"></rect>
        ${icon(at.x + 18, at.y + 19, ICONS.client)}
        <text x=${at.x + 52} y=${at.y + 27} class="name">Clients outside</text>
        <text x=${at.x + 52} y=${at.y + 46} class="small dim">${cut(`in by host ${gateway.name}, ${gateway.uplink}`, at.width - 64)}</text></g>`});
  }
  shown.forEach((service, i) => {
    const at = place(i + (gateway ? 1 : 0));
    const good = service.backends.filter(backend => ['healthy', 'unchecked', 'unknown'].includes(backend.state)).length;
    const kind = service.status !== 'ok' ? 'bad' : good < service.backends.length ? 'warn' : 'good';
    boxes.push({...at, service, draw: () => svg`
      <g class="box service ${kind}" data-drawn-service=${service.name}>
        <title>${service.name}, ${service.vip}: ${good} of ${service.backends.length} backends serve</title>
        <rect x=${at.x + 1} y=${at.y} width=${at.width - 2} height=${SERVICE - 4} rx="10"></rect>
        <text x=${at.x + PAD} y=${at.y + 24} class="name">${cut(service.name, at.width - 60)}</text>
        <text x=${at.x + at.width - PAD} y=${at.y + 24} class="small dim" text-anchor="end">${service.mode.toUpperCase()}</text>
        <text x=${at.x + PAD} y=${at.y + 46} class="mono dim">${service.vip}</text>
        <text x=${at.x + at.width - PAD} y=${at.y + 46} class="small mark ${kind}" text-anchor="end">${MARKS[kind]} ${good} of ${service.backends.length}</text>
      </g>`});
  });
  return {boxes, height: Math.ceil(count / perRow) * (SERVICE + 10), more: drawn.services.length - shown.length};
}

/** One host with its guests by network, or with their counts. */
function card(host, drawn, ui, x, y, width) {
  const {node} = host;
  const open = drawn.filtered || (ui.open.get(node.name) ?? host.all.length <= OPEN_UP_TO);
  const perRow = Math.max(1, Math.floor((width - 2 * PAD + CHIP_GAP) / (CHIP_MIN + CHIP_GAP)));
  const chipWidth = (width - 2 * PAD - (perRow - 1) * CHIP_GAP) / perRow;
  const parts = [];
  let at = y + HEAD;
  let left = MAX_GUESTS;
  for (const [network, guests] of byNetwork(host.guests)) {
    const shown = open ? guests.slice(0, left) : [];
    left -= shown.length;
    const troubled = guests.filter(guest => guest.trouble !== '').length;
    const counted = shown.length === guests.length ? `${network}, VNI ${guests[0].vni}`
      : `${network}, VNI ${guests[0].vni}: ${plural(guests.length - shown.length, open ? 'more guest' : 'guest')}`;
    parts.push(svg`
      <text x=${x + PAD} y=${at + 16} class="small dim">${cut(counted, width - 130)}</text>
      ${troubled === 0 || shown.length === guests.length ? nothing
        : svg`<text x=${x + width - PAD} y=${at + 16} class="small mark bad" text-anchor="end">✕ ${troubled} in trouble</text>`}`);
    at += NET;
    shown.forEach((guest, k) => parts.push(chip(guest, x + PAD + (k % perRow) * (chipWidth + CHIP_GAP),
      at + Math.floor(k / perRow) * (CHIP + CHIP_GAP), chipWidth)));
    at += Math.ceil(shown.length / perRow) * (CHIP + CHIP_GAP);
  }
  if (host.guests.length === 0) {
    parts.push(svg`<text x=${x + PAD} y=${at + 16} class="small dim">no guest here</text>`);
    at += NET;
  }
  const canFold = !drawn.filtered && host.all.length > 0;
  return {x, y, width, height: at - y + PAD - 4, node, open, draw: one => svg`
    <g class="host ${node.connected ? '' : 'bad'}" data-drawn-host=${node.name}>
      <rect x=${x + 1} y=${y} width=${width - 2} height=${one.height} rx="12"></rect>
      ${icon(x + PAD, y + 14, ICONS.host)}
      <text x=${x + 46} y=${y + 27} class="name">${cut(node.name, width - 190)}</text>
      <text x=${x + 46} y=${y + 45} class="small dim">${cut(`${plural(host.all.length, 'guest')}, ${plural(node.flows, 'flow')}`, width - 140)}</text>
      <text x=${x + width - PAD} y=${y + 27} class="small mark ${node.connected ? 'good' : 'bad'}" text-anchor="end">
        ${node.connected ? '✓ connected' : '✕ not connected'}</text>
      ${canFold ? fold(node.name, open, host.all.length, ui, x + width - PAD, y + 47) : nothing}
      ${parts}
    </g>`};
}

function fold(name, open, count, ui, x, y) {
  const act = event => {
    if (event.type === 'click' || event.key === 'Enter' || event.key === ' ') {
      event.preventDefault();
      ui.toggle(name, !open);
    }
  };
  return svg`
    <g class="fold" role="button" tabindex="0" data-fold=${name} aria-expanded=${open} @click=${act} @keydown=${act}
        aria-label="${open ? 'hide' : 'show'} guests of host ${name}">
      <rect x=${x - 94} y=${y - 13} width="100" height="23" rx="6"></rect>
      <text x=${x} y=${y + 2} class="small" text-anchor="end">${open ? '▾ hide guests' : '▸ show guests'}</text>
    </g>`;
}

function chip(guest, x, y, width) {
  const served = guest.services.map(one => `${BROKEN_BACKENDS.has(one.state) ? '✕' : one.state === 'draining' || one.state === 'leaving' ? '↓' : '✓'} ${one.service}`).join('  ');
  const sound = guest.trouble === '' && !guest.services.some(one => BROKEN_BACKENDS.has(one.state));
  const last = guest.trouble === '' ? served : `✕ ${guest.trouble}`;
  return svg`
    <g class="guest ${guest.trouble === '' ? '' : 'bad'}" data-drawn-guest=${guest.name}>
      <title>${guest.name}, ${guest.ip}${guest.trouble === '' ? '' : ', ' + guest.trouble}</title>
      <rect x=${x} y=${y} width=${width} height=${CHIP} rx="8"></rect>
      <text x=${x + 10} y=${y + 19} class="guest-name">${cut(guest.name, width - 18)}</text>
      <text x=${x + 10} y=${y + 36} class="mono dim">${guest.ip}</text>
      <text x=${x + 10} y=${y + 53} class="small mark ${sound ? 'good' : 'bad'}">${cut(last, width - 18, 7.1)}</text>
    </g>`;
}

/** Guests that no host has. */
function looseCard(drawn, y, width) {
  const perRow = Math.max(1, Math.floor((width - 2 * PAD + CHIP_GAP) / (CHIP_MIN + CHIP_GAP)));
  const chipWidth = Math.min(200, (width - 2 * PAD - (perRow - 1) * CHIP_GAP) / perRow);
  const shown = drawn.loose.slice(0, 2 * perRow);
  const height = 34 + Math.ceil(shown.length / perRow) * (CHIP + CHIP_GAP) + 6;
  const more = drawn.loose.length - shown.length;
  return {x: 0, y, width, height, draw: () => svg`
    <g class="host loose"><rect x="1" y=${y} width=${width - 2} height=${height} rx="12"></rect>
      <text x=${PAD} y=${y + 22} class="small dim">On no host${more === 0 ? '' : `, and ${more} more`}</text>
      ${shown.map((guest, k) => chip(guest, PAD + (k % perRow) * (chipWidth + CHIP_GAP),
        y + 34 + Math.floor(k / perRow) * (CHIP + CHIP_GAP), chipWidth))}
    </g>`};
}

/** From every service to each host with backends of it, with how many of them serve; from the clients to the gateway. */
function links(drawn, tops, cards) {
  const ends = [];
  for (const box of tops.boxes) {
    for (const one of cards.filter(each => each.node !== undefined)) {
      if (box.client) {
        if (box.client.name === one.node.name) {
          ends.push({box, one, kind: one.node.connected ? 'plain' : 'bad', label: ''});
        }
        continue;
      }
      const mine = box.service.backends.filter(backend =>
        drawn.guests.some(guest => guest.name === backend.name && guest.node === one.node.name));
      if (mine.length > 0) {
        const good = mine.filter(backend => ['healthy', 'unchecked', 'unknown'].includes(backend.state)).length;
        const kind = good === 0 ? 'bad' : good < mine.length ? 'warn' : 'good';
        ends.push({box, one, kind, label: `${MARKS[kind]} ${good}/${mine.length}`});
      }
    }
  }
  if (ends.length > MAX_LINKS) {
    return nothing;
  }
  const count = new Map();
  ends.forEach(end => count.set(end.one, (count.get(end.one) ?? 0) + 1));
  const used = new Map();
  return ends.map(end => {
    const k = (used.get(end.one) ?? 0) + 1;
    used.set(end.one, k);
    const x1 = end.box.x + end.box.width / 2;
    const y1 = end.box.y + SERVICE - 4;
    const x2 = end.one.x + end.one.width * k / (count.get(end.one) + 1);
    const y2 = end.one.y;
    const bend = Math.min(70, (y2 - y1) * 0.6);
    return svg`
      <g class="link ${end.kind}">
        <path d="M${x1} ${y1}C${x1} ${y1 + bend} ${x2} ${y2 - bend} ${x2} ${y2}"></path>
        ${end.label === '' || end.one.width / (count.get(end.one) + 1) < 62 ? nothing : svg`
          <rect x=${x2 - 27} y=${y2 - 26} width="54" height="20" rx="10"></rect>
          <text x=${x2} y=${y2 - 12} class="small mark ${end.kind}" text-anchor="middle">${end.label}</text>`}
      </g>`;
  });
}

function underlay({y, row}) {
  const first = row[0];
  const last = row.at(-1);
  return svg`
    <g class="underlay">
      ${row.map(one => svg`<path class=${one.node.connected ? '' : 'bad'}
        d="M${one.x + one.width / 2} ${one.y + one.height}V${y}"></path>`)}
      <path d="M${first.x + first.width / 2} ${y}H${last.x + last.width / 2}"></path>
      <rect x=${(first.x + last.x + last.width) / 2 - 62} y=${y - 10} width="124" height="20" rx="10"></rect>
      <text x=${(first.x + last.x + last.width) / 2} y=${y + 4} class="small dim" text-anchor="middle">VXLAN underlay</text>
    </g>`;
}

function byNetwork(guests) {
  const networks = new Map();
  for (const guest of guests) {
    networks.set(guest.network, [...networks.get(guest.network) ?? [], guest]);
  }
  return networks;
}

/** As much of a text as fits, reckoned by a usual width of letters. */
function cut(text, width, letter = 7.6) {
  const letters = Math.max(3, Math.floor(width / letter));
  return text.length <= letters ? text : text.slice(0, letters - 1) + '…';
}

const MARKS = {good: '✓', warn: '!', bad: '✕'};
const icon = (x, y, d) => svg`<path class="glyph" transform="translate(${x} ${y})" d=${d}></path>`;
const ICONS = {
  client: 'M2 3h20v13H2zM0 20h24M10 16v4M14 16v4',
  host: 'M2 3h20v7H2zM2 13h20v7H2zM6 6.5h.1M6 16.5h.1M10 6.5h8M10 16.5h8',
};
