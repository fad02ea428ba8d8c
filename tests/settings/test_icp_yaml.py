"""What `icp.yaml` may say, and the messages if it cannot be used."""

import csv
import errno
import os
import re
from pathlib import Path

import pytest

from icp_pipeline.errors import SettingsError
from icp_pipeline.home import PROJECT
from icp_pipeline.settings.fields import field_parts
from icp_pipeline.settings.load import load_settings


def load(folder: Path, text: str):
    (folder / "icp.yaml").write_text(text, encoding="utf-8")
    return load_settings(folder)


def test_a_home_without_settings_runs_on_defaults(tmp_path: Path) -> None:
    settings = load_settings(tmp_path)
    assert settings.outcomes.best_share == 0.2
    assert list(settings.icps) == ["primary"]
    assert settings.engine.spark is None


def test_a_file_that_has_changed_is_read_again(tmp_path: Path) -> None:
    assert load(tmp_path, "outcomes: {best_share: 0.3}").outcomes.best_share == 0.3
    assert load(tmp_path, "outcomes: {best_share: 0.1}").outcomes.best_share == 0.1
    (tmp_path / "content.yaml").write_text("no_such_key: 1", encoding="utf-8")
    with pytest.raises(SettingsError, match=re.escape(str(tmp_path / "content.yaml"))):
        load_settings(tmp_path)
    (tmp_path / "icp.yaml").unlink()
    (tmp_path / "content.yaml").unlink()
    assert load_settings(tmp_path).outcomes.best_share == 0.2


def test_models_that_read_usage_are_on_spark_unless_all_are(tmp_path: Path) -> None:
    assert load(tmp_path, "engine: duckdb").engine.spark is None
    spark = load(tmp_path, 'engine: {spark: {master: "local[*]"}}').engine.spark
    assert spark and (spark.address, spark.models, spark.tables) == ("local[*]", "usage", None)
    spark = load(tmp_path, "engine: {spark: {remote: sc://host:15002, tables: /mnt/icp, models: all}}").engine.spark
    assert spark and (spark.address, spark.models, spark.tables) == ("sc://host:15002", "all", "/mnt/icp")
    assert spark.bucket is None


@pytest.mark.parametrize(
    "place",
    ["s3://bucket/icp", "s3a://bucket", "gs://bucket/a/b", "abfss://container@account.dfs.core.windows.net/icp"],
)
def test_tables_may_be_exchanged_in_a_bucket(tmp_path: Path, place: str) -> None:
    spark = load(tmp_path, f"engine: {{spark: {{remote: 'sc://host', tables: '{place}'}}}}").engine.spark
    assert spark and spark.bucket == place


@pytest.mark.parametrize(
    "place",
    [
        "s3://AKIAZZ:zzsecret@bucket/icp",
        "s3://zzsecret@bucket",
        "gs://bucket/icp?token=zzsecret",
        "s3://bucket/icp#zzsecret",
        "http://me:zzsecret@host/icp",
        "abfs://c:zzsecret@account.dfs.core.windows.net/icp",
    ],
)
def test_an_address_of_a_bucket_holds_no_keys_and_none_is_repeated(tmp_path: Path, place: str) -> None:
    with pytest.raises(SettingsError, match=r"tables: an address has no room for keys") as error:
        load(tmp_path, f"engine: {{spark: {{remote: 'sc://host', tables: '{place}'}}}}")
    assert "zzsecret" not in str(error.value)


def test_the_shipped_settings_are_valid_and_teach_every_section() -> None:
    settings = load_settings(PROJECT / "data")
    assert settings.attributes["has_revops"].type == "boolean"
    text = (PROJECT / "data" / "icp.yaml").read_text(encoding="utf-8")
    sections = type(settings).model_fields
    assert [name for name in sections if f"{name}:" not in text and name not in ("regions", "guards", "icps")] == []


def test_the_binding_example_of_the_design_is_accepted(tmp_path: Path) -> None:
    settings = load(
        tmp_path,
        """
as_of: 2026-11-21
currency: {rates: {EUR: 1.08, GBP: 1.27}}
attributes:
  has_revops: {field: salesforce.account.Has_RevOps__c, type: boolean, dimension: organizational}
  area_code:  {field: salesforce.account.Area_Code__c, type: categorical}
  seats:      {field: hubspot.company.Seats, type: numeric, bins: [10, 50, 200]}
  crm: {field: salesforce.account.CRM_Used__c, type: categorical}
  industry:   {enabled: false}
outcomes:
  best_share: 0.2
  worst_share: 0.2
  metrics:
    nps: {weight: 0.12}
    net_revenue_retention: {field: salesforce.account.NRR__c, weight: 0.16}
customer:
  since: {field: salesforce.account.Customer_Since__c}
  churned_at: {field: salesforce.account.Churned_On__c}
bands: {a: 1.8, b: 1.2, d: 0.5}
guards: {volume_drop: 0.5, volume_rise: 1.0, tier_moves: 0.2, tier_1_lost: 0.3, stale_days: 14}
icps: {primary: {}}
sources:
  zoho_accounts: {file: zoho/Accounts*.csv, kind: account, encoding: cp1252, date_order: dmy, timezone: Europe/Berlin, columns: {id: Record Id, name: Account Name, domain: Website}}
exports: {salesforce: {tier: ICP_Tier__c, score: ICP_Score__c}, hubspot: {status: icp_status}}
owner: revops@yourcompany.example
""",  # noqa: E501 - the design's own line
    )
    assert settings.sources["zoho_accounts"].encoding == "cp1252"
    assert settings.customer.since is not None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("band: {a: 2}", ":1: band: unknown setting. Did you mean 'bands'?", id="top level"),
        pytest.param("bands:\n  c: 3", ":2: bands.c: unknown setting. Known here: a, b, d.", id="inside a section"),
        pytest.param(
            "attributes:\n  x: {feild: salesforce.account.X, type: boolean}",
            ":2: attributes.x.feild: unknown setting. Did you mean 'field'?",
            id="inside a named item",
        ),
        pytest.param(
            "vendors: {hubspot: {group_key: site}}",
            "vendors.hubspot.group_key: only the events under landing/usage have it",
            id="group key of a vendor without events",
        ),
        pytest.param(
            "vendors:\n  zendesk: {ignore_events: [ping]}",
            "vendors.zendesk.ignore_events: only the events under landing/usage have it",
            id="events of a vendor without events",
        ),
        pytest.param("bands: {a: 1, b: 2}", "bands must fall", id="cut-offs reversed"),
        pytest.param("outcomes: {best_share: 0.6, worst_share: 0.5}", "must stay below 1", id="shares overlap"),
        pytest.param(
            "# 2026-99-99\n\nas_of: 2026-13-41",
            ":3: not readable as YAML: 2026-13-41 is not a calendar day",
            id="no such day",
        ),
        pytest.param("owner: me\na: [", ":2: not readable as YAML: while parsing", id="no YAML"),
        pytest.param("as_of: tomorrow", ":1: as_of: expected a day such as 2026-11-21, found 'tomorrow'.", id="a word"),
        pytest.param("as_of: 5", ":1: as_of: expected a day such as 2026-11-21, found 5.", id="a number for a day"),
        pytest.param(
            "retention:\n  versions: many",
            ":2: retention.versions: expected a whole number, found 'many'.",
            id="number",
        ),
        pytest.param("retention: {versions: 1}", "expected at least 2, found 1.", id="too small"),
        pytest.param("guards: {tier_moves: 1.5}", "expected less than 1, found 1.5.", id="too large"),
        pytest.param("bands: 3", ":1: bands: expected lines of `key: value` below it, found 3.", id="no section"),
        pytest.param("regions: {DACH: Germany}", "expected a list such as [a, b], found 'Germany'.", id="no list"),
        pytest.param("owner: [a]", "owner: expected a text", id="no text"),
        pytest.param(
            "attributes:\n  x: {type: categorial, field: salesforce.account.X}",
            ":2: attributes.x.type: expected 'categorical', 'numeric', 'multi', 'boolean' or 'date', "
            "found 'categorial'. Did you mean 'categorical'?",
            id="a word misspelt",
        ),
        pytest.param(
            "sources: {erp: {kind: account, columns: {id: x}}}",
            "sources.erp.file: is required, but missing.",
            id="needed",
        ),
        pytest.param("engine: duckdbb", ":1: engine: 'duckdbb' is not an engine. Did you mean 'duckdb'?", id="engine"),
        pytest.param("engine: spark", "expected which Spark, such as", id="no Spark"),
        pytest.param("engine: {sparc: {}}", "engine.sparc: unknown setting. Did you mean 'spark'?", id="other engine"),
        pytest.param("engine: {spark: {}}", "expected either `master`", id="neither Spark"),
        pytest.param(
            "engine:\n  spark:\n    remot: sc://h:1\n",
            ":3: engine.spark.remot: unknown setting. Did you mean 'remote'? Known here: landing, master",
            id="a key of Spark misspelt",
        ),
        pytest.param("engine: {spark: {remote: http://h}}", "not the address of a Spark Connect server", id="address"),
        pytest.param(
            'engine: {spark: {master: "local[2]", landing: spark}}', "engine.spark.landing: ", id="who reads files"
        ),
        pytest.param("engine: {spark: {master: loca}}", "'loca' is not a Spark master", id="master"),
        pytest.param(
            "engine:\n  spark:\n    master: local[2]\n    tables: http://host/icp\n",
            ":4: engine.spark.tables: 'http://host/icp' is not a bucket; expected s3, s3a, gs, abfs or abfss, such as "
            "s3://bucket/icp, or a folder such as /mnt/icp",
            id="tables of no store",
        ),
        pytest.param("engine: {spark: {master: local, tables: icp}}", "'icp' is neither a full path nor", id="a part"),
        pytest.param("words", "found a single value", id="one word"),
        pytest.param("- a", "found a list", id="a list"),
        pytest.param(
            "attributes: {x: {field: salesforce.acount.X, type: boolean}}",
            "Did you mean 'salesforce.account'?",
            id="unknown file kind",
        ),
        pytest.param(
            "attributes:\n  x:\n    type: numeric\n    field: hubspot.company.X\n    bins: [10, 50, 20.5]",
            ":5: attributes.x.bins: bins must rise, such as [10, 50, 200]; found [10, 50, 20.5].",
            id="bins that do not rise",
        ),
        pytest.param(
            "attributes:\n  x:\n    bins:\n      - 10\n      - many",
            ":3: attributes.x.bins.1: expected a number, found 'many'.",
            id="a bin that is a word",
        ),
        pytest.param(
            "attributes:\n  industry:\n    bins: [10, 50]",
            ":3: attributes.industry.bins: only for type numeric; found type categorical.",
            id="bins of words",
        ),
        pytest.param("attributes: {employees: {bins: [10, nan]}}", "bins.1: expected a number, found 'nan'", id="nan"),
        pytest.param("currency: {rates: {EUR: .inf}}", "rates.EUR: expected a number, found inf", id="infinite"),
        pytest.param("currency: {rates: {EUR: yes}}", "rates: EUR: expected a number, found true", id="yes by a key"),
        pytest.param(
            "attributes: {employees: {bins: [1, yes]}}", "bins: 1: expected a number, found true", id="yes in a list"
        ),
        pytest.param(
            "outcomes: {metrics: {nps: {direction: on}}}",
            "direction: expected a number, found true",
            id="on for a side",
        ),
        pytest.param(
            "sources:\n  leads:\n    {file: a.csv, kind: deal, lost_after_days: yes, columns: {id: a, created_at: b}}",
            "sources.leads.lost_after_days: expected a number, found true.",
            id="yes is no day",
        ),
        pytest.param(
            "sources:\n  leads: {file: a.csv, kind: deal, lost_after_days: 90, columns: {id: a, won_on: b}}",
            ":2: sources.leads: lost_after_days: counts from the day a deal was created, so columns need created_at.",
            id="lost after days of nothing",
        ),
        pytest.param(
            "attributes: {industry: {blank: None given, unknown: [none given]}}",
            "'None given' is the level of a blank cell and also under unknown: keep it in one",
            id="a blank that is unknown",
        ),
        pytest.param(
            "owner: me\nattributes:\n  tags: {field: hubspot.company.Tags, type: multi}",
            ":3: attributes.tags: the files' own lists are kept under this name, and the two would be mixed up. "
            "Take another name, such as tags_field.",
            id="a name that the product keeps lists under",
        ),
        pytest.param(
            "customer:\n  since: {field: salesforce.account.Since}\n"
            "attributes:\n  customer_since: {field: salesforce.account.Year, type: date}",
            ":4: attributes.customer_since: another field is kept under this name",
            id="a name that another setting keeps its field under",
        ),
        pytest.param(
            "outcomes: {metrics: {nps: {field: salesforce.account.NPS}}}\n"
            "attributes:\n  nps: {field: salesforce.account.Old_NPS, type: categorical}",
            ":3: attributes.nps: another field is kept under this name",
            id="a name that a metric keeps its field under",
        ),
        pytest.param("\nattributes:\n  x: {type: boolean}", ":3: attributes.x is not predefined", id="its line"),
        pytest.param("attributes: {x: {type: boolean}}", "needs both `field` and `type`", id="field missing"),
        pytest.param(
            "attributes:\n  industry:\n    groups: {'': None given, Web: Software}",
            ":3: attributes.industry.groups: an empty level is put into 'None given', but a blank cell has no level: "
            "write `blank: None given`",
            id="group of an empty level",
        ),
        pytest.param(
            "attributes:\n  industry: {groups: {Select: ' '}}",
            ":2: attributes.industry.groups: 'Select' is put into a group without a name: write `unknown: [",
            id="group without a name",
        ),
        pytest.param(
            "attributes: {industry: {unknown: [no]}}",
            "attributes.industry.unknown.0: put it in quotes: YAML reads it as false",
            id="a spelling that YAML takes for something else",
        ),
        pytest.param("attributes: {industry: {blank: ' '}}", "expected a name, found an empty text", id="no name"),
        pytest.param(
            "attributes:\n  x:\n    type: categorical\n    field: salesforce.lead.X\n    blank: none given",
            ":5: attributes.x.blank: 'salesforce.lead.X' is not in the account or deal files of one system",
            id="blank of a file that says nothing of the others",
        ),
        pytest.param(
            "attributes:\n  x:\n    type: categorical\n    field: [salesforce.account.X, salesforce.lead.Status]",
            ":4: attributes.x.field: 'salesforce.lead.Status' says what became of a lead",
            id="outcome of a lead beside a field of accounts",
        ),
        pytest.param(
            "attributes: {x: {type: categorical, field: [salesforce.account.X, salesforce.account.Old_X]}}",
            ":1: attributes.x.field: two columns of one kind of file",
            id="two fields of one file",
        ),
        pytest.param(
            "attributes: {x: {type: categorical, field: [salesforce.account.X, hubspot.company.X], blank: none}}",
            "attributes.x.blank: ",
            id="blank of two systems",
        ),
        pytest.param(
            "engine: {spark: {remote: 'sc://host:99999/;token=zzsecret'}}", "is not the address", id="port of Spark"
        ),
        pytest.param(
            "attributes: {x: {type: categorical, field: [salesforce.account.X, salesforce.acount.X]}}",
            "Did you mean",
            id="second of two fields misspelt",
        ),
        pytest.param(
            "attributes: {x: {type: categorical, field: []}}",
            "attributes.x.field",
            id="a list of no field",
        ),
        *(
            pytest.param(
                f"attributes:\n  x:\n    type: categorical\n    field: {field}",
                f":4: attributes.x.field: '{field}' says what became of a lead",
                id=f"outcome of a lead: {field}",
            )
            for field in (
                *("salesforce.lead.Status", "Salesforce.Lead.Lead Status", "salesforce.lead.ISCONVERTED"),
                *(
                    "salesforce.lead.ConvertedDate",
                    "salesforce.lead.Converted",
                    "salesforce.lead.converted_opportunity_id",
                ),
            )
        ),
        pytest.param(
            "sources:\n  pipe:\n    file: l.csv\n    kind: lead\n    columns: {id: Id, is_converted: Gone}\n"
            "attributes: {x: {type: boolean, field: pipe.gone}}",
            ":6: attributes.x.field: 'pipe.gone' says what became of a lead",
            id="outcome of a lead of a mapped source",
        ),
        pytest.param("outcomes: {metrics: {npss: {weight: 1}}}", "'npss' is not an outcome metric", id="metric"),
        pytest.param(
            "icps: {emea: {where: \"regoin = 'EMEA'\"}}", ":1: icps.emea.where: unknown column", id="icp filter"
        ),
        pytest.param("currency: {rates: {EUR: 0}}", "EUR: expected more than 0, found 0.", id="rate of zero"),
        pytest.param("attributes: {'x; drop': {enabled: false}}", "needs both", id="hostile name"),
        pytest.param(
            "attributes:\n  industry: {enabled: false, known_before_sale: true}",
            ":2: attributes.industry: known_before_sale and enabled: false contradict each other",
            id="set aside and vouched for",
        ),
    ],
)
def test_an_unusable_setting_is_named_with_its_line(tmp_path: Path, text: str, expected: str) -> None:
    with pytest.raises(SettingsError) as caught:
        load(tmp_path, text)
    assert expected in str(caught.value)
    assert "icp.yaml" in str(caught.value)
    # Words of the libraries that read it.
    for word in ("Input should", "dictionary", "instance", "tuple", "parse string", "Field required", "unicode string"):
        assert word not in str(caught.value)


HEALTH = "{field: salesforce.account.Health__c, type: categorical}"


@pytest.mark.parametrize("name", ["icp.yaml", "content.yaml"])
@pytest.mark.parametrize("instead", ["a folder", "a link to gone.yaml", "a pipe"])
def test_a_file_that_is_not_mounted_does_not_mean_the_default_settings(name: str, instead: str, tmp_path: Path) -> None:
    path = tmp_path / name
    if instead == "a folder":
        path.mkdir()
    elif instead == "a pipe":
        os.mkfifo(path)
    else:
        path.symlink_to("gone.yaml")
    with pytest.raises(SettingsError, match=f"{path}: expected a file, found {instead}"):
        load_settings(tmp_path)


def test_a_file_that_may_not_be_read_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "icp.yaml"
    path.write_text("owner: a@b.example\n", encoding="utf-8")

    def refused(*_: object, **__: object) -> str:
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    monkeypatch.setattr(Path, "read_text", refused)
    with pytest.raises(SettingsError, match=r"icp.yaml: cannot be read \(Permission denied\)"):
        load_settings(tmp_path)


def test_settings_may_be_a_link_to_a_file_elsewhere(tmp_path: Path) -> None:
    """As from a volume of Kubernetes."""
    (tmp_path / "mounted.yaml").write_text("owner: a@b.example\n", encoding="utf-8")
    (tmp_path / "icp.yaml").symlink_to("mounted.yaml")
    assert load_settings(tmp_path).owner == "a@b.example"


LEAKS = PROJECT / "tests" / "sql" / "quality" / "outcome_warnings" / "leaks_blocked_or_suspicious" / "expect.csv"


@pytest.mark.parametrize(("attribute", "before"), [("health", f"attributes: {{health: {HEALTH}}}"), ("employees", "")])
def test_the_lines_that_a_leak_asks_for_load(tmp_path: Path, attribute: str, before: str) -> None:
    """As a person follows the message: add the setting to the existing entry, or write the line."""
    with LEAKS.open(encoding="utf-8", newline="") as file:
        (message,) = [row["message"] for row in csv.DictReader(file) if row["subject"] == attribute]
    added = re.findall(r"add `([^`]+)` to attributes\.health in icp\.yaml", message)
    written = re.findall(r"write `([^`]+)` in icp\.yaml", message)
    texts = [before.replace("categorical", f"categorical, {line}") for line in added]
    read = [load(tmp_path, text).attributes[attribute] for text in [*texts, *written]]
    assert [(item.enabled, item.known_before_sale) for item in read] == [(False, False), (True, True)]


def test_other_fields_of_a_lead_and_the_status_of_other_records_are_attributes(tmp_path: Path) -> None:
    fields = ("salesforce.lead.LeadSource", "salesforce.lead.Status_Quo__c", "salesforce.account.Status")
    for field in fields:
        settings = load(tmp_path, f"attributes: {{x: {{type: categorical, field: {field}}}}}")
        assert settings.attributes["x"].fields == (field,)
    load(tmp_path, "attributes: {x: {type: categorical, field: salesforce.lead.Status, enabled: false}}")


def test_a_name_that_is_no_plain_word_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="lower-case letters, digits and _"):
        load(tmp_path, 'icps: {"x\'; drop table": {}}')


def test_a_field_splits_into_file_kind_and_the_column_as_exported() -> None:
    assert field_parts("salesforce.account.Has_RevOps__c", {}) == ("salesforce_account", "Has_RevOps__c")
    assert field_parts("hubspot.company.Number of Seats", {}) == ("hubspot_company", "Number of Seats")
    assert field_parts("zoho.Rating (v1.2)", {"zoho": None}) == ("zoho", "Rating (v1.2)")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("exports: {salesforce: {labels: {tier_1: A, tier_2: a}}}", "tier_2 and tier_1 are both 'a'"),
        ("exports: {salesforce: {labels: {tier_1: '=A1'}}}", "exports.salesforce.labels.tier_1"),
        ("exports: {hubspot: {values: {tier_1: a}}}", "hs_ideal_customer_profile takes tier_1, tier_2 and tier_3 only"),
        ("exports: {hubspot: {tier: icp_tier, values: {in_icp: x, unscored: X}}}", "in_icp and unscored are both 'x'"),
    ],
)
def test_values_of_picklists_that_cannot_be_used(text: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "icp.yaml").write_text(text + "\n", encoding="utf-8")
    with pytest.raises(SettingsError, match=re.escape(said)):
        load_settings(tmp_path)


def test_values_of_picklists_reach_the_exports(tmp_path: Path) -> None:
    salesforce, hubspot = "{labels: {tier_1: A-list}}", "{tier: icp_tier, values: {tier_1: a, in_icp: inside}}"
    text = f"exports: {{salesforce: {salesforce}, hubspot: {hubspot}}}\n"
    (tmp_path / "icp.yaml").write_text(text, encoding="utf-8")
    fields = load_settings(tmp_path).crm_fields
    assert (fields.salesforce.labels.tier_1, fields.salesforce.labels.not_icp) == ("A-list", "Not ICP")
    values = fields.hubspot.values.model_dump()
    assert [values[code] for code in ("tier_1", "in_icp", "not_icp")] == ["a", "inside", "not_icp"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("owner: a\nowner: b\n", "icp.yaml:2: owner: stands here a second time, after line 1"),
        (
            "attributes:\n  a: {field: salesforce.account.A, type: boolean}\nowner: me\n"
            "attributes:\n  b: {field: salesforce.account.B, type: boolean}\n",
            "icp.yaml:4: attributes: stands here a second time, after line 1",
        ),
        (
            "outcomes:\n  metrics:\n    nps: {weight: 1}\n    nps: {weight: 2}\n",
            "icp.yaml:4: outcomes.metrics.nps: stands",
        ),
    ],
)
def test_a_key_that_stands_twice_is_an_error(text: str, said: str, tmp_path: Path) -> None:
    """YAML would silently take the last one."""
    with pytest.raises(SettingsError, match=re.escape(said)):
        load(tmp_path, text)


@pytest.mark.parametrize("cron", ["0 3 * * *", "*/15 2-4 1,15 jan-mar mon", "59 23 31 12 7", "0 4 1 1,4,7,10 *"])
def test_a_cron_schedule_is_taken(cron: str, tmp_path: Path) -> None:
    assert load(tmp_path, f"schedule: {{refresh: '{cron}'}}\n").schedule.refresh == cron


@pytest.mark.parametrize(
    "cron", ["61 3 * * *", "0 24 * * *", "0 3 * *", "0 3 * * * *", "0 3 0 * *", "5-1 3 * * *", "*/0 3 * * *", "daily"]
)
def test_what_is_no_cron_schedule_stops_before_dagster_would_not_start(cron: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"icp\.yaml:1: schedule\.refresh: .* is not a cron schedule"):
        load(tmp_path, f"schedule: {{refresh: '{cron}'}}\n")


def test_a_field_that_no_crm_can_have_is_refused_before_a_run(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"icp\.yaml:1: exports\.salesforce\.tier: "):
        load(tmp_path, "exports: {salesforce: {tier: 'bad name'}}\n")
