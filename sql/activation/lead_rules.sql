-- One row per lead that matches a routing rule of icp.yaml: the first such rule.
with
column_values as (
    select lead_id, 'tier' as column_name, tier as text_value from activation.lead_tiers
    union all
    select lead_id, 'grade' as column_name, grade as text_value from activation.lead_tiers
    union all
    select lead_id, 'relationship' as column_name, relationship as text_value from activation.lead_tiers
    union all
    select lead_id, 'seniority' as column_name, seniority as text_value from activation.lead_tiers
    union all
    select lead_id, 'country' as column_name, country as text_value from activation.lead_tiers
    union all
    select lead_id, 'form' as column_name, form as text_value from activation.lead_tiers
),

-- Any of several values may match a term; a negated one matches if none does. Unknown values match only `is null`.
judged_terms as (
    select
        terms.position,
        terms.clause,
        terms.term,
        terms.operator,
        terms.is_negated,
        column_values.lead_id,
        max(case when column_values.text_value is null then 0 else 1 end) as is_known,
        max(
            case
                when terms.letter_case = 'lower' and lower(column_values.text_value) = terms.text_value then 1
                when terms.letter_case = 'upper' and upper(column_values.text_value) = terms.text_value then 1
                when terms.letter_case is null and column_values.text_value = terms.text_value then 1
                else 0
            end
        ) as is_matched
    from settings.routing_terms as terms
    inner join column_values on terms.column_name = column_values.column_name
    group by terms.position, terms.clause, terms.term, terms.operator, terms.is_negated, column_values.lead_id
),

met_clauses as (
    select position, clause, lead_id
    from judged_terms
    group by position, clause, lead_id
    having
        min(
            case
                when operator = 'is_null' and is_known = case when is_negated then 1 else 0 end then 1
                when operator <> 'is_null' and is_known = 1 and is_matched = case when is_negated then 0 else 1 end then 1
                else 0
            end
        ) = 1
),

first_rules as (
    select lead_id, min(position) as position
    from met_clauses
    group by lead_id
)

select
    -- #not_null #unique
    first_rules.lead_id,
    -- Position of the rule in icp.yaml. #not_null
    first_rules.position,
    -- Its name. #not_null
    rules.name as rule,
    -- Where its leads go. #not_null
    rules.route,
    -- Hours within which somebody should answer; NULL for no deadline.
    rules.due_hours
from first_rules
inner join settings.routing_rules as rules on first_rules.position = rules.position
