-- Which records count where: one row a record, territory and window; contracts in every scope.
-- Variables: siren, whole (code of the whole), definition (A to D), year, number (of the quarter). Tables: places (code)
-- and the clean ones.

CREATE VIEW windows AS  -- quarters are counted from year 0: year * 4 + number - 1
WITH asked AS (SELECT getvariable('year') * 4 AS january, getvariable('year') * 4 + getvariable('number') - 1 AS this)
          SELECT 'quarter' AS "window", this AS first, this AS last FROM asked
UNION ALL SELECT 'year_to_date',      january,         this         FROM asked
UNION ALL SELECT 'rolling_12_months', this - 3,        this         FROM asked
UNION ALL SELECT 'year',              january,         january + 3  FROM asked;

CREATE MACRO rank_of(day) AS year(day) * 4 + quarter(day) - 1;
CREATE MACRO rank_of_text(quarter) AS left(quarter, 4)::INT * 4 + right(quarter, 1)::INT - 1;
CREATE MACRO line(source_file, source_record) AS source_file || ' ' || source_record;

CREATE VIEW own AS
SELECT 'contracts' AS counted, uid AS key, rank_of("dateNotification") AS happened, territory
FROM contracts WHERE buyer_siren = getvariable('siren')
UNION ALL
SELECT 'payments', line(source_file, source_record), rank_of(paid_on), territory
FROM payments WHERE buyer_siren = getvariable('siren')
UNION ALL
SELECT 'insertion_hours', line(source_file, source_record), rank_of_text(quarter), territory
FROM insertion_hours WHERE buyer_siren = getvariable('siren')
UNION ALL
SELECT DISTINCT 'declarations', line(source_file, source_record), rank_of_text(quarter), territory
FROM declarations WHERE buyer_siren = getvariable('siren');

CREATE VIEW members AS
SELECT counted, key, code, "window"
FROM own
JOIN windows ON happened BETWEEN first AND last
JOIN places ON code = getvariable('whole') OR code = territory;

CREATE VIEW scoped AS
WITH scopes(scope, with_frameworks, with_subsequent) AS (
    VALUES ('all', true, true), ('without_frameworks', false, true), ('without_subsequent', true, false),
        ('without_both', false, false)
)
SELECT code, "window", scope, key, amount_cents AS cents
FROM members JOIN contracts ON key = uid CROSS JOIN scopes
WHERE counted = 'contracts'
    AND (with_frameworks OR is_framework IS NOT TRUE)
    AND (with_subsequent OR is_subsequent IS NOT TRUE)
UNION ALL
SELECT code, "window", 'without_ten_largest', key, amount_cents
FROM members JOIN contracts ON key = uid
WHERE counted = 'contracts'
QUALIFY amount_cents IS NULL
    OR row_number() OVER (PARTITION BY code, "window" ORDER BY amount_cents DESC NULLS LAST, uid) > 10;
