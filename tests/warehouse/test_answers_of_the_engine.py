"""Queries that the locked DuckDB version answers wrongly by default, and correctly as we open it."""

from __future__ import annotations

from icp_pipeline import duck


def test_rows_without_a_partner_are_counted_where_nobody_has_one() -> None:
    with duck.connect() as connection:
        connection.execute("create table accounts (segment varchar, parent varchar)")
        connection.execute("insert into accounts values ('Shipping', 'p1'), ('Shipping', null), ('Banking', 'p2')")
        connection.execute("create table parents (parent varchar, members bigint)")
        assert connection.execute(_ALONE).fetchall() == [("Banking", 1), ("Shipping", 2)]


_ALONE = """
select accounts.segment, sum(case when parents.parent is null then 1 else 0 end) as alone
from accounts
left join parents on accounts.parent = parents.parent and parents.members > 1
group by accounts.segment
having sum(case when parents.parent is null then 1 else 0 end) > 0
order by accounts.segment
"""
