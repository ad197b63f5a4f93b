"""Words by which a header says that its column tells who a person is: 18 kinds in seven languages.

Gives     `kind_by_name`.
Method    a header is cut into words, compounds too (Rechnungsadresse, custname). It is personal where some of its words
          are those of a kind (`KINDS`), and every other word only says whose it is, which one, or what number it has.
          So `email_opens`, `phone_model` and `product_name` stay. Words that mean much else are `DOUBTFUL`: their
          values decide (`personal_values`).
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache

KINDS: dict[str, str] = {
    "name": """name nombre+completo nombre+apellidos fullname bill+to+name nom nome naam navn nominativo klantnaam
        tenaamstelling intestatario kontoinhaber cardholder kontaktperson ansprechpartner ansprechperson
        contactpersoon vollername contact+person persona+contacto personne+contact persona+contatto pessoa+contato
        nomcomplet""",
    "first name": """firstname forename givenname given+name given+names f+name first+nm first+name fname vorname
        rufname prenom prenoms nombre primer+nombre segundo+nombre primeiro+nome nome+battesimo voornaam
        preferred+name nickname prenombre tussenvoegsel""",
    "last name": """lastname last+name last+nm l+name surname familyname family+name lname nachname familienname
        zuname maedchenname nom+famille nom+jeune+fille nom+usage nom+naissance apellido apellidos cognome achternaam
        sobrenome apelido ultimo+nome maiden+name geburtsname middlename middle+name middle+initial nome+mae nome+pai
        nombre+madre nombre+padre""",
    "e-mail": """email mail courriel mel+adresse correo correo+electronico posta+elettronica pec endereco+eletronico
        adresse+electronique email+id mail+id direccion+electronica correio+eletronico correio+electronico mailadres
        emailadres""",
    "telephone": """phone bill+to+phone telephone telefon telefono telefone telefoon telefoonnummer tel tfno tlf tlfn
        ph fax rufnummer festnetz festnetznummer landline recapito+telefonico vast+nummer contact+number
        numero+contacto numero+contato fixe+numero""",
    "mobile telephone": """mobile telephone+portable tel+portable numero+portable mobil mobiel handy cell celular
        cellulare movil portable telemovel msisdn whatsapp gsm telefonino mobilfunk mobilfunknummer 06+nummer""",
    "street address": """address bill+to+address addr adresse anschrift adres street strasse straat straatnaam
        hausnummer hausnr huisnummer huisnr house+number house+no houseno direccion calle domicilio domicile indirizzo
        residenza residence endereco morada rua logradouro numero+civico civico numero+casa numero+rue woonadres
        via+civico via+numero via+residenza""",
    "date of birth": """dob birth birthday birthdate geburtsdatum geburtstag geburtsort naissance nacimiento nascita
        nascimento geboortedatum geboorteplaats geboren+op ddn gebdat gebdatum geb+am geb+dat geb+datum born+on
        nato+il nata+il ne+le nee+le fecnac fnac dtnasc birthdt birthplace""",
    "national number": """ssn ssn+last nino nhs social+security sozialversicherungsnummer sozialversicherung svnr
        svnummer rentenversicherungsnummer personalausweis personalausweisnummer ausweisnummer ausweis+nr national+id
        national+insurance nationalid ni+number ni+no securite+sociale secu+numero secu+n secu+no secu nir dni nie
        seguridad+social nss curp cedula codice+fiscale cod+fiscale carte+identite carta+identita documento+identidad
        documento+identita bilhete+identidade cartao+cidadao titulo+eleitor niss bsn burgerservicenummer
        rijksregisternummer cpf cnpj+cpf aadhaar aadhar nric idcard id+card id+kaart idkaart cni sin+number
        social+insurance social+sec natl+id medicare+number medicare+no identity+number identity+card""",
    "tax number": """tax+id tax+number tax+no taxid taxpayer+id tax+file tfn itin tin+number steuerid steuer+id
        steuernummer steueridentifikationsnummer idnr numero+fiscal numero+fiscale identificacion+fiscal
        identification+fiscale numero+contribuinte numero+contribuente nif partita+iva p+iva piva vat+id vat+number
        vat+no ustid umsatzsteuer+id belastingnummer btw+nummer pan+number rfc+numero""",
    "passport": "passport reisepass passnummer passnr passeport pasaporte passaporto passaporte paspoort pasnummer",
    "driving licence": """drivers+licence driver+licence drivers+license driver+license driving+licence
        driving+license driverslicense driverlicense dl+number dl+no fuehrerschein fuhrerschein permis+conduire
        permis+numero carnet+conducir licencia+conducir permiso+conducir patente+guida patente+numero carta+conducao
        cnh carteira+motorista rijbewijs rijbewijsnummer""",
    "bank account": """iban iban+code bic bic+code bank+acct bank+account account+bank bankaccount kontonummer kontonr
        konto+nr konto+nummer bankverbindung bankkonto compte+bancaire numero+compte rib cuenta+bancaria numero+cuenta
        clabe ccc+cuenta conto+bancario conto+corrente numero+conto coordinate+bancarie coordonnees+bancaires
        datos+bancarios conta+bancaria numero+conta nib sort+code sortcode routing+number routing+no swift+code
        rekeningnummer bankrekening bankrekeningnummer bank+details""",
    "payment card": """creditcard card+last credit+card debit+card card+number card+no cardnumber ccnumber cc+number
        cc+no cc+num cvv cvc kreditkarte kreditkartennummer kreditkarten+nr kartennummer kartennr karten+nr
        carte+bancaire carte+credit numero+carte numero+cb cb+numero tarjeta+credito tarjeta+debito numero+tarjeta
        tarjeta carta+credito numero+carta cartao+credito numero+cartao creditcardnummer kaartnummer""",
    "internet address": """ip login+last+ip ipaddress mac+addr macaddr mac+address mac+adresse macaddress ip+v
        device+id deviceid imei imsi udid idfa gaid geraetekennung geraete+id identifiant+appareil advertising+id""",
    "sign-in name": """username user+name login+name login+id loginname userlogin user+login login screenname
        screen+name benutzername nutzername anmeldename identifiant pseudo pseudonyme usuario utente+nome
        nom+utilisateur nombre+usuario nome+utente nome+usuario nome+utilizador gebruikersnaam inlognaam
        twitter+handle instagram+handle social+handle facebook+id facebook+url facebook+profile linkedin+url
        linkedin+profile linked+in+url linked+in+profile skype+id skype+name""",
    "position": """latitude longitude lat lon lng gps geolocation breitengrad laengengrad langengrad breedtegraad
        lengtegraad latitud longitud latitudine longitudine coordonnees+gps coordenadas coordinates geo+breite
        geo+laenge geo+lat geo+lon geo+lng lat+long lat+lon lat+lng geokoordinaten coordenadas+gps""",
    "vehicle or health number": """licenseplate licenceplate license+plate licence+plate numberplate number+plate
        plate+number plate+no reg+plate plate kennzeichen autokennzeichen plaque immatriculation
        plaque+immatriculation matricula matricula+veiculo targa placa+veiculo placa kenteken kentekennummer vin
        fahrgestellnummer fahrzeugidentifikationsnummer bastidor telaio chassi chassisnummer chassis+number
        vehicle+registration medical+record mrn health+insurance krankenversicherungsnummer krankenversicherung
        versichertennummer kvnr patientennummer patient+name patient+number patient+id assurance+maladie carte+vitale
        tarjeta+sanitaria numero+afiliacion tessera+sanitaria cartao+sus numero+utente nhs+number
        zorgverzekeringsnummer zorgverzekering""",
}
"""Kinds of personal columns. Words joined by + tell it together, in any order; accents and marks are left out."""
DOUBTFUL: dict[str, str] = {
    **dict.fromkeys(("sin", "pis", "rg", "rut", "nss", "cf"), "national number"),
    **dict.fromkeys(("tin", "pan", "rfc", "vat"), "tax number"),
    **dict.fromkeys(("fin", "chassis"), "vehicle or health number"),
    **dict.fromkeys(("via", "rue", "domicile", "residence"), "street address"),
    **dict.fromkeys(("plate", "placa", "plaque"), "vehicle or health number"),
    **dict.fromkeys(("lat", "lon", "lng"), "position"),
    **dict.fromkeys(("birth",), "date of birth"),
    **dict.fromkeys(("cell", "portable"), "mobile telephone"),
    **dict.fromkeys(("pseudo", "login"), "sign-in name"),
    **dict.fromkeys(("permis", "patente"), "driving licence"),
    **dict.fromkeys(("contact", "contacto", "kontakt", "contatto", "contato"), "name"),
    **dict.fromkeys(("swift",), "bank account"),
    **dict.fromkeys(("mac",), "internet address"),
    "nickname": "first name",
    "mel": "e-mail",
}
"""Names that mean much else when they stand alone."""
_BESIDE = """a an the of for and or to on in by e y et und en o ou con with du de des del della dell delle degli do da
dos das la le les l d el los las il lo di van het der die s van zu zum zur

customer cust client contact user person personal subscriber member buyer guest patient account holder owner recipient
employee agent sender payer payee invoice policyholder insured applicant spouse guarantor cardholder mother father
beneficiary kunde kunden klant klanten kontakt ansprechpartner benutzer nutzer mitarbeiter besteller empfaenger
inhaber versicherter cliente contacto contatto contato usuario utilisateur utilizador utente persona titulaire titular
intestatario destinataire destinatario gebruiker abonne abonado medewerker

primary secondary second main alternate alternative current permanent legal home private privat prive work business
office daytime evening emergency billing shipping ship billto shipto delivery mailing postal full complete completo
complet compleet completa vollstaendiger vollstaendig volledige principale principal privato particular fest fixe fixo
fijo fisso domicilio casa domicile geschaeftlich dienstlich residential residencial factuur bezorg rechnung liefer
lieferung wohn haupt livraison facturation envio facturacion spedizione fatturazione entrega cobranca erster zweiter
primer primero segundo primo secondo deuxieme tweede paterno materno

nr no num nbr number nummer numero n line zeile ligne linea linha regel txt str hash

anrede vor nach names nm adresse address adres direccion endereco indirizzo postale electronico electronique
eletronico phone telephone telefono telefone telefon tel mobile mobil registrierung registration identification
identificacion fiscal fiscale security tax auto kfz car coche carro voiture macchina vehicle vehiculo vehicule veiculo
veicolo voertuig fahrzeug bancaire bancaria bancario credit credito debit card karten carte tarjeta carta cartao conto
cuenta compte conta civico via rue calle user"""
_WHOSE = frozenset(_BESIDE.split())
_EXTRA = {
    "date of birth": frozenset(
        """date datum dat dt fecha fec f data day jour dia giorno dag lieu lugar luogo local place plaats ort city
        ville stadt ciudad citta cidade stad country land pays pais paese""".split()  # noqa: SIM905
    )
}
"""Words that may stand beside those of one kind."""
_BROAD = frozenset({"name", "telephone", "street address"})
"""Kinds whose words stand in names of others, too: user name, mobile phone, IP address."""
_PART, _LINKS, _ENDS = 4, ("", "s", "n", "es", "en"), frozenset("nr no id num nbr dt nm".split())  # noqa: SIM905
"""Of compounds: letters of their parts, what may stand between them, and short words that may end them."""


@cache
def _alternatives() -> tuple[tuple[frozenset[str], str], ...]:
    """Words that tell a kind together, the most words first."""
    alternatives = [(frozenset(group.split("+")), kind) for kind, groups in KINDS.items() for group in groups.split()]
    return tuple(sorted(alternatives, key=lambda each: -len(each[0])))


@cache
def _known() -> frozenset[str]:
    return _WHOSE.union(*(words for words, _ in _alternatives()), *_EXTRA.values())


@cache
def kind_by_name(header: str) -> str | None:
    """What kind of personal column this header names; None where it names none, or may mean much else."""
    whole = words_of(header)
    words = [word for word in whole if not word.isdigit()]
    there = frozenset(whole)
    if doubtful(header) is not None:
        return None
    told = [(group, kind) for group, kind in _alternatives() if group <= there]
    if not told:
        joined = "".join(whole)
        return next((kind for group, kind in _alternatives() if group == frozenset((joined,))), None)
    covered = _WHOSE.union(*(group | _EXTRA.get(kind, frozenset()) for group, kind in told))
    if any(word not in covered for word in words):
        return None
    kinds = [kind for group, kind in told if not any(group < other for other, _ in told)]
    if {"first name", "last name"} <= set(kinds):
        return "name"
    return next((kind for kind in kinds if kind not in _BROAD), kinds[0])


def doubtful(header: str) -> str | None:
    """What a header that may mean much else would name, were its values to say so."""
    words = [word for word in words_of(header) if not word.isdigit()]
    rest = [word for word in words if word not in _WHOSE] or words
    return DOUBTFUL.get(rest[0]) if len(words) == 1 and len(rest) == 1 else None


def words_of(header: str) -> list[str]:
    """Its words, small and without accents, compounds cut."""
    plain = unicodedata.normalize("NFC", header)
    for letter, letters in (("ß", "ss"), ("ä", "ae"), ("ö", "oe"), ("ü", "ue"), ("Ä", "Ae"), ("Ö", "Oe"), ("Ü", "Ue")):
        plain = plain.replace(letter, letters)
    plain = "".join(c for c in unicodedata.normalize("NFKD", plain) if not unicodedata.combining(c))
    plain = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", plain)
    words = [word for word in re.split(r"[^a-z0-9]+|(?<=[a-z])(?=\d)", plain.casefold()) if word]
    if len(words) > 1 and all(len(word) == 1 for word in words):
        words = ["".join(words)]  # D.O.B.
    return [part for word in words for part in _parts(word)]


def _parts(word: str) -> tuple[str, ...]:
    """A compound's words; the word itself where it is known, or is made of others."""
    if word in _known():
        return (word,)
    if word.endswith("s") and word[:-1] in _known() and len(word) > 12:
        return (word[:-1],)  # the first part of a compound that is written with a hyphen
    if len(word) < 2 * _PART - 2:
        return (word,)
    return _cut(word) or (word,)


def _cut(word: str) -> tuple[str, ...] | None:
    if word in _known() and (len(word) >= _PART or word in _ENDS):
        return (word,)
    for at in range(len(word) - 2, _PART - 1, -1):
        if word[:at] not in _known():
            continue
        for link in _LINKS:
            if word.startswith(link, at) and (rest := _cut(word[at + len(link) :])):
                return (word[:at], *rest)
    return None
