-- No contract is notified without an offer: 0 is an unknown number.
SELECT cell, CASE WHEN "offresRecues" >= 1 THEN "offresRecues" END AS quantity FROM signed
