-- True: an advance was paid. Null: not said.
SELECT cell, cents, "attributionAvance" AS state FROM signed
