-- The results of one quarter: counts, bounds, the figure to quote and the verdict.
-- Tables: sheets (indicator, measure, is_scoped, minimum, direction), targets (indicator, measure, target).

WITH observed AS (
    FROM observed_contracts UNION ALL FROM observed_payments UNION ALL FROM observed_declarations
),
counted AS (
    SELECT
        code, indicator, "window", scope, 'number' AS measure,
        count(*) AS records,
        count(*) FILTER (state) AS yes,
        count(*) FILTER (NOT state) AS no,
        count(*) FILTER (state IS NULL) AS unknown,
        NULL::DOUBLE AS quantity
    FROM observed GROUP BY ALL
    UNION ALL
    SELECT
        code, indicator, "window", scope, 'value',
        count(*),
        coalesce(sum(cents) FILTER (state), 0),
        coalesce(sum(cents) FILTER (NOT state), 0),
        coalesce(sum(cents) FILTER (state IS NULL), 0),
        NULL
    FROM observed WHERE cents IS NOT NULL GROUP BY ALL
    UNION ALL
    SELECT
        code, indicator, "window", 'all', 'median',
        count(quantity), count(quantity), NULL, count(*) FILTER (quantity IS NULL), median(quantity)
    FROM (
        SELECT code, "window", indicator, quantity FROM scoped JOIN contract_quantities USING (key) WHERE scope = 'all'
        UNION ALL
        SELECT code, "window", 'median_payment_delay', payment_delay_days FROM paid
    ) GROUP BY ALL
    UNION ALL
    SELECT code, indicator, "window", 'all', measure, known, known, NULL, unknown, quantity FROM counted_hours
),
asked AS (
    FROM sheets CROSS JOIN (
        VALUES ('all'), ('without_frameworks'), ('without_subsequent'), ('without_both'), ('without_ten_largest')
    ) AS scopes(scope)
    WHERE (scope = 'all' OR is_scoped) AND NOT (scope = 'without_ten_largest' AND measure = 'number')
),
filled AS (
    SELECT
        code AS territory, indicator, "window", scope, measure, direction, quantity,
        coalesce(records, 0) >= minimum AND coalesce(least(yes, no, unknown) >= 0, true) AS enough,
        coalesce(yes, 0) AS yes,
        CASE WHEN measure IN ('number', 'value') THEN coalesce(no, 0) END AS no,
        coalesce(unknown, 0) AS unknown,
        CASE WHEN scope = 'all' THEN target END AS target
    FROM places CROSS JOIN asked CROSS JOIN windows
    LEFT JOIN counted USING (code, indicator, "window", scope, measure)
    LEFT JOIN targets USING (indicator, measure)
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
    territory, indicator, "window", scope, measure,
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
FROM shares
