-- documents: a page or record that was read: one package under one tag.
-- Grain:     source, tag, package
-- Reads:     data.documents, data.snapshots, data.leftovers
-- Columns:   source                VARCHAR    name of the source
--            tag                   VARCHAR    release line of the cache, e.g. develop
--            package               VARCHAR    package name
--            path                  VARCHAR    where the page lies below the source's root
--            layout                VARCHAR    form of the page, recognised by its content: A to G; or the adapter: buildcache, site
--            sha256                VARCHAR    sha256 of the page's bytes, in hex
--            size_bytes            BIGINT     length of the page in bytes
--            spec_count            BIGINT     specs of the page that were accepted
--            published_spec_count  BIGINT     the page's own claim; NULL: it makes none
--            first_seen_at         TIMESTAMP  observation in which it was first seen; UTC
--            changed_at            TIMESTAMP  observation in which its bytes last changed; UTC
--            is_stale              BOOLEAN    the page could not be read last time and these are its last good rows, or its package left the tag
-- Question:  Which pages are the largest?
-- Example:   select tag, package, spec_count, size_bytes from documents order by size_bytes desc, tag, package limit 5;
create or replace view documents as
select
    documents.source,
    documents.tag,
    documents.package,
    documents.path,
    documents.layout,
    documents.sha256,
    documents.size_bytes,
    documents.spec_count,
    documents.published_spec_count,
    first.observed_at as first_seen_at,
    changed.observed_at as changed_at,
    documents.is_stale or leftovers.package is not null as is_stale
from data.documents as documents
join data.snapshots as first
    on first.source = documents.source and first.snapshot_id = documents.first_snapshot_id
join data.snapshots as changed
    on changed.source = documents.source and changed.snapshot_id = documents.changed_snapshot_id
left join data.leftovers as leftovers
    on leftovers.source = documents.source and leftovers.tag = documents.tag and leftovers.package = documents.package;
