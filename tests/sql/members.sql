-- Which contracts count where: one row a contract, territory and window.
-- Variables: siren, whole (code of the whole), year, number (of the quarter). Tables: contracts, places (code).

CREATE VIEW windows AS  -- quarters are counted from year 0: year * 4 + number - 1
WITH asked AS (SELECT getvariable('year') * 4 AS january, getvariable('year') * 4 + getvariable('number') - 1 AS this)
          SELECT 'quarter' AS "window", this AS first, this AS last FROM asked
UNION ALL SELECT 'year_to_date',      january,         this         FROM asked
UNION ALL SELECT 'rolling_12_months', this - 3,        this         FROM asked
UNION ALL SELECT 'year',              january,         january + 3  FROM asked;

CREATE VIEW members AS
WITH own AS (
    SELECT *, year("dateNotification") * 4 + quarter("dateNotification") - 1 AS notified
    FROM contracts
    WHERE buyer_siren = getvariable('siren')
)
SELECT uid, amount_cents, code, "window"
FROM own
JOIN windows ON notified BETWEEN first AND last
JOIN places ON code = getvariable('whole') OR code = territory;
