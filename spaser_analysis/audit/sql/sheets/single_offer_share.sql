-- No contract is notified without an offer: 0 is an unknown number.
SELECT cell, cents, CASE WHEN "offresRecues" >= 1 THEN "offresRecues" = 1 END AS state FROM signed
