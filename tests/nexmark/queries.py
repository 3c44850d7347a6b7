"""The Nexmark queries in our dialect, and in DuckDB's where that differs.

Ties that the original texts leave open are broken by more columns, so that there is one right answer. q6 (no
common SQL form), q10 (a file sink), q11 and q12 (sessions, processing time) and q13 (a side input) are left out.
"""

from __future__ import annotations

TABLES = {
    "person": """id BIGINT, name VARCHAR, email_address VARCHAR, credit_card VARCHAR, city VARCHAR, state VARCHAR,
        date_time TIMESTAMP, extra VARCHAR""",
    "auction": """id BIGINT, item_name VARCHAR, description VARCHAR, initial_bid BIGINT, reserve BIGINT,
        date_time TIMESTAMP, expires TIMESTAMP, seller BIGINT, category BIGINT, extra VARCHAR""",
    "bid": """auction BIGINT, bidder BIGINT, price BIGINT, channel VARCHAR, url VARCHAR, date_time TIMESTAMP,
        extra VARCHAR""",
}

QUERIES: dict[str, str] = {
    "q0": "SELECT auction, bidder, price, date_time FROM bid",
    "q1": "SELECT auction, bidder, 0.908 * price AS price, date_time FROM bid",
    "q2": "SELECT auction, price FROM bid WHERE auction IN (1007, 1020, 2001, 2019, 2087)",
    "q3": """SELECT p.name, p.city, p.state, a.id FROM auction a JOIN person p ON a.seller = p.id
        WHERE a.category = 10 AND p.state IN ('OR', 'ID', 'CA', 'or', 'id', 'ca')""",
    "q4": """SELECT q.category, avg(q.final) AS final FROM (
            SELECT max(b.price) AS final, a.category FROM auction a, bid b
            WHERE a.id = b.auction AND b.date_time BETWEEN a.date_time AND a.expires GROUP BY a.id, a.category) q
        GROUP BY q.category""",
    "q5": """SELECT ab.auction, ab.num FROM (
            SELECT auction, count(*) AS num, window_start
            FROM HOP(bid, date_time, INTERVAL '2' SECOND, INTERVAL '10' SECOND) GROUP BY window_start, auction) ab
        JOIN (
            SELECT max(num) AS maxn, window_start FROM (
                SELECT count(*) AS num, window_start
                FROM HOP(bid, date_time, INTERVAL '2' SECOND, INTERVAL '10' SECOND) GROUP BY auction, window_start) cb
            GROUP BY window_start) mb
        ON ab.window_start = mb.window_start AND ab.num >= mb.maxn""",
    "q7": """SELECT b.auction, b.price, b.bidder, b.date_time FROM bid b JOIN (
            SELECT max(price) AS maxprice, window_end FROM TUMBLE(bid, date_time, INTERVAL '10' SECOND)
            GROUP BY window_end) b1 ON b.price = b1.maxprice
        WHERE b.date_time BETWEEN b1.window_end - INTERVAL '10' SECOND AND b1.window_end""",
    "q8": """SELECT p.id, p.name, p.window_start FROM (
            SELECT id, name, window_start, window_end FROM TUMBLE(person, date_time, INTERVAL '10' SECOND)
            GROUP BY id, name, window_start, window_end) p
        JOIN (
            SELECT seller, window_start, window_end FROM TUMBLE(auction, date_time, INTERVAL '10' SECOND)
            GROUP BY seller, window_start, window_end) a
        ON p.id = a.seller AND p.window_start = a.window_start AND p.window_end = a.window_end""",
    "q9": """SELECT id, item_name, description, initial_bid, reserve, date_time, expires, seller, category, auction,
            bidder, price, bid_time FROM (
            SELECT a.id, a.item_name, a.description, a.initial_bid, a.reserve, a.date_time, a.expires, a.seller,
                a.category, b.auction, b.bidder, b.price, b.date_time AS bid_time,
                row_number() OVER (PARTITION BY a.id ORDER BY b.price DESC, b.date_time, b.bidder) AS n
            FROM auction a, bid b WHERE a.id = b.auction AND b.date_time BETWEEN a.date_time AND a.expires) t
        WHERE n <= 1""",
    "q14": """SELECT auction, bidder, 0.908 * price AS price,
            CASE WHEN extract(hour FROM date_time) BETWEEN 8 AND 18 THEN 'dayTime'
                WHEN extract(hour FROM date_time) <= 6 OR extract(hour FROM date_time) >= 20 THEN 'nightTime'
                ELSE 'otherTime' END AS bidtimetype,
            date_time, length(extra) - length(replace(extra, 'c', '')) AS c_counts
        FROM bid WHERE 0.908 * price > 1000000 AND 0.908 * price < 50000000""",
    "q15": """SELECT to_char(date_time, 'YYYY-MM-DD') AS day, count(*) AS total_bids,
            count(*) FILTER (WHERE price < 10000) AS rank1_bids,
            count(*) FILTER (WHERE price >= 10000 AND price < 1000000) AS rank2_bids,
            count(*) FILTER (WHERE price >= 1000000) AS rank3_bids,
            count(DISTINCT bidder) AS total_bidders,
            count(DISTINCT bidder) FILTER (WHERE price < 10000) AS rank1_bidders,
            count(DISTINCT bidder) FILTER (WHERE price >= 10000 AND price < 1000000) AS rank2_bidders,
            count(DISTINCT bidder) FILTER (WHERE price >= 1000000) AS rank3_bidders,
            count(DISTINCT auction) AS total_auctions,
            count(DISTINCT auction) FILTER (WHERE price < 10000) AS rank1_auctions,
            count(DISTINCT auction) FILTER (WHERE price >= 10000 AND price < 1000000) AS rank2_auctions,
            count(DISTINCT auction) FILTER (WHERE price >= 1000000) AS rank3_auctions
        FROM bid GROUP BY to_char(date_time, 'YYYY-MM-DD')""",
    "q16": """SELECT channel, to_char(date_time, 'YYYY-MM-DD') AS day, max(to_char(date_time, 'HH24:MI')) AS minute,
            count(*) AS total_bids,
            count(*) FILTER (WHERE price < 10000) AS rank1_bids,
            count(*) FILTER (WHERE price >= 10000 AND price < 1000000) AS rank2_bids,
            count(*) FILTER (WHERE price >= 1000000) AS rank3_bids,
            count(DISTINCT bidder) AS total_bidders,
            count(DISTINCT bidder) FILTER (WHERE price < 10000) AS rank1_bidders,
            count(DISTINCT bidder) FILTER (WHERE price >= 10000 AND price < 1000000) AS rank2_bidders,
            count(DISTINCT bidder) FILTER (WHERE price >= 1000000) AS rank3_bidders,
            count(DISTINCT auction) AS total_auctions,
            count(DISTINCT auction) FILTER (WHERE price < 10000) AS rank1_auctions,
            count(DISTINCT auction) FILTER (WHERE price >= 10000 AND price < 1000000) AS rank2_auctions,
            count(DISTINCT auction) FILTER (WHERE price >= 1000000) AS rank3_auctions
        FROM bid GROUP BY channel, to_char(date_time, 'YYYY-MM-DD')""",
    "q17": """SELECT auction, to_char(date_time, 'YYYY-MM-DD') AS day, count(*) AS total_bids,
            count(*) FILTER (WHERE price < 10000) AS rank1_bids,
            count(*) FILTER (WHERE price >= 10000 AND price < 1000000) AS rank2_bids,
            count(*) FILTER (WHERE price >= 1000000) AS rank3_bids,
            min(price) AS min_price, max(price) AS max_price, avg(price) AS avg_price, sum(price) AS sum_price
        FROM bid GROUP BY auction, to_char(date_time, 'YYYY-MM-DD')""",
    "q18": """SELECT auction, bidder, price, channel, url, date_time FROM (
            SELECT *, row_number() OVER (PARTITION BY bidder, auction ORDER BY date_time DESC, price DESC, url, extra) AS n
            FROM bid) t WHERE n <= 1""",
    "q19": """SELECT auction, bidder, price, channel, date_time, n FROM (
            SELECT *, row_number() OVER (PARTITION BY auction ORDER BY price DESC, date_time, bidder, url, extra) AS n
            FROM bid) t WHERE n <= 10""",
    "q20": """SELECT b.auction, b.bidder, b.price, b.channel, b.url, b.date_time AS bid_time, a.item_name,
            a.description, a.initial_bid, a.reserve, a.date_time, a.expires, a.seller, a.category
        FROM bid b JOIN auction a ON b.auction = a.id WHERE a.category = 10""",
    "q21": """SELECT auction, bidder, price, channel,
            CASE WHEN lower(channel) = 'apple' THEN '0' WHEN lower(channel) = 'google' THEN '1'
                WHEN lower(channel) = 'facebook' THEN '2' WHEN lower(channel) = 'baidu' THEN '3'
                ELSE (regexp_match(url, '(&|^)channel_id=([^&]*)'))[2] END AS channel_id
        FROM bid WHERE (regexp_match(url, '(&|^)channel_id=([^&]*)'))[2] IS NOT NULL
            OR lower(channel) IN ('apple', 'google', 'facebook', 'baidu')""",
    "q22": """SELECT auction, bidder, price, channel, split_part(url, '/', 4) AS dir1, split_part(url, '/', 5) AS dir2,
            split_part(url, '/', 6) AS dir3 FROM bid""",
}

_TUMBLE = """(SELECT *, time_bucket(INTERVAL '10' SECOND, date_time) AS window_start,
    time_bucket(INTERVAL '10' SECOND, date_time) + INTERVAL '10' SECOND AS window_end FROM {0}) {0}"""
_HOP = """(SELECT bid.*, time_bucket(INTERVAL '2' SECOND, date_time) - to_seconds(2 * k) AS window_start
    FROM bid, range(5) r(k)) bid"""


def duckdb(name: str) -> str:
    """The query as DuckDB takes it."""
    sql = QUERIES[name]
    for table in TABLES:
        sql = sql.replace(f"TUMBLE({table}, date_time, INTERVAL '10' SECOND)", _TUMBLE.format(table))
    sql = sql.replace("HOP(bid, date_time, INTERVAL '2' SECOND, INTERVAL '10' SECOND)", _HOP)
    sql = sql.replace("to_char(date_time, 'YYYY-MM-DD')", "strftime(date_time, '%Y-%m-%d')")
    sql = sql.replace("to_char(date_time, 'HH24:MI')", "strftime(date_time, '%H:%M')")
    return sql.replace(
        "(regexp_match(url, '(&|^)channel_id=([^&]*)'))[2]",
        "CASE WHEN regexp_matches(url, '(&|^)channel_id=([^&]*)') THEN regexp_extract(url, '(&|^)channel_id=([^&]*)', 2) END",
    )
