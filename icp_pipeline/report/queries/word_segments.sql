select icp_id, source, phrase, attribute, segment, accounts, n, share from voice.phrase_segments
order by icp_id, source, phrase, attribute, share desc, segment
