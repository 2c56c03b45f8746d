-- Hours of insertion done; null where the line does not say.
SELECT cell, done_hours AS quantity FROM worked
