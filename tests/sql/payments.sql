-- What each indicator asks of one payment, or of all payments to one supplier. What may be no purchase is unknown.

CREATE VIEW purchases AS
SELECT
    line(source_file, source_record) AS key,
    coalesce(supplier_id, supplier_name, '') AS supplier,
    amount_cents AS cents,
    payment_delay_days,
    CASE WHEN is_purchase THEN is_solidarity_a END AS a,
    CASE WHEN is_purchase THEN is_solidarity_b END AS b,
    CASE WHEN is_purchase THEN is_solidarity_c END AS c,
    CASE WHEN is_purchase THEN is_solidarity_d END AS d,
    CASE WHEN is_purchase THEN is_sme END AS sme,
    CASE WHEN is_purchase THEN is_local END AS "local",
    CASE WHEN is_purchase THEN is_covered END AS covered
FROM payments WHERE is_purchase IS DISTINCT FROM false;

CREATE VIEW paid AS
SELECT code, "window", purchases.* FROM members JOIN purchases USING (key) WHERE counted = 'payments';

CREATE VIEW payment_states AS
FROM (
    SELECT
        code, "window", cents,
        CASE getvariable('definition') WHEN 'A' THEN a WHEN 'B' THEN b WHEN 'C' THEN c WHEN 'D' THEN d END
            AS solidarity_spending_share,
        a AS solidarity_spending_share_a,
        b AS solidarity_spending_share_b,
        c AS solidarity_spending_share_c,
        d AS solidarity_spending_share_d,
        sme AS sme_spending_share,
        "local" AS local_spending_share,
        covered AS coverage_share,
        payment_delay_days > 30 AS late_payment_share
    FROM paid
) UNPIVOT INCLUDE NULLS (state FOR indicator IN (COLUMNS(* EXCLUDE (code, "window", cents))));

CREATE VIEW paid_suppliers AS
SELECT code, "window", supplier, at_least_one(c) AS is_inclusive, sum(cents) AS cents FROM paid GROUP BY ALL;

CREATE VIEW observed_payments AS
SELECT code, "window", 'all' AS scope, indicator, state, cents FROM payment_states
UNION ALL
SELECT code, "window", 'all', 'inclusive_supplier_share', is_inclusive, cents FROM paid_suppliers
UNION ALL
SELECT
    code, "window", 'all', 'ten_largest_supplier_share',
    CASE WHEN cents IS NOT NULL AND supplier <> '' THEN
        row_number() OVER (PARTITION BY code, "window", supplier = '' ORDER BY cents DESC NULLS LAST, supplier) <= 10
    END,
    cents
FROM paid_suppliers;
