"""What companies call things: headers and file names by which a table or a column is known, in several languages.

Reads     nothing.
Gives     SURE: names that mean one thing in that table; WEAK: names that may; SCORES; HINTS of file names; personal.
Assumes   names are compared without case, blanks and punctuation, and without a time zone at their end.
"""

from __future__ import annotations

import re

from worthline.tables import TABLES

_ZONE = re.compile(r"\s*\((UTC|GMT|[A-Z][A-Za-z_]+/[A-Za-z_/+-]+)\)\s*$")


def plain(header: str) -> str:
    """A header as it is compared."""
    return "".join(c for c in _ZONE.sub("", header).casefold() if c.isalnum())


def _listed(text: str) -> tuple[str, ...]:
    return tuple(text.split())


def _words(**columns: str) -> dict[str, tuple[str, ...]]:
    return {column: _listed(names) for column, names in columns.items()}


_CUSTOMER = (
    "customerid customerno customernumber customernr customerkey customeruniqueid custid custno cust "
    "customer clientid "
    "clientno clientnumber client userid memberid membernumber subscriberid shopperid householdid "
    "patientid guestid clientnum custnum customernum customercode custcode customeridentifier kunde "
    "policyholderid accountholderid loyaltyid loyaltynumber loyaltycardid membershipid user "
    "kundennummer kundennr kundenid kundeid kundnr kundnummer kdnr kdnummer kundenkennung "
    "idcliente clienteid "
    "codcliente codigocliente idclient numclient numeroclient codeclient clientecodigo codicecliente "
    "idkunde klantid "
    "klantnummer klantnr codicecliente codigodocliente idklienta asiakasid asiakasnumero"
)
_DATE = "date timestamp datetime createdat createdon datum fecha data dato"

SURE: dict[str, dict[str, tuple[str, ...]]] = {
    "customers": _words(
        customer_id=_CUSTOMER,
        joined_on="joinedon joindate joined customersince signupdate signedupat signedup signupat registrationdate "
        "registeredon registeredat membersince memberstartdate startdate enrollmentdate enrolmentdate "
        "kundeseit "
        "eintritt beitritt beitrittsdatum "
        "eintrittsdatum anmeldedatum registrierungsdatum fechaalta fechaderegistro dateinscription "
        "datainscricao "
        "dataregistrazione klantsinds datacadastro dtcustomer",
        left_on="lefton leftdate churndate churnedon churnedat cancelledon canceledon cancellationdate closedon "
        "closeddate "
        "austritt enddate terminationdate exitdate kuendigungsdatum kündigungsdatum austrittsdatum fechabaja "
        "dateresiliation",
        merged_into="mergedinto mergedto mergedwith mergetarget mergedcustomerid mastercustomerid masterid "
        "survivorid survivingid survivingcustomerid duplicateof dupof duplicateofid goldenid goldenrecordid "
        "replacedby replacedbyid newcustomerid zusammengeführtmit zusammengefuehrtmit fusionadocon fusionneavec",
        segment="segment customersegment kundensegment segmento",
        location="location store homestore branch homebranch filiale",
        channel="channel preferredchannel",
        contact_permission="contactpermission maywecall permissiontocall callpermission oktocall",
        name="name fullname customername clientname kundenname nombre nom nome naam",
        email="email mail emailaddress customeremail emailadresse correo correoelectronico courriel",
        phone="phone phonenumber telephone mobile mobilephone telefon telefonnummer telefono téléphone handy",
    ),
    "transactions": _words(
        customer_id=_CUSTOMER,
        at=_DATE + " orderdate orderedat purchasedate purchasedat transactiondate transactionat transactiontimestamp "
        "invoicedate saledate salesdate paymentdate paidat paidon orderpurchasetimestamp bestelldatum "
        "rechnungsdatum "
        "buchungsdatum kaufdatum fechacompra fechapedido fechafactura dateachat datecommande datefacture "
        "datavendita "
        "dataacquisto dataordine besteldatum factuurdatum datacompra datapedido",
        amount="amount amountcents totalcents amountincents "
        "totalamount total ordertotal grandtotal totalprice salesamount salesvalue sales revenue "
        "linetotal "
        "ordervalue totalspent paymentvalue purchaseamount transactionamount invoiceamount invoicetotal "
        "amountpaid "
        "netamount grossamount netsales grosssales saleamount betrag umsatz gesamtbetrag rechnungsbetrag summe importe "
        "importetotal monto "
        "montant montanttotal montantttc totale importo bedrag totaalbedrag valor valortotal belopp kwota",
        transaction_id="transactionid orderid ordernumber orderno ordernr invoiceno invoice invoiceid invoicenumber "
        "basketid "
        "receipt receiptid receiptno receiptnumber paymentid bestellnummer bestellnr rechnungsnummer "
        "rechnungsnr "
        "auftragsnummer belegnummer belegnr numeropedido numpedido numfactura numerocommande numerofattura",
        product="product productname productid productcode sku stockcode item itemname itemid articleid artikel "
        "artikelnummer produkt producto produit prodotto produto",
        quantity="quantity qty units menge anzahl stueckzahl stückzahl cantidad quantite quantité quantita quantità "
        "quantidade aantal",
        margin="margin grossmargin grossprofit contributionmargin deckungsbeitrag rohertrag",
        currency="currency currencycode currencyisocode waehrung währung moneda devise valuta moeda",
    ),
    "subscriptions": _words(
        customer_id=_CUSTOMER,
        started_on="startedon startedat startdate start from subscriptionstart subscriptionstartdate contractstart "
        "contractstartdate activationdate activatedon vertragsbeginn startdatum fechainicio datedebut datainicio",
        fee="fee mrr feecents mrrcents "
        "mrramount monthlyrecurringrevenue monthlyamount monthlyfee monthlycharge monthlycharges "
        "monthlyprice subscriptionfee recurringamount "
        "priceperseat pricepermonth priceperuser priceperlicense seatprice unitprice planunitprice preispronutzer "
        "monatsbeitrag "
        "monatsgebuehr grundgebuehr cuotamensual mensualite",
        product="product plan planname planid tariff tariffplan tarif subscriptionplan vertragsart",
        quantity="quantity qty seats seatcount numberofseats numseats seatquantity licences licenses licencecount "
        "licensecount numberoflicenses lizenzen anzahl plätze plaetze menge "
        "asientos licencias cantidad sièges sieges licencias quantite quantité postazioni licenze",
        ended_on="endedon endedat enddate to subscriptionend subscriptionenddate contractend contractenddate "
        "terminationdate vertragsende enddatum fechafin datefin datafim",
        renews_on="renewson renewaldate nextrenewal nextrenewaldate nextbillingdate currentperiodend",
        trial_until="trialuntil trialend trialends trialenddate trialendson trialendsat trialendat trialexpires "
        "trialexpiry testphaseende testende probezeitende finprueba finperiodoprueba finessai fineprova",
        paused_from="pausedfrom pausestart pausedat pausedon pausestartedat",
        paused_until="pauseduntil pauseend pauseenddate resumedat resumeson resumesat resumedate",
        status="status subscriptionstatus contractstatus planstatus vertragsstatus abostatus",
        discount_until="discountuntil discountend discountends",
        end_reason="endreason cancellationreason cancelreason churnreason kuendigungsgrund kündigungsgrund",
        currency="currency currencycode currencyisocode waehrung währung moneda devise valuta",
    ),
    "balances": _words(
        customer_id=_CUSTOMER,
        at=_DATE + " balancedate asof asofdate stichtag",
        balance="balance accountbalance saldo solde",
        product="product accounttype producttype",
    ),
    "feedback": _words(
        customer_id=_CUSTOMER + " requesterid enduserid",
        feedback_id="feedbackid responseid respondentid reviewid answerid surveyresponseid surveyid",
        at=_DATE + " responsedate respondedat responsetime surveydate submittedat submitdate submissiondate reviewdate "
        "reviewcreationdate "
        "reviewedat completedat completeddate answeredat feedbackdate recordeddate ratingdate antwortdatum "
        "reviewanswertimestamp answertimestamp answerdate answertime responsetimestamp completiondate "
        "bewertungsdatum umfragedatum fechaencuesta fecharespuesta dateavis datereponse",
        text="comment comments verbatim review reviewtext reviewcontent reviewbody feedback feedbacktext freetext "
        "text opencomment reviewcommentmessage kommentar freitext comentario comentarios commentaire commentaires "
        "opmerking commento avis",
        touchpoint="touchpoint kontaktpunkt",
        language="language userlanguage reviewlanguage lang sprache",
        author="author reviewer reviewername reviewerusername",
        metric="metric",
    ),
    "interactions": _words(
        customer_id=_CUSTOMER + " requesterid enduserid",
        at=_DATE + " contactdate contactedat submittedat reportedat raisedat "
        "calldate calltime calledat openedat opened ticketdate eventtime "
        "interactiondate kontaktdatum fechacontacto datecontact",
        touchpoint="touchpoint kontaktpunkt",
        channel="channel contactchannel kanal canal kanaal",
        resolved="resolved isresolved solved issolved firstcontactresolution fcr geloest gelöst resuelto",
        wait_seconds="waitseconds waits waittimeseconds waitsec waittimesec waittimes",
        handle_seconds="handleseconds handlings handles handletimeseconds handlesec handletimesec durationseconds "
        "talktimeseconds",
        case_id="caseid casenumber ticketid ticketnumber ticket ticketno conversationid issueid fallnummer",
    ),
}
"""table -> canonical column -> names; the canonical name itself is one of them for every column of the catalogue."""

_PERIODS = (
    "month week quarter period yearmonth yearweek yearquarter calendarweek monat woche kw quartal mes mois mese maand "
    "trimestre semana semaine"
)
WEAK: dict[str, dict[str, tuple[str, ...]]] = {
    "*": _words(
        customer_id="id accountid account contactid msisdn email mail emailaddress customeremail person phonenumber"
    ),
    "customers": _words(
        joined_on="created createdat createdon createdate createddate start",
        left_on="closedate lastactive canceledat cancelledat",
        region="country state province county land pais pays",
        location="city",
        channel="acquisitionchannel",
        acquired_through="leadsource source acquisitionsource originalsource",
        contact_permission="optin marketingoptin consent marketingconsent acceptsmarketing",
        referred_by="referrer referrerid referralid",
    ),
    "transactions": _words(
        at=f"created orderdatetime day {_PERIODS}",
        amount="price unitprice value spend subtotal net gross preis precio prix prezzo cost charge",
        kind="type transactiontype ordertype status",
        product="description category productcategory",
        margin="profit marge margen",
    ),
    "subscriptions": _words(
        started_on="created createdat createdon begin",
        fee="amount price planamount total arr",
        ended_on="canceledat cancelledat cancelledon cancellationdate churndate closedon",
        quantity="units devices lines users usercount numberofusers activeusers nutzer usuarios utilisateurs utenti",
        period="billingperiod interval billinginterval billingcycle",
    ),
    "feedback": _words(
        feedback_id="id respondent",
        at=f"{_PERIODS} created day submitted updatedat datevisit enddate startdate",
        text="content body message description title answer complaint customercomplaint complaintdescription",
        score="score note nota puntuacion bewertung value",
        location="location store branch filiale city",
        channel="channel source",
        touchpoint="stage category",
    ),
    "interactions": _words(
        at=f"created start starttime date {_PERIODS}",
        touchpoint="event eventname activity type reason category topic contactreason",
        channel="via source",
        wait_seconds="waittime wait",
        handle_seconds="handletime duration talktime aht",
        cost="cost kosten",
        case_id="id",
    ),
    "treatments": _words(initiative="campaign campaignid", arm="group variant treatment treated", at="date sentat"),
}

SCORES: dict[str, tuple[str, tuple[float, float]]] = {
    **dict.fromkeys(
        _listed(
            "nps npsscore netpromoterscore likelihoodtorecommend recommendation recommendscore likelytorecommend "
            "ltr netpro netpromoter "
            "npsrating weiterempfehlung"
        ),
        ("nps", (0, 10)),
    ),
    **dict.fromkeys(
        _listed(
            "csat csatscore satisfaction satisfactionscore customersatisfaction overallsatisfaction zufriedenheit "
            "satisfaccion"
        ),
        ("csat", (1, 5)),
    ),
    **dict.fromkeys(_listed("ces cesscore customereffort customereffortscore effortscore"), ("ces", (1, 7))),
    **dict.fromkeys(
        _listed(
            "stars overall starrating star rating ratings reviewscore reviewrating reviewstars overallrating sterne "
            "estrellas"
        ),
        ("stars", (1, 5)),
    ),
}
"""Headers of a score -> its metric and that metric's usual scale."""

REFUNDS = ("refund", "creditnote", "creditmemo", "chargeback", "gutschrift", "erstattung", "remboursement", "reembolso",
           "devolucion", "rimborso", "returns", "retouren")  # fmt: skip
"""Parts of file names that speak of money paid back."""

HINTS: dict[str, tuple[str, ...]] = {
    "customers": ("customer", "client", "member", "contact", "crm", "kunde", "cliente", "klant", "demographic", "user"),
    "transactions": ("transaction", "order", "sale", "purchase", "invoice", "payment", "receipt", "basket", "retail",
                     "bestell", "umsatz", "umsätze", "rechnung", "venta", "pedido", "commande", "vente", "vendite",
                     *REFUNDS),
    "subscriptions": ("subscription", "contract", "vertrag", "abo", "suscripcion", "abonnement"),
    "balances": ("balance", "saldo", "deposit"),
    "feedback": ("feedback", "survey", "nps", "csat", "review", "response", "rating", "umfrage", "bewertung",
                 "encuesta", "zufrieden", "complaint", "avis", "voc", "satisfaction"),
    "interactions": ("interaction", "ticket", "call", "case", "conversation", "chat", "support", "contact", "visit"),
    "treatments": ("treatment", "campaign"),
}  # fmt: skip
"""table -> parts of file names that speak for it."""

_TOUCHES = {"ticket": "support ticket", "call": "call", "chat": "chat", "visit": "visit", "case": "support case"}

PERSONAL = _listed(
    "firstname lastname surname givenname familyname fullname customername clientname contactname username "
    "recipientfirstname recipientlastname recipientemail requester requesteremail submitter email mail "
    "emailaddress "
    "customeremail person phone phonenumber telephone mobile mobilephone fax ipaddress ip address "
    "address1 address2 street "
    "streetaddress billingname billingaddress1 billingaddress2 billingstreet billingphone shippingname "
    "shippingaddress1 "
    "shippingaddress2 shippingstreet shippingphone dateofbirth birthdate dob birthday ssn "
    "socialsecuritynumber iban "
    "creditcard cardnumber passport locationlatitude locationlongitude latitude longitude vorname "
    "nachname strasse straße "
    "geburtsdatum apellido apellidos prenom prénom reviewerusername reviewusername reviewconsumeruserid "
    "mailingaddress mailingstreet author reviewer kundenname telefon telefonnummer telefono handy correo "
    "courriel"
)
"""Headers under which personal data stand."""


def speaks_of_refunds(name: str) -> bool:
    """Whether a file's name speaks of money paid back."""
    return any(word in plain(name.rsplit("/", 1)[-1]) for word in REFUNDS)


def canonical(table: str, column: str) -> tuple[str, ...]:
    """Names that mean `column` in `table`, the canonical first."""
    spec = TABLES[table].column(column)
    also = SURE.get(table, {}).get(column, _listed(_CUSTOMER) if column == "customer_id" else ())
    weak = (*WEAK.get(table, {}).get(column, ()), *(WEAK["*"].get(column, ())))
    listed = () if column in SURE.get(table, {}) else tuple(plain(n) for n in spec.also_called if plain(n) not in weak)
    return (plain(column), *also, *listed)


def perhaps(table: str, column: str) -> tuple[str, ...]:
    """Names that may mean `column` in `table`."""
    return (*WEAK.get(table, {}).get(column, ()), *WEAK["*"].get(column, ()))


def touch(name: str) -> str | None:
    """What a row of a file of contacts is, where the file's name says so in one word."""
    words = {word.lower() for word in re.split(r"[^A-Za-z]+|(?<=[a-z])(?=[A-Z])", name.rsplit("/", 1)[-1])}
    kinds = {what for word, what in _TOUCHES.items() if {word, f"{word}s"} & words}
    return kinds.pop() if len(kinds) == 1 else None


def hinted(name: str) -> set[str]:
    """Tables that a file's name speaks for, and the folder that it is in."""
    stem = "/".join(name.rsplit(".", 1)[0].split("/")[-2:])
    parts = {plain(part) for part in re.split(r"[^A-Za-z]+|(?<=[a-z])(?=[A-Z])", stem)}
    known = [table for table, spec in TABLES.items() if not spec.is_written]
    tables = {table for table in known if {table, table.removesuffix("s")} & parts}
    return tables | {table for table, words in HINTS.items() if any(word in plain(stem) for word in words)}
