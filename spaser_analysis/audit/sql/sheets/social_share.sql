-- True: a social clause or criterion is declared, or the contract is reserved. Null: nothing readable is declared.
SELECT cell, cents, social AS state FROM signed
