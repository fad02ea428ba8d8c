"""The meaning of account type names, in the languages and spellings of real CRMs, by the models that read them."""

from __future__ import annotations

import pytest
from project_models import create_empty, project_models

from icp_pipeline import duck
from icp_pipeline.names import TableName
from icp_pipeline.settings import type_words

TYPES, MEANINGS = TableName("core", "account_types"), TableName("core", "type_meanings")
NO_PROSPECTS = (
    *(
        "ChannelPartner",
        "[Partner]",
        "Partner – Reseller",
        "Vertriebspartner",
        "Kooperationspartner",
        "Hauptkonkurrent",
    ),
    *(
        "MainCompetitor",
        "Zulieferer",
        "Samarbejdspartner",
        "Jälleenmyyjä",
        "Kilpailija",
        "Kanal ortağı",
        "Rakip",
        "Bayi",
    ),
    *(
        "Партнёр",
        "Конкурент",
        "Поставщик",
        "競合他社",
        "販売パートナー",
        "パートナー",
        "竞争对手",
        "合作伙伴",
        "供应商",
    ),
    *("협력 파트너사", "경쟁사", "Dodavatel", "Versenytárs", "Internal use", "Demo Account"),
)
CUSTOMERS = ("Клиент", "顧客", "客户", "고객", "Bestandskunde", "#Customer")
FORMER = ("Бывший клиент", "Eski müşteri")
OTHERS = ("Latest", "International", "潜在客户", "見込み顧客", "Потенциальный клиент", "Enterprise", "Partie prenante")


@pytest.fixture(scope="module")
def meanings() -> dict[str, str]:
    """The meaning of each name: one account has each, and nobody buys."""
    names = [*NO_PROSPECTS, *CUSTOMERS, *FORMER, *OTHERS]
    words = [(role, word) for role in type_words.ROLES for word in type_words.words(role, "type")]
    with duck.connect() as connection:
        models = [project_models()[TYPES], project_models()[MEANINGS]]
        create_empty(connection, {name for model in models for name in model.depends_on} - {TYPES})
        records = [(f"a{number}", f"a{number}") for number in range(len(names))]
        connection.executemany(
            "insert into core.account_records (account_id, source_system, record_id) values (?, 'salesforce', ?)",
            records,
        )
        connection.executemany(
            "insert into staging.salesforce_accounts (salesforce_account_id, account_type) values (?, ?)",
            [(f"a{number}", name) for number, name in enumerate(names)],
        )
        connection.executemany(
            "insert into settings.type_words (field, role, word, is_told) values ('type', ?, ?, false)", words
        )
        for model in models:
            connection.execute(f"create table {model.name} as {model.sql}")
        return dict(connection.execute(f"select value_key, meaning from {MEANINGS}").fetchall())


def told(meanings: dict[str, str], names: tuple[str, ...]) -> dict[str, str]:
    return {name: meanings.get(name.lower(), "none") for name in names}


def test_who_sells_along_or_against_is_no_prospect_in_any_language(meanings: dict[str, str]) -> None:
    assert told(meanings, NO_PROSPECTS) == dict.fromkeys(NO_PROSPECTS, "not_prospect")


def test_who_is_called_a_customer_is_one_and_who_may_become_one_is_not(meanings: dict[str, str]) -> None:
    assert told(meanings, CUSTOMERS) == dict.fromkeys(CUSTOMERS, "customer")
    assert told(meanings, FORMER) == dict.fromkeys(FORMER, "former_customer")
    assert told(meanings, OTHERS) == dict.fromkeys(OTHERS, "none")
