-- Which accounts meet the filter of an ICP or audience. A filter is a list of terms; an account is a member if it meets
-- all terms of one clause. An unknown value meets no term but `is_null`.
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

-- A level matches both as the source spells it and as icp.yaml groups it.
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
        filters.*,
        known_values.account_id,
        known_values.number_value as known_number,
        case filters.letter_case
            when 'lower' then lower(known_values.text_value)
            when 'upper' then upper(known_values.text_value)
            else known_values.text_value
        end as known_text
    from settings.filters as filters
    inner join known_values on filters.column_name = known_values.column_name
),

-- If an account has several values, any of them can meet a term; a negated term is met if none does.
checked_terms as (
    select
        section,
        name,
        clause,
        clause_terms,
        term,
        is_negated,
        account_id,
        max(
            case
                when operator = '=' and (known_text = text_value or known_number = number_value) then 1
                when operator = '<' and (known_text < text_value or known_number < number_value) then 1
                when operator = '<=' and (known_text <= text_value or known_number <= number_value) then 1
                when operator = '>' and (known_text > text_value or known_number > number_value) then 1
                when operator = '>=' and (known_text >= text_value or known_number >= number_value) then 1
                when operator = 'like' and known_text like text_value then 1
                else 0
            end
        ) as is_matched
    from compared
    group by section, name, clause, clause_terms, term, is_negated, account_id
),

met_terms as (
    select section, name, clause, clause_terms, account_id
    from checked_terms
    where is_matched = case when is_negated then 0 else 1 end
    union all
    select filters.section, filters.name, filters.clause, filters.clause_terms, accounts.account_id
    from settings.filters as filters
    cross join core.accounts as accounts
    left join known_values
        on accounts.account_id = known_values.account_id and filters.column_name = known_values.column_name
    where filters.operator = 'is_null' and not filters.is_negated and known_values.account_id is null
),

met_clauses as (
    select section, name, account_id
    from met_terms
    group by section, name, clause, clause_terms, account_id
    having count(*) = clause_terms
)

select distinct
    -- Section of icp.yaml that the filter is in. #not_null #accepted[icps,audiences]
    section,
    -- ICP or audience that has the filter. #not_null
    name,
    -- Account that meets it. #not_null #unique_with[section,name] #references[core.accounts.account_id]
    account_id
from met_clauses
