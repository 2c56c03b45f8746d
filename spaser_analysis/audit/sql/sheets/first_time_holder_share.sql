-- True: one holder at least had no contract of the buyer in the three years before. A day is known to be a first one only
-- three years after the first of all; null for a holder without SIREN, and a contract without a day.
WITH days AS (
    SELECT
        uid, holder_siren, "dateNotification" AS day,
        min("dateNotification") OVER () AS first_day,
        max("dateNotification") OVER (
            PARTITION BY holder_siren ORDER BY "dateNotification"
            RANGE BETWEEN UNBOUNDED PRECEDING AND INTERVAL 1 DAY PRECEDING
        ) AS previous_day
    FROM holders JOIN contracts USING (uid)
    WHERE buyer_siren = getvariable('siren')
),
compared AS (
    SELECT uid, CASE
        WHEN day IS NULL OR holder_siren IS NULL THEN NULL
        WHEN previous_day >= day - INTERVAL 3 YEAR THEN false
        WHEN first_day <= day - INTERVAL 3 YEAR THEN true
    END AS is_new
    FROM days
),
held AS (SELECT uid, at_least_one(is_new) AS state FROM compared GROUP BY uid)
SELECT cell, cents, state FROM signed LEFT JOIN held USING (uid)
