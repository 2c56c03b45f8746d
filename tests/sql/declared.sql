-- What is declared under AGEC and EGalim: the part (true), the rest of the total (false), or the total (unknown).

CREATE VIEW observed_declarations AS
WITH declared AS (
    SELECT
        code, "window", scheme || '_' || part || '_share' AS indicator, part_cents, total_cents,
        coalesce(part_cents <= total_cents, false) AS is_sound
    FROM members JOIN declarations ON key = line(source_file, source_record)
    WHERE counted = 'declarations'
)
SELECT code, "window", 'all' AS scope, indicator, true AS state, part_cents AS cents FROM declared WHERE is_sound
UNION ALL
SELECT code, "window", 'all', indicator, false, total_cents - part_cents FROM declared WHERE is_sound
UNION ALL
SELECT code, "window", 'all', indicator, NULL, total_cents FROM declared WHERE NOT is_sound;
