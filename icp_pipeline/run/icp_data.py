"""What learning reads from a run, for each ICP: the frames of its own accounts, fetched once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import pandas as pd

from icp_pipeline.learning.contract import LearnedIcp, LearnSettings
from icp_pipeline.names import literal
from icp_pipeline.rebuild.content import NEW_IN_EACH_RUN
from icp_pipeline.run.tier_rule import SqlTierRule

if TYPE_CHECKING:
    from icp_pipeline.run.session import Run

_ATTRIBUTES = """
select account_id, dimension, attribute, level, known_at from core.account_attributes
where attribute not in (select attribute from segments.attribute_leaks where verdict = 'block')
"""

_DEFINITIONS = """
select attribute, segment, level, is_complement from segments.segment_definitions where icp_id = {icp_id}
"""

_LIFT = "select * from segments.icp_segment_lift where icp_id = {icp_id}"

_ORGANIZATIONAL = "select attribute from settings.attributes where dimension = 'organizational' order by attribute"

# Attributes added in icp.yaml may be any field; a predefined one is a fact about the company, however strong it is.
_DOUBTFUL = """
select leaks.attribute
from segments.attribute_leaks as leaks
inner join settings.attributes as attributes on leaks.attribute = attributes.attribute
where leaks.verdict = 'warn' and attributes.is_custom
order by leaks.attribute
"""

# Changes with the observed accounts, their outcomes and known attributes, or the settings; not with the run.
_LEARNED_FROM = f"""
with
observed as (
    select seen.account_id, seen.outcome, seen.observation_id, seen.is_won, seen.is_best, seen.is_worst, seen.cluster_id
    from outcomes.observations as seen
    inner join core.icp_members as members on seen.account_id = members.account_id
    where members.icp_id = {{icp_id}}
    union all
    select proxies.account_id, 'proxy', proxies.observation_id, null, proxies.is_best, proxies.is_worst,
        proxies.cluster_id
    from outcomes.proxy_observations as proxies
    inner join core.icp_members as members on proxies.account_id = members.account_id
    where members.icp_id = {{icp_id}}
),
parts as (
    select 1 as part, hash(observed) as piece from observed
    union all
    select 2, hash(known.account_id, known.attribute, known.level) from core.account_attributes as known
    where known.account_id in (select account_id from observed)
    union all
    select 3, hash(knobs) from (select * exclude (as_of, {", ".join(NEW_IN_EACH_RUN)}) from settings.run) as knobs
    union all
    select 4, hash(basis.basis) from segments.learning_basis as basis where basis.icp_id = {{icp_id}}
    union all
    select 5, hash(leaks.attribute, leaks.verdict) from segments.attribute_leaks as leaks where leaks.verdict <> 'ok'
)
select part, piece from parts
"""


# Accounts of one parent are one customer.
_BASIS = """
select basis.*, run.outcome_basis, (
    select count(distinct coalesce(parents.ultimate_parent_id, customers.account_id))
    from core.customers as customers
    inner join core.icp_members as members on customers.account_id = members.account_id
    left join core.account_parents as parents on customers.account_id = parents.account_id and parents.accounts > 1
    where members.icp_id = basis.icp_id
) as customers
from segments.learning_basis as basis cross join settings.run as run
where basis.icp_id = {icp_id}
"""

_MARKET = """
select relationships.account_id, coalesce(parents.ultimate_parent_id, relationships.account_id) as parent_id
from core.account_relationships as relationships
left join core.account_parents as parents on relationships.account_id = parents.account_id
where relationships.is_in_market
"""

_MEASURED = """
select metric, customers, weight_share from segments.measured_metrics where icp_id = {icp_id}
order by weight_share desc, metric
"""


@dataclass(frozen=True)
class Basis:
    """What an ICP is learned from.

    `may_be_proxy`: whether proxies may stand in: there are too few outcomes and too few wins, icp.yaml does not choose,
    and there are few customers. With many customers, proxies would count all of them as good.
    """

    name: str
    measured_by: str | None
    may_be_proxy: bool


def measured_by(basis: pd.Series, metrics: pd.DataFrame) -> str | None:
    """What success means, in words: the known outcome metrics, heaviest first, or that deals were won."""
    if basis["basis"] == "wins":
        return f"deals won: {basis['won_deals']:,} of {basis['closed_deals']:,} closed ones of new business"
    if basis["basis"] != "outcomes":
        return None
    return ", ".join(
        f"{row.metric} {row.weight_share:.0%} (known of {row.customers:,})" for row in metrics.itertuples(index=False)
    )


@dataclass(frozen=True)
class IcpFrames:
    """The inputs of `learn_icp` for one ICP; `segment_lift` is None if SQL has none for these accounts alone."""

    observations: pd.DataFrame
    attributes: pd.DataFrame
    definitions: pd.DataFrame
    segment_lift: pd.DataFrame | None
    market: pd.DataFrame
    triggers: pd.DataFrame
    trigger_strengths: pd.DataFrame
    proxies: pd.DataFrame


class IcpData:
    """All ICPs' inputs; what they share is read from the work file only once, and only when needed."""

    def __init__(self, run: Run) -> None:
        self._run = run

    @cached_property
    def _settings_run(self) -> pd.DataFrame:
        return self._run.frame("select * from settings.run")

    @cached_property
    def settings(self) -> LearnSettings:
        """Parameters of the method in this run."""
        row = self._settings_run.iloc[0]
        named = {
            name: tuple(self._run.frame(query)["attribute"])
            for name, query in (("organizational", _ORGANIZATIONAL), ("doubtful", _DOUBTFUL))
        }
        return LearnSettings.from_row({**{str(key): value for key, value in row.items()}, **named})

    def basis(self, icp_id: str) -> Basis:
        """What an ICP is learned from, and what success means there."""
        row = self._run.frame(_BASIS.format(icp_id=literal(icp_id))).iloc[0]
        known = self._run.frame(_MEASURED.format(icp_id=literal(icp_id)))
        is_left_open = row["basis"] == "none" and row["outcome_basis"] == "auto"
        few = row["customers"] < self.settings.min_customers
        return Basis(str(row["basis"]), measured_by(row, known), bool(is_left_open and few))

    @cached_property
    def icps(self) -> dict[str, str | None]:
        """ICPs of the settings and their filters; `primary` first, because its tags are in the CRM files."""
        rows = self._run.frame("select icp_id, filter_sql from settings.icps order by icp_id <> 'primary', icp_id")
        return {
            str(icp_id): where if isinstance(where, str) else None
            for icp_id, where in rows.itertuples(index=False, name=None)
        }

    def frames(self, icp_id: str) -> IcpFrames:
        """What one ICP learns from: everything, or its members' part if it has a filter."""
        return self._everything if self.icps[icp_id] is None else self._members_only(icp_id)

    def fingerprint(self, icp_id: str) -> str:
        """Fingerprint of what this ICP would learn from: equal while there is nothing new."""
        return self._run.content(_LEARNED_FROM.format(icp_id=literal(icp_id)))

    def learn(self, icp_id: str, *, compare: bool) -> LearnedIcp:
        """Learn one ICP from its own accounts."""
        from icp_pipeline.learning.learn import learn_icp

        data, basis = self.frames(icp_id), self.basis(icp_id)
        return learn_icp(
            data.observations,
            data.attributes,
            data.definitions,
            data.segment_lift,
            market=data.market["account_id"],
            market_parents=data.market["parent_id"],
            triggers=data.triggers,
            trigger_strengths=data.trigger_strengths,
            proxies=data.proxies if basis.may_be_proxy else None,
            tier_rule=SqlTierRule.of(self._run.graph, self._settings_run),
            settings=replace(self.settings, basis=basis.name),
            compare=compare,
        )

    @cached_property
    def _everything(self) -> IcpFrames:
        read, large = self._run.frame, self._run.large_frame
        return IcpFrames(
            read("select * from outcomes.observations"),
            self._run.coded_frame(_ATTRIBUTES),
            self._definitions(self._company) if self._company else pd.DataFrame(),
            read(_LIFT.format(icp_id=literal(self._company))) if self._company else None,
            large(_MARKET),
            large("select * from core.account_triggers"),
            read("select * from settings.trigger_strengths"),
            read("select * from outcomes.proxy_observations"),
        )

    @cached_property
    def _company(self) -> str | None:
        """An ICP without a filter, whose rows are the whole company's; None if even `primary` has one."""
        return next((icp_id for icp_id, where in self.icps.items() if where is None), None)

    def _definitions(self, icp_id: str) -> pd.DataFrame:
        return self._run.frame(_DEFINITIONS.format(icp_id=literal(icp_id)))

    @cached_property
    def _members(self) -> pd.DataFrame:
        return self._run.large_frame("select icp_id, account_id from core.icp_members")

    def _members_only(self, icp_id: str) -> IcpFrames:
        """The members' part; learning computes their lift, because SQL does not have it for these accounts alone."""
        from icp_pipeline.learning.members import definitions_of, observations_of
        from icp_pipeline.learning.observed import n_ranked

        data = self._everything
        members = self._members.loc[self._members["icp_id"] == icp_id, "account_id"]
        mine = set(members)
        observations = observations_of(members, data.observations, self.settings)
        attributes = data.attributes[data.attributes["account_id"].isin(mine)]
        observed = attributes[attributes["account_id"].isin(set(observations["account_id"]))]
        definitions = data.definitions if self._company else self._definitions(icp_id)
        return replace(
            data,
            observations=observations,
            attributes=attributes,
            definitions=definitions_of(observed, definitions, n_ranked(observations), self.settings.range_min_n),
            segment_lift=None,
            market=data.market[data.market["account_id"].isin(mine)],
            triggers=data.triggers[data.triggers["account_id"].isin(mine)],
            proxies=data.proxies[data.proxies["account_id"].isin(mine)],
        )
