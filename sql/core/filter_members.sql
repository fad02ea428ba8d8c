-- Which accounts meet the filter of an ICP or audience. A filter arrives as rows of terms; an account is a member if it
-- meets all terms of one clause. An unknown value meets no term but `is_null`. Terms are counted by clause, then
-- clauses by filter.
with
filtered_columns as (
    select distinct column_name, is_account_column, is_attribute
    from settings.filters
),

column_values as (
    select
        accounts.account_id,
        filtered_columns.column_name,
        case filtered_columns.column_name
            when 'account_id' then accounts.account_id
            when 'name' then accounts.name
            when 'domain' then accounts.domain
            when 'salesforce_account_id' then accounts.salesforce_account_id
            when 'hubspot_company_id' then accounts.hubspot_company_id
            when 'source_system' then accounts.source_system
            when 'is_customer' then case when accounts.is_customer then 'true' else 'false' end
            when 'relationship' then accounts.relationship
            when 'customer_since' then cast(cast(accounts.customer_since as date) as varchar)
            when 'churned_at' then cast(cast(accounts.churned_at as date) as varchar)
            when 'industry' then accounts.industry
            when 'sub_industry' then accounts.sub_industry
            when 'country' then accounts.country
            when 'region' then accounts.region
            when 'growth_stage' then accounts.growth_stage
            when 'ownership' then accounts.ownership
            when 'business_model' then accounts.business_model
            when 'account_source' then accounts.account_source
            when 'created_at' then cast(cast(accounts.created_at as date) as varchar)
        end as text_value,
        case filtered_columns.column_name
            when 'employees' then cast(accounts.employees as double)
            when 'annual_revenue_usd' then cast(accounts.annual_revenue_usd as double)
            when 'founded_year' then cast(accounts.founded_year as double)
        end as number_value
    from core.accounts as accounts
    cross join filtered_columns
    where filtered_columns.is_account_column
),

-- A level counts as the source spells it and as the settings group it.
known_values as (
    select account_id, column_name, text_value, number_value
    from column_values
    where text_value is not null or number_value is not null
    union all
    select attribute_values.account_id, filtered_columns.column_name, attribute_values.level, attribute_values.amount
    from core.account_values as attribute_values
    inner join filtered_columns
        on attribute_values.attribute = filtered_columns.column_name and filtered_columns.is_attribute
    union all
    select attributes.account_id, filtered_columns.column_name, attributes.level, cast(null as double)
    from core.account_attributes as attributes
    inner join filtered_columns
        on attributes.attribute = filtered_columns.column_name and filtered_columns.is_attribute
),

compared as (
    select
        filters.section,
        filters.name,
        filters.clause,
        filters.term,
        filters.operator,
        filters.is_negated,
        filters.text_value as wanted_text,
        filters.number_value as wanted_number,
        known_values.account_id,
        known_values.number_value,
        case filters.letter_case
            when 'lower' then lower(known_values.text_value)
            when 'upper' then upper(known_values.text_value)
            else known_values.text_value
        end as text_value
    from settings.filters as filters
    inner join known_values on filters.column_name = known_values.column_name
),

-- Any of several values may meet a term; a negated one is met when none does.
judged_terms as (
    select
        section,
        name,
        clause,
        term,
        operator,
        is_negated,
        account_id,
        max(
            case
                when operator = '=' and (text_value = wanted_text or number_value = wanted_number) then 1
                when operator = '<' and (text_value < wanted_text or number_value < wanted_number) then 1
                when operator = '<=' and (text_value <= wanted_text or number_value <= wanted_number) then 1
                when operator = '>' and (text_value > wanted_text or number_value > wanted_number) then 1
                when operator = '>=' and (text_value >= wanted_text or number_value >= wanted_number) then 1
                when operator = 'like' and text_value like wanted_text then 1
                else 0
            end
        ) as is_matched
    from compared
    group by section, name, clause, term, operator, is_negated, account_id
),

terms as (
    select distinct section, name, clause, term, column_name, operator, is_negated
    from settings.filters
),

known_columns as (
    select distinct account_id, column_name
    from known_values
),

met_terms as (
    select section, name, clause, term, account_id
    from judged_terms
    where is_matched = case when is_negated then 0 else 1 end
    union all
    select terms.section, terms.name, terms.clause, terms.term, accounts.account_id
    from terms
    cross join core.accounts as accounts
    left join known_columns
        on accounts.account_id = known_columns.account_id and terms.column_name = known_columns.column_name
    where terms.operator = 'is_null' and not terms.is_negated and known_columns.account_id is null
),

clause_sizes as (
    select section, name, clause, count(*) as terms
    from terms
    group by section, name, clause
),

met_clauses as (
    select section, name, clause, account_id, count(*) as terms
    from met_terms
    group by section, name, clause, account_id
),

members as (
    select distinct met_clauses.section, met_clauses.name, met_clauses.account_id
    from met_clauses
    inner join clause_sizes
        on met_clauses.section = clause_sizes.section
        and met_clauses.name = clause_sizes.name
        and met_clauses.clause = clause_sizes.clause
        and met_clauses.terms = clause_sizes.terms
)

select
    -- Section of icp.yaml that the filter is in. #not_null #accepted[icps,audiences]
    members.section,
    -- ICP or audience that has the filter. #not_null
    members.name,
    -- Account that meets it. #not_null #unique_with[section,name] #references[core.accounts.account_id]
    members.account_id
from members
