-- The results of one quarter: counts, bounds, the figure to quote and the verdict. Table: targets (indicator, measure, value).

WITH counted AS (
    SELECT
        code, indicator, "window", 'number' AS measure,
        count(*) AS contracts,
        count(*) FILTER (state) AS yes,
        count(*) FILTER (NOT state) AS no,
        count(*) FILTER (state IS NULL) AS unknown,
        NULL::DOUBLE AS middle
    FROM members JOIN states USING (uid) GROUP BY ALL
    UNION ALL
    SELECT
        code, indicator, "window", 'value',
        count(*),
        coalesce(sum(amount_cents) FILTER (state), 0),
        coalesce(sum(amount_cents) FILTER (NOT state), 0),
        coalesce(sum(amount_cents) FILTER (state IS NULL), 0),
        NULL
    FROM members JOIN states USING (uid) WHERE amount_cents IS NOT NULL GROUP BY ALL
    UNION ALL
    SELECT
        code, indicator, "window", 'median',
        count(quantity), count(quantity), NULL, count(*) FILTER (quantity IS NULL), median(quantity)
    FROM members JOIN quantities USING (uid) GROUP BY ALL
),
filled AS (
    SELECT
        code AS territory, indicator, "window", measure,
        coalesce(contracts, 0) >= 5 AS enough,
        coalesce(yes, 0) AS yes,
        CASE WHEN measure <> 'median' THEN coalesce(no, 0) END AS no,
        coalesce(unknown, 0) AS unknown,
        middle,
        targets.value AS target,
        indicator IN (FROM ceilings) AS is_ceiling
    FROM places CROSS JOIN asked CROSS JOIN windows
    LEFT JOIN counted USING (code, indicator, "window", measure)
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
    territory, indicator, "window", measure,
    yes::BIGINT AS yes, no::BIGINT AS no, unknown::BIGINT AS unknown,
    low, high, among_known,
    CASE WHEN measure = 'median' AND enough THEN middle WHEN unknown = 0 THEN among_known END AS value,
    target,
    CASE
        WHEN target IS NULL THEN NULL
        WHEN NOT is_ceiling AND low >= target THEN 'reached'
        WHEN NOT is_ceiling AND high < target THEN 'not reached'
        WHEN is_ceiling AND high <= target THEN 'reached'
        WHEN is_ceiling AND low > target THEN 'not reached'
        ELSE 'cannot say'
    END AS verdict
FROM shares
ORDER BY territory, indicator, "window", measure
