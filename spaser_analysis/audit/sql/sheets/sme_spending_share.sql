-- Null: it is not known of the supplier, or the payment may be no purchase.
SELECT cell, cents, CASE WHEN is_purchase THEN is_sme END AS state FROM paid
