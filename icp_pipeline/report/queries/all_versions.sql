select icp_id, icp_version, status, as_of, learned_at, promoted_at, n_customers, signal_z, has_signal, cause
from history.icp_versions
