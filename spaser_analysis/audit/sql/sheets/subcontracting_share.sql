-- True: subcontracting is declared. Null: not said.
SELECT cell, cents, "sousTraitanceDeclaree" AS state FROM signed
