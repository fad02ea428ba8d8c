select count(*) as accounts from core.accounts
