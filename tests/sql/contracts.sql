-- What each indicator asks of one contract: true, false or null (unknown).

CREATE MACRO at_least_one(state) AS
CASE WHEN bool_or(state) THEN true WHEN count(state) = count(*) THEN false END;

CREATE VIEW held AS  -- one row a contract that has holders
WITH signed AS (
    SELECT
        holders.*, "dateNotification" AS day,
        min("dateNotification") OVER () AS first_day,
        max("dateNotification") OVER (
            PARTITION BY holder_siren ORDER BY "dateNotification"
            RANGE BETWEEN UNBOUNDED PRECEDING AND INTERVAL 1 DAY PRECEDING
        ) AS previous_day
    FROM holders JOIN contracts USING (uid)
    WHERE buyer_siren = getvariable('siren')
),
compared AS (
    SELECT *, CASE
        WHEN day IS NULL OR holder_siren IS NULL THEN NULL
        WHEN previous_day >= day - INTERVAL 3 YEAR THEN false
        WHEN first_day <= day - INTERVAL 3 YEAR THEN true
    END AS is_new
    FROM signed
)
SELECT
    uid,
    at_least_one(is_new) AS is_first_time,
    at_least_one(is_sme) AS is_sme,
    at_least_one(is_local) AS is_local,
    at_least_one(CASE getvariable('definition')
        WHEN 'A' THEN is_solidarity_a WHEN 'B' THEN is_solidarity_b WHEN 'C' THEN is_solidarity_c WHEN 'D' THEN is_solidarity_d
    END) AS is_solidarity,
    count(holder_siren) > 0 AS is_identified
FROM compared GROUP BY uid;

CREATE VIEW compared_with_thresholds AS
WITH limits AS (
    SELECT
        valid_from, valid_to,
        max(amount_euros * 100) FILTER (kind = 'works') AS works,
        max(amount_euros * 100) FILTER (kind = 'supplies_services') AS others
    FROM thresholds GROUP BY ALL
)
SELECT uid, social_clause, CASE
    WHEN amount_cents >= greatest(works, others) THEN true
    WHEN amount_cents < least(works, others) THEN false
    WHEN "codeCPV" LIKE '45%' THEN amount_cents >= works
    WHEN "codeCPV" NOT LIKE '45%' THEN amount_cents >= others
END AS is_above
FROM contracts LEFT JOIN limits ON "dateNotification" BETWEEN valid_from AND valid_to;

CREATE VIEW contract_states AS
FROM (
    SELECT
        uid AS key,
        environmental AS environmental_share,
        CASE
            WHEN environmental_clause = false OR environmental_criterion = false THEN false
            WHEN environmental_clause = true AND environmental_criterion = true THEN true
        END AS environmental_clause_and_criterion_share,
        social AS social_share,
        reserved AS reserved_share,
        "marcheInnovant" AS innovation_share,
        is_framework AS framework_share,
        CASE WHEN "offresRecues" >= 1 THEN "offresRecues" = 1 END AS single_offer_share,
        is_first_time AS first_time_holder_share,
        is_sme AS sme_share,
        is_local AS local_share,
        is_solidarity AS solidarity_contract_share,
        CASE lower("typeGroupementOperateurs")
            WHEN 'conjoint' THEN true WHEN 'solidaire' THEN true WHEN 'pas de groupement' THEN false
        END AS grouping_share,
        "sousTraitanceDeclaree" AS subcontracting_share,
        "attributionAvance" AS advance_share,
        CASE
            WHEN "datePublicationDonnees" >= "dateNotification"
            THEN "datePublicationDonnees" > "dateNotification" + INTERVAL 2 MONTH
        END AS late_publication_share,
        list_contains(string_split(themes, ' | '), 'equality') AS detected_equality_share,
        list_contains(string_split(themes, ' | '), 'innovation') AS detected_innovation_share,
        list_contains(string_split(themes, ' | '), 'insertion') AS detected_insertion_share,
        list_contains(string_split(themes, ' | '), 'air') AS detected_air_share,
        list_contains(string_split(themes, ' | '), 'climate') AS detected_climate_share,
        list_contains(string_split(themes, ' | '), 'environment') AS detected_environment_share,
        list_contains(string_split(themes, ' | '), 'disability') AS detected_disability_share,
        list_contains(string_split(themes, ' | '), 'food') AS detected_food_share,
        environmental_status = 'declared' AS "completeness_considerationsEnvironnementales",
        social_status = 'declared' AS "completeness_considerationsSociales",
        amount_status = 'ok' AS completeness_montant,
        coalesce(is_identified, false) AS completeness_titulaires,
        objet IS NOT NULL AS completeness_objet,
        "codeCPV" IS NOT NULL AS "completeness_codeCPV",
        nature IS NOT NULL AS completeness_nature,
        techniques IS NOT NULL AS completeness_techniques,
        "offresRecues" IS NOT NULL AS "completeness_offresRecues",
        "marcheInnovant" IS NOT NULL AS "completeness_marcheInnovant",
        "typeGroupementOperateurs" IS NOT NULL AS "completeness_typeGroupementOperateurs",
        "sousTraitanceDeclaree" IS NOT NULL AS "completeness_sousTraitanceDeclaree",
        "attributionAvance" IS NOT NULL AS "completeness_attributionAvance",
        "datePublicationDonnees" IS NOT NULL AS "completeness_datePublicationDonnees"
    FROM contracts LEFT JOIN held USING (uid)
) UNPIVOT INCLUDE NULLS (state FOR indicator IN (COLUMNS(* EXCLUDE (key))))
UNION ALL  -- below the threshold, no clause is asked for
SELECT uid, 'social_clause_above_threshold_share', CASE WHEN is_above THEN social_clause END
FROM compared_with_thresholds WHERE is_above IS DISTINCT FROM false;

CREATE VIEW contract_quantities AS
FROM (
    SELECT
        uid AS key,
        CASE WHEN "offresRecues" >= 1 THEN "offresRecues" END AS median_offers,
        CASE
            WHEN "datePublicationDonnees" >= "dateNotification"
            THEN date_diff('day', "dateNotification", "datePublicationDonnees")
        END AS median_publication_delay
    FROM contracts
) UNPIVOT INCLUDE NULLS (quantity FOR indicator IN (COLUMNS(* EXCLUDE (key))));

CREATE VIEW observed_contracts AS
SELECT code, "window", scope, indicator, state, cents FROM scoped JOIN contract_states USING (key)
UNION ALL  -- what depends on the whole group
SELECT
    code, "window", 'all', 'ten_largest_contract_share',
    CASE WHEN cents IS NOT NULL THEN
        row_number() OVER (PARTITION BY code, "window" ORDER BY cents DESC NULLS LAST, key) <= 10
    END,
    cents
FROM scoped WHERE scope = 'all';
