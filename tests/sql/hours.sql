-- Hours of insertion, and what they are rated against; to the millionth, for a sum of hours depends on their order.

CREATE VIEW worked AS
SELECT code, "window", planned_hours, done_hours
FROM members JOIN insertion_hours ON key = line(source_file, source_record)
WHERE counted = 'insertion_hours';

CREATE VIEW counted_hours AS
SELECT
    code, "window", 'planned_insertion_hours' AS indicator, 'total' AS measure,
    count(planned_hours) AS known, count(*) - count(planned_hours) AS unknown, round(sum(planned_hours), 6) AS quantity
FROM worked GROUP BY ALL
UNION ALL
SELECT
    code, "window", 'done_insertion_hours', 'total',
    count(done_hours), count(*) - count(done_hours), round(sum(done_hours), 6)
FROM worked GROUP BY ALL
UNION ALL
SELECT
    code, "window", 'insertion_hours_per_million', 'ratio',
    count(done_hours), count(*) FILTER (done_hours IS NULL AND cents IS NULL),
    CASE WHEN sum(cents) > 0 THEN round(sum(done_hours) * 100000000 / sum(cents), 6) END
FROM (SELECT code, "window", done_hours, NULL AS cents FROM worked
      UNION ALL SELECT code, "window", NULL, cents FROM paid)
GROUP BY ALL;
