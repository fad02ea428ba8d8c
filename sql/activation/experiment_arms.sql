-- One row per experiment of content.yaml and account: its arm. That is the first arm it was ever given, else by a hash:
-- the first six hex digits of the MD5 of the experiment's name and the account's id, as a number below 16,777,216;
-- below the holdout's share of that the account is held out.
with
first_arms as (
    select
        assignments.experiment,
        accounts.now_account_id as account_id,
        assignments.arm,
        assignments.assigned_on,
        row_number() over (
            partition by assignments.experiment, accounts.now_account_id
            order by
                assignments.assigned_on asc,
                coalesce(runs.sequence, 0) asc,
                assignments.run_id asc,
                assignments.account_id asc
        ) as place
    from history.experiment_assignments as assignments
    inner join activation.experiment_accounts as accounts on assignments.account_id = accounts.account_id
    left join history.runs as runs on assignments.run_id = runs.run_id
),

-- An experiment keeps its initial share: with two shares, no imbalance of its arms could be detected.
known_shares as (
    select experiment, min(holdout) as holdout
    from history.experiment_assignments
    group by experiment
),

drawn as (
    select
        experiments.experiment,
        accounts.account_id,
        coalesce(known_shares.holdout, experiments.holdout) as holdout,
        md5(experiments.experiment || ':' || accounts.account_id) as digest
    from settings.experiments as experiments
    cross join core.accounts as accounts
    cross join settings.run as run
    left join known_shares on experiments.experiment = known_shares.experiment
    where experiments.starts_on <= run.as_of
),

numbers as (
    select
        experiment,
        account_id,
        holdout,
        (
            (strpos('0123456789abcdef', substr(digest, 1, 1)) - 1) * 1048576
            + (strpos('0123456789abcdef', substr(digest, 2, 1)) - 1) * 65536
            + (strpos('0123456789abcdef', substr(digest, 3, 1)) - 1) * 4096
            + (strpos('0123456789abcdef', substr(digest, 4, 1)) - 1) * 256
            + (strpos('0123456789abcdef', substr(digest, 5, 1)) - 1) * 16
            + (strpos('0123456789abcdef', substr(digest, 6, 1)) - 1)
        ) as number
    from drawn
)

select
    -- Experiment of content.yaml. #not_null
    numbers.experiment,
    -- #not_null #unique_with[experiment] #references[core.accounts.account_id]
    numbers.account_id,
    -- personalised: the website shows it the variants for its traits. holdout: it sees the defaults. #not_null
    -- #accepted[personalised,holdout]
    coalesce(
        first_arms.arm,
        case when numbers.number < numbers.holdout * 16777216 then 'holdout' else 'personalised' end
    ) as arm,
    -- Day of the run that assigned it; only later days are compared. #not_null
    coalesce(first_arms.assigned_on, run.as_of) as assigned_on,
    -- Share of accounts in the holdout when the experiment began. #not_null #between[0,1]
    numbers.holdout,
    -- Whether this run assigned it. #not_null
    first_arms.account_id is null as is_new
from numbers
cross join settings.run as run
left join first_arms
    on numbers.experiment = first_arms.experiment
    and numbers.account_id = first_arms.account_id
    and first_arms.place = 1
