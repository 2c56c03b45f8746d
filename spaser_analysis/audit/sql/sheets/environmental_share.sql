-- True: a clause or a criterion on the environment is declared. Null: nothing readable is, or it contradicts itself.
SELECT cell, cents, environmental AS state FROM signed
