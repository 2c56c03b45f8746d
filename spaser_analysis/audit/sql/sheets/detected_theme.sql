-- One indicator a theme. True: found in the object or the CPV code. Null: neither is known.
SELECT
    cell, cents,
    'detected_' || theme || '_share' AS indicator,
    list_contains(string_split(themes, ' | '), theme) AS state
FROM signed CROSS JOIN (
    VALUES ('equality'), ('innovation'), ('insertion'), ('air'), ('climate'), ('environment'), ('disability'), ('food')
) AS expert_bodies(theme)
