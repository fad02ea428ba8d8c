-- What people said in interviews, one row per thing said. A text stands beside no account: what somebody says of a
-- customer has no account_key, and the line of the whole interview.
select
    -- Day of the interview. #not_null
    try_cast(held_on as date) as held_on,
    -- Who spoke, as a code. #not_null
    respondent,
    -- Job title of who spoke, in lower case.
    role,
    -- What the row is about. #not_null
    -- #accepted[best_customer,reason,clone,trigger,compared_with,almost_killed,decided,retention,language,claim,missing]
    topic,
    -- CRM id or domain as written, with best customers and triggers only.
    account_key,
    -- Registrable domain, when what was written is one.
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
    -- Whether customers of which this holds expand; false says that they leave.
    try_cast(expands as boolean) as expands,
    -- Whether who spoke says that no data record the trait. #not_null
    coalesce(try_cast(is_not_recorded as boolean), false) as is_not_recorded,
    -- Landed file this row came from. #not_null
    source_path,
    -- Line of the row in that file; of a text about a customer, that of the interview. #not_null
    source_line
from lake.interview
where not coalesce(try_cast(is_deleted as boolean), false)
