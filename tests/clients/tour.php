<?php
[$_, $host, $port, $user, $db] = $argv;
function say($n, $v) { echo $n, " ", json_encode($v, JSON_UNESCAPED_UNICODE), "\n"; }
$p = new PDO("pgsql:host=$host;port=$port;dbname=$db", $user, "", [PDO::ATTR_ERRMODE => PDO::ERRMODE_EXCEPTION]);
say("rows", $p->query("SELECT part_id, name, weight, good FROM depot.part ORDER BY part_id")->fetchAll(PDO::FETCH_ASSOC));
foreach ([true, false] as $emulate) {
  $p->setAttribute(PDO::ATTR_EMULATE_PREPARES, $emulate);
  $s = $p->prepare("SELECT name FROM depot.part WHERE part_id = :id AND good = :good"); $s->bindValue("id", 1, PDO::PARAM_INT); $s->bindValue("good", true, PDO::PARAM_BOOL); $s->execute(); say("prepared", $s->fetchAll());
}
$m = $p->query("SELECT part_id, weight, labels FROM depot.part"); say("meta", array_map(fn($k) => [$m->getColumnMeta($k)["name"], $m->getColumnMeta($k)["native_type"], $m->getColumnMeta($k)["table"] ?? null], [0, 1, 2]));
$p->exec("CREATE TEMP TABLE ph (id serial, t text, b bytea)"); $p->beginTransaction();
$i = $p->prepare("INSERT INTO ph (t, b) VALUES (?, ?)"); $i->bindValue(1, "ü"); $i->bindValue(2, "\x00\xff", PDO::PARAM_LOB); $i->execute(); say("last", $p->lastInsertId("ph_id_seq")); $p->commit();
$b = $p->query("SELECT b FROM ph")->fetchColumn(); say("bytes", bin2hex(is_resource($b) ? stream_get_contents($b) : $b));
$p->pgsqlCopyFromArray("ph", ["10\tx\t\\\\x01", "11\t\\N\t\\N"]); say("copied", $p->pgsqlCopyToArray("ph"));
try { $p->query("SELECT * FROM nowhere"); } catch (PDOException $e) { say("error", $e->getCode()); }
$c = $p->prepare("SELECT n FROM generate_series(1, 4) n", [PDO::ATTR_CURSOR => PDO::CURSOR_SCROLL]); $c->execute(); say("scroll", [$c->fetch(PDO::FETCH_NUM, PDO::FETCH_ORI_LAST), $c->fetch(PDO::FETCH_NUM, PDO::FETCH_ORI_FIRST)]);
$g = pg_connect("host=$host port=$port dbname=$db user=$user");
say("pg", pg_fetch_all(pg_query_params($g, "SELECT $1::int + 1 AS n, $2::text AS t", [1, "x"])));
say("meta", array_map(fn($x) => [$x["type"], $x["len"], $x["not null"], $x["has default"]], pg_meta_data($g, "depot.part")));
pg_query($g, "CREATE TEMP TABLE pq (a int PRIMARY KEY, b text)"); say("insert", pg_insert($g, "pq", ["a" => "1", "b" => "o'x"]) !== false); say("update", pg_update($g, "pq", ["b" => "y"], ["a" => "1"])); say("select", pg_select($g, "pq", ["a" => "1"]));
pg_copy_from($g, "pq", ["5\tfive\n"]); say("copy", pg_copy_to($g, "pq"));
pg_send_query($g, "SELECT 1 AS a; SELECT 2 AS b"); $all = []; while ($r = pg_get_result($g)) $all[] = pg_fetch_all($r); say("several", $all);
say("field", [pg_field_type($q = pg_query($g, "SELECT 1::int8 AS a, 'x'::varchar AS b"), 0), pg_field_type($q, 1), pg_field_size($q, 0)]);
pg_query($g, "LISTEN php"); pg_query($g, "NOTIFY php, 'p'"); say("heard", array_slice(pg_get_notify($g, PGSQL_ASSOC), 0, 1));
