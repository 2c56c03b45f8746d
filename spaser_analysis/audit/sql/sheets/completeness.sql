-- One indicator a field. True: it is there, in terms that could be read. False: it is not; never null.
WITH identified AS (SELECT DISTINCT uid, true AS has_holder FROM holders WHERE holder_siren IS NOT NULL),
fields AS (
    SELECT
        cell,
        environmental_status = 'declared' AS "considerationsEnvironnementales",
        social_status = 'declared' AS "considerationsSociales",
        amount_status = 'ok' AS montant,
        coalesce(has_holder, false) AS titulaires,
        objet IS NOT NULL AS objet,
        "codeCPV" IS NOT NULL AS "codeCPV",
        nature IS NOT NULL AS nature,
        techniques IS NOT NULL AS techniques,
        "offresRecues" IS NOT NULL AS "offresRecues",
        "marcheInnovant" IS NOT NULL AS "marcheInnovant",
        "typeGroupementOperateurs" IS NOT NULL AS "typeGroupementOperateurs",
        "sousTraitanceDeclaree" IS NOT NULL AS "sousTraitanceDeclaree",
        "attributionAvance" IS NOT NULL AS "attributionAvance",
        "datePublicationDonnees" IS NOT NULL AS "datePublicationDonnees"
    FROM signed LEFT JOIN identified USING (uid)
)
SELECT cell, 'completeness_' || field AS indicator, state
FROM fields UNPIVOT (state FOR field IN (COLUMNS(* EXCLUDE (cell))))
