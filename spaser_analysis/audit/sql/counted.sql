-- What a query of sheets/ says of each row, counted in each cell; said (cell, indicator, state, quantity, cents) is the query.

INSERT INTO counted BY NAME
SELECT
    cell, indicator,
    count(*) AS lines,
    count(*) FILTER (state) AS yes,
    count(*) FILTER (NOT state) AS no,
    count(*) FILTER (state IS NULL) AS unknown,
    count(cents) AS priced,
    coalesce(sum(cents) FILTER (state), 0) AS yes_cents,
    coalesce(sum(cents) FILTER (NOT state), 0) AS no_cents,
    coalesce(sum(cents) FILTER (state IS NULL), 0) AS unknown_cents,
    count(quantity) AS known,
    count(*) FILTER (quantity IS NULL AND cents IS NULL) AS unsaid,
    median(quantity) AS middle,
    sum(quantity) AS total,
    sum(cents) AS spent
FROM said GROUP BY ALL
