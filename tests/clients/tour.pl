use strict; use warnings; use DBI; use DBD::Pg qw(:pg_types :async);
my ($host, $port, $user, $db) = @ARGV;
my $c = DBI->connect("dbi:Pg:host=$host;port=$port;dbname=$db", $user, "", {RaiseError => 1, PrintError => 0, PrintWarn => 0, AutoCommit => 1, pg_enable_utf8 => 1});
binmode STDOUT, ":utf8";
sub say_ { my ($n, $v) = @_; require JSON::PP; print "$n ", JSON::PP->new->canonical->allow_nonref->encode($v), "\n" }
say_("version", $c->{pg_server_version} =~ /^15/ ? 1 : 0);
say_("rows", $c->selectall_arrayref("SELECT part_id, name, weight, labels, good FROM depot.part ORDER BY part_id"));
my $s = $c->prepare("SELECT name FROM depot.part WHERE part_id = ? AND name <> ?");
for (1, 2) { $s->execute($_, "x"); say_("prepared", $s->fetchall_arrayref) }
say_("types", [$s->{NAME}, $s->{TYPE}, $s->{pg_type}, $s->{NUM_OF_PARAMS}]);
$c->do("CREATE TEMP TABLE pl (id serial PRIMARY KEY, t text, b bytea, a int[])");
my $i = $c->prepare("INSERT INTO pl (t, b, a) VALUES (?, ?, ?) RETURNING id");
$i->bind_param(2, undef, {pg_type => PG_BYTEA});
$i->execute("\x{fc}", "\x00\xff", [1, 2]); say_("returning", $i->fetchall_arrayref);
say_("bytes", [map { unpack "H*", $_ } @{$c->selectcol_arrayref("SELECT b FROM pl")}]);
$c->begin_work; $c->do("DELETE FROM pl"); $c->pg_savepoint("s"); eval { $c->do("SELECT 1/0") }; say_("state", $c->state);
$c->pg_rollback_to("s"); say_("count", $c->selectrow_array("SELECT count(*) FROM pl")); $c->rollback;
$c->do("COPY pl (t) FROM STDIN"); $c->pg_putcopydata("x\n"); $c->pg_putcopydata("y\n"); $c->pg_putcopyend;
$c->do("COPY (SELECT t FROM pl ORDER BY id) TO STDOUT"); my ($l, @l); push @l, $l while $c->pg_getcopydata($l) >= 0; say_("copied", \@l);
say_("tables", [sort map { "$_->[2] $_->[3]" } @{$c->table_info(undef, "depot", "%", "TABLE,VIEW")->fetchall_arrayref}]);
say_("columns", [map { [@$_[3, 5, 6, 10]] } @{$c->column_info(undef, "depot", "part", "%")->fetchall_arrayref}]);
say_("key", [$c->primary_key(undef, "depot", "move")]);
say_("statistics", [map { [@$_[5, 6, 7, 8]] } @{$c->statistics_info(undef, "depot", "move", 0, 0)->fetchall_arrayref}]);
$c->do("SELECT pg_sleep(0.1)", {pg_async => PG_ASYNC}); say_("async", $c->pg_result);
say_("ping", $c->ping); $c->disconnect;
