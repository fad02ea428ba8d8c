select month, 'all' as attribute, 'all' as segment, cast(sum(visitors) as bigint) as visitors,
    cast(sum(conversions) as bigint) as conversions
from results.segment_conversion where event = 'any' group by month
union all
select month, 'tier' as attribute, tier as segment, cast(sum(visitors) as bigint) as visitors,
    cast(sum(conversions) as bigint) as conversions
from results.segment_conversion where event = 'any' group by month, tier
union all
select month, 'industry' as attribute, industry as segment, cast(sum(visitors) as bigint) as visitors,
    cast(sum(conversions) as bigint) as conversions
from results.segment_conversion where event = 'any' and industry is not null group by month, industry
