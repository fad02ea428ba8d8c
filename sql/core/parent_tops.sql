-- One row per account, or missing account, that names a parent or is named as one: the top of its chain of parents.
-- Each step doubles the length of the chain followed (128 parents at most).
with
members as (
    select account_id from core.parent_links
    union
    select parent_id as account_id from core.parent_links
),

-- A circle has no top: its lowest id stands for it.
first_hops as (
    select
        members.account_id,
        coalesce(links.parent_id, members.account_id) as next_id,
        least(members.account_id, coalesce(links.parent_id, members.account_id)) as lowest_id
    from members
    left join core.parent_links as links on members.account_id = links.account_id
),

second_hops as (
    select hops.account_id, onward.next_id, least(hops.lowest_id, onward.lowest_id) as lowest_id
    from first_hops as hops
    inner join first_hops as onward on hops.next_id = onward.account_id
),

fourth_hops as (
    select hops.account_id, onward.next_id, least(hops.lowest_id, onward.lowest_id) as lowest_id
    from second_hops as hops
    inner join second_hops as onward on hops.next_id = onward.account_id
),

eighth_hops as (
    select hops.account_id, onward.next_id, least(hops.lowest_id, onward.lowest_id) as lowest_id
    from fourth_hops as hops
    inner join fourth_hops as onward on hops.next_id = onward.account_id
),

sixteenth_hops as (
    select hops.account_id, onward.next_id, least(hops.lowest_id, onward.lowest_id) as lowest_id
    from eighth_hops as hops
    inner join eighth_hops as onward on hops.next_id = onward.account_id
),

thirty_second_hops as (
    select hops.account_id, onward.next_id, least(hops.lowest_id, onward.lowest_id) as lowest_id
    from sixteenth_hops as hops
    inner join sixteenth_hops as onward on hops.next_id = onward.account_id
),

sixty_fourth_hops as (
    select hops.account_id, onward.next_id, least(hops.lowest_id, onward.lowest_id) as lowest_id
    from thirty_second_hops as hops
    inner join thirty_second_hops as onward on hops.next_id = onward.account_id
),

last_hops as (
    select hops.account_id, onward.next_id, least(hops.lowest_id, onward.lowest_id) as lowest_id
    from sixty_fourth_hops as hops
    inner join sixty_fourth_hops as onward on hops.next_id = onward.account_id
)

select
    -- The account, or the id that it would have. #not_null #unique
    last_hops.account_id,
    -- Its topmost parent: itself at the top, and in a circle the lowest id. #not_null
    ends.lowest_id as top_id,
    -- Whether the trail runs in a circle, or is longer than 128. #not_null
    next_to_ends.next_id <> ends.account_id as is_circular
from last_hops
inner join last_hops as ends on last_hops.next_id = ends.account_id
inner join first_hops as next_to_ends on ends.account_id = next_to_ends.account_id
