-- One row per account: its ultimate parent, by the parents that CRMs name and by domains that accounts share. Accounts under
-- one parent are one buyer, and count as one observation of how customers turn out and of who buys.
with
trees as (
    select
        accounts.account_id,
        coalesce(tops.top_id, accounts.account_id) as tree_id,
        tops.top_id is not null as has_relatives
    from core.account_roots as accounts
    left join core.parent_tops as tops on accounts.account_id = tops.account_id
),

-- A partner's domain is also on records of its customers.
partners as (
    select distinct types.account_id
    from core.account_types as types
    inner join settings.type_words
        on type_words.role = 'partner'
        and types.field = type_words.field
        and types.words like '% ' || type_words.word || ' %'
),

partner_domains as (
    select domains.domain
    from core.account_domains as domains
    inner join partners on domains.account_id = partners.account_id
    union
    select domain from settings.unlinked_domains
),

-- The CRMs' own domains only; enrichment's aliases are often those of a product.
crm_domains as (
    select domains.account_id, domains.domain
    from core.account_domains as domains
    left join partner_domains on domains.domain = partner_domains.domain
    where domains.priority <= 2 and partner_domains.domain is null
),

shared_domains as (
    select domain
    from crm_domains
    group by domain
    having count(*) > 1
),

-- Trees named by CRMs come first, then the lowest id: the parent of all accounts with the domain.
tree_ranks as (
    select
        tree_id,
        max(case when has_relatives then '0' else '1' end) || tree_id as tree_rank
    from trees
    group by tree_id
),

tree_domains as (
    select distinct trees.tree_id, tree_ranks.tree_rank, crm_domains.domain
    from crm_domains
    inner join shared_domains on crm_domains.domain = shared_domains.domain
    inner join trees on crm_domains.account_id = trees.account_id
    inner join tree_ranks on trees.tree_id = tree_ranks.tree_id
),

-- Three steps from domain to domain.
first_domains as (
    select domain, min(tree_rank) as tree_rank
    from tree_domains
    group by domain
),

first_trees as (
    select tree_domains.tree_id, min(first_domains.tree_rank) as tree_rank
    from tree_domains
    inner join first_domains on tree_domains.domain = first_domains.domain
    group by tree_domains.tree_id
),

second_domains as (
    select tree_domains.domain, min(first_trees.tree_rank) as tree_rank
    from tree_domains
    inner join first_trees on tree_domains.tree_id = first_trees.tree_id
    group by tree_domains.domain
),

second_trees as (
    select tree_domains.tree_id, min(second_domains.tree_rank) as tree_rank
    from tree_domains
    inner join second_domains on tree_domains.domain = second_domains.domain
    group by tree_domains.tree_id
),

third_domains as (
    select tree_domains.domain, min(second_trees.tree_rank) as tree_rank
    from tree_domains
    inner join second_trees on tree_domains.tree_id = second_trees.tree_id
    group by tree_domains.domain
),

third_trees as (
    select tree_domains.tree_id, min(third_domains.tree_rank) as tree_rank
    from tree_domains
    inner join third_domains on tree_domains.domain = third_domains.domain
    group by tree_domains.tree_id
),

linked as (
    select
        trees.account_id,
        trees.has_relatives,
        third_trees.tree_id is not null as shares_a_domain,
        coalesce(substring(third_trees.tree_rank, 2), trees.tree_id) as ultimate_parent_id
    from trees
    left join third_trees on trees.tree_id = third_trees.tree_id
)

select
    -- #not_null #unique #same_count_as[core.account_roots]
    linked.account_id,
    -- Topmost parent: the account itself where it has none, or the id of an account that is in no file. #not_null
    linked.ultimate_parent_id,
    -- What the link is based on: a parent that a CRM names, a domain that accounts share, or none. #not_null
    -- #accepted[parent,shared_domain,none]
    case when linked.has_relatives then 'parent' when linked.shares_a_domain then 'shared_domain' else 'none' end
        as linked_by,
    -- Accounts that have this ultimate parent, this one included. #not_null
    count(*) over (partition by linked.ultimate_parent_id) as accounts
from linked
