-- True: one of the ten largest of its cell. Null: without a usable amount.
SELECT
    cell, cents,
    CASE WHEN cents IS NOT NULL THEN
        row_number() OVER (PARTITION BY cell ORDER BY cents DESC NULLS LAST, uid) <= 10
    END AS state
FROM signed
