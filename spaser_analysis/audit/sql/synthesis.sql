-- The synthesis: the objectives in number of contracts since 1 January, and their shares a year before.
-- Variables: quarter, year_before (quarters). Tables: results (of both quarters), sheets, targets, places, contracts.

WITH told AS (
    SELECT quarter, territory, indicator, measure, yes, no, unknown, yes + no + unknown AS total, minimum
    FROM results JOIN sheets USING (indicator, measure) WHERE "window" = 'year_to_date' AND scope = 'all'
),
measured AS (
    SELECT indicator, measure FROM targets JOIN told USING (indicator, measure)
    WHERE quarter = getvariable('quarter') AND territory = getvariable('whole') AND total > 0
),
compared AS (  -- the two considerations where no objective is measured; nothing where there are no territories
    SELECT indicator FROM (
        SELECT indicator FROM measured WHERE measure = 'number'
        UNION ALL
        SELECT unnest(['environmental_share', 'social_share']) WHERE NOT EXISTS (FROM measured)
    ) WHERE (SELECT count(*) FROM places) > 1
),
shares AS (
    SELECT
        *, territory = getvariable('whole') AS is_whole,
        total >= minimum AND unknown < total AS has_share,
        CASE WHEN yes + no > 0 THEN yes / (yes + no) END AS among
    FROM told SEMI JOIN compared USING (indicator) WHERE measure = 'number'
),
years_before AS (  -- only where the data hold every quarter of it since January
    FROM shares WHERE quarter = getvariable('year_before') AND has_share AND (
        SELECT count(DISTINCT quarter) FROM contracts
        WHERE buyer_siren = getvariable('siren') AND left(quarter, 4) = left(getvariable('year_before'), 4)
            AND quarter <= getvariable('year_before')
    ) = right(getvariable('year_before'), 1)::INT
),
lines AS (
    SELECT
        now.quarter, now.territory, now.indicator, now.yes, now.no, now.unknown,
        CASE WHEN now.total > 0 AND (now.is_whole OR now.has_share) THEN now.yes / now.total END AS low,
        CASE WHEN now.total > 0 AND (now.is_whole OR now.has_share) THEN (now.yes + now.unknown) / now.total END AS high,
        CASE WHEN now.is_whole OR now.has_share THEN now.among END AS among_known,
        CASE WHEN now.has_share THEN before.among END AS before,
        CASE WHEN now.has_share AND before.among IS NOT NULL THEN now.among END AS now,
        CASE WHEN now.has_share THEN round_even(now.among - before.among, 6) END AS change
    FROM shares AS now LEFT JOIN years_before AS before USING (territory, indicator)
    WHERE now.quarter = getvariable('quarter')
)
FROM lines
UNION ALL BY NAME
SELECT getvariable('quarter') AS quarter, getvariable('whole') AS territory WHERE NOT EXISTS (FROM lines)
ORDER BY ALL
