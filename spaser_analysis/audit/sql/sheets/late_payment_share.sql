-- True: paid more than thirty days after the invoice.
SELECT cell, cents, payment_delay_days > 30 AS state FROM paid
