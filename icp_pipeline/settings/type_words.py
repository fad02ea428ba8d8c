"""Words in the types, lifecycle stages and record types of accounts that show a company's relationship to us.

A word stands alone between blanks and punctuation, in lower case; `%` matches the rest of it, or, in front, what
German, CamelCase and scripts without blanks join to it. SQL decides what each value means
(`core.type_meanings`), and also counts whether such companies buy.
"""

# Companies that sell with ours, or for it. Their domains are also on records of their customers.
_SELLERS = (
    *("partner%", "reseller%", "vendor%", "vertriebspartner%", "partenaire%", "revendeur%", "socio%", "revendedor%"),
    *("parceir%", "rivenditor%", "wederverkoper%", "återförsäljare%", "forhandler%", "kumppani%", "jälleenmyyj%"),
    *("%partner", "%partners", "%reseller", "%resellers", "%vendor", "viszonteladó%", "odsprzedaw%", "prodejc%"),
    *("ortağ%", "bayi", "bayiler", "партн%", "реселлер%", "дилер%", "%パートナー%", "代理店%", "販売店%"),
    *("合作伙伴%", "%经销商%", "%代理商%", "%파트너%", "%대리점%"),
)
_INTERMEDIARIES = ("integrator%", "distributor%")
PARTNER = (*_SELLERS, *_INTERMEDIARIES)
NOT_PROSPECT = (
    *_SELLERS,
    *("competitor%", "%competitor", "%competitors", "competition", "rival%", "supplier%", "%supplier", "investor%"),
    *("%investor", "analyst%", "press"),
    *("internal%", "employee%", "own company", "our company", "subsidiary of us", "test", "tests", "testing"),
    *("test account%", "testaccount%", "dummy", "sandbox"),
    *(
        "wettbewerb%",
        "mitbewerb%",
        "konkurren%",
        "lieferant%",
        "zuliefer%",
        "%lieferant",
        "%konkurrent",
        "intern",
        "testkonto",
    ),
    *("testfirma", "testkunde", "demo account%", "demoaccount%"),
    *("concurrent%", "fournisseur%", "interne"),
    *("competidor%", "competencia", "proveedor%", "interno", "interna", "prueba"),
    *("concorren%", "fornecedor%", "fornitor%", "teste"),
    *("concullega%", "leverancier%", "leverand%", "leverantör%"),
    *("konkuren%", "dostawc%", "dodavatel%", "kilpailij%", "toimittaj%", "versenytárs%", "beszállító%"),
    *("rakip%", "tedarikçi%", "ανταγωνιστ%", "προμηθευτ%", "конкурент%", "поставщик%", "постачальник%"),
    *("%競合%", "%サプライヤー%", "仕入先%", "%竞争对手%", "%供应商%", "%경쟁사%", "%공급업체%"),
)
# Companies of these kinds are prospects to some companies and not to others.
UNCLEAR = (
    *_INTERMEDIARIES,
    *("dealer%", "agency", "agencies", "consultant%", "consulting", "affiliate%"),
    *("influencer%", "media", "disqualified", "unqualified", "bad fit", "do not contact", "do not call", "do not use"),
    *("blacklist%", "blocklist%", "duplicate%", "spam", "junk", "out of business", "bankrupt%", "dead"),
)
CUSTOMER = (
    *("customer%", "client", "clients", "kunde", "kunden", "kund", "bestandskund%", "cliente", "clientes", "clienti"),
    *("klant", "klanten", "klient%", "installed base", "install base", "клиент%", "клієнт%", "müşteri", "ügyfél"),
    *("顧客", "既存顧客", "客户", "고객"),
)
FORMER_CUSTOMER = ("churn%", "altkund%", "exkund%")
# With a word for customers these mean that it was one, or will be; alone they mean nothing.
FORMER = (
    *("former%", "ex", "past", "previous%", "prior", "lost", "inactive", "cancel%", "old", "ended", "terminated"),
    *("бывш%", "колишн%", "eski"),
    *("ehemalig%", "frühere%", "verloren%", "inaktiv%", "ancien%", "perdu%", "antigu%", "perdid%", "voormalig%"),
)
PROSPECT = (
    *("prospect%", "potential%", "target%", "lead", "leads", "opportunit%", "suspect%", "future", "qualified"),
    *("потенциальн%", "потенційн%", "potansiyel", "見込み%", "見込客%", "潜在%", "잠재%"),
    *("interessent%", "potenzi%", "potenti%", "prospekt%", "zielkund%"),
)
NEGATION = ("no", "not", "non", "never", "kein", "keine", "nicht", "pas", "sin", "não", "geen", "ingen", "не", "değil")

ROLES = {
    "not_prospect": NOT_PROSPECT,
    "unclear": UNCLEAR,
    "partner": PARTNER,
    "customer": CUSTOMER,
    "former_customer": FORMER_CUSTOMER,
    "former": FORMER,
    "prospect": PROSPECT,
    "negation": NEGATION,
}
# As a lifecycle stage a test is a trial of the product, and an evangelist a customer that recommends it (HubSpot).
OF_LIFECYCLES = {"customer": ("evangelist",)}
NOT_OF_LIFECYCLES = {"not_prospect": ("test", "tests", "testing", "prueba", "teste")}
FIELDS = ("type", "lifecycle_stage", "record_type")


def words(role: str, field: str) -> tuple[str, ...]:
    """The words of a role that count in one field."""
    if field != "lifecycle_stage":
        return ROLES[role]
    left_out = NOT_OF_LIFECYCLES.get(role, ())
    return tuple(word for word in (*ROLES[role], *OF_LIFECYCLES.get(role, ())) if word not in left_out)
