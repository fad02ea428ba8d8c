-- One row per landed file whose text was not, or not fully, read for phrases though `language` is on.
select
    -- #not_null #accepted[TEXT_NOT_READ]
    'TEXT_NOT_READ' as code,
    'warning' as severity,
    files.path || ': its text was not read'
    || case
        when files.source = 'names' then ', nor that of any other file, because names in it could not be removed'
        else ''
    end
    || ' (' || min(files.problem) || '). All other data count as usual.' as message,
    -- The file. #not_null
    files.path as subject
from history.language_files as files
where files.problem is not null
group by files.path, files.source
