-- A day of publication before that of notification is a fault of one of them: unknown.
SELECT
    cell,
    CASE
        WHEN "datePublicationDonnees" >= "dateNotification"
        THEN date_diff('day', "dateNotification", "datePublicationDonnees")
    END AS quantity
FROM signed
