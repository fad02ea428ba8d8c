select audience, icp_id, accounts, kept_out, added_now, removed_now, added_30_days, removed_30_days
from activation.audience_sizes
order by audience_order
