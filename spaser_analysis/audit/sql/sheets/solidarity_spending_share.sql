-- Under the definition that the buyer has chosen; null without one, or where the payment may be no purchase.
SELECT
    cell, cents,
    CASE WHEN is_purchase THEN
        CASE getvariable('definition')
            WHEN 'A' THEN is_solidarity_a WHEN 'B' THEN is_solidarity_b
            WHEN 'C' THEN is_solidarity_c WHEN 'D' THEN is_solidarity_d
        END
    END AS state
FROM paid
