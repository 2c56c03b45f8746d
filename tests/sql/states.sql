-- What each indicator asks of one contract: true, false or null (unknown).

CREATE VIEW states AS
FROM (
    SELECT
        uid,
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
        CASE
            WHEN "datePublicationDonnees" >= "dateNotification"
            THEN "datePublicationDonnees" > "dateNotification" + INTERVAL 2 MONTH
        END AS late_publication_share,
        environmental_status = 'declared' AS "completeness_considerationsEnvironnementales",
        social_status = 'declared' AS "completeness_considerationsSociales",
        "marcheInnovant" IS NOT NULL AS "completeness_marcheInnovant",
        techniques IS NOT NULL AS "completeness_techniques",
        nature IS NOT NULL AS "completeness_nature",
        "offresRecues" IS NOT NULL AS "completeness_offresRecues",
        "datePublicationDonnees" IS NOT NULL AS "completeness_datePublicationDonnees",
        amount_status = 'ok' AS "completeness_montant"
    FROM contracts
) UNPIVOT INCLUDE NULLS (state FOR indicator IN (COLUMNS(* EXCLUDE (uid))));

CREATE VIEW quantities AS
FROM (
    SELECT
        uid,
        CASE WHEN "offresRecues" >= 1 THEN "offresRecues" END AS median_offers,
        CASE
            WHEN "datePublicationDonnees" >= "dateNotification"
            THEN date_diff('day', "dateNotification", "datePublicationDonnees")
        END AS median_publication_delay
    FROM contracts
) UNPIVOT INCLUDE NULLS (quantity FOR indicator IN (COLUMNS(* EXCLUDE (uid))));

-- Which are read in value too, and which are better when they go down.
CREATE VIEW asked AS
SELECT DISTINCT indicator, 'number' AS measure FROM states
UNION ALL
SELECT DISTINCT indicator, 'median' FROM quantities
UNION ALL
SELECT unnest([
    'environmental_share', 'environmental_clause_and_criterion_share', 'social_share', 'reserved_share',
    'innovation_share', 'framework_share', 'single_offer_share'
]), 'value';

CREATE VIEW ceilings AS
SELECT unnest(['single_offer_share', 'late_publication_share']) AS indicator;
