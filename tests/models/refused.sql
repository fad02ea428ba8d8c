---- two statements
-- expect: core/model.sql:1: holds 2 statements
-- One row.
select
    -- A.
    1 as a;
select 2 as b
---- not SQL
-- expect: core/model.sql:4: cannot be read as SQL
-- One row.
select
    -- A.
    1 as as as a
---- no columns
-- expect: core/model.sql:1: its final SELECT has no columns
-- One row.
select
---- nothing at all
-- expect: core/model.sql:1: holds no SELECT
-- One row.
---- an unterminated text
-- expect: core/model.sql:1: cannot be read as SQL
-- One row.
select
    -- A.
    'a as a
---- a table definition
-- expect: core/model.sql:1: is a CREATE
-- One row.
create table core.other as select 1 as a
---- an insert
-- expect: core/model.sql:1: is a INSERT
-- One row.
insert into core.other select 1 as a
---- a pivot statement
-- expect: core/model.sql:1: is a PIVOT
-- One row.
pivot core.other on a using sum(b)
---- a pivot inside
-- expect: uses PIVOT
-- One row.
select
    -- A.
    pivoted.a
from (pivot core.other on a using sum(b)) as pivoted
---- summarize
-- expect: a model is exactly one plain SELECT
-- One row.
summarize core.other
---- describe
-- expect: a model is exactly one plain SELECT
-- One row.
describe core.other
---- an attach
-- expect: a model is exactly one plain SELECT
attach 'other.duckdb'
---- a copy
-- expect: a model is exactly one plain SELECT
copy (select 1) to 'out.csv'
---- a file read
-- expect: core/model.sql:5: reads READ_CSV
-- One row.
select
    -- A.
    files.a
from read_csv('secret.csv') as files
---- a file read by its name
-- expect: write schema.table
-- One row.
select
    -- A.
    files.a
from 'secret.csv' as files
---- a table without schema
-- expect: core/model.sql:5: reads 'accounts': write schema.table
-- One row.
select
    -- A.
    accounts.a
from accounts
---- another database
-- expect: write schema.table
-- One row.
select
    -- A.
    accounts.a
from other.core.accounts
---- a star
-- expect: core/model.sql:4: its final SELECT has a star
-- One row.
select
    -- All.
    *
from core.other
---- a star of one table
-- expect: its final SELECT has a star
-- One row.
select
    -- All.
    other.*
from core.other
---- a column without name
-- expect: a column has no name: add `as ...` to other.a
-- One row.
select
    -- A.
    other.a + 1
from core.other
---- a column twice
-- expect: core/model.sql:6: column A is in the final SELECT twice
-- One row.
select
    -- A.
    other.a,
    -- A.
    other.b as A
from core.other
---- an unknown tag
-- expect: column a: #notnull is not a tag. Did you mean 'not_null'?
-- One row.
select
    -- A. #notnull
    other.a
from core.other
---- an unknown severity
-- expect: '!warning' after #not_null means nothing
-- One row.
select
    -- A. #not_null!warning
    other.a
from core.other
---- bounds the wrong way round
-- expect: #between[5,1]: its lower bound is above the upper one
-- One row.
select
    -- A. #between[5,1]
    other.a
from core.other
---- a bound that is no number
-- expect: #between[0,many]: needs two numbers
-- One row.
select
    -- A. #between[0,many]
    other.a
from core.other
---- a reference without column
-- expect: needs one column, such as [core.accounts.account_id]
-- One row.
select
    -- A. #references[core.accounts]
    other.a
from core.other
---- words after a tag
-- expect: 'and more words' comes after a tag
-- One row.
select
    -- A. #not_null and more words
    other.a
from core.other
---- a tag inside a CTE
-- expect: core/model.sql:6: a tag near this line stands above no column
-- One row.
with
picked as (
    select
        -- A. #not_null
        other.a
    from core.other
)

select
    -- A. #unique
    picked.a
from picked
---- a tag behind the comma
-- expect: a tag near this line stands above no column
-- One row.
select
    other.a, -- A. #not_null
    -- B.
    other.b
from core.other
---- a tag inside an expression
-- expect: a tag near this line stands above no column
-- One row.
select
    -- A.
    case
        -- #not_null
        when other.a > 1 then 1
    end as a
from core.other
---- a tag in the second branch of a union
-- expect: a tag near this line stands above no column
-- One row.
select
    -- A.
    other.a
from core.other
union all
select
    -- A. #not_null
    third.a
from core.third
---- brackets around everything
-- expect: core/model.sql:1: is a SUBQUERY
-- One row.
(select
    -- A.
    other.a
from core.other)
---- a column's tag in the first comment
-- expect: core/model.sql:1: the first comment may hold one tag, #by[column] or #compared_by[column]
-- One row. #not_null
select
    -- A.
    other.a
from core.other
---- a table's tag at a column
-- expect: core/model.sql:4: column a: #by belongs in the file's first comment
-- One row.
select
    -- A. #by[a]
    other.a
from core.other
---- by two columns
-- expect: core/model.sql:1: the first comment: #by[a,b]: needs one column
-- One row. #by[a,b]
select
    -- A.
    other.a
from core.other
