CREATE SCHEMA depot;
CREATE TABLE depot.part (
    part_id integer PRIMARY KEY,
    name varchar(40) NOT NULL,
    weight numeric(8,3),
    stock bigint NOT NULL,
    labels text[],
    spec jsonb,
    made_on date,
    seen_at timestamptz(3),
    code char(6),
    CONSTRAINT part_name_key UNIQUE (name)
);
CREATE TABLE depot.move (
    move_id bigint NOT NULL,
    part_id integer NOT NULL,
    amount integer NOT NULL,
    moved_at timestamp NOT NULL,
    done boolean,
    PRIMARY KEY (part_id, move_id)
);
CREATE TABLE plain (k text PRIMARY KEY, v double precision, u uuid, t time, i interval, r real, s smallint, b bytea);
CREATE INDEX move_time ON depot.move (moved_at DESC, part_id);
CREATE INDEX move_mixed ON depot.move (amount DESC NULLS LAST, part_id NULLS FIRST) INCLUDE (done);
CREATE INDEX plain_lower ON plain (lower(k));
CREATE INDEX part_like ON depot.part (name varchar_pattern_ops);
CREATE VIEW depot.heavy AS SELECT part_id, name, weight FROM depot.part WHERE weight > 10;
CREATE MATERIALIZED VIEW depot.totals AS SELECT part_id, count(*) AS moves, sum(amount) AS amount FROM depot.move GROUP BY part_id;
CREATE INDEX totals_part ON depot.totals (part_id);
COMMENT ON TABLE depot.part IS 'what can be stored';
COMMENT ON COLUMN depot.part.weight IS 'in kilograms';
COMMENT ON VIEW depot.heavy IS 'not for the small lift';
