-- An auction site: people, auctions and bids from the built-in Nexmark generator.
CREATE SOURCE person (
    id BIGINT, name VARCHAR, email_address VARCHAR, credit_card VARCHAR, city VARCHAR, state VARCHAR,
    date_time TIMESTAMP, extra VARCHAR
) WITH (connector = 'nexmark', nexmark.table.type = 'person', nexmark.rate = '{rate}');

CREATE SOURCE auction (
    id BIGINT, item_name VARCHAR, description VARCHAR, initial_bid BIGINT, reserve BIGINT, date_time TIMESTAMP,
    expires TIMESTAMP, seller BIGINT, category BIGINT, extra VARCHAR
) WITH (connector = 'nexmark', nexmark.table.type = 'auction', nexmark.rate = '{rate}');

CREATE SOURCE bid (
    auction BIGINT, bidder BIGINT, price BIGINT, channel VARCHAR, url VARCHAR, date_time TIMESTAMP, extra VARCHAR
) WITH (connector = 'nexmark', nexmark.table.type = 'bid', nexmark.rate = '{rate}');

CREATE MATERIALIZED VIEW bids_per_channel AS
SELECT channel, count(*) AS bids, max(price) AS highest, round(avg(price), 2) AS mean
FROM bid GROUP BY channel;

CREATE MATERIALIZED VIEW hot_auctions AS
SELECT auction, count(*) AS bids, max(price) AS highest
FROM bid GROUP BY auction ORDER BY bids DESC, auction LIMIT 10;

CREATE MATERIALIZED VIEW local_sellers AS
SELECT p.name, p.city, p.state, a.id AS auction
FROM auction a JOIN person p ON a.seller = p.id
WHERE a.category = 10 AND p.state IN ('OR', 'ID', 'CA');

CREATE MATERIALIZED VIEW local_sellers_per_state AS
SELECT state, count(*) AS auctions, count(DISTINCT name) AS sellers FROM local_sellers GROUP BY state;
