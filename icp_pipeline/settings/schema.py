"""The shape of `icp.yaml`. Every key is optional; an unknown key is an error that names the nearest known one."""

from __future__ import annotations

import codecs
import datetime
import zoneinfo
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, PrivateAttr, field_validator, model_validator

from icp_pipeline.catalog.kinds import LIST_COLUMNS, MAPPED_KINDS
from icp_pipeline.errors import nearest
from icp_pipeline.settings.audiences import EXCLUSIONS, AudienceSettings, with_built_in
from icp_pipeline.settings.crm_fields import CrmFields, ExportSettings, IcpExportSettings
from icp_pipeline.settings.defaults import ATTRIBUTES, LATE_STAGES, METRICS, TIER_1_MIN_FIT
from icp_pipeline.settings.engines import Engine, EngineSettings
from icp_pipeline.settings.language import LanguageSettings
from icp_pipeline.settings.routing import DEFAULT_RULES, RoutingRule, check_rules
from icp_pipeline.settings.section import Section
from icp_pipeline.settings.website import ContentSettings
from icp_pipeline.sources.refusal import Unusable
from icp_pipeline.sources.values.domains import registrable_domain
from icp_pipeline.sources.values.month_names import SHORT_MONTHS
from icp_pipeline.sources.vendors import folders


def _known_encoding(name: str) -> str:
    try:
        codecs.lookup(name)
    except LookupError:
        raise ValueError(f"'{name}' is not a text encoding; expected such as utf-8, cp1252, utf-16, latin-1") from None
    return name


def _known_timezone(name: str) -> str:
    try:
        zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(
            f"'{name}' is not a time zone; expected such as UTC, Europe/Berlin, America/New_York"
        ) from None
    return name


def _domain(name: str) -> str:
    """In the form of accounts' domains."""
    try:
        found = registrable_domain(name)
    except Unusable:
        found = None
    if found is None:
        raise ValueError(f"'{name}' is not the domain of a company; expected one such as agency.example")
    return found


# Minute, hour, day, month, weekday: minimum and maximum, and names that may replace numbers.
_CRON = (
    (0, 59, ()),
    (0, 23, ()),
    (1, 31, ()),
    (1, 12, tuple(SHORT_MONTHS)),
    (0, 7, ("sun", "mon", "tue", "wed", "thu", "fri", "sat")),
)


def _known_cron(text: str) -> str:
    parts = text.split()
    if len(parts) != len(_CRON) or not all(
        _fits_cron(part, *limits) for part, limits in zip(parts, _CRON, strict=True)
    ):
        raise ValueError(
            f"'{text}' is not a cron schedule; expected minute hour day month weekday, such as '0 3 * * *'"
        )
    return text


def _fits_cron(part: str, least: int, most: int, names: tuple[str, ...]) -> bool:
    """A list of `*`, `5`, `1-5`, each with a step or without."""
    for item in part.lower().split(","):
        span, slash, step = item.partition("/")
        if slash and not (step.isdigit() and int(step) > 0):
            return False
        ends = [] if span == "*" else span.split("-")
        numbers = [least + names.index(end) if end in names else int(end) if end.isdigit() else -1 for end in ends]
        if len(ends) > 2 or numbers != sorted(numbers) or not all(least <= number <= most for number in numbers):
            return False
    return True


Cron = Annotated[str, AfterValidator(_known_cron)]
Encoding = Annotated[str, AfterValidator(_known_encoding)]
TimeZone = Annotated[str, AfterValidator(_known_timezone)]
# These names are defined elsewhere, where a type checker cannot see them.
if TYPE_CHECKING:
    KindWord = str
    Vendor = str
else:
    KindWord = Literal[tuple(MAPPED_KINDS)]
    Vendor = Literal[folders()]
# The ICP whose tags are in the CRM's main fields.
PRIMARY = "primary"
Share = Annotated[float, Field(gt=0, lt=1)]
Dimension = Literal["firmographic", "technographic", "situational", "organizational", "behavioral", "custom"]
AttributeType = Literal["categorical", "numeric", "multi", "boolean", "date"]


class CurrencySettings(Section):
    """Rates to US dollars, per unit, and the currency of amounts that name none."""

    rates: dict[str, Annotated[float, Field(gt=0)]] = {}
    home: str = "USD"

    @model_validator(mode="after")
    def home_has_a_rate(self) -> CurrencySettings:
        """Require a rate for the home currency: otherwise every amount without a currency would be lost."""
        known = {code.strip().upper() for code in self.rates} | {"USD"}
        if self.home.strip().upper() not in known:
            raise ValueError(f"home: '{self.home}' has no rate under currency.rates; known: {', '.join(sorted(known))}")
        return self


def _spelling(value: object) -> object:
    """YAML reads 0 and 1900-01-01 as a number and a date; here they are spellings, as written."""
    if isinstance(value, bool) or value is None:
        raise ValueError(f"put it in quotes: YAML reads it as {'nothing' if value is None else str(value).lower()}")
    return f"{value:.15g}" if isinstance(value, float) else str(value) if not isinstance(value, (list, dict)) else value


def _named(text: str) -> str:
    if not text.strip():
        raise ValueError("expected a name, found an empty text")
    return text.strip()


Spelling = Annotated[str, BeforeValidator(_spelling), AfterValidator(_named)]


def _one_or_more(value: object) -> object:
    return (value,) if isinstance(value, str) else value


class AttributeSettings(Section):
    """One attribute: where it comes from, its type, its bins, and which levels are merged.

    `unknown` lists spellings that mean a blank cell, and `blank` is the level of a blank cell; without it a blank is
    unknown. An empty `unknown` means that somebody checked: no value of this attribute stands for a blank.
    `field` may be a list if several files have it, such as one of accounts and one of leads. `known_before_sale` means
    that somebody checked: however strong the attribute is, it is not filled in from the outcome.
    """

    field: Annotated[tuple[str, ...], BeforeValidator(_one_or_more), Field(min_length=1)] | None = None
    type: AttributeType | None = None
    dimension: Dimension | None = None
    bins: tuple[float, ...] = ()
    groups: dict[str, str] = {}
    blank: Spelling | None = None
    unknown: tuple[Spelling, ...] | None = None
    enabled: bool = True
    known_before_sale: bool = False

    @property
    def fields(self) -> tuple[str, ...]:
        """Every field that has it, in the order of icp.yaml; none for a predefined attribute with default source."""
        return self.field or ()

    @field_validator("groups")
    @classmethod
    def groups_have_names(cls, groups: dict[str, str]) -> dict[str, str]:
        """Refuse empty names: they match no level, or make levels vanish unnoticed."""
        for level, group in groups.items():
            if not level.strip():
                raise ValueError(
                    f"an empty level is put into '{group}', but a blank cell has no level: write `blank: {group}`"
                )
            if not group.strip():
                raise ValueError(f"'{level}' is put into a group without a name: write `unknown: [\"{level}\"]`")
        return groups

    @field_validator("bins")
    @classmethod
    def bins_rise(cls, bins: tuple[float, ...]) -> tuple[float, ...]:
        """Bins are inner edges and must rise."""
        if list(bins) != sorted(set(bins)):
            found = ", ".join(f"{edge:.15g}" for edge in bins)
            raise ValueError(f"bins must rise, such as [10, 50, 200]; found [{found}]")
        return bins

    @model_validator(mode="after")
    def what_is_set_aside_is_not_vouched_for(self) -> AttributeSettings:
        """Refuse `known_before_sale` for a disabled attribute."""
        if self.known_before_sale and not self.enabled:
            raise ValueError("known_before_sale and enabled: false contradict each other: keep one")
        return self

    @model_validator(mode="after")
    def blank_is_a_level(self) -> AttributeSettings:
        """Refuse a level that is both `blank` and one of `unknown`."""
        if self.blank is not None and self.blank.casefold() in {text.casefold() for text in self.unknown or ()}:
            raise ValueError(f"'{self.blank}' is the level of a blank cell and also under unknown: keep it in one")
        return self


class MetricSettings(Section):
    """One outcome metric: its weight, its direction, and the CRM field that has it."""

    weight: Annotated[float, Field(ge=0)] | None = None
    direction: Literal[1, -1] | None = None
    field: str | None = None


class OutcomeSettings(Section):
    """Who counts as best and worst, and by which metrics.

    `basis` is what is learned from: `outcomes` of customers, or `wins`, whether deals are won. `auto` uses outcomes
    if something measured how customers turned out, else wins.
    """

    basis: Literal["auto", "outcomes", "wins"] = "auto"
    best_share: Share = 0.2
    worst_share: Share = 0.2
    min_tenure_months: Annotated[int, Field(ge=0)] = 6
    metrics: dict[str, MetricSettings] = {}

    @model_validator(mode="after")
    def shares_leave_a_middle(self) -> OutcomeSettings:
        """Check that best and worst do not overlap, and that each metric is a known one."""
        if self.best_share + self.worst_share >= 1:
            raise ValueError("best_share + worst_share must stay below 1")
        for name in self.metrics:
            if name not in METRICS:
                raise ValueError(f"'{name}' is not an outcome metric; known: {', '.join(METRICS)}")
        return self


class FieldSettings(Section):
    """A column of an export, as `<file kind>.<column as exported>`."""

    field: str


class AccountNames(Section):
    """Accounts by their types, lifecycle stages and record types in the CRM, in any case.

    None leaves it to the words in them; a list replaces these, and an empty one means that there are none.
    """

    types: tuple[Spelling, ...] | None = None
    lifecycle_stages: tuple[Spelling, ...] | None = None
    record_types: tuple[Spelling, ...] | None = None

    def by_field(self) -> dict[str, set[str] | None]:
        """Names in lower case by field (type, lifecycle_stage, record_type); None if not set."""
        lists = {"type": self.types, "lifecycle_stage": self.lifecycle_stages, "record_type": self.record_types}
        return {field: None if names is None else {name.lower() for name in names} for field, names in lists.items()}


class CustomerSettings(AccountNames):
    """CRM fields that say who is a customer and until when; without them deals and subscriptions decide.

    If neither does, the name of a type, lifecycle stage or record type may say that an account is one.
    """

    since: FieldSettings | None = None
    churned_at: FieldSettings | None = None


class ParentSettings(Section):
    """Domains that accounts of several owners share, such as an agency's: they do not make one parent of them."""

    unlinked_domains: tuple[Annotated[str, AfterValidator(_domain)], ...] = ()


class NotProspectSettings(AccountNames):
    """Companies that we do not sell to: competitors, partners, vendors, tests; `accounts` are CRM ids or domains."""

    accounts: tuple[Spelling, ...] = ()


class DealNames(Section):
    """Deals by their types, pipelines and record types in the CRM, in any case."""

    types: tuple[str, ...] = ()
    pipelines: tuple[str, ...] = ()
    record_types: tuple[str, ...] = ()

    def by_field(self) -> dict[str, set[str]]:
        """The names in lower case, by field: type, pipeline or record_type."""
        lists = {"type": self.types, "pipeline": self.pipelines, "record_type": self.record_types}
        return {field: {name.strip().lower() for name in names} for field, names in lists.items()}


class DealSettings(Section):
    """Deals that are new business whatever their dates, and those that never are; dates decide about all others."""

    new_business: DealNames = DealNames()
    existing_business: DealNames = DealNames()

    @model_validator(mode="after")
    def a_name_stands_once(self) -> DealSettings:
        """Refuse a name on both lists: it would decide nothing."""
        existing = self.existing_business.by_field()
        for field, names in self.new_business.by_field().items():
            for name in sorted(names & existing[field]):
                raise ValueError(
                    f"'{name}' is among the {field}s of both new_business and existing_business: keep it in one"
                )
        return self


class BandSettings(Section):
    """Fit bands as multiples of the market's average fit probability."""

    a: Annotated[float, Field(gt=0)] = 1.8
    b: Annotated[float, Field(gt=0)] = 1.2
    d: Annotated[float, Field(gt=0)] = 0.5

    @model_validator(mode="after")
    def bands_fall(self) -> BandSettings:
        """A is above B, and B above D."""
        if not self.a > self.b > self.d:
            raise ValueError(f"bands must fall: a > b > d; found a={self.a}, b={self.b}, d={self.d}")
        return self


class TierSettings(Section):
    """The lowest fit band, without triggers, from which a trigger makes tier 1."""

    tier_1_min_fit: Literal["a", "b", "c"] = TIER_1_MIN_FIT


class ProxySettings(Section):
    """When a deal counts as advanced, for companies with too few customers to learn from their outcomes."""

    late_stages: tuple[str, ...] = LATE_STAGES
    late_probability: Annotated[float, Field(gt=0, lt=100)] = 50


class TriggerSettings(Section):
    """How long a trigger counts, and its strength until enough won deals have been seen."""

    fresh_days: Annotated[int, Field(ge=0)] = 30
    half_life_days: Annotated[int, Field(gt=0)] = 60
    window_days: Annotated[int, Field(gt=0)] = 180
    strengths: dict[str, Literal["strong", "medium", "weak"]] = {}


class GuardSettings(Section):
    """Limits beyond which a run is blocked until a person accepts it."""

    volume_drop: Annotated[float, Field(gt=0, le=1)] = 0.5
    volume_rise: Annotated[float, Field(gt=0)] = 1.0
    tier_moves: Share = 0.2
    tier_moves_new_code: Share = 0.02
    tier_1_lost: Share = 0.3
    stale_days: Annotated[int, Field(gt=0)] = 14
    stale_days_by_source: dict[str, Annotated[int, Field(gt=0)]] = {}


class IcpSettings(Section):
    """One ICP: a filter on accounts (without one, every account), and the CRM fields of its tags."""

    where: str | None = None
    exports: IcpExportSettings = IcpExportSettings()


Line = Annotated[int, Field(ge=1, le=1000)]


class TextSettings(Section):
    """What a text file does not say about itself. `delimiter` and `decimal` are undeclared by default."""

    encoding: Encoding = "utf-8"
    delimiter: Annotated[str, Field(min_length=1, max_length=1)] | None = None
    date_order: Literal["ymd", "dmy", "mdy"] = "ymd"
    timezone: TimeZone = "UTC"
    decimal: Literal[".", ","] | None = None


class FileSettings(TextSettings):
    """The same for single files, or for files that are all alike; `header_line` counts from 1."""

    header_line: Line | None = None


# Whether each file of a folder holds everything, or what changed since the last one.
EachFile = Literal["snapshot", "delta"]


class SourceSettings(FileSettings):
    """A CSV of any other origin: which file, which record type, and what each column is.

    For `deal` only: `lost_after_days`, if nobody records lost deals: a deal open for longer counts as lost.
    """

    each_file: EachFile | None = None

    file: str
    kind: KindWord
    columns: dict[str, str]
    units: dict[str, float] = {}
    constants: dict[str, str] = {}
    values: dict[str, dict[str, str]] = {}
    lost_after_days: Annotated[int, Field(gt=0)] | None = None

    @model_validator(mode="after")
    def only_deals_are_lost(self) -> SourceSettings:
        """Refuse the key for other kinds, where it would silently do nothing."""
        if self.lost_after_days is not None and self.kind != "deal":
            raise ValueError(f"lost_after_days: only for kind deal; found kind {self.kind}")
        if self.lost_after_days is not None and "created_at" not in {*self.columns, *self.constants}:
            raise ValueError("lost_after_days: counts from the day a deal was created, so columns need created_at")
        return self


class VendorSettings(TextSettings):
    """What a vendor's files do not say about themselves; `files` names those that differ from the others.

    A folder holds exports of several kinds, so `header_line` may be given by file name: `{"report*.csv": 4}`.
    `each_file` says whether each of them holds everything (snapshot) or what changed (delta).
    For `usage` only: `group_key` names the key of an event's account, `ignore_events` events that are no activity.
    """

    header_line: Line | dict[str, Line] | None = None
    files: dict[str, FileSettings] = {}
    each_file: EachFile | None = None
    group_key: Annotated[str, Field(min_length=1)] | None = None
    ignore_events: tuple[Annotated[str, Field(min_length=1)], ...] = ()


class ScheduleSettings(Section):
    """When Dagster runs the jobs, in `timezone`, which also decides the day that a run scores for.

    For a time that a clock change repeats or skips, Dagster makes one run.
    """

    timezone: TimeZone = "UTC"
    refresh: Cron = "0 3 * * *"
    refit: Cron = "0 4 1 1,4,7,10 *"
    refit_after_wins: Annotated[int, Field(gt=0)] = 10
    lock_wait_seconds: Annotated[float, Field(ge=0)] = 30


class RetentionSettings(Section):
    """How many published versions (warehouse and exports) are kept for rollback, and how many runs in Dagster."""

    versions: Annotated[int, Field(ge=2)] = 14
    runs: Annotated[int, Field(ge=2)] = 30


class PublishSettings(Section):
    """How the warehouse is published. `self_contained`: no table is a view on Parquet beside it, whatever its size."""

    self_contained: bool = False


def _with_primary(icps: dict[str, IcpSettings]) -> dict[str, IcpSettings]:
    """The primary ICP is always there: adding one for a region does not remove it."""
    return {PRIMARY: IcpSettings(), **icps}


class Settings(Section):
    """Everything in `icp.yaml`, and the content of `content.yaml`."""

    as_of: datetime.date | None = None
    owner: str = ""
    currency: CurrencySettings = CurrencySettings()
    attributes: dict[str, AttributeSettings] = {}
    technologies: dict[str, tuple[str, ...]] = {}
    regions: dict[str, tuple[str, ...]] = {}
    outcomes: OutcomeSettings = OutcomeSettings()
    customer: CustomerSettings = CustomerSettings()
    parents: ParentSettings = ParentSettings()
    not_prospects: NotProspectSettings = NotProspectSettings()
    deals: DealSettings = DealSettings()
    bands: BandSettings = BandSettings()
    tiers: TierSettings = TierSettings()
    triggers: TriggerSettings = TriggerSettings()
    proxies: ProxySettings = ProxySettings()
    guards: GuardSettings = GuardSettings()
    icps: Annotated[dict[str, IcpSettings], AfterValidator(_with_primary)] = {PRIMARY: IcpSettings()}
    audiences: dict[str, AudienceSettings] = {}
    routing: Annotated[tuple[RoutingRule, ...], Field(min_length=1)] = DEFAULT_RULES
    vendors: dict[Vendor, VendorSettings] = {}
    sources: dict[str, SourceSettings] = {}
    exports: ExportSettings = ExportSettings()
    language: LanguageSettings = LanguageSettings()
    schedule: ScheduleSettings = ScheduleSettings()
    retention: RetentionSettings = RetentionSettings()
    publish: PublishSettings = PublishSettings()
    engine: Engine = EngineSettings()
    # From a separate file, `content.yaml`; not a field, so that it is not a key of `icp.yaml` too.
    _content: ContentSettings | None = PrivateAttr(None)

    @property
    def content(self) -> ContentSettings | None:
        """What the website shows to whom; None if the home has no `content.yaml`."""
        return self._content

    def with_content(self, content: ContentSettings) -> Settings:
        """The same settings with the content of `content.yaml`."""
        settings = self.model_copy()
        settings._content = content
        return settings

    @property
    def crm_fields(self) -> CrmFields:
        """Names of the CRM fields of every ICP."""
        further = {name: item.exports for name, item in sorted(self.icps.items()) if name != PRIMARY}
        return CrmFields(**{name: getattr(self.exports, name) for name in ExportSettings.model_fields}, further=further)

    @property
    def all_audiences(self) -> dict[str, AudienceSettings]:
        """Audiences by name, including the built-in ones."""
        return with_built_in(self.audiences, self.icps)

    @field_validator("routing")
    @classmethod
    def every_rule_can_match(cls, rules: tuple[RoutingRule, ...]) -> tuple[RoutingRule, ...]:
        """A rule after one that takes all its leads would silently do nothing."""
        check_rules(rules)
        return rules

    @model_validator(mode="after")
    def audiences_are_of_an_icp(self) -> Settings:
        """An audience of an unknown ICP would be empty, and one in the exclusions' folder would be lost."""
        if EXCLUSIONS in self.audiences:
            raise ValueError(
                f"audiences.{EXCLUSIONS}: this name is reserved for accounts kept out of all audiences; choose another"
            )
        for name, item in self.audiences.items():
            if item.icp not in self.icps:
                raise ValueError(
                    f"audiences.{name}.icp: '{item.icp}' is not an ICP.{nearest(item.icp, self.icps)} "
                    f"Known: {', '.join(sorted(self.icps))}"
                )
        return self

    @model_validator(mode="after")
    def a_name_of_accounts_stands_once(self) -> Settings:
        """Refuse a name on both lists: it would decide nothing."""
        customers = self.customer.by_field()
        for field, names in self.not_prospects.by_field().items():
            for name in sorted((names or set()) & (customers[field] or set())):
                raise ValueError(f"not_prospects.{field}s: '{name}' is also under customer.{field}s: keep it in one")
        return self

    @model_validator(mode="after")
    def stale_sources_exist(self) -> Settings:
        """The general limit would silently apply to a misspelt source."""
        known = {*folders(), *self.sources}
        for name in self.guards.stale_days_by_source:
            if name not in known:
                raise ValueError(
                    f"guards.stale_days_by_source: '{name}' is not a source; known: {', '.join(sorted(known))}"
                )
        return self

    @model_validator(mode="after")
    def only_usage_has_events(self) -> Settings:
        """Elsewhere these keys would silently do nothing."""
        for name, item in self.vendors.items():
            for key in ("group_key", "ignore_events"):
                if name != "usage" and getattr(item, key):
                    raise ValueError(
                        f"vendors.{name}.{key}: only the events under landing/usage have it; put it under "
                        f"`vendors: {{usage: {{{key}: ...}}}}`"
                    )
        return self

    @model_validator(mode="after")
    def crm_fields_are_written_once(self) -> Settings:
        """Two columns with one name in an import file: the CRM decides which of them wins."""
        if self.icps[PRIMARY].exports != IcpExportSettings():
            raise ValueError("icps.primary.exports: the fields of the primary ICP belong under `exports:`")
        self.crm_fields.refuse_twins()
        return self

    @model_validator(mode="after")
    def custom_attributes_are_complete(self) -> Settings:
        """A name that is not predefined needs a field and a type, and must not be a reserved name."""
        taken = {name: metric.field for name, metric in self.outcomes.metrics.items() if metric.field}
        for name in ("since", "churned_at"):
            if item := getattr(self.customer, name):
                taken[f"customer_{name}"] = item.field
        for name, attribute in self.attributes.items():
            if name in taken and attribute.fields not in ((), (taken[name],)):
                raise ValueError(
                    f"attributes.{name}: another field is kept under this name ({taken[name]}, under outcomes or "
                    "customer), and the two would be mixed up. Take another name"
                )
            if name in LIST_COLUMNS:
                raise ValueError(
                    f"attributes.{name}: the files' own lists are kept under this name, and the two would be mixed up. "
                    f"Take another name, such as {name}_field"
                )
            if name not in ATTRIBUTES and (attribute.field is None or attribute.type is None):
                raise ValueError(f"attributes.{name} is not predefined, so it needs both `field` and `type`")
            kind = attribute.type or ATTRIBUTES[name].type
            if attribute.bins and kind != "numeric":
                raise ValueError(f"attributes.{name}.bins: only for type numeric; found type {kind}")
        return self
