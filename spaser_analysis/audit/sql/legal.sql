-- What article L. 2111-3 has published of a year: its categories, and what is declared under the laws AGEC and EGalim.
-- Variables: year, and quarter, its last one. Tables: results, declared, cells, declared_targets.

WITH categories(category, measure) AS (
    VALUES ('environmental_share', 'number'), ('environmental_share', 'value'),
        ('social_share', 'number'), ('social_share', 'value'),
        ('reserved_share', 'number'), ('reserved_share', 'value'),
        ('solidarity_spending_share_a', 'value'), ('solidarity_spending_share_c', 'value'),
        ('inclusive_supplier_share', 'number'), ('solidarity_spending_share', 'value')
),
lines AS (
    SELECT
        scheme, part, coalesce(category, 'Catégorie non précisée') AS product,
        coalesce(CASE WHEN state THEN cents END, 0) AS yes,
        coalesce(CASE WHEN NOT state THEN cents END, 0) AS no,
        coalesce(CASE WHEN state IS NULL THEN cents END, 0) AS unknown
    FROM declared JOIN cells USING (cell)
    WHERE quarter = getvariable('quarter') AND territory = getvariable('whole') AND "window" = 'year'
),
products AS (
    SELECT
        scheme, part, coalesce(product, 'Ensemble des catégories') AS product,
        sum(yes)::BIGINT AS yes, sum(no)::BIGINT AS no, sum(unknown)::BIGINT AS unknown
    FROM lines GROUP BY GROUPING SETS ((scheme, part, product), (scheme, part))
),
required AS (  -- either apostrophe is written
    SELECT scheme, part, lower(replace(coalesce(category, 'Ensemble des catégories'), '’', '''')) AS spelling, minimum
    FROM declared_targets WHERE getvariable('year') BETWEEN valid_from AND coalesce(valid_to, getvariable('year'))
)
SELECT getvariable('year')::TEXT AS year, category, results.measure, yes, no, unknown, low, high, target
FROM results JOIN categories ON indicator = category AND results.measure = categories.measure
WHERE quarter = getvariable('quarter') AND territory = getvariable('whole') AND "window" = 'year' AND scope = 'all'
UNION ALL
SELECT
    getvariable('year')::TEXT, products.scheme || '_' || products.part || '_share : ' || product, 'value', yes, no, unknown,
    CASE WHEN yes + no + unknown > 0 THEN yes / (yes + no + unknown) END,
    CASE WHEN yes + no + unknown > 0 THEN (yes + unknown) / (yes + no + unknown) END,
    minimum
FROM products LEFT JOIN required
    ON required.scheme = products.scheme AND required.part = products.part AND spelling = lower(replace(product, '’', ''''))
ORDER BY ALL
