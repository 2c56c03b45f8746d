-- True: reserved to structures that employ disabled or disadvantaged people. Null: nothing readable is declared.
SELECT cell, cents, reserved AS state FROM signed
