-- True: declared innovative. Null: not said.
SELECT cell, cents, "marcheInnovant" AS state FROM signed
