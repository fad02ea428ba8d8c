-- Values of the attributes that icp.yaml takes from fields, by account and typed: from the first record that has one. A
-- spelling of "unknown" in one record leaves it to the next. Dates become years; a list has one row per value.
with
typed as (
    select
        field_values.account_id,
        field_values.attribute,
        attributes.type,
        -- A date becomes its year only after the comparison with spellings that mean "unknown".
        case
            when attributes.type = 'date' then substr(field_values.value, 1, 10)
            when attributes.type <> 'numeric' then trim(field_values.value)
        end as text_value,
        case
            when attributes.type = 'numeric' and abs(try_cast(field_values.value as double)) < 1e300
                then try_cast(field_values.value as double)
        end as amount,
        field_values.known_at,
        field_values.record_rank
    from core.account_field_values as field_values
    inner join settings.attributes
        on field_values.attribute = attributes.attribute
        and attributes.is_custom
),

ranked as (
    select
        typed.*,
        min(typed.record_rank) over (partition by typed.account_id, typed.attribute) as first_record_rank,
        row_number() over (
            partition by typed.account_id, typed.attribute
            order by
                typed.record_rank asc,
                typed.text_value asc nulls last,
                typed.amount asc nulls last,
                typed.known_at asc nulls last
        ) as value_rank
    from typed
    left join settings.unknown_values
        on typed.attribute = unknown_values.attribute
        and (lower(typed.text_value) = unknown_values.spelling or typed.amount = unknown_values.amount)
    where unknown_values.attribute is null
)

select
    -- #not_null
    account_id,
    -- #not_null
    attribute,
    -- Text, `true` or `false`, or a date's year; NULL for a number.
    case when type = 'date' then substr(text_value, 1, 4) else text_value end as level,
    -- Number of a numeric attribute. #finite
    amount,
    -- When the value was recorded; NULL for an undated snapshot.
    known_at
from ranked
where record_rank = first_record_rank and (type = 'multi' or value_rank = 1)
