-- One row per landed file whose text was not, or not fully, read for phrases though `language` is on.
select
    -- #not_null #accepted[TEXT_NOT_READ]
    'TEXT_NOT_READ' as code,
    'warning' as severity,
    files.path || ': not read for its words'
    || case
        when files.source = 'names' then ', nor is any other file, because names that are in it could not be dropped'
        else ''
    end
    || ' (' || min(files.problem) || '). What else is landed counts as before.' as message,
    -- The file. #not_null
    files.path as subject
from history.language_files as files
where files.problem is not null
group by files.path, files.source
