// Shows /api/v1/status and /api/v1/tables, asked for every two seconds. Every value is hostile text: it reaches the page through
// textContent only.
"use strict";

const intervalMs = 2000;
const byId = (id) => document.getElementById(id);

function element(name, text) {
  const made = document.createElement(name);
  made.textContent = text;
  return made;
}

function bytes(count) {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let unit = 0;
  while (count >= 1024 && unit < units.length - 1) { count /= 1024; unit++; }
  return `${unit === 0 ? count : count.toFixed(1)} ${units[unit]}`;
}

function duration(seconds) {
  const days = Math.floor(seconds / 86400), hours = Math.floor(seconds / 3600) % 24, minutes = Math.floor(seconds / 60) % 60;
  return days > 0 ? `${days} d ${hours} h` : hours > 0 ? `${hours} h ${minutes} min` : minutes > 0 ? `${minutes} min` : `${seconds} s`;
}

const number = (count) => count.toLocaleString("en");
let before = null;

function requestsPerSecond(status) {
  const now = { at: performance.now(), requests: status.clients.requests };
  const rate = before === null ? 0 : (now.requests - before.requests) * 1000 / (now.at - before.at);
  before = now;
  return number(Math.max(0, Math.round(rate)));
}

function showStatus(status) {
  const facts = [
    ["version", status.version],
    ["up", duration(status.uptime_seconds)],
    ["shards", number(status.shards)],
    ["clients", number(status.clients.connections)],
    ["requests", number(status.clients.requests)],
    ["requests / s", requestsPerSecond(status)],
    ["memory", `${bytes(status.memory.resident_bytes ?? 0)} of ${bytes(status.memory.limit_bytes)}`],
    ["memtables", bytes(status.memory.memtable_bytes)],
    ["block cache", bytes(status.memory.cache_bytes)],
    ["commit log", `${bytes(status.log.live_bytes)} in ${number(status.log.segments)} segments`],
    ["disk free", "error" in status.disk ? status.disk.error : `${bytes(status.disk.free_bytes)} of ${bytes(status.disk.total_bytes)}`],
    ["flushes", number(status.engine.flushes)],
    ["compactions", `${number(status.engine.compactions)} (${number(status.engine.pending_compactions)} waiting)`],
    ["log damage", number(status.log.replay.holes.length)],
    ["quarantined files", number(status.strays.quarantined.length)],
  ];
  byId("name").textContent = status.node.name;
  byId("status").replaceChildren(...facts.map(([term, value]) => {
    const pair = document.createElement("div");
    pair.append(element("dt", term), element("dd", value));
    return pair;
  }));
}

function showTables(tables) {
  byId("tables").replaceChildren(...tables.map((table) => {
    const row = document.createElement("tr");
    const cells = [table.keyspace, table.table, bytes(table.memtable_bytes), number(table.sstables), bytes(table.sstable_bytes),
      number(table.rows_stored), number(table.tombstones)];
    row.append(...cells.map((cell) => element("td", cell)));
    return row;
  }));
}

async function ask(path) {
  const answer = await fetch(path, { cache: "no-store" });
  if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
  return answer.json();
}

async function refresh() {
  try {
    const [status, tables] = await Promise.all([ask("/api/v1/status"), ask("/api/v1/tables")]);
    showStatus(status);
    showTables(tables.tables);
    byId("state").textContent = "live";
    document.body.classList.remove("gone");
  } catch (error) {
    byId("state").textContent = `the node does not answer (${error.message})`;
    document.body.classList.add("gone");
  }
  setTimeout(refresh, intervalMs);
}

refresh();
