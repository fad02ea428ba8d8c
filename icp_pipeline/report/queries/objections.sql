select icp_id, source, category, attribute, segment, deals, accounts, deals_in_segment, share, share_low, share_high
from voice.objections
order by icp_id, source, attribute, segment, deals desc, category
