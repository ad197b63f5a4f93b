"""Headers as companies of seven languages write them: personal ones, and others that share their words."""

PERSONAL = {
    "de": """Name; Vor- und Nachname; Vorname; Nachname; Kunde Name; Kundenname; Ansprechpartner; Ansprechpartner Name; Anrede
Name; Mädchenname; Zweiter Vorname; Rufname; E-Mail; eMail-Adresse; E-Mailadresse; Mail privat; EMail_Kunde;
Kontakt-E-Mail; Telefon; Tel.; Tel.-Nr.; Telefon privat; Festnetz; Festnetznummer; Telefonnr; Telefon_1; Handy;
Handy-Nr.; Mobil; Mobiltelefon; Mobilfunknummer; Mobilnr; Straße; Strasse und Hausnummer; Straße/Nr.; Hausnr;
Anschrift; Adresse; Rechnungsadresse; Lieferadresse; Adresszeile 1; Wohnadresse; Geburtsdatum; Geb.-Datum;
Geb.Datum; GebDat; Geburtstag; geb. am; Geburtsort; Personalausweisnummer; Ausweisnummer; Sozialversicherungsnr;
SV-Nummer; Rentenversicherungsnummer; Steuer-ID; Steuernummer; IdNr; Reisepassnr; Passnummer; Führerscheinnummer;
Führerschein-Nr; IBAN; Bankverbindung; Kontonr; Kontonummer; BIC; Kontoinhaber; Kreditkartennummer; Kreditkarten-Nr;
Kartennr; IP-Adresse; Gerätekennung; Benutzername; Nutzername; Login; Anmeldename; Breitengrad; Längengrad;
Geokoordinaten; Kennzeichen; Kfz-Kennzeichen; Autokennzeichen; Fahrgestellnummer; FIN; Krankenversicherungsnummer;
Versichertennummer; KVNR; Patientennummer""",
    "fr": """Nom; Nom et prénom; Prénom; Prénoms; Nom complet; Nom du client; nom_client; Nom de famille; Nom de jeune fille; Nom
d'usage; E-mail; Adresse e-mail; Adresse électronique; Courriel; Mél; adresse mail; Email client; Téléphone; N° de
téléphone; Tél; Tél.; Tel fixe; Téléphone fixe; Téléphone domicile; Portable; Tél. portable; Numéro de portable;
Téléphone mobile; Mobile; Adresse; Adresse postale; Adresse de livraison; Adresse de facturation; Rue; Numéro et
rue; Adresse 1; Ligne d'adresse 1; Domicile; Date de naissance; Né(e) le; Date naissance; DDN; Lieu de naissance;
Numéro de sécurité sociale; N° sécu; NIR; Numéro fiscal; Numéro d'identification fiscale; NIF; Numéro de passeport;
N° passeport; Carte d'identité; Numéro de carte d'identité; CNI; Permis de conduire; Numéro de permis; IBAN; RIB;
Compte bancaire; Numéro de compte; BIC; Numéro de carte bancaire; Carte bancaire; Carte de crédit; Numéro CB;
Adresse IP; Identifiant; Nom d'utilisateur; Pseudo; Pseudonyme; Latitude; Longitude; Coordonnées GPS;
Immatriculation; Plaque d'immatriculation; Numéro d'assurance maladie; Carte vitale""",
    "es": """Nombre; Nombre completo; Nombre y apellidos; Nombre del cliente; nombre_cliente; Apellido; Apellidos; Apellido
paterno; Apellido materno; Primer apellido; Segundo nombre; Correo; Correo electrónico; E-mail; Email del cliente;
Dirección de correo; Dirección de correo electrónico; Teléfono; Nº de teléfono; Núm. teléfono; Teléfono fijo;
Teléfono de contacto; Tfno; Móvil; Teléfono móvil; Celular; Número de móvil; Dirección; Dirección de envío;
Dirección de facturación; Calle; Calle y número; Domicilio; Fecha de nacimiento; F. nacimiento; Fec_Nac; Lugar de
nacimiento; DNI; NIE; NIF; DNI/NIE; Número de la Seguridad Social; NSS; CURP; RFC; RUT; Cédula; Número de
identificación fiscal; Pasaporte; Número de pasaporte; Carnet de conducir; Licencia de conducir; Permiso de
conducir; IBAN; Cuenta bancaria; Número de cuenta; CLABE; Tarjeta de crédito; Número de tarjeta; Dirección IP;
Usuario; Nombre de usuario; Latitud; Longitud; Coordenadas; Matrícula; Número de bastidor; Tarjeta sanitaria; Número
de afiliación""",
    "it": """Nome; Nome e cognome; Nome completo; Nominativo; Nome cliente; Cognome; Cognome e nome; E-mail; Indirizzo e-mail;
Posta elettronica; Indirizzo email cliente; PEC; Telefono; Numero di telefono; Telefono fisso; Tel. casa; Recapito
telefonico; Cellulare; Numero di cellulare; Cell.; Telefono cellulare; Indirizzo; Indirizzo di residenza; Indirizzo
di spedizione; Via; Via e numero civico; Numero civico; Domicilio; Residenza; Data di nascita; Data nascita; Nato
il; Luogo di nascita; Codice fiscale; Cod. fiscale; CF; Carta d'identità; Numero carta d'identità; Partita IVA;
P.IVA; Passaporto; Numero di passaporto; Numero passaporto; Patente; Patente di guida; Numero patente; IBAN; Conto
corrente; Numero conto; Coordinate bancarie; Intestatario conto; Carta di credito; Numero carta di credito; Numero
carta; Indirizzo IP; Nome utente; Username; Latitudine; Longitudine; Targa; Targa veicolo; Numero di telaio; Tessera
sanitaria""",
    "pt": """Nome; Nome completo; Primeiro nome; Último nome; Sobrenome; Apelido; Nome do cliente; nome_cliente; Nome da mãe;
E-mail; Email do cliente; Endereço de e-mail; Endereço eletrônico; Correio eletrónico; Telefone; Número de telefone;
Telefone fixo; Telefone residencial; Tel. contato; Celular; Telemóvel; Telemovel; Número do celular; Endereço;
Endereço de entrega; Morada; Rua; Logradouro; Número da casa; Data de nascimento; Data nascimento; Dt_Nasc;
Nascimento; Local de nascimento; CPF; CPF/CNPJ; RG; NIF; Número de contribuinte; Cartão de cidadão; Bilhete de
identidade; Título de eleitor; NISS; PIS; Passaporte; Número do passaporte; Carta de condução; CNH; Carteira de
motorista; IBAN; NIB; Conta bancária; Número da conta; Cartão de crédito; Número do cartão; Endereço IP; Nome de
usuário; Nome de utilizador; Usuário; Latitude; Longitude; Coordenadas; Placa; Placa do veículo; Matrícula do
veículo; Chassi; Número de utente; Cartão SUS""",
    "nl": """Naam; Voornaam; Achternaam; Tussenvoegsel; Volledige naam; Klantnaam; E-mail; E-mailadres; Mailadres; Telefoon;
Telefoonnummer; Tel.nr.; Vast nummer; Mobiel; Mobiel nummer; 06-nummer; GSM; GSM-nummer; Adres; Straat; Straat en
huisnummer; Straatnaam; Huisnummer; Huisnr; Woonadres; Factuuradres; Bezorgadres; Geboortedatum; Geboorteplaats;
Geb. datum; BSN; Burgerservicenummer; Rijksregisternummer; Belastingnummer; RSIN; Paspoortnummer; Paspoort;
Rijbewijs; Rijbewijsnummer; ID-kaart; IBAN; Rekeningnummer; Bankrekening; Bankrekeningnummer; Tenaamstelling;
Creditcardnummer; Kaartnummer; Pasnummer; IP-adres; Gebruikersnaam; Inlognaam; Breedtegraad; Lengtegraad; Kenteken;
Kentekennummer; Chassisnummer; Polisnummer zorgverzekering; Zorgverzekeringsnummer""",
    "en": """Name; Full name; FullName; Customer Name; cust_name; CUSTNAME; Contact; Contact Name; Contact Person; First name;
FirstName; fname; first_nm; F_Name; Given names; Middle name; Middle initial; Last name; LName; last_nm; Surname;
Family name; Maiden name; Preferred name; Nickname; E-mail; Email Address; email_addr; EmailID; e_mail; cust_email;
Contact Email; email1; PersonEmail; Phone; Phone #; Phone No.; phone_num; Ph No; Tel; Telephone No; Home Phone; Work
phone; Daytime phone; Contact Number; Mobile; Mobile No; mobile_no; Cell; Cell phone; Cell #; Phone (mobile);
Address; Address Line 1; Addr1; Street; Street Address; Street name; Mailing Address; Home Address;
shipping_address; billing_address_line_1; House number; DOB; D.O.B.; Birth date; birthdate; Date of Birth; BirthDt;
birth_dt; Place of birth; birthplace; SSN; Social Security #; SocialSecurityNo; SSN_last4; National ID;
NationalIDNumber; National Insurance No; NI Number; NINO; Aadhaar; Aadhar number; PAN number; SIN; Medicare number;
TIN; Tax ID; Tax File Number; TFN; VAT ID; ITIN; Passport; Passport #; passport_no; Driver's License; Drivers
Licence No; DL number; driver_license_number; IBAN; Bank Account; Bank account no; Account number (bank); Routing
number; Sort code; SWIFT; Credit card; CC number; card_no; Card Number; credit_card_no; CVV; Cardholder name;
Cardholder; IP; IP Address; ip_addr; client_ip; last_login_ip; MAC address; device_id; IMEI; UDID; IDFA; GAID;
Username; User name; login; login_id; user_login; screen name; Twitter handle; Facebook ID; LinkedIn URL; skype;
Latitude; Longitude; lat; lng; lon; geo_lat; home_lat; GPS coordinates; lat_long; License plate; plate number; reg
plate; Vehicle registration; VIN; vin_number; MRN; Medical record number; NHS number; Health insurance number;
Patient name; patient_id_number; signature; photo_url""",
    "mixed": """customer_full_name; Contact_First_Name; contactLastName; CUSTOMER_EMAIL; E-Mail Adresse (privat); Telefonnummer
mobil; Mobiltelefonnummer; Handynummer Kunde; Straße & Nr; Strassenname; Kunden-Adresse; Geburts-Datum;
geburts_datum; Steuer-Identifikationsnummer; Sozialversicherungs-Nr.; Ausweis-Nr.; Pass-Nr; Kreditkarten Nummer;
Konto-Nr.; IBAN Kunde; Kfz-Kennzeichen Kunde; Benutzer-Name; IP Adresse; Geo Breite; Prénom du client;
prenom_client; nom_de_famille; NOM_CLIENT; téléphone_mobile; Numéro de téléphone portable; adresse_livraison;
Adresse du domicile; date_naissance; numero_securite_sociale; N° de passeport; permis_de_conduire; n° de carte
bancaire; compte_bancaire; adresse_ip; plaque_immatriculation; nom_utilisateur; numero_telefono; tel_movil;
correo_electronico; direccion_postal; fecha_nacimiento; dni_cliente; num_pasaporte; permiso_conducir;
cuenta_bancaria; num_tarjeta; direccion_ip; nombre_usuario; matricula_coche; nome_completo; cognome_cliente;
numero_cellulare; indirizzo_email; indirizzo_residenza; data_nascita; codice_fiscale; num_passaporto; patente_guida;
conto_bancario; carta_credito; indirizzo_ip; targa_auto; nome_utente; telefone_celular; data_nascimento;
cpf_cliente; endereco_completo; cartao_credito; conta_bancaria; passaporte; placa_carro; voornaam; achternaam;
geboorte_datum; e_mail_adres; telefoon_nummer; kenteken_auto; rekening_nummer; burger_service_nummer;
patient_full_name; owner_email; account_email; user_email_address; phone_1; phone2; phoneNumber1; mobilePhone;
cellPhoneNumber; home_address; addressLine1; street_1; dateOfBirth; birth_date; BIRTHDATE; natl_id; social_sec_no;
tax_identification_number; passportNumber; drivers_license_number; bank_acct; bank_account_number; iban_code;
cardNumber; creditCardNum; ccNum; ipAddress; ip_v4; client_ip_address; macAddr; deviceId; userName; user_login_name;
loginId; latitude_home; home_longitude; gps_lat; licensePlate; vehicleVin; medicalRecordNo; insurance_number_health;
EMAIL_ADDRESS_1; Personal Phone; Name (Customer); Kunde: Name; Kunde.Nachname; customer.email; customer[phone];
Contact: E-mail; Billing: First Name; shipping_phone; Billing Street; recipient_name; Beneficiary Name; Shipping
Name; Ship To Name; Bill To Address; SHIPTO_PHONE""",
}
OTHERS = """plan; tariff; region; segment; store_name; product name; campaign_name; email_opens; email opt in; email_opt_in;
email_marketing_consent; email_domain; email_verified; phone_model; phone_type; phone_brand; phone_plan;
phone_support_calls; mobile_plan; mobile_app_sessions; mobile_os; mobile data gb; mobile_share; mobile_visits;
cell_tower; cell_count; address_changes; address_verified; address_type; city; country; postcode_area; state;
age_band; gender; tenure; contract type; payment method; is_active; score; channel; device; device type;
device_model; os_version; app_version; language; currency; discount; list price; units; category; brand; colour;
size; supplier; supplier name; vendor_name; warehouse; shipping_method; delivery_days; return_reason; ticket_type;
priority; queue; agent_group; team name; brand name; company name; plan name; event_name; file name; table_name;
sheet name; site name; branch name; city name; country_name; department name; category_name; segment name;
survey_name; shop name; resolution code; wait_minutes; csat; nps_group; survey_wave; question_1; comment_count;
referral_source; utm_campaign; landing_page; sessions; page_views; cart_value; loyalty_tier; points; coupon;
store_id; order_id; invoice_no; account_id; account type; account manager team; account_status; account balance;
account_age; household_size; income_band; home_owner; cars; pets; name_of_plan; card_type; card_present; card_brand;
credit_score; credit_limit; card_fee; bank_transfer; bank_name; bank fee; phone_calls; mail_count; last_login_days;
login_count; logins; logins_30d; last_login; last_login_at; ip_count; street_type; street_parking; birth_cohort;
birth_year_band; via_partner; portable_device; plates_ordered; number_plates_sold; fax_sent; user_count;
contact_count; number_of_contacts; contact_reason; contact_channel; contact permission; contact method; client_type;
client_count; client segment; users; user_type; user_segment; holder_type; pan_european; passport_holder;
passport_office_visits; licence_type; license count; tax_rate; tax; tax amount; tax_class; tax_code; vat; vat_rate;
vat amount; Tarif; Kundentyp; Vertragsart; Filiale; Filialname; Produktname; Straßentyp; Mobilfunktarif; Handytarif;
Handymodell; Telefonie; Telefonminuten; Adressänderungen; Kontostand; Kontotyp; Kartentyp; Ausweisart; Geburtenrate;
offre; magasin; nom du produit; nom_magasin; nom de la campagne; type de compte; solde du compte; portabilité; rue
commerçante; tienda; nombre del producto; nombre_tienda; tipo de cuenta; saldo de cuenta; contrato; correo abierto;
correos enviados; móviles vendidos; negozio; nome prodotto; nome negozio; tipo conto; saldo conto; via web;
contratto; valor; nome do produto; nome da loja; tipo de conta; importe; montant; Betrag; winkelnaam; productnaam;
adreswijzigingen; mobiel abonnement; naamsbekendheid; lat_ms; latency; latency_ms; lon_shift; long_term; position;
position_in_queue; rank; rut_depth; sin_flag; pin_pad; rib_count; cf_ratio; rg_code; rsin_x; fin_year; placa_solar;
chassis_type; apelido_marca; matricula_aberta; username_changed; signature_plan; photo_count; skype_minutes;
swift_delivery; routing; routing_group; sort_order; sort; sorting; contact centre; contact_center; contacts;
contacted; person_count; persons; recipient_count; mobile_share_pct; plate_weight; ssn_flag; has_email; has_phone;
email_hash_count; phone_service; PhoneService; MultipleLines; StreamingTV; PaperlessBilling; PaymentMethod;
InternetService; Dependents; Partner; birth_month; age; Age; Year_Birth_band; Income; Education; Marital_Status;
Kidhome; Teenhome; Recency; MntWines; NumWebVisitsMonth; AcceptedCmp1; Complain; Response; domain; handle_time;
handle_seconds; handles; pec_flag; cpf_valid; document_type; id_type; identity_verified; identity_score; mac_users;
mac_or_pc; device_count; deviceProtection; imei_changes; usage_gb; usuario_activo; usuarios; clientes; kunden;
cognome_flag; prenoms_count; insurance_type; health_score; health_index; medicare_plan; vehicle_type; vehicle_age;
registration_channel; registration_date; reg_date; Vehicle registration fee; vin_count; wine_name; name_length;
names_count; surname_length; address_count; last_contact; first_contact; first_purchase; last_purchase; first_order;
last_name_change; middle_mile; family_size; family_plan; given_discount; maiden_voyage; social_class;
social_media_source; national_campaign; national_account; security_deposit; social_security_beneficiary; driver;
driver_score; drivers; driving_distance; order_number; invoice number; contract number; serial number; case number;
number of employees; number_of_orders; home_delivery; home_region; home store; work_orders; business_unit;
business_type; main_category; main_product; main channel; primary_interest; primary_use; secondary_product; office;
full_price; complete; private_label; credit; credit_card_type; debit_card_used; card; cards; carte fidélité; carta
fedeltà; tarjeta fidelidad; Kundenkarte; Rechnungsart; Lieferart; Lieferdatum; Lieferzeit; Wohnort; Wohnsituation;
Haushaltsgröße; Postleitzahl; PLZ; Ort; Land; Bundesland; Region; ville; code postal; pays; département; ciudad;
provincia; código postal; città; CAP; cidade; estado; CEP; woonplaats; postcode; provincie; date; datum; fecha;
data; dia; day; last_day; first_order_date; birthday_gift_sent; birthday_campaign; birthday_discount;
geburtstagsrabatt; age_years; name_changed; name_tag; brand_name_short; short_name_product; nickname_used_flag;
surname_initials_count; title; salutation; language_name; time zone name; file_name; email_count; emails;
emails_sent; email_click_rate; email_frequency; email_provider; email_type; email_status; email_bounced;
email_consent; email_preference; email_subject; mail_type; mail_sent; mailbox_size; newsletter; phone_calls_made;
phone_line_type; phone_os; phone_age; phone_price; phone_insurance; phone_upgrade; phones; telephone_bill;
telephone_service; telefonía; telefonische Anfragen; tel_calls; fax_orders; mobile_data; mobile_data_usage;
mobile_user; mobile_orders; mobile_first; mobile_banking; mobile_payments; handyvertrag; cellar_temperature;
cell_phone_plan; address_match; address_score; addressable; address_quality; street_lights; street_food; streets;
house_type; house_size; house_value; houses; building; floor; room; flat_rate; direction; directions;
residence_type; residence_years; national; nationality; national_holiday; security_level; security_questions;
social_score; insurance_amount; tax_paid; tax_exempt; taxable; vat_included; passport_stamps; passport_country;
license_count; license_type; licence; driving_score; bank; bank_branch; banking; account; account_opened;
account_manager; account_tier; account_number; ip_rating; ipo_year; ip_traffic; mac_address_count; device_brand;
device_os; devices; login_frequency; login_method; login_days; user_rating; user_role; username_length; positions;
gps_enabled; latitude_segment; longitudinal; plate_count; vehicle_make; vehicle_model; vehicle_year; car_model;
cars_owned; medical_history_flag; health_plan; health_status; patient_type; patients; record_count; record_type;
record_id; transaction_id; session_id; product_id; campaign_id; address_id; phone_id; contact_id; person_id;
member_id; user_id; client_id; employee_id; agent_id; household_id; device_type; customer_type; customer_since;
customer_segment; customer_value; contact_date; contact_type; contact_attempts; owner_type; holder_count;
recipient_type; number; no; nr; id; value; text; hash; line; lines"""


def headers(text: str) -> list[str]:
    """The headers of one list."""
    return [header for header in (part.strip() for part in text.replace("\n", " ").split("; ")) if header]
