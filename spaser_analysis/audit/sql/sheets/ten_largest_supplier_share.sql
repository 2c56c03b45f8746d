-- Suppliers, not payments: true for the ten best paid of the cell. Null: nobody knows who, or how much.
WITH suppliers AS (SELECT cell, supplier, sum(cents) AS cents FROM paid GROUP BY ALL)
SELECT
    cell, cents,
    CASE WHEN cents IS NOT NULL AND supplier <> '' THEN
        row_number() OVER (PARTITION BY cell, supplier = '' ORDER BY cents DESC NULLS LAST, supplier) <= 10
    END AS state
FROM suppliers
