-- Forms that visitors submitted, one row per line of a file; of several rows with one form id the first counts. About
-- the person only role, seniority and the domain of the address, which counts before the website that was typed in.
with
ranked as (
    select
        form.*,
        case when id is null then 1 else row_number() over (
            partition by coalesce(source_name, split_part(source_path, '/', 1)), id
            order by source_order asc nulls first, source_path asc nulls first, source_line asc nulls first
        ) end as arrival
    from lake.form
)

select
    -- Key under `sources:` in icp.yaml, else the landing folder. #not_null
    coalesce(source_name, split_part(source_path, '/', 1)) as source_name,
    -- The form's own id of what was sent, where it has one.
    id as form_id,
    -- When the form was submitted (UTC). #not_null
    try_cast(submitted_at as timestamp) as submitted_at,
    -- Registrable domain of the address, else of the website; NULL for free mail.
    coalesce(
        email_domain,
        -- Whoever writes from free mail may type any website.
        case when try_cast(is_free_mail as boolean) is null then domain end
    ) as domain,
    -- Whether the address is with a free mail provider; NULL without an address.
    try_cast(is_free_mail as boolean) as is_free_mail,
    -- Role from the job title.
    role,
    -- Seniority from the job title.
    seniority,
    -- Industry as entered by the visitor.
    trim(industry) as industry,
    -- Headcount as entered by the visitor.
    try_cast(round(try_cast(number_of_employees as decimal(18, 4))) as bigint) as employees,
    -- Country as entered by the visitor.
    trim(country) as country,
    -- ISO-2 country code if known.
    country_code,
    -- Name of the form.
    trim(form) as form,
    -- #not_null
    source_path,
    -- #not_null #unique_with[source_path]
    source_line
from ranked
where arrival = 1 and not coalesce(try_cast(is_deleted as boolean), false)
