select icp_id, tool, precision, recall, accounts, targets, found, found_targets, filters_set, filters, found_by_all,
    found_targets_by_all
from activation.filter_quality
order by icp_id, tool
