-- Of the contracts at or above the EU threshold of their day: true where a social clause is declared. One that is below
-- counts nowhere; null where the amount, the kind or the day leaves open whether it is.
WITH limits AS (
    SELECT
        valid_from, valid_to,
        max(amount_euros * 100) FILTER (kind = 'works') AS works,
        max(amount_euros * 100) FILTER (kind = 'supplies_services') AS others
    FROM thresholds GROUP BY ALL
),
compared AS (
    SELECT cell, cents, social_clause, CASE
        WHEN cents >= greatest(works, others) THEN true
        WHEN cents < least(works, others) THEN false
        WHEN "codeCPV" LIKE '45%' THEN cents >= works
        WHEN "codeCPV" NOT LIKE '45%' THEN cents >= others
    END AS is_above
    FROM signed LEFT JOIN limits ON "dateNotification" BETWEEN valid_from AND valid_to
)
SELECT cell, cents, CASE WHEN is_above THEN social_clause END AS state FROM compared WHERE is_above IS DISTINCT FROM false
