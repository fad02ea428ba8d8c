select experiments.*, begun.began_on
from results.experiments as experiments
left join (
    select experiment, min(assigned_on) as began_on
    from (
        select experiment, assigned_on from history.experiment_assignments
        union all
        select experiment, assigned_on from activation.experiment_arms
    ) as assigned
    group by experiment
) as begun on experiments.experiment = begun.experiment
order by experiments.experiment, experiments.attribute, experiments.segment, experiments.event
