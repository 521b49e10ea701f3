// The Node.js driver against a node: connections, metadata, types, paging, batches, conditions, errors, events.
'use strict';
const assert = require('node:assert/strict');
const { execFileSync } = require('node:child_process');
const cassandra = require('cassandra-driver');
const { types } = cassandra;
const { Long, Integer, BigDecimal, Duration, InetAddress, LocalDate, LocalTime, Tuple, TimeUuid, Uuid } = types;

const KEYSPACE = 'compat_node';
const REPLICATION = "{'class': 'SimpleStrategy', 'replication_factor': 1}";
const tests = [];
const test = (sentence, run) => tests.push({ sentence, run });

function newClient(options = {}) {
  return new cassandra.Client({
    contactPoints: [process.env.RINGLET_HOST], localDataCenter: 'datacenter1', keyspace: KEYSPACE, ...options,
    protocolOptions: { port: Number(process.env.RINGLET_PORT), ...options.protocolOptions },
  });
}

async function fresh(client, table, columns, options = '') {
  await client.execute(`DROP TABLE IF EXISTS ${table}`);
  await client.execute(`CREATE TABLE ${table} (${columns}) ${options}`);
}

const prepared = { prepare: true };
const wait = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

async function eventually(condition, what, seconds = 20) {
  for (const deadline = Date.now() + seconds * 1000; Date.now() < deadline; await wait(50)) {
    if (await condition()) return;
  }
  assert.fail(`not within ${seconds} s: ${what}`);
}

async function fails(promise, code, ...words) {
  const error = await promise.then(() => assert.fail('nothing was thrown'), (e) => e);
  assert.ok(error instanceof cassandra.errors.ResponseError, `${error.name}: ${error.message}`);
  assert.equal(error.code, code, error.message);
  for (const word of words) assert.ok(error.message.includes(word), `${error.message} does not say ${word}`);
  return error;
}

for (const version of [3, 4]) {
  test(`protocol v${version} carries long values`, async () => {
    const client = newClient({ protocolOptions: { maxVersion: version } });
    await client.connect();
    assert.equal(client.controlConnection.protocolVersion, version);
    const text = 'round and round '.repeat(60_000);
    await client.execute('CREATE TABLE IF NOT EXISTS versions (id int PRIMARY KEY, v text)');
    await client.execute('INSERT INTO versions (id, v) VALUES (?, ?)', [version, text], prepared);
    const result = await client.execute('SELECT v FROM versions WHERE id = ?', [version], prepared);
    assert.equal(result.first().v, text);
    await client.shutdown();
  });
}

test('the node describes itself', async (client) => {
  const [host] = client.hosts.values();
  assert.equal(client.hosts.length, 1);
  assert.deepEqual([host.datacenter, host.rack], ['datacenter1', 'rack1']);
  assert.match(host.cassandraVersion, /^[45]\.\d+\.\d+/);
  assert.ok(host.tokens.length >= 1);
  assert.equal(client.metadata.getReplicas(KEYSPACE, Buffer.from('key')).length, 1);
});

test('schema metadata has keys, order, statics, types and options', async (client) => {
  await fresh(client, 'wide', `p1 int, p2 text, c1 timeuuid, c2 int, s text static, v list<frozen<map<text, int>>>,
    "Mixed Case" int, PRIMARY KEY ((p1, p2), c1, c2)`, 'WITH CLUSTERING ORDER BY (c1 DESC, c2 ASC)');
  const table = await client.metadata.getTable(KEYSPACE, 'wide');
  assert.deepEqual(table.partitionKeys.map((c) => c.name), ['p1', 'p2']);
  assert.deepEqual(table.clusteringKeys.map((c) => c.name), ['c1', 'c2']);
  assert.deepEqual(table.clusteringOrder, ['DESC', 'ASC']);
  assert.deepEqual(Object.keys(table.columnsByName).sort(), ['Mixed Case', 'c1', 'c2', 'p1', 'p2', 's', 'v']);
  assert.equal(table.columnsByName.v.type.code, types.dataTypes.list);
  assert.equal(table.columnsByName.s.isStatic, true);
  assert.equal(table.isCompact, false);
  assert.equal(table.gcGraceSeconds, 864000);
  assert.match(table.compactionClass, /SizeTieredCompactionStrategy$/);
  assert.equal((await client.metadata.getTable('system', 'local')).partitionKeys[0].name, 'key');
  assert.equal(await client.metadata.getTable(KEYSPACE, 'nowhere'), null);
  assert.match(client.metadata.keyspaces[KEYSPACE].strategy, /SimpleStrategy$/);
});

const MAX = Long.MAX_VALUE;
const NATIVE = {
  ascii: ['', 'a~'],
  bigint: [Long.ZERO, MAX, Long.MIN_VALUE],
  blob: [Buffer.alloc(0), Buffer.from([0, 255, 128]), Buffer.alloc(100_000, 7)],
  boolean: [true, false],
  date: [LocalDate.fromString('1970-01-01'), LocalDate.fromString('-271821-04-20'), new LocalDate(2147483647), new LocalDate(-2147483648)],
  decimal: [BigDecimal.fromString('0'), BigDecimal.fromString('-123.4560'), new BigDecimal(Integer.fromString('7'), 400)],
  double: [0, -0.5, Number.MAX_VALUE, Number.MIN_VALUE, Infinity, -Infinity, NaN],
  duration: [new Duration(0, 0, Long.ZERO), new Duration(1, 2, Long.fromNumber(3)), new Duration(2147483647, 2147483647, MAX), new Duration(-1, -2, Long.fromNumber(-3))],
  float: [0, 1.5, -0.25, Infinity],
  inet: [InetAddress.fromString('0.0.0.0'), InetAddress.fromString('255.255.255.255'), InetAddress.fromString('2001:db8::ff')],
  int: [0, 2147483647, -2147483648],
  smallint: [0, 32767, -32768],
  text: ['', "it's", 'é世🚀\0', 'x'.repeat(70_000)],
  time: [LocalTime.fromString('00:00:00'), new LocalTime(Long.fromString('86399999999999'))],
  timestamp: [new Date(0), new Date(-1), new Date(8.64e15), new Date(-8.64e15)],
  timeuuid: [TimeUuid.fromString('00000000-0000-1000-8080-808080808080'), TimeUuid.now()],
  tinyint: [0, 127, -128],
  uuid: [Uuid.fromString('00000000-0000-0000-0000-000000000000'), Uuid.fromString('ffffffff-ffff-ffff-ffff-ffffffffffff')],
  varint: [Integer.ZERO, Integer.fromInt(-129), Integer.fromString('1606938044258990275541962092341162602522202993782792835301376'), Integer.fromString('-1606938044258990275541962092341162602522202993782792835301376')],
};
const COLLECTIONS = {
  'list<int>': [[1, 2, 2]],
  'set<text>': [['', 'a', 'b']],
  'map<text, int>': [{ '': -1, a: 1 }],
  'frozen<list<int>>': [[3, 1, 2]],
  'frozen<map<text, double>>': [{}, { a: 1.5 }],
  'map<text, frozen<map<text, frozen<set<int>>>>>': [{ a: { b: [1, 2], c: [3] } }],
  'tuple<int, text, double>': [new Tuple(1, 'a', 1.5), new Tuple(null, '', null)],
  'vector<float, 3>': [new types.Vector([0, 1.5, -2.25], 'float')],
};

function same(got, expected) {
  if (expected === null || got === null) return got === expected;
  if (Buffer.isBuffer(expected) || typeof expected.equals !== 'function') {
    try { assert.deepEqual(got, expected); return true; } catch { return false; }
  }
  return expected.equals(got);
}

async function roundTrip(client, table, kinds) {
  const column = (kind) => 'c_' + kind.replace(/[^a-z0-9]/g, '_');
  await fresh(client, table, 'id int PRIMARY KEY, ' + Object.keys(kinds).map((k) => `${column(k)} ${k}`).join(', '));
  const wrong = [];
  for (const [kind, values] of Object.entries(kinds)) {
    for (const value of [...values, null]) {
      await client.execute(`INSERT INTO ${table} (id, ${column(kind)}) VALUES (1, ?)`, [value], prepared);
      const got = (await client.execute(`SELECT ${column(kind)} FROM ${table} WHERE id = 1`, [], prepared)).first()[column(kind)];
      if (!same(got, value)) wrong.push(`${kind}: ${String(value).slice(0, 60)} came back as ${String(got).slice(0, 60)}`);
    }
  }
  assert.deepEqual(wrong, []);
}

test('every native type round-trips: null, empty and extremes', (client) => roundTrip(client, 'native_types', NATIVE));
test('collections, frozen collections, tuples and vectors round-trip', (client) => roundTrip(client, 'collections', COLLECTIONS));

test('user types round-trip: nested and with nulls', async (client) => {
  await client.execute('DROP TABLE IF EXISTS people');
  for (const name of ['person', 'address']) await client.execute(`DROP TYPE IF EXISTS ${name}`);
  await client.execute('CREATE TYPE address (street text, zip int)');
  await client.execute('CREATE TYPE person (name text, home frozen<address>, others frozen<list<frozen<address>>>)');
  await client.execute('CREATE TABLE people (id int PRIMARY KEY, f frozen<person>, a address)');
  const a = { street: 'Main', zip: 1 }, b = { street: null, zip: 2 };
  for (const [f, address] of [[{ name: 'x', home: a, others: [b, a] }, b], [{ name: null, home: null, others: null }, a], [null, null]]) {
    await client.execute('INSERT INTO people (id, f, a) VALUES (1, ?, ?)', [f, address], prepared);
    const row = (await client.execute('SELECT f, a FROM people')).first();
    assert.deepEqual(JSON.parse(JSON.stringify([row.f, row.a])), [f, address]);
  }
  const udt = await client.metadata.getUdt(KEYSPACE, 'address');
  assert.deepEqual(udt.fields.map((f) => f.name), ['street', 'zip']);
});

test('values of simple statements are guessed, and a wrong guess is refused by the server', async (client) => {
  await fresh(client, 'guessed', 'id int PRIMARY KEY, d double, t text');
  await client.execute('INSERT INTO guessed (id, d, t) VALUES (1, ?, ?)', [1.5, 'x']);
  await client.execute('INSERT INTO guessed (id, d) VALUES (?, ?)', [2, 2.5], { hints: ['int', 'double'] });
  assert.equal((await client.execute('SELECT * FROM guessed')).rowLength, 2);
  await fails(client.execute('INSERT INTO guessed (id) VALUES (?)', [1]), types.responseErrorCodes.invalid, '8');
});

test('10,000 rows come in pages, complete and without repetition', async (client) => {
  await fresh(client, 'paged', 'p int, c int, v text, PRIMARY KEY (p, c)');
  const values = Array.from({ length: 10_000 }, (_, n) => [n % 7, n, String(n)]);
  await cassandra.concurrent.executeConcurrent(client, 'INSERT INTO paged (p, c, v) VALUES (?, ?, ?)', values, { concurrencyLevel: 100 });
  for (const fetchSize of [5000, 999]) {
    const seen = [];
    for await (const row of client.stream('SELECT c FROM paged', [], { prepare: true, autoPage: true, fetchSize })) seen.push(row.c);
    assert.deepEqual(seen.sort((x, y) => x - y), Array.from({ length: 10_000 }, (_, n) => n));
  }
  let count = 0;
  await new Promise((resolve, reject) => client.eachRow('SELECT c FROM paged', [], { prepare: true, autoPage: true, fetchSize: 1000 },
    () => count++, (error) => (error ? reject(error) : resolve())));
  assert.equal(count, 10_000);
  const first = await client.execute('SELECT c FROM paged', [], { fetchSize: 4000 });
  const second = await client.execute('SELECT c FROM paged', [], { fetchSize: 10_000, pageState: first.pageState });
  assert.deepEqual([first.rowLength, second.rowLength], [4000, 6000]);
});

test('logged, unlogged and counter batches apply', async (client) => {
  await fresh(client, 'batched', 'p int, c int, v text, PRIMARY KEY (p, c)');
  await fresh(client, 'counted', 'id int PRIMARY KEY, n counter');
  for (const logged of [true, false]) {
    const queries = Array.from({ length: 20 }, (_, n) => ({ query: 'INSERT INTO batched (p, c, v) VALUES (?, ?, ?)', params: [Number(logged), n, 'v'] }));
    await client.batch(queries, { prepare: true, logged });
    await client.batch(["DELETE FROM batched WHERE p = 0 AND c = 0", "INSERT INTO batched (p, c, v) VALUES (0, 0, 'simple')"], { logged });
  }
  assert.equal((await client.execute('SELECT count(*) AS n FROM batched')).first().n.toNumber(), 40 - 1);
  const add = { query: 'UPDATE counted SET n = n + ? WHERE id = 1', params: [Long.fromNumber(3)] };
  await client.batch([add, add], { prepare: true, counter: true });
  assert.equal((await client.execute('SELECT n FROM counted')).first().n.toNumber(), 6);
});

test('conditional writes answer as applied, or with what is there', async (client) => {
  await fresh(client, 'conditional', 'p int, c int, v text, s text static, PRIMARY KEY (p, c)');
  const insert = "INSERT INTO conditional (p, c, v) VALUES (1, 1, ?) IF NOT EXISTS";
  assert.equal((await client.execute(insert, ['a'], prepared)).wasApplied(), true);
  const result = await client.execute(insert, ['b'], prepared);
  assert.equal(result.wasApplied(), false);
  assert.deepEqual(result.columns.map((c) => c.name), ['[applied]', 'p', 'c', 's', 'v']);
  assert.equal(result.first().v, 'a');
  assert.equal((await client.execute("UPDATE conditional SET v = 'z' WHERE p = 1 AND c = 1 IF v = 'q'")).wasApplied(), false);
  assert.equal((await client.execute("UPDATE conditional SET v = 'z' WHERE p = 1 AND c = 1 IF v = 'a'")).wasApplied(), true);
  assert.equal((await client.execute('DELETE FROM conditional WHERE p = 2 AND c = 2 IF EXISTS')).wasApplied(), false);
});

test('errors carry their code', async (client) => {
  const codes = types.responseErrorCodes;
  await fails(client.execute('SELEC 1'), codes.syntaxError, 'line 1');
  await fails(client.execute('SELECT nothing FROM paged'), codes.invalid, 'nothing');
  await fails(client.execute('SELECT * FROM nowhere WHERE id = ?', [1], prepared), codes.invalid, 'nowhere');
  const exists = await fails(client.execute('CREATE TABLE paged (id int PRIMARY KEY)'), codes.alreadyExists);
  assert.deepEqual([exists.keyspace, exists.table], [KEYSPACE, 'paged']);
  const missing = await fails(client.execute('SELECT * FROM paged WHERE p = 1', [],
    { consistency: types.consistencies.two, retry: new cassandra.policies.retry.FallthroughRetryPolicy() }), codes.unavailableException);
  assert.deepEqual([missing.consistencies, missing.required, missing.alive], [types.consistencies.two, 2, 1]);
  await assert.rejects(newClient({ keyspace: 'nowhere' }).connect(), /nowhere/);
});

test("another client's schema changes arrive as events", async (client) => {
  const watcher = newClient({ refreshSchemaDelay: 10 });
  await watcher.connect();
  await client.execute('DROP KEYSPACE IF EXISTS compat_node_events');
  await client.execute(`CREATE KEYSPACE compat_node_events WITH replication = ${REPLICATION}`);
  await eventually(() => watcher.metadata.keyspaces.compat_node_events, 'the keyspace is there');
  await client.execute('CREATE TABLE compat_node_events.t (id int PRIMARY KEY)');
  await eventually(() => watcher.metadata.getTable('compat_node_events', 't'), 'the table is there');
  await client.execute('ALTER TABLE compat_node_events.t ADD v text');
  await eventually(async () => (await watcher.metadata.getTable('compat_node_events', 't')).columnsByName.v, 'the column is there');
  await client.execute('DROP TABLE compat_node_events.t');
  await eventually(async () => !(await watcher.metadata.getTable('compat_node_events', 't')), 'the table is gone');
  await client.execute('DROP KEYSPACE compat_node_events');
  await eventually(() => !watcher.metadata.keyspaces.compat_node_events, 'the keyspace is gone');
  await watcher.shutdown();
});

test('values are bound by name, left unset, stamped and given a lifetime', async (client) => {
  await fresh(client, 'named', 'id int PRIMARY KEY, a text, b text');
  await client.execute('INSERT INTO named (id, a, b) VALUES (:id, :a, :b)', { b: 'b', a: 'a', id: 1 }, prepared);
  await client.execute('INSERT INTO named (id, a, b) VALUES (?, ?, ?)', [1, types.unset, null], prepared);
  assert.deepEqual({ ...(await client.execute('SELECT * FROM named')).first() }, { id: 1, a: 'a', b: null });
  await client.execute("INSERT INTO named (id, a) VALUES (2, 'x') USING TTL 1000", [], { timestamp: 1_500_000_000_000_000 });
  const row = (await client.execute('SELECT writetime(a) AS w, ttl(a) AS t FROM named WHERE id = 2')).first();
  assert.equal(row.w.toString(), '1500000000000000');
  assert.ok(row.t > 990 && row.t <= 1000);
});

test('a custom payload is accepted', (client) =>
  client.execute('SELECT key FROM system.local', [], { customPayload: { key: Buffer.from([0, 1]) } }));

test('a trace tells what happened', async (client) => {
  const id = (await client.execute('SELECT * FROM paged LIMIT 1', [], { traceQuery: true })).info.traceId;
  if (!id) return 'the server does not trace';
  const trace = await client.metadata.getTrace(id);
  assert.ok(trace.requestType && trace.events);
});

test('1,000 requests are in flight at once', async (client) => {
  const all = Array.from({ length: 1000 }, (_, n) => client.execute('SELECT c FROM paged WHERE p = ? AND c = ?', [n % 7, n], prepared));
  assert.deepEqual((await Promise.all(all)).map((r) => r.first().c), Array.from({ length: 1000 }, (_, n) => n));
});

test('after a restart the data is there, and prepared statements are prepared again', async (client) => {
  if (!process.env.RINGLET_RESTART) return 'RINGLET_RESTART is not set';
  const select = () => client.execute('SELECT v FROM paged WHERE p = ? AND c = ?', [3, 3], prepared);
  assert.equal((await select()).first().v, '3');
  execFileSync('bash', ['-c', process.env.RINGLET_RESTART], { stdio: 'ignore' });
  await eventually(() => select().then((r) => r.first().v === '3', () => false), 'the prepared statement works again', 60);
  await client.execute('INSERT INTO paged (p, c, v) VALUES (?, ?, ?)', [100, 1, 'after'], prepared);
});

async function main() {
  const setup = newClient({ keyspace: undefined });
  await setup.execute(`DROP KEYSPACE IF EXISTS ${KEYSPACE}`);
  await setup.execute(`CREATE KEYSPACE ${KEYSPACE} WITH replication = ${REPLICATION}`);
  await setup.shutdown();
  const client = newClient();
  await client.connect();
  let passed = 0, failed = 0;
  for (const { sentence, run } of tests) {
    try {
      const reason = await run(client);
      if (typeof reason === 'string') console.log(`left out: ${sentence}: ${reason}`);
      else { console.log(`ok    ${sentence}`); passed++; }
    } catch (error) {
      console.log(`FAIL  ${sentence}\n      ${String(error.stack).split('\n').slice(0, 14).join('\n      ')}`);
      failed++;
    }
  }
  await client.shutdown();
  console.log(`${passed} passed, ${failed} failed`);
  process.exit(failed ? 1 : 0);
}

main().catch((error) => { console.log(error.stack, '\n0 passed, 1 failed'); process.exit(1); });
