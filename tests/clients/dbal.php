<?php
require_once "Doctrine/DBAL/autoload.php";
use Doctrine\DBAL\DriverManager; use Doctrine\DBAL\Schema\Schema; use Doctrine\DBAL\Schema\Comparator;
[$_, $host, $port, $user, $db] = $argv;
function say($n, $f) { try { echo $n, " ", json_encode($f(), JSON_UNESCAPED_UNICODE), "\n"; } catch (\Throwable $e) { echo $n, " FAIL ", get_class($e), " ", substr($e->getMessage(), 0, 300), "\n"; } }
$c = DriverManager::getConnection(["driver" => "pdo_pgsql", "host" => $host, "port" => (int)$port, "user" => $user, "dbname" => $db]);
$c->executeStatement("DROP TABLE IF EXISTS dbal_book"); $c->executeStatement("DROP TABLE IF EXISTS dbal_author"); $c->executeStatement("DROP SEQUENCE IF EXISTS dbal_author_id_seq");
function schema($more) {
  $s = new Schema();
  $a = $s->createTable("dbal_author"); $a->addColumn("id", "integer", ["autoincrement" => true]); $a->addColumn("name", "string", ["length" => 40]); $a->addColumn("doc", "json", ["notnull" => false]); $a->setPrimaryKey(["id"]); $a->addUniqueIndex(["name"], "dbal_name");
  $b = $s->createTable("dbal_book"); $b->addColumn("id", "bigint", ["autoincrement" => true]); $b->addColumn("author_id", "integer"); $b->addColumn("title", "text", ["comment" => "its title"]); $b->addColumn("price", "decimal", ["precision" => 10, "scale" => 2, "default" => "0"]); $b->addColumn("day", "date", ["notnull" => false]); $b->addColumn("ok", "boolean", ["default" => true]); $b->setPrimaryKey(["id"]); $b->addIndex(["price", "day"], "dbal_price"); $b->addForeignKeyConstraint($a, ["author_id"], ["id"], ["onDelete" => "CASCADE"], "dbal_fk");
  if ($more) { $b->addColumn("pages", "smallint", ["default" => 1]); $b->changeColumn("title", ["length" => 10, "notnull" => false]); $b->dropIndex("dbal_price"); $b->addIndex(["day"], "dbal_day"); $a->addColumn("key", "guid", ["notnull" => false]); }
  return $s;
}
$p = $c->getDatabasePlatform(); $m = $c->createSchemaManager();
say("platform", fn() => get_class($p));
say("create", function () use ($c, $p) { foreach (schema(false)->toSql($p) as $q) $c->executeStatement($q); return 1; });
function mine($m) { $t = []; foreach ($m->listTables() as $x) if (str_contains($x->getName(), "dbal_")) $t[] = $x; return new Schema($t); }
say("left", fn() => $m->createComparator()->compareSchemas(mine($m), schema(false))->toSql($p));
say("columns", fn() => array_map(fn($x) => [$x->getName(), $x->getType()->getName(), $x->getNotnull(), $x->getDefault(), $x->getAutoincrement()], array_values($m->listTableColumns("dbal_book"))));
say("indexes", function () use ($m) { $x = array_map(fn($x) => [$x->getName(), $x->getColumns(), $x->isUnique()], array_values($m->listTableIndexes("dbal_book"))); sort($x); return $x; });
say("keys", fn() => array_map(fn($x) => [$x->getName(), $x->getLocalColumns(), $x->getForeignTableName(), $x->onDelete()], $m->listTableForeignKeys("dbal_book")));
say("migrate", function () use ($c, $m, $p) { $d = $m->createComparator()->compareSchemas(mine($m), schema(true)); $q = $d->toSql($p); foreach ($q as $x) $c->executeStatement($x); return $q; });
say("left", fn() => $m->createComparator()->compareSchemas(mine($m), schema(true))->toSql($p));
say("insert", fn() => [$c->insert("dbal_author", ["name" => "A", "doc" => '{"k": 1}']), $c->lastInsertId()]);
say("transactional", fn() => $c->transactional(function ($c) { $c->insert("dbal_book", ["author_id" => 1, "title" => "T", "price" => "2.5", "ok" => true], ["ok" => "boolean"]); return $c->fetchAllAssociative("SELECT b.title, b.price, b.ok, a.name FROM dbal_book b JOIN dbal_author a ON a.id = b.author_id WHERE b.price > ? AND a.name IN (?)", [1, ["A", "B"]], [1 => \Doctrine\DBAL\Connection::PARAM_STR_ARRAY]); }));
say("builder", fn() => $c->createQueryBuilder()->select("count(*) AS n", "max(price) AS m")->from("dbal_book")->where("price > :p")->setParameter("p", 1)->setMaxResults(1)->executeQuery()->fetchAssociative());
say("unique", function () use ($c) { try { $c->insert("dbal_author", ["name" => "A"]); } catch (\Doctrine\DBAL\Exception\UniqueConstraintViolationException $e) { return "unique"; } });
say("foreign", function () use ($c) { try { $c->insert("dbal_book", ["author_id" => 99, "title" => "x"]); } catch (\Doctrine\DBAL\Exception\ForeignKeyConstraintViolationException $e) { return "foreign"; } });
say("views", function () use ($c, $m) { $m->createView(new \Doctrine\DBAL\Schema\View("dbal_v", "SELECT name FROM dbal_author")); $v = array_filter(array_map(fn($x) => $x->getName(), $m->listViews()), fn($n) => str_contains($n, "dbal_v")); $m->dropView("dbal_v"); return array_values($v); });
say("sequences", fn() => array_values(array_filter(array_map(fn($x) => [$x->getName(), $x->getAllocationSize()], $m->listSequences()), fn($x) => str_contains($x[0], "dbal"))));
say("schemas", fn() => in_array("public", $m->listSchemaNames()));
say("drop", function () use ($m) { $m->dropTable("dbal_book"); $m->dropTable("dbal_author"); return $m->tablesExist(["dbal_book"]); });
