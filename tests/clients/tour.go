package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"os"
	"time"

	"github.com/jackc/pgx/v4"
	"github.com/lib/pq"
)

func say(name string, value ...interface{}) {
	text, _ := json.Marshal(value)
	fmt.Println(name, string(text))
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

func libpq(url string) {
	db, err := sql.Open("postgres", url)
	must(err)
	db.SetMaxOpenConns(4)
	rows, err := db.Query("SELECT part_id, name, weight, labels, made_on, good FROM depot.part WHERE part_id <= $1 ORDER BY 1", 2)
	must(err)
	types, _ := rows.ColumnTypes()
	for _, t := range types {
		length, ok := t.Length()
		say("type", t.Name(), t.DatabaseTypeName(), length, ok)
	}
	for rows.Next() {
		var id int
		var name, weight string
		var labels []string
		var day sql.NullTime
		var good sql.NullBool
		must(rows.Scan(&id, &name, &weight, pq.Array(&labels), &day, &good))
		say("row", id, name, weight, labels, day, good)
	}
	tx, err := db.Begin()
	must(err)
	_, err = tx.Exec("CREATE TEMP TABLE gq (a int, b text)")
	must(err)
	copying, err := tx.Prepare(pq.CopyIn("gq", "a", "b"))
	must(err)
	for k := 0; k < 5; k++ {
		_, err = copying.Exec(k, fmt.Sprintf("b\t%d", k))
		must(err)
	}
	_, err = copying.Exec()
	must(err)
	must(copying.Close())
	var n, s int
	must(tx.QueryRow("SELECT count(*), sum(a) FROM gq WHERE b = ANY ($1)", pq.Array([]string{"b\t1", "b\t4"})).Scan(&n, &s))
	say("copied", n, s)
	_, err = tx.Exec("SELECT 1 / 0")
	say("error", string(err.(*pq.Error).Code), err.(*pq.Error).Severity)
	must(tx.Rollback())
	ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
	defer cancel()
	_, err = db.ExecContext(ctx, "SELECT pg_sleep(9)")
	say("late", err != nil)
	listener := pq.NewListener(url, time.Second, time.Minute, nil)
	must(listener.Listen("gq"))
	_, err = db.Exec("SELECT pg_notify('gq', 'hello')")
	must(err)
	heard := <-listener.Notify
	say("heard", heard.Channel, heard.Extra)
	must(listener.Close())
	must(db.Close())
}

func viaPgx(url string) {
	ctx := context.Background()
	c, err := pgx.Connect(ctx, url)
	must(err)
	defer c.Close(ctx)
	rows, err := c.Query(ctx, "SELECT part_id, name, weight::float8, labels, spec, made_on, seen_at, good FROM depot.part ORDER BY 1 LIMIT $1", 2)
	must(err)
	for rows.Next() {
		values, err := rows.Values()
		must(err)
		say("values", values...)
	}
	_, err = c.Exec(ctx, "CREATE TEMP TABLE gx (a int PRIMARY KEY, b text, c numeric, d jsonb, e timestamptz, f int8[], g uuid, h interval, i bytea)")
	must(err)
	moment := time.Date(2024, 2, 29, 12, 0, 0, 0, time.UTC)
	count, err := c.CopyFrom(ctx, pgx.Identifier{"gx"}, []string{"a", "b", "c", "d", "e", "f"}, pgx.CopyFromRows([][]interface{}{
		{1, "x", 1.5, map[string]int{"k": 1}, moment, []int64{1, 2}}, {2, nil, nil, nil, nil, nil}}))
	must(err)
	say("copied", count)
	batch := &pgx.Batch{}
	for k := 3; k < 6; k++ {
		batch.Queue("INSERT INTO gx (a, b) VALUES ($1, $2) RETURNING a", k, fmt.Sprint(k))
	}
	results := c.SendBatch(ctx, batch)
	for k := 0; k < 3; k++ {
		var a int
		must(results.QueryRow().Scan(&a))
		say("batched", a)
	}
	must(results.Close())
	var b *string
	var d map[string]int
	var e time.Time
	var f []int64
	must(c.QueryRow(ctx, "SELECT b, d, e, f FROM gx WHERE a = $1", 1).Scan(&b, &d, &e, &f))
	say("scanned", *b, d, e.UTC(), f)
	err = c.BeginFunc(ctx, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, "UPDATE gx SET b = 'y'")
		must(err)
		return tx.BeginFunc(ctx, func(inner pgx.Tx) error { _, err := inner.Exec(ctx, "INSERT INTO gx (a) VALUES (1)"); return err })
	})
	say("unique", err != nil)
	simple, err := c.Query(ctx, "SELECT $1::text, $2::int8", pgx.QuerySimpleProtocol(true), "it's", 5)
	must(err)
	for simple.Next() {
		values, _ := simple.Values()
		say("simple", values...)
	}
	_, err = c.Exec(ctx, "DROP TABLE gx")
	must(err)
}

func main() {
	url := fmt.Sprintf("postgres://%s@%s:%s/%s?sslmode=disable", os.Args[3], os.Args[1], os.Args[2], os.Args[4])
	libpq(url)
	viaPgx(url)
}
