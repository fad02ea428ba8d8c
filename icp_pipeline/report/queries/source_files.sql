select source, table_name, status, reason, count(*) as files, min(path) as first_path,
    cast(sum(rows_read) as bigint) as rows_read, cast(sum(rows_loaded) as bigint) as rows_loaded,
    cast(sum(rows_rejected) as bigint) as rows_rejected
from quality.source_files
group by source, table_name, status, reason
