"""What the reader will keep of an answer, or why it would reject it."""

from __future__ import annotations

import yaml

from icp_pipeline.errors import nearest
from icp_pipeline.interview.known import Known
from icp_pipeline.interview.questions import UNRECORDED, Question
from icp_pipeline.sources.refusal import Unusable
from icp_pipeline.sources.vendors.voice.interview_file import read_head, read_value
from icp_pipeline.sources.vendors.voice.interview_shape import SECTIONS, Key
from icp_pipeline.sources.vendors.voice.said import account_words

KEYS = {(section.name, key.name): key for section in SECTIONS for key in section.keys}
# Asked if a claim is about something that no data record: it takes the place of the trait.
_UNRECORDED_KEY = ("claims", "not_recorded")


def key_of(question: Question) -> Key | None:
    """The type the reader gives the answer; None for the head, which has no section."""
    place = (question.section, question.key)
    return KEYS.get(("claims", "attribute") if place == _UNRECORDED_KEY else place)


def in_form(question: Question, text: str, known: Known) -> str:
    """The answer as written to the file: an account's domain for its name, a trait by its name."""
    text = " ".join(text.split())
    if question.key == "account" and (account := known.account(text)):
        return account.reference
    if question.key == "attribute" and text != UNRECORDED:
        name = "_".join(text.casefold().replace("-", " ").split())
        return name if name in known.attributes else text
    return text


def kept_of(question: Question, text: str, names: frozenset[str] = frozenset(), known: Known | None = None) -> str:
    """What the reader will keep of one answer; raises Unusable with what is wrong and what to write."""
    known = known or Known()
    key = key_of(question)
    if key is None:
        return read_head(question.key, text)
    if question.key == "attribute" and text == UNRECORDED:
        return text
    if question.key == "attribute" and known.attributes and text not in known.attributes:
        hint = nearest(text, known.attributes)
        raise Unusable(f"no trait has this name.{hint} Or choose '{UNRECORDED}'")
    if question.key == "account" and known.accounts and not known.account(text) and "." not in text:
        raise Unusable(f"no account has this domain, id or name.{known.near_account(text)}")
    return read_value(key, yaml.ScalarNode("tag:yaml.org,2002:str", text), names, known.attributes)


def names_in(accounts: list[str]) -> frozenset[str]:
    """What the accounts of an interview may be called in its texts, as far as the reader can know."""
    return frozenset().union(*(account_words(account) for account in accounts)) if accounts else frozenset()
