select icp_id, comparison, source, n_a, n_b, missing_a, missing_b from voice.phrase_sources
order by icp_id, comparison, source
