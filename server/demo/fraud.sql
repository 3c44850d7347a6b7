-- Card transactions in, three kinds of alert out.
CREATE SOURCE transactions (
    id BIGINT, card VARCHAR, amount NUMERIC, city VARCHAR, lat DOUBLE PRECISION, lon DOUBLE PRECISION,
    at TIMESTAMP
) WITH ({input}) FORMAT PLAIN ENCODE JSON;

-- Velocity: five or more payments with one card inside one minute.
CREATE MATERIALIZED VIEW velocity AS
SELECT card, window_start, count(*) AS payments, sum(amount) AS total
FROM TUMBLE(transactions, at, INTERVAL '1 minute')
GROUP BY card, window_start
HAVING count(*) >= 5;

-- Amount anomaly: a payment over ten times the mean of the card's other payments, once there are five.
CREATE MATERIALIZED VIEW card_profile AS
SELECT card, count(*) AS payments, sum(amount) AS total FROM transactions GROUP BY card;

CREATE MATERIALIZED VIEW amount_anomaly AS
SELECT t.id, t.card, t.amount, round((p.total - t.amount) / (p.payments - 1), 2) AS usual
FROM transactions t JOIN card_profile p ON t.card = p.card
WHERE p.payments >= 6 AND t.amount * (p.payments - 1) > 10 * (p.total - t.amount);

-- Impossible travel: two payments in a row with one card that are farther apart than 900 km/h allow.
CREATE MATERIALIZED VIEW hops AS
SELECT id, card, city, at,
       lag(city) OVER w AS city_before,
       extract(epoch FROM at - lag(at) OVER w)::double precision AS seconds,
       2 * 6371 * asin(sqrt(
           power(sin(radians(lat - lag(lat) OVER w) / 2), 2)
           + cos(radians(lag(lat) OVER w)) * cos(radians(lat))
             * power(sin(radians(lon - lag(lon) OVER w) / 2), 2))) AS kilometres
FROM transactions
WINDOW w AS (PARTITION BY card ORDER BY at, id);

CREATE MATERIALIZED VIEW impossible_travel AS
SELECT id, card, city_before, city, round(kilometres) AS kilometres, seconds
FROM hops
WHERE kilometres > 100 AND kilometres * 3600 > 900 * seconds;

CREATE MATERIALIZED VIEW alerts AS
SELECT 'velocity' AS kind, card, window_start::varchar AS subject, payments || ' payments in a minute' AS reason
FROM velocity
UNION ALL
SELECT 'amount', card, id::varchar, amount || ' against ' || usual FROM amount_anomaly
UNION ALL
SELECT 'travel', card, id::varchar, city_before || ' to ' || city FROM impossible_travel;

CREATE SINK alert_sink FROM alerts WITH ({output}){encode};
