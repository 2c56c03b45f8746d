"""Every repair, flag and rejection by name: what is done and, in French, why. The ledger quotes these."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Rule:
    """``action`` is one of the ledger's: repaired, emptied, flagged, rejected, duplicate, corrected."""

    name: str
    action: str
    reason: str


RULES: tuple[Rule, ...] = (
    Rule("not_an_object", "rejected", "l’enregistrement n’est pas un objet"),
    Rule("ragged_line", "rejected", "la ligne n’a pas autant de cellules que l’en-tête"),
    Rule("no_buyer", "rejected", "aucun identifiant d’acheteur"),
    Rule("no_contract", "rejected", "ni identifiant ni objet : aucun marché à reconnaître"),
    Rule("duplicate_keys", "flagged", "champ écrit deux fois : la dernière valeur est lue"),
    Rule("unexpected_shape", "flagged", "structure imprévue : lue comme du texte"),
    Rule("text_entities", "repaired", "entités HTML remplacées par leur caractère"),
    Rule("text_line_breaks", "repaired", "sauts de ligne et espaces multiples remplacés par une espace"),
    Rule("text_lost_apostrophe", "repaired", "« ¿ » entre deux lettres : apostrophe perdue"),
    Rule("text_cp1252", "repaired", "caractères de Windows lus comme des codes de contrôle : rétablis"),
    Rule("text_control", "repaired", "caractères de contrôle retirés"),
    Rule("text_lost_character", "flagged", "caractère perdu par la source (U+FFFD) : laissé tel quel"),
    Rule("siret_punctuation", "repaired", "espaces, ponctuation et mots retirés autour de l’identifiant"),
    Rule("siret_leading_zero", "repaired", "zéro initial perdu : rétabli, la clé est juste"),
    Rule("siret_invalid", "flagged", "SIRET dont la longueur ou la clé est fausse : gardé tel quel, rapproché par son SIREN s’il est juste"),
    Rule("siret_zeros", "emptied", "identifiant fait de zéros"),
    Rule("date_format", "repaired", "date écrite avec une heure ou dans un autre ordre : lue"),
    Rule("date_unreadable", "emptied", "date illisible"),
    Rule("date_implausible", "emptied", "date hors de la période possible"),
    Rule("date_after_snapshot", "flagged", "date postérieure à l’arrêté des données"),
    Rule("amount_format", "repaired", "montant écrit avec une unité ou une ponctuation inhabituelle"),
    Rule("amount_unreadable", "emptied", "montant illisible"),
    Rule("amount_ambiguous", "emptied", "un point puis trois chiffres : milliers ou décimales, on ne sait"),
    Rule("amount_placeholder", "emptied", "montant de remplissage, qui n’est pas un prix"),
    Rule("amount_implausible", "emptied", "montant négatif ou supérieur à dix milliards d’euros"),
    Rule("cpv_check_digit", "repaired", "clé de contrôle du code CPV retirée"),
    Rule("cpv_leading_zero", "repaired", "zéro initial du code CPV rétabli"),
    Rule("cpv_invalid", "emptied", "code CPV qui n’a pas huit chiffres"),
    Rule("number_unreadable", "emptied", "nombre illisible ou impossible"),
    Rule("flag_unreadable", "emptied", "ni oui ni non"),
    Rule("consideration_contradiction", "flagged", "« pas de considération » à côté d’une considération : inconnu"),
    Rule("consideration_unreadable", "flagged", "considération hors des listes officielles : inconnue"),
    Rule("publication_before_notification", "flagged", "publication datée d’avant la notification : délai inconnu"),
    Rule("holder_unreadable", "flagged", "titulaire sans identifiant ni nom lisible"),
    Rule("amendment_unreadable", "flagged", "modification qui n’est pas un objet : écartée"),
    Rule("amendment_repeated", "flagged", "même modification dans plusieurs sources : comptée une fois"),
    Rule("amendment_without_change", "duplicate", "modification qui ne change ni montant, ni durée, ni titulaire"),
    Rule("amendment_suspected_delta", "flagged", "montant modifié très inférieur au montant initial : sans doute un écart, non un nouveau total"),
    Rule("initial_version_missing", "flagged", "seule une modification est connue : date de notification initiale inconnue"),
    Rule("same_contract", "duplicate", "même marché qu’un autre enregistrement, qui est gardé"),
    Rule("conflicting_consideration", "flagged", "les sources se contredisent : oui l’emporte sur non, non sur inconnu"),
    Rule("conflicting_amount", "flagged", "les sources donnent des montants différents : celui de la source retenue"),
    Rule("earlier_notification", "repaired", "date de notification la plus ancienne des sources"),
    Rule("shared_id", "flagged", "un même identifiant couvre plusieurs marchés : distingués par un suffixe"),
    Rule("same_file", "duplicate", "fichier déjà lu sous un autre nom"),
    Rule("same_line", "duplicate", "même ligne qu’une ligne d’un autre fichier, qui est gardée"),
    Rule("same_status", "duplicate", "même statut du même fournisseur, déjà lu"),
    Rule("payment_empty", "rejected", "ni montant ni fournisseur : aucun paiement à reconnaître"),
    Rule("payment_year_of_file", "repaired", "aucune date : paiement daté du 31 décembre de l’année que dit le nom du fichier"),
    Rule("payment_without_day", "flagged", "aucune date, ni année dans le nom du fichier : paiement dans aucune période"),
    Rule("payment_buyer_of_file", "repaired", "aucun acheteur : celui que dit le nom du fichier, ou la seule organisation décrite"),
    Rule("payment_without_buyer", "flagged", "aucun acheteur : paiement d’aucune organisation"),
    Rule("budget_nature_unknown", "flagged", "nature de dépense inconnue : on ne sait pas si c’est un achat"),
    Rule("invoice_after_payment", "flagged", "facture datée d’après le paiement : délai inconnu"),
    Rule("supplier_status_unknown", "rejected", "statut hors de la liste des statuts"),
    Rule("supplier_without_identifier", "rejected", "ni SIRET ni SIREN dont la clé soit juste : fournisseur impossible à rapprocher"),
    Rule("hours_without_quarter", "rejected", "trimestre illisible : heures d’aucune période"),
    Rule("declaration_without_year", "rejected", "année illisible : déclaration d’aucune période"),
    Rule("need_without_number", "rejected", "besoin sans numéro"),
    Rule("need_corrected", "duplicate", "ligne rendue à sa direction, et corrigée dans un autre fichier"),
    Rule("need_repeated", "flagged", "numéro déjà donné à un autre besoin du même recensement"),
    Rule("need_without_object", "flagged", "objet absent : le besoin ne peut être rapproché d’aucun autre"),
    Rule("need_without_family", "flagged", "ni famille ni code CPV : le besoin n’entre dans aucune computation"),
    Rule("need_without_amount", "flagged", "montant estimé absent : la computation n’a qu’un minimum"),
    Rule("need_without_day", "flagged", "début absent : le besoin peut tomber dans n’importe quelle année"),
    Rule("need_without_duration", "flagged", "durée absente : la mutualisation reste à confirmer"),
    Rule("need_without_directorate", "flagged", "direction absente : personne à qui rendre la ligne"),
    Rule("family_unknown", "emptied", "famille hors des listes (families.csv, units.csv) : celle du code CPV est prise"),
    Rule("contact_person", "emptied", "nom, téléphone ou adresse d’une personne : une fonction est attendue"),
    Rule("group_without_name", "rejected", "groupe de travail sans nom"),
    Rule("declared_correction", "corrected", "erreur connue de la source, corrigée selon le fichier des corrections"),
    Rule("territory_unknown_code", "flagged", "territoire déclaré inconnu de l’organisation"),
)  # fmt: skip

RULES_BY_NAME: dict[str, Rule] = {rule.name: rule for rule in RULES}
