-- Hours of insertion planned; null where the line does not say.
SELECT cell, planned_hours AS quantity FROM worked
