-- The programming: the census of needs to come and the contracts that end in the next eight quarters are made again, row by
-- row. Which needs and contracts a suggestion brings together is not; each that it names must be one, with its amount.
-- Variable: quarter. Tables: told (the rows of the file, as text), needs, contracts, amendments.

WITH dated AS (
    SELECT
        *, rank_of_text(getvariable('quarter')) AS this,
        starts_on IS NULL OR rank_of(starts_on) BETWEEN this + 1 AND this + 8 AS is_to_come
    FROM needs WHERE buyer_siren = getvariable('siren')
),
counted AS (  -- to come, or of the same budget years or operations as those; a number given twice is told apart
    SELECT
        need_id || CASE WHEN count(*) OVER (PARTITION BY need_id) > 1 THEN ' n° ' || row_number() OVER (
            PARTITION BY need_id ORDER BY is_to_come DESC, source_file, source_record
        ) ELSE '' END AS need,
        is_to_come, amount_cents, source_file, source_record::TEXT AS source_record
    FROM dated
    WHERE is_to_come OR operation IS NOT NULL OR year(starts_on) BETWEEN (this + 1) // 4 AND (this + 8) // 4
),
amended AS (
    SELECT uid, arg_max("dureeMois", rank) AS months FROM amendments WHERE "dureeMois" IS NOT NULL GROUP BY uid
),
known AS (  -- a duration beyond a thousand years ends nothing that is looked at
    SELECT
        id AS contract, amount_cents, source_file, source_record::TEXT AS source_record,
        rank_of_text(getvariable('quarter')) AS this,
        coalesce(months, "dureeMois") AS lasting,
        CASE WHEN abs(lasting) < 12000 THEN rank_of("dateNotification" + to_months(lasting::INT)) END AS ends
    FROM contracts LEFT JOIN amended USING (uid)
    WHERE buyer_siren = getvariable('siren') AND quarter <= getvariable('quarter')
),
lines AS (
    SELECT
        'census' AS suggestion, 'total' AS role, NULL AS need, NULL AS contract,
        coalesce(sum(amount_cents), 0)::BIGINT AS amount_cents, NULL AS source_file, NULL AS source_record
    FROM counted WHERE is_to_come
    UNION ALL
    SELECT 'census', 'member', need, NULL, amount_cents, source_file, source_record FROM counted WHERE is_to_come
    UNION ALL
    SELECT 'ending', 'contract', NULL, contract, amount_cents, source_file, source_record
    FROM known WHERE ends BETWEEN this + 1 AND this + 8
    UNION ALL
    SELECT suggestion, role, need, NULL, counted.amount_cents, source_file, source_record
    FROM told JOIN counted USING (need, source_file, source_record)
    WHERE suggestion NOT IN ('census', 'ending') AND contract = ''
    UNION ALL
    SELECT suggestion, role, need, contract, known.amount_cents, source_file, source_record
    FROM told JOIN known USING (contract, source_file, source_record)
    WHERE suggestion NOT IN ('census', 'ending') AND need IN (SELECT need FROM counted WHERE is_to_come)
)
SELECT getvariable('quarter') AS quarter, * FROM lines ORDER BY ALL
