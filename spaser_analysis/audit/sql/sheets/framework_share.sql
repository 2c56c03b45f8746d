-- True: a framework agreement. Null: the techniques of the purchase are not said.
SELECT cell, cents, is_framework AS state FROM signed
