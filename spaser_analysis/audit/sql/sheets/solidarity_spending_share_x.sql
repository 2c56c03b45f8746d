-- One indicator a definition. Null: it is not known of the supplier, or the payment may be no purchase.
SELECT cell, cents, 'solidarity_spending_share_' || letter AS indicator, CASE WHEN is_purchase THEN
    CASE letter
        WHEN 'a' THEN is_solidarity_a WHEN 'b' THEN is_solidarity_b
        WHEN 'c' THEN is_solidarity_c WHEN 'd' THEN is_solidarity_d
    END
END AS state
FROM paid CROSS JOIN (VALUES ('a'), ('b'), ('c'), ('d')) AS definitions(letter)
