-- Suppliers, not payments: true where one payment at least is sure to go to an inclusive structure (definition C).
SELECT cell, at_least_one(CASE WHEN is_purchase THEN is_solidarity_c END) AS state FROM paid GROUP BY cell, supplier
