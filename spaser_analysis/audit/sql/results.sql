-- The results: counts, bounds, the figure to quote and the verdict of each indicator in each cell that its sheet asks for.
-- Tables: said (cell, indicator, state, quantity, cents), all that the queries of sheets/ say; sheets (indicator, measure,
-- is_scoped, minimum, direction); targets (indicator, measure, target).

CREATE TABLE results AS
WITH counted AS (
    SELECT
        cell, indicator, 'number' AS measure,
        count(*) AS records,
        count(*) FILTER (state) AS yes,
        count(*) FILTER (NOT state) AS no,
        count(*) FILTER (state IS NULL) AS unknown,
        NULL::DOUBLE AS quantity
    FROM said GROUP BY ALL
    UNION ALL
    SELECT
        cell, indicator, 'value',
        count(*),
        coalesce(sum(cents) FILTER (state), 0),
        coalesce(sum(cents) FILTER (NOT state), 0),
        coalesce(sum(cents) FILTER (state IS NULL), 0),
        NULL
    FROM said WHERE cents IS NOT NULL GROUP BY ALL
    UNION ALL  -- to the millionth, for a sum of hours depends on their order
    SELECT
        cell, indicator, measure,
        count(quantity), count(quantity), NULL, count(*) FILTER (quantity IS NULL AND cents IS NULL),
        CASE
            WHEN measure = 'median' THEN median(quantity)
            WHEN measure = 'total' THEN round(sum(quantity), 6)
            WHEN sum(cents) > 0 THEN round(sum(quantity) * 100000000 / sum(cents), 6)  -- a million euros
        END
    FROM said JOIN sheets USING (indicator) WHERE measure IN ('median', 'total', 'ratio')
    GROUP BY cell, indicator, measure
),
filled AS (
    SELECT
        quarter, territory, indicator, "window", scope, measure, direction, quantity,
        coalesce(records, 0) >= minimum AND coalesce(least(yes, no, unknown) >= 0, true) AS enough,
        coalesce(yes, 0) AS yes,
        CASE WHEN measure IN ('number', 'value') THEN coalesce(no, 0) END AS no,
        coalesce(unknown, 0) AS unknown,
        CASE WHEN scope = 'all' THEN target END AS target
    FROM cells CROSS JOIN sheets
    LEFT JOIN counted USING (cell, indicator, measure)
    LEFT JOIN targets USING (indicator, measure)
    WHERE (scope = 'all' OR is_scoped) AND NOT (scope = 'without_ten_largest' AND measure = 'number')
),
shares AS (
    SELECT
        *,
        CASE WHEN enough AND yes + no + unknown > 0 THEN yes / (yes + no + unknown) END AS low,
        CASE WHEN enough AND yes + no + unknown > 0 THEN (yes + unknown) / (yes + no + unknown) END AS high,
        CASE WHEN enough AND yes + no > 0 THEN yes / (yes + no) END AS among_known
    FROM filled
)
SELECT
    quarter, territory, indicator, "window", scope, measure,
    yes::BIGINT AS yes, no::BIGINT AS no, unknown::BIGINT AS unknown,
    low, high, among_known,
    CASE WHEN no IS NULL AND enough THEN quantity WHEN unknown = 0 THEN among_known END AS value,
    target,
    CASE
        WHEN target IS NULL THEN NULL
        WHEN direction = 'up' AND low >= target THEN 'reached'
        WHEN direction = 'up' AND high < target THEN 'not reached'
        WHEN direction = 'down' AND high <= target THEN 'reached'
        WHEN direction = 'down' AND low > target THEN 'not reached'
        ELSE 'cannot say'
    END AS verdict
FROM shares;
