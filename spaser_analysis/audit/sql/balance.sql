-- What must add up, both sides of each equality. The figures of the edition, and for what it does not tell (other quarters,
-- what belongs to no territory) those of the SQL; rows and cents are counted in the clean tables themselves.
-- Variable: quarter. Tables: published (as in indicateurs.csv, as text), results (of every quarter of the windows, with the
-- territory ''), sheets, periods, places, not_additive and of_some (name), the clean ones.

WITH told AS (
    SELECT DISTINCT
        quarter, territory, indicator, "window", scope, measure, true AS is_published,
        yes::TEXT AS yes, no::TEXT AS no, unknown::TEXT AS unknown, value::TEXT AS value
    FROM published
    UNION ALL
    SELECT
        quarter, territory, indicator, "window", scope, measure, false,
        yes::TEXT, no::TEXT, unknown::TEXT, value::TEXT
    FROM results ANTI JOIN published USING (quarter, territory, "window")
),
counts AS (  -- what is no number is nothing
    SELECT
        quarter, territory, indicator, "window", scope, measure, is_published,
        coalesce(TRY_CAST(yes AS DECIMAL(38, 6)), 0) AS yes,
        CASE WHEN measure IN ('number', 'value') THEN coalesce(TRY_CAST(no AS DECIMAL(38, 6)), 0) END AS no,
        coalesce(TRY_CAST(unknown AS DECIMAL(38, 6)), 0) AS unknown,
        CASE WHEN measure = 'total' THEN coalesce(TRY_CAST(value AS DECIMAL(38, 6)), 0) END AS total,
        CASE WHEN counted = 'declarations' THEN indicator ELSE counted END AS counted
    FROM told JOIN sheets USING (indicator, measure) WHERE scope NOT IN (SELECT name FROM not_additive)
),
additive AS (
    SELECT * FROM counts UNPIVOT (amount FOR figure IN (yes, no, unknown, total))
    WHERE indicator NOT IN (SELECT name FROM not_additive)
),
of_clean AS (
    SELECT 'contracts' AS counted, quarter AS happened, territory AS place, amount_cents AS cents,
        is_framework IS TRUE AS is_framework, is_subsequent IS TRUE AS is_subsequent
    FROM contracts WHERE buyer_siren = getvariable('siren')
    UNION ALL
    SELECT 'payments', quarter, territory, amount_cents, false, false
    FROM payments WHERE buyer_siren = getvariable('siren') AND is_purchase IS DISTINCT FROM false
    UNION ALL
    SELECT 'insertion_hours', quarter, territory, NULL, false, false
    FROM insertion_hours WHERE buyer_siren = getvariable('siren')
    UNION ALL
    SELECT scheme || '_' || part || '_share', quarter, territory, total_cents, false, false
    FROM declarations WHERE buyer_siren = getvariable('siren')
),
held AS (
    SELECT
        counted, code AS territory, "window", scope,
        count(*) AS lines, coalesce(sum(cents), 0) AS cents
    FROM of_clean
    JOIN periods ON quarter = getvariable('quarter') AND rank_of_text(happened) BETWEEN first AND last
    JOIN places ON code = getvariable('whole') OR code = place
    JOIN (VALUES ('all', false, false), ('without_frameworks', true, false), ('without_subsequent', false, true),
        ('without_both', true, true)) AS scopes(scope, no_framework, no_subsequent)
        ON NOT (no_framework AND is_framework) AND NOT (no_subsequent AND is_subsequent)
    GROUP BY ALL
),
sides AS (
    SELECT
        'territories' AS identity, concat_ws(' ', indicator, "window", scope, measure, figure) AS name,
        coalesce(sum(amount) FILTER (territory = getvariable('whole')), 0) AS one,
        coalesce(sum(amount) FILTER (territory <> getvariable('whole')), 0) AS other
    FROM additive WHERE quarter = getvariable('quarter')
    GROUP BY indicator, "window", scope, measure, figure HAVING bool_or(is_published)
    UNION ALL
    SELECT
        'quarters', concat_ws(' ', whole.territory, whole.indicator, whole."window", scope, measure, figure),
        any_value(whole.amount), sum(part.amount)
    FROM additive AS whole
    JOIN periods ON periods.quarter = whole.quarter AND periods."window" = whole."window"
    JOIN additive AS part USING (territory, indicator, scope, measure, figure)
    WHERE whole.is_published AND whole."window" <> 'quarter'
        AND part."window" = 'quarter' AND rank_of_text(part.quarter) BETWEEN first AND last
    GROUP BY whole.territory, whole.indicator, whole."window", scope, measure, figure
    UNION ALL
    SELECT
        'states', concat_ws(' ', territory, indicator, "window", scope, measure),
        yes + coalesce(no, 0) + unknown, coalesce(CASE WHEN measure = 'value' THEN held.cents ELSE lines END, 0)
    FROM counts LEFT JOIN held USING (counted, territory, "window", scope)
    WHERE is_published AND counted <> 'hours_and_payments' AND indicator NOT IN (SELECT name FROM of_some)
)
FROM sides ORDER BY ALL
