-- True: published more than two months after notification. A day before that of notification is a fault: null.
SELECT
    cell, cents,
    CASE
        WHEN "datePublicationDonnees" >= "dateNotification"
        THEN "datePublicationDonnees" > "dateNotification" + INTERVAL 2 MONTH
    END AS state
FROM signed
