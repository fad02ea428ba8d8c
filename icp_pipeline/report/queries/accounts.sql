select cast(rowid as integer) as account, account_id, name, domain, is_customer, relationship, industry, employees, country,
    salesforce_account_id, hubspot_company_id
from core.accounts
where account_id in (select account_id from shown)
