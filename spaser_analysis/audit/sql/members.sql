-- Which records count where: one row a record and cell. A cell is a quarter asked for, a territory, a window and a scope.
-- Variables: siren, whole (code of the whole), definition (A to D). Tables: asked (quarter), places (code; '' is what
-- belongs to no territory) and the clean ones.

CREATE MACRO rank_of(day) AS year(day) * 4 + quarter(day) - 1;  -- quarters are counted from year 0
CREATE MACRO rank_of_text(quarter) AS left(quarter, 4)::INT * 4 + right(quarter, 1)::INT - 1;  -- of 2022-T3
CREATE MACRO line(source_file, source_record) AS source_file || ' ' || source_record;
-- Of several that are true, false or null: true where one is, else null where one is, else false.
CREATE MACRO at_least_one(state) AS CASE WHEN bool_or(state) THEN true WHEN count(state) = count(*) THEN false END;

CREATE TABLE periods AS
WITH asked_for AS (SELECT quarter, rank_of_text(quarter) AS this, left(quarter, 4)::INT * 4 AS january FROM asked)
          SELECT quarter, 'quarter' AS "window", this AS first, this AS last FROM asked_for
UNION ALL SELECT quarter, 'year_to_date',      january,         this         FROM asked_for
UNION ALL SELECT quarter, 'rolling_12_months', this - 3,        this         FROM asked_for
UNION ALL SELECT quarter, 'year',              january,         january + 3  FROM asked_for;

CREATE TABLE cells AS
SELECT row_number() OVER () AS cell, periods.*, code AS territory, scope
FROM periods CROSS JOIN places CROSS JOIN (
    VALUES ('all'), ('without_frameworks'), ('without_subsequent'), ('without_both'), ('without_ten_largest')
) AS scopes(scope);

CREATE VIEW own AS
SELECT 'contracts' AS counted, uid AS key, rank_of("dateNotification") AS happened, territory
FROM contracts WHERE buyer_siren = getvariable('siren')
UNION ALL
SELECT 'payments', line(source_file, source_record), rank_of(paid_on), territory
FROM payments WHERE buyer_siren = getvariable('siren') AND is_purchase IS DISTINCT FROM false
UNION ALL
SELECT 'insertion_hours', line(source_file, source_record), rank_of_text(quarter), territory
FROM insertion_hours WHERE buyer_siren = getvariable('siren')
UNION ALL
SELECT DISTINCT 'declarations', line(source_file, source_record), rank_of_text(quarter), territory
FROM declarations WHERE buyer_siren = getvariable('siren');

CREATE TABLE members AS
SELECT cell, counted, key, scope
FROM own JOIN cells ON happened BETWEEN first AND last AND (
    cells.territory = getvariable('whole')
    OR cells.territory = own.territory
    OR cells.territory = '' AND (
        own.territory IS NULL OR own.territory = getvariable('whole') OR own.territory NOT IN (SELECT code FROM places)
    )
)
WHERE counted = 'contracts' OR scope = 'all';

-- The contracts of each cell. What is not known to be a framework, or a subsequent contract, is not left out with them.
CREATE TABLE signed AS
SELECT cell, amount_cents AS cents, contracts.*
FROM members JOIN contracts ON key = uid
WHERE counted = 'contracts'
    AND NOT (scope IN ('without_frameworks', 'without_both') AND is_framework IS TRUE)
    AND NOT (scope IN ('without_subsequent', 'without_both') AND is_subsequent IS TRUE)
QUALIFY scope <> 'without_ten_largest' OR amount_cents IS NULL
    OR row_number() OVER (PARTITION BY cell ORDER BY amount_cents DESC NULLS LAST, uid) > 10;

-- The payments that are purchases, or may be (is_purchase is null).
CREATE TABLE paid AS
SELECT cell, amount_cents AS cents, coalesce(supplier_id, supplier_name, '') AS supplier, payments.*
FROM members JOIN payments ON key = line(source_file, source_record) WHERE counted = 'payments';

CREATE TABLE worked AS
SELECT cell, insertion_hours.*
FROM members JOIN insertion_hours ON key = line(source_file, source_record) WHERE counted = 'insertion_hours';

-- Of each yearly declaration the part (true) and the rest of its total (false); where the part is not known or exceeds its
-- total, the total (null).
CREATE TABLE declared AS
WITH lines AS (
    SELECT cell, declarations.*, coalesce(part_cents <= total_cents, false) AS is_sound
    FROM members JOIN declarations ON key = line(source_file, source_record) WHERE counted = 'declarations'
)
SELECT cell, scheme, part, category, true AS state, part_cents AS cents FROM lines WHERE is_sound
UNION ALL
SELECT cell, scheme, part, category, false, total_cents - part_cents FROM lines WHERE is_sound
UNION ALL
SELECT cell, scheme, part, category, NULL, total_cents FROM lines WHERE NOT is_sound;
