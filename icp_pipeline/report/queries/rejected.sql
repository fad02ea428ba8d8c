select path, column_name, reason, scope, count(*) as rejected
from quality.rejected_rows
group by path, column_name, reason, scope
order by rejected desc, path, reason, column_name
limit 8
