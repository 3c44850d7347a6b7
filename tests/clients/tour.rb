require "pg"; require "json"
host, port, user, db = ARGV
c = PG.connect(host: host, port: port, user: user, dbname: db)
say = ->(n, v) { puts "#{n} #{JSON.generate(v)}" }
say["status", [c.server_version / 10000, c.transaction_status, c.parameter_status("server_encoding")]]
r = c.exec_params("SELECT part_id, name, weight, labels FROM depot.part WHERE part_id < $1 ORDER BY 1", [3])
say["rows", r.to_a]; say["fields", r.fields.each_index.map { |i| [r.fname(i), r.ftype(i), r.fmod(i), r.fformat(i)] }]
c.type_map_for_results = PG::BasicTypeMapForResults.new(c)
say["typed", c.exec("SELECT 1::int8, 2.5::float8, true, ARRAY[1,2], '{\"a\": 1}'::json, DATE '2024-02-29'").values]
c.prepare("p", "SELECT $1::int + 1"); say["prepared", c.exec_prepared("p", [41]).values]
c.exec("CREATE TEMP TABLE rb (a int, b text)")
c.transaction { |t| t.exec("INSERT INTO rb VALUES (1, 'x')"); begin; t.transaction { raise "no" }; rescue; end } rescue say["error", $!.message]
c.copy_data("COPY rb FROM STDIN") { c.put_copy_data("2\ttwo\n"); c.put_copy_data("3\t\\N\n") }
out = []; c.copy_data("COPY (SELECT * FROM rb ORDER BY a) TO STDOUT CSV") { while (l = c.get_copy_data); out << l; end }; say["copied", out]
begin; c.exec("SELECT nope FROM rb"); rescue PG::UndefinedColumn => e; say["undefined", [e.result.error_field(PG::PG_DIAG_SQLSTATE), e.result.error_field(PG::PG_DIAG_STATEMENT_POSITION)]]; end
c.send_query("SELECT n FROM generate_series(1, 5) n"); c.set_single_row_mode; n = 0; while (x = c.get_result); x.stream_each { |row| n += row["n"] }; end; say["single", n]
c.enter_pipeline_mode; 3.times { |i| c.send_query_params("SELECT $1::int * 2", [i]) }; c.pipeline_sync; got = []; loop { x = c.get_result; next if x.nil?; break if x.result_status == PG::PGRES_PIPELINE_SYNC; got << x.values }; c.exit_pipeline_mode; say["pipeline", got]
c.exec("LISTEN rb"); c.exec("NOTIFY rb, 'hi'"); say["heard", c.wait_for_notify(5) { |ch, pid, p| break [ch, p] }]
begin; c.exec("SET statement_timeout = '100ms'; SELECT pg_sleep(9)"); rescue PG::QueryCanceled => e; say["late", e.message[0, 60]]; end
c.close
