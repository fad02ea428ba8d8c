-- One row per landed file: what was read from it; rows read = rows loaded + rows rejected. A file mapped by several
-- `sources:` entries is read, and listed, once for each.
select
    -- Path inside the landing folder; the pattern, for a missing file. #not_null #unique_with[source]
    path,
    -- SHA-256 of the file as it was read.
    sha256,
    -- Folder it was found in: the vendor, or the name of a mapped source.
    source,
    -- Kind of record it holds; NULL if not recognized.
    table_name,
    -- Data rows in the file. #not_null
    rows_read,
    -- Rows loaded. #not_null
    rows_loaded,
    -- Rows rejected; each is in quality.rejected_rows. #not_null
    rows_rejected,
    -- Whether the file was loaded, replaced by a newer full export, held back as a whole or ignored, or is missing for a
    -- `sources:` entry. #not_null #accepted[loaded,replaced,held,ignored,missing]
    status,
    -- Why it was replaced, held back, ignored or counted as missing.
    reason,
    -- What kind of file it was taken for, and the columns (or the entry of `sources:`) that decided; NULL if it was not
    -- read.
    taken_for,
    -- Columns of an ignored file that look like account data.
    account_columns,
    -- When the file was last changed.
    last_modified
from lake.file
