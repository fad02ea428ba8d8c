-- What the website shows to each account, one row per account and slot of content.yaml; no row without that file.
select
    -- Account. #not_null #unique_with[slot] #references[core.accounts.account_id]
    matches.account_id,
    -- Place on a page. #not_null
    matches.slot,
    -- What is shown. #not_null
    matches.variant,
    -- Why, in words: the attribute and the segment, or what else decided. #not_null
    case matches.kind
        when 'segment' then matches.attribute || ' ' || matches.segment
        when 'self_serve' then 'content_path self_serve'
        else 'default'
    end as because,
    -- What decided: a segment, the way of companies that the product is not for, the holdout, or the default. #not_null
    -- #accepted[holdout,self_serve,segment,default]
    matches.kind,
    -- What the slot goes by. #not_null
    matches.attribute,
    -- Segment that decided; NULL where none did.
    matches.segment
from activation.website_matches as matches
