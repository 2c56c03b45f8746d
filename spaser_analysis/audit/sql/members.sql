-- Which rows count where. A cell is a quarter asked for, a territory, a window and a scope; signed, paid, worked and declared
-- have one row a row of the clean tables and cell that it counts in.
-- Variables: siren, whole (code of the whole), parts (codes of the territories), definition (A to D). Tables: asked (quarter,
-- in_full: in every window), places (code; '' is what belongs to no territory) and the clean ones.

CREATE MACRO rank_of(day) AS year(day) * 4 + quarter(day) - 1;  -- quarters are counted from year 0
CREATE MACRO rank_of_text(quarter) AS left(quarter, 4)::INT * 4 + right(quarter, 1)::INT - 1;  -- of 2022-T3
CREATE MACRO belongs(place, code) AS
    code = getvariable('whole')
    OR code = place
    OR code = '' AND coalesce(NOT list_contains(getvariable('parts'), place), true);
-- Of several that are true, false or null: true where one is, else null where one is, else false.
CREATE MACRO at_least_one(state) AS CASE WHEN bool_or(state) THEN true WHEN count(state) = count(*) THEN false END;

CREATE TABLE periods AS
WITH told AS (SELECT *, rank_of_text(quarter) AS this, left(quarter, 4)::INT * 4 AS january FROM asked)
          SELECT quarter, 'quarter' AS "window", this AS first, this AS last FROM told
UNION ALL SELECT quarter, 'year_to_date',      january,         this         FROM told WHERE in_full
UNION ALL SELECT quarter, 'rolling_12_months', this - 3,        this         FROM told WHERE in_full
UNION ALL SELECT quarter, 'year',              january,         january + 3  FROM told WHERE in_full;

CREATE TABLE cells AS
SELECT row_number() OVER () AS cell, periods.*, code AS territory, scope
FROM periods CROSS JOIN places CROSS JOIN (
    VALUES ('all'), ('without_frameworks'), ('without_subsequent'), ('without_both'), ('without_ten_largest')
) AS scopes(scope);

-- What is not known to be a framework, or a subsequent contract, is not left out with them.
CREATE TABLE placed AS
SELECT cell, uid, amount_cents AS cents
FROM contracts
JOIN cells ON rank_of("dateNotification") BETWEEN first AND last AND belongs(contracts.territory, cells.territory)
WHERE buyer_siren = getvariable('siren')
    AND NOT (scope IN ('without_frameworks', 'without_both') AND is_framework IS TRUE)
    AND NOT (scope IN ('without_subsequent', 'without_both') AND is_subsequent IS TRUE)
QUALIFY scope <> 'without_ten_largest' OR amount_cents IS NULL
    OR row_number() OVER (PARTITION BY cell ORDER BY amount_cents DESC NULLS LAST, uid) > 10;

CREATE VIEW signed AS SELECT cell, cents, contracts.* FROM placed JOIN contracts USING (uid);

-- The payments that are purchases, or may be (is_purchase is null).
CREATE VIEW paid AS
SELECT cell, amount_cents AS cents, coalesce(supplier_id, supplier_name, '') AS supplier, payments.*
FROM payments JOIN cells ON rank_of(paid_on) BETWEEN first AND last AND belongs(payments.territory, cells.territory)
WHERE scope = 'all' AND buyer_siren = getvariable('siren') AND is_purchase IS DISTINCT FROM false;

CREATE VIEW worked AS
SELECT cell, insertion_hours.*
FROM insertion_hours JOIN cells
    ON rank_of_text(insertion_hours.quarter) BETWEEN first AND last
    AND belongs(insertion_hours.territory, cells.territory)
WHERE scope = 'all' AND buyer_siren = getvariable('siren');

-- Of each yearly declaration the part (true) and the rest of its total (false); where the part is not known or exceeds its
-- total, the total (null).
CREATE VIEW declared AS
WITH lines AS (
    SELECT cell, declarations.*, coalesce(part_cents <= total_cents, false) AS is_sound
    FROM declarations JOIN cells
        ON rank_of_text(declarations.quarter) BETWEEN first AND last
        AND belongs(declarations.territory, cells.territory)
    WHERE scope = 'all' AND buyer_siren = getvariable('siren')
)
SELECT cell, scheme, part, category, true AS state, part_cents AS cents FROM lines WHERE is_sound
UNION ALL
SELECT cell, scheme, part, category, false, total_cents - part_cents FROM lines WHERE is_sound
UNION ALL
SELECT cell, scheme, part, category, NULL, total_cents FROM lines WHERE NOT is_sound;

CREATE TABLE counted (  -- by counted.sql
    cell BIGINT, indicator TEXT,
    lines BIGINT, yes BIGINT, no BIGINT, unknown BIGINT,
    priced BIGINT, yes_cents HUGEINT, no_cents HUGEINT, unknown_cents HUGEINT,
    known BIGINT, unsaid BIGINT, middle DOUBLE, total DOUBLE, spent HUGEINT
);
