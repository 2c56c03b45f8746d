-- True: paid under a contract that is published. Null: that is not known, or the payment may be no purchase.
SELECT cell, cents, CASE WHEN is_purchase THEN is_covered END AS state FROM paid
