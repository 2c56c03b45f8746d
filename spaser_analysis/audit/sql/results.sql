-- The results: counts, bounds, the figure to quote and the verdict of each indicator in each cell that its sheet asks for.
-- Tables: counted (by counted.sql); sheets (indicator, measure, is_scoped, minimum, direction); targets (indicator, measure,
-- target).

CREATE TABLE results AS
WITH asked_for AS (
    FROM cells CROSS JOIN sheets
    WHERE (scope = 'all' OR is_scoped) AND NOT (scope = 'without_ten_largest' AND measure = 'number')
),
measured AS (
    SELECT
        quarter, territory, indicator, "window", scope, measure, minimum, direction,
        coalesce(CASE measure WHEN 'number' THEN lines WHEN 'value' THEN priced ELSE known END, 0) AS records,
        coalesce(CASE measure WHEN 'number' THEN yes WHEN 'value' THEN yes_cents ELSE known END, 0) AS yes,
        CASE measure WHEN 'number' THEN coalesce(no, 0) WHEN 'value' THEN coalesce(no_cents, 0) END AS no,
        coalesce(CASE measure WHEN 'number' THEN unknown WHEN 'value' THEN unknown_cents ELSE unsaid END, 0) AS unknown,
        CASE  -- to the millionth, for a sum of hours depends on their order
            WHEN measure = 'median' THEN middle
            WHEN measure = 'total' THEN round_even(total, 6)
            WHEN measure = 'ratio' AND spent > 0 THEN round_even(total * 100000000 / spent, 6)  -- a million euros
        END AS quantity
    FROM asked_for LEFT JOIN counted USING (cell, indicator)
),
filled AS (
    SELECT
        measured.*,
        records >= minimum AND coalesce(least(yes, no, unknown) >= 0, true) AS enough,
        CASE WHEN scope = 'all' THEN target END AS target
    FROM measured LEFT JOIN targets USING (indicator, measure)
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
