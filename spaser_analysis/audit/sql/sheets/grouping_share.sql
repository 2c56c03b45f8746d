-- True: won by several companies together. Null: not said, or not in the official words.
SELECT
    cell, cents,
    CASE lower("typeGroupementOperateurs")
        WHEN 'conjoint' THEN true WHEN 'solidaire' THEN true WHEN 'pas de groupement' THEN false
    END AS state
FROM signed
