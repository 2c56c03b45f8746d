-- Days from the invoice to the payment; null where either day is unknown.
SELECT cell, payment_delay_days AS quantity FROM paid
