-- Under the definition that the buyer has chosen; null for all without one. True: one holder at least is. False: none is.
WITH held AS (
    SELECT uid, at_least_one(CASE getvariable('definition')
        WHEN 'A' THEN is_solidarity_a WHEN 'B' THEN is_solidarity_b
        WHEN 'C' THEN is_solidarity_c WHEN 'D' THEN is_solidarity_d
    END) AS state
    FROM holders GROUP BY uid
)
SELECT cell, cents, state FROM signed LEFT JOIN held USING (uid)
