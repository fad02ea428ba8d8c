-- NPS answers of known accounts up to the as-of date. Surveys on other scales are left out.
select
    -- Answer: source folder and id. #not_null #unique
    survey_responses.response_id,
    -- #not_null #references[core.account_records.account_id]
    coalesce(by_key.account_id, by_domain.account_id) as account_id,
    -- How likely to recommend, 0-10. #not_null #between[0,10]
    survey_responses.score,
    -- When it was answered (UTC); NULL if the file does not say.
    survey_responses.responded_at
from staging.survey_responses
cross join settings.run
left join core.account_references as by_key on survey_responses.account_key = by_key.reference
left join core.account_references as by_domain on survey_responses.domain = by_domain.reference
where
    coalesce(survey_responses.survey_type, 'nps') = 'nps'
    and survey_responses.score between 0 and 10
    and coalesce(cast(survey_responses.responded_at as date) <= run.as_of, true)
    and coalesce(by_key.account_id, by_domain.account_id) is not null
