const address = { host: process.argv[2], port: +process.argv[3], user: process.argv[4], database: process.argv[5] };
const { Client, Pool } = require('pg');
const Cursor = require('pg-cursor');
const QueryStream = require('pg-query-stream');
const { from, to } = require('pg-copy-streams');
const { pipeline } = require('stream/promises');
const { Readable } = require('stream');

const say = (name, value) => console.log(name, JSON.stringify(value));

async function tour() {
  const client = new Client(address);
  await client.connect();
  const typed = await client.query(
    "SELECT 1::int8 AS a, 2.50::numeric AS b, DATE '2024-02-29' < now() AS c, ARRAY[1, NULL, 3] AS d, '{\"x\": [1]}'::jsonb AS e, $1::text AS f, " +
      "TIMESTAMPTZ '2024-02-29 12:00+00' AS g, '\\x00ff'::bytea AS h, INTERVAL '1 day 2 hours' AS i, ARRAY['a', 'b\"c'] AS j", ['p']);
  say('types', typed.rows[0]);
  say('fields', typed.fields.map((f) => [f.name, f.dataTypeID]));
  const table = await client.query('SELECT name, weight FROM depot.part WHERE part_id = $1', [1]);
  say('origin', table.fields.map((f) => [f.columnID, f.tableID > 0]));
  const named = { name: 'by_id', text: 'SELECT name FROM depot.part WHERE part_id = $1' };
  for (const id of [1, 2, 1]) say('prepared', (await client.query({ ...named, values: [id] })).rows);
  say('array mode', (await client.query({ text: 'VALUES (1, 2), (3, 4)', rowMode: 'array' })).rows);
  say('several', (await client.query("SELECT 1 AS a; SELECT 'x' AS b")).map((r) => r.rows));
  await client.query('CREATE TABLE js (id serial PRIMARY KEY, t text, j jsonb, n int[])');
  await client.query('BEGIN');
  say('returning', (await client.query('INSERT INTO js (t, j, n) VALUES ($1, $2, $3), ($4, NULL, NULL) RETURNING id, t',
    ['a', { k: 1 }, [1, 2], "q'"])).rows);
  await client.query('ROLLBACK');
  const refused = await client.query('SELEC 1').catch((e) => [e.code, e.position, e.severity]);
  say('error', refused);
  const duplicate = await client.query("INSERT INTO depot.part (part_id, name) VALUES (1, 'again')").catch((e) => [e.code, e.constraint ?? null]);
  say('constraint', duplicate[0]);
  await pipeline(Readable.from(['1\tone\n', '2\t', 'two\n3\t\\N\n']), client.query(from('COPY js (id, t) FROM STDIN')));
  let copied = '';
  for await (const chunk of client.query(to('COPY (SELECT id, t FROM js ORDER BY id) TO STDOUT WITH (FORMAT csv, HEADER)'))) copied += chunk;
  say('copied', copied);
  const cursor = client.query(new Cursor('SELECT n FROM generate_series(1, 7) n WHERE n > $1', [1]));
  say('cursor', (await cursor.read(3)).map((r) => r.n));
  say('cursor goes on', (await cursor.read(100)).map((r) => r.n));
  await cursor.close();
  let rows = 0;
  for await (const row of client.query(new QueryStream('SELECT n FROM generate_series(1, 2500) n', [], { batchSize: 100 }))) rows += row.n > 0;
  say('streamed', rows);
  const heard = new Promise((resolve) => client.on('notification', (m) => resolve([m.channel, m.payload])));
  await client.query('LISTEN js');
  await client.query("SELECT pg_notify('js', 'hello')");
  say('heard', await heard);
  await client.query('DROP TABLE js');
  await client.end();

  const pool = new Pool({ ...address, max: 4, statement_timeout: 20000 });
  say('pool', (await Promise.all([...Array(20).keys()].map((i) => pool.query('SELECT $1::int + 1 AS n', [i])))).reduce((s, r) => s + r.rows[0].n, 0));
  const late = await pool.query({ text: 'SELECT pg_sleep(30)', query_timeout: 100 }).catch((e) => e.message);
  say('late', late);
  await pool.end();
}

tour().catch((e) => { console.error(e); process.exit(1); });
