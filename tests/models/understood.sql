---- a CTE named like the table it reads
-- reads: core.orders
-- a: not_null
-- One row.
with
orders as (
    select orders.a from core.orders
)

select
    -- A. #not_null
    orders.a
from orders
---- a subquery, a semi join and an exists
-- reads: core.fourth core.one core.second core.third
-- a:
-- One row.
select
    -- A.
    one.a
from core.one
semi join core.second on one.a = second.a
where one.b in (select third.b from core.third) and exists (select 1 from core.fourth where fourth.a = one.a)
---- a union, commented in its first branch
-- reads: core.one core.second
-- a: unique_with[b]
-- b: between[0,1]!warn
-- One row.
select
    -- A. #unique_with[b]
    one.a,
    -- B.
    -- In two lines. #between[0,1]!warn
    one.b
from core.one
union all
select
    second.a,
    second.b
from core.second
---- commas inside calls, cases and windows
-- reads: core.one lake.file
-- a: not_null accepted[x,y z]
-- b:
-- c: finite
-- One row.
with
ranked as (
    select
        -- an ordinary remark, with N/A #1 and a #N/A
        coalesce(one.a, 'x') as a,
        row_number() over (partition by one.a, one.b order by one.c desc, one.a) as place
    from core.one
)

select distinct
    -- A. #not_null #accepted[x, y z]
    case when ranked.a in ('x', 'y') then 'x' else coalesce(ranked.a, 'y') end as a,
    -- B.
    sum(ranked.place) over (partition by ranked.a order by ranked.place, ranked.a) as b,
    -- C. #finite
    (select max(file.rows_read) from lake.file) as c
from ranked
order by 1, 2
---- no FROM
-- reads:
-- a: references[core.one.a] same_count_as[core.one]
-- One row.
select
    -- A. #references[core.one.a] #same_count_as[core.one]
    1 as a
---- a filtered count
-- reads: core.one
-- a: not_null
-- b: not_null
-- One row.
select
    -- A. #not_null
    count(*) filter (where one.a > 1) as a,
    -- B. #not_null
    one.b
from core.one
group by one.b
---- a comparison that has a FROM of its own
-- reads: core.one
-- a:
-- b: not_null
-- One row.
select
    -- A.
    one.a is distinct from one.b as a,
    -- B. #not_null
    one.b
from core.one
