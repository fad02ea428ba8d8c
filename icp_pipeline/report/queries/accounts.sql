select shown.account, account_id, name, domain, is_customer, relationship, industry, employees, country,
    salesforce_account_id, hubspot_company_id
from shown
inner join core.accounts using (account_id)
order by shown.account
