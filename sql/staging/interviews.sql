-- What people said in interviews, one row per statement. Statements are stored without the account: one about a
-- customer has no account_key, and the line of the whole interview.
select
    -- Day of the interview. #not_null
    try_cast(held_on as date) as held_on,
    -- Respondent's code, such as ae-3. #not_null
    respondent,
    -- Respondent's job title, in lower case.
    role,
    -- What the row is about. #not_null
    -- #accepted[best_customer,reason,clone,trigger,compared_with,almost_killed,decided,retention,language,claim,missing]
    topic,
    -- CRM id or domain as written, with best customers and triggers only.
    account_key,
    -- Registrable domain, if the text is one.
    domain,
    -- Trait that a claim is about.
    attribute,
    -- Value of the trait that a claim is about.
    segment,
    -- Whether customers with the trait are better or worse. #accepted[better,worse]
    says,
    -- What was said, without addresses, numbers and names.
    item,
    -- What a phrase is about (pain, outcome, channel); the section in which a reason was given.
    about,
    -- Whether customers with this signal expand; false: they leave.
    try_cast(expands as boolean) as expands,
    -- Whether the respondent says that no data record the trait. #not_null
    coalesce(try_cast(is_not_recorded as boolean), false) as is_not_recorded,
    -- #not_null
    source_path,
    -- Line of the row in that file; of a text about a customer, that of the interview. #not_null
    source_line
from lake.interview
where not coalesce(try_cast(is_deleted as boolean), false)
