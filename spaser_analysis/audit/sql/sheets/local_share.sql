-- True: one holder at least is. False: none is. Null: none is known to be, and one may be, or there is no holder.
WITH held AS (SELECT uid, at_least_one(is_local) AS state FROM holders GROUP BY uid)
SELECT cell, cents, state FROM signed LEFT JOIN held USING (uid)
