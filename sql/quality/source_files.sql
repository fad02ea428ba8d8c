-- One row per landed file: what was read from it. For each, rows read = rows loaded + rows rejected.
-- A file that several `sources:` entries map is read, and stands here, once for each.
select
    -- Path inside the landing folder; of a missing file the pattern. #not_null #unique_with[source]
    path,
    -- Checksum of the bytes that were read.
    sha256,
    -- Folder it was found in: the vendor, or the name of a mapped source.
    source,
    -- Kind of record it holds; NULL when it was not recognised.
    table_name,
    -- Data rows in the file. #not_null
    rows_read,
    -- Rows that came through. #not_null
    rows_loaded,
    -- Rows that did not; each is in quality.rejected_rows. #not_null
    rows_rejected,
    -- Whether the file was loaded, replaced by a newer full export, held back as a whole or ignored, or is missing for a
    -- `sources:` entry. #not_null #accepted[loaded,replaced,held,ignored,missing]
    status,
    -- Why it was replaced, held or ignored, or counts as missing.
    reason,
    -- What it was taken for, and the columns that decided, or the entry of `sources:`; NULL where it was not read.
    taken_for,
    -- Columns that tell of accounts in a file that was ignored all the same.
    account_columns,
    -- When the file was last changed.
    last_modified
from lake.file
