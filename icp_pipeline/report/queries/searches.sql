select icp_id, tool, field, operator, filter_values, exactness, is_used, place, attribute, segment
from activation.prospecting_filters
order by icp_id, tool, place nulls last, operator, field, attribute, segment
