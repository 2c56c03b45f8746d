-- True: both are declared. False: one is known to be missing, whatever the other.
SELECT
    cell, cents,
    CASE
        WHEN environmental_clause = false OR environmental_criterion = false THEN false
        WHEN environmental_clause = true AND environmental_criterion = true THEN true
    END AS state
FROM signed
