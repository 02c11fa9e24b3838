"""What the made-up catalogue is made from: places, ladders of sizes and prices, currencies.

The places are real, everything else is invented; the operator names that the API's examples use are kept, so that the
slugs of the examples can be ordered.
"""

from __future__ import annotations

__all__ = ["CURRENCIES", "LADDER", "PLACES", "REGIONS", "TRIGGERS", "UNLIMITED_DAYS"]

# Country code, title, operator, price of 1 GB for 7 days in US cents.
# A "+" after the operator: it also sells voice and text; a "*": it also sells unlimited data.
PLACES: str = """
US|United States|Change+*|450
TR|Türkiye|Merhaba*|400
FO|Faroe Islands|Kallur Digital|450
CR|Costa Rica|Jaco Mobile|650
HR|Croatia|Bonbon Mobile+|450
LR|Liberia|Liberation Mobile|950
CH|Switzerland|Elan|500
GB|United Kingdom|Tamesis+*|450
FR|France|Lutece*|450
DE|Germany|Hallo Welle|450
IT|Italy|Ciao Rete|450
ES|Spain|Guapa Red|450
PT|Portugal|Saudade|450
NL|Netherlands|Polder Mobiel|450
BE|Belgium|Frietkot|450
AT|Austria|Alpenglueh|450
PL|Poland|Wisla Net|400
CZ|Czechia|Vltava|400
HU|Hungary|Paprika Mobil|400
RO|Romania|Mamaliga|400
BG|Bulgaria|Rila Link|400
GR|Greece|Meltemi|450
RS|Serbia|Kalemegdan|500
AL|Albania|Shqiponja|500
NO|Norway|Fjordlys|500
SE|Sweden|Lagom Mobil|450
FI|Finland|Revontuli|450
DK|Denmark|Hygge Net|450
IS|Iceland|Geysir|500
IE|Ireland|Claddagh|450
UA|Ukraine|Soniashnyk|450
GE|Georgia|Suliko|500
IL|Israel|Negev Link|500
AE|United Arab Emirates|Dhow Digital*|600
SA|Saudi Arabia|Nakhla|600
EG|Egypt|Nile Wave|600
MA|Morocco|Atlas Wave|550
ZA|South Africa|Protea Net|500
KE|Kenya|Savanna|600
NG|Nigeria|Naija Wave|700
TZ|Tanzania|Kilima|700
IN|India|Chai Mobile|500
LK|Sri Lanka|Ceylon Link|500
NP|Nepal|Himal|600
TH|Thailand|Maew Mobile+*|450
VN|Vietnam|Pho Net|450
ID|Indonesia|Gamelan|450
MY|Malaysia|Durian|450
SG|Singapore|Merlion|450
PH|Philippines|Jeepney|450
JP|Japan|Sakura Link*|450
KR|South Korea|Hangul Net|450
TW|Taiwan|Formosa Wave|450
HK|Hong Kong|Star Ferry|450
CN|China|Panda Link|550
AU|Australia|Wallaby+|500
NZ|New Zealand|Kiwiana|500
CA|Canada|Maple Wave|500
MX|Mexico|Agave*|500
BR|Brazil|Capivara|550
AR|Argentina|Gaucho Net|550
CL|Chile|Copihue|550
PE|Peru|Vicuna|550
CO|Colombia|Cafetal|550
"""

# Slug, title, operator, price of 1 GB for 7 days in US cents, countries.
REGIONS: str = """
europe|Europe|Eurolink+*|500|AT BE BG CH CZ DE DK ES FI FR GB GR HR HU IE IS IT NL NO PL PT RO SE
asia|Asia|Asialink|500|CN HK ID IN JP KR LK MY NP PH SG TH TW VN
africa|Africa|Hello Sahel|2700|EG KE LR MA NG TZ ZA
latin-america|Latin America|Latinamerica|1100|AR BR CL CO CR MX PE
north-america|North America|Norteamerica|600|CA MX US
middle-east-and-north-africa|Middle East and North Africa|Menalink|700|AE EG IL MA SA TR
oceania|Oceania|Oceanlink|600|AU NZ
world|World|Discover+|900|*
"""

# Days, GB, and the price in percent of the first step.
LADDER = ((7, 1, 100), (15, 2, 165), (30, 3, 225), (30, 5, 330), (30, 10, 500), (30, 20, 820))

UNLIMITED_DAYS = ((3, 225), (7, 480), (10, 640), (30, 1500))

# Code, units for one US dollar, decimals.
CURRENCIES = (
    ("AUD", "1.42", 2),
    ("BRL", "5.1", 2),
    ("GBP", "0.75", 2),
    ("CAD", "1.39", 2),
    ("AED", "3.67", 2),
    ("EUR", "0.86", 2),
    ("INR", "92.28", 2),
    ("IDR", "17019", 0),
    ("ILS", "3.09", 2),
    ("JPY", "158.75", 0),
    ("KWD", "0.31", 3),
    ("MYR", "3.98", 2),
    ("MXN", "17.45", 2),
    ("SGD", "1.27", 2),
    ("ZAR", "16.43", 2),
    ("KRW", "1478.75", 0),
    ("USD", "1", 2),
    ("VND", "26334", 0),
)

# The packages that make a sandbox order fail with a code, or a future order stay in a state.
TRIGGERS: dict[str, int | str] = {
    "test-insufficient-balance-7days-1gb": 11,
    "test-maintenance-mode-7days-1gb": 13,
    "test-disabled-top-up-7days-1gb": 23,
    "test-not-enough-7days-1gb": 33,
    "test-out-of-stock-7days-1gb": 34,
    "test-create-pending-future-order-7days-1gb": "pending",
    "test-create-retry-future-order-7days-1gb": "retry",
    "test-create-failed-future-order-7days-1gb": "failed",
}
