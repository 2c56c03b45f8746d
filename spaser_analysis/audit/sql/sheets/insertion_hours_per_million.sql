-- The hours, and the spending that they are rated against.
SELECT cell, done_hours AS quantity, NULL AS cents FROM worked
UNION ALL
SELECT cell, NULL, cents FROM paid
