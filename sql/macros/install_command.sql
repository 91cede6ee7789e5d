-- install_command: where a build is in the cache, or was, and what to type to install it.
-- Grain:     source, tag, package, spec_hash
-- Reads:     data.specs, data.tag_specs, data.ended_tag_specs, data.snapshots, data.tags, data.documents, data.leftovers
-- Arguments: wanted_hash  VARCHAR  the build's hash, or its beginning, seven characters at the least; as /hash too. Of several builds that begin so each has its rows
-- Columns:   source           VARCHAR    name of the source
--            tag              VARCHAR    release line of the cache that holds it, or once did
--            package          VARCHAR    package name
--            version          VARCHAR    version as published
--            spec_hash        VARCHAR    32-character hash of the build
--            is_current       BOOLEAN    its page says so now
--            stacks_text      VARCHAR    stacks it stands in, a comma between, or stood in last; empty: none; NULL: its page says nothing of stacks
--            is_root_only     BOOLEAN    it stands in root, the tag's whole index, and in no named stack, or stood so last; NULL: its page says nothing of stacks
--            command          VARCHAR    installs it with all it needs from build caches alone; Spack 0.20 or later. NULL: it is gone, its page is left over of a package that left the tag, or its page gives no hash
--            mirror_command   VARCHAR    tells Spack, once, where the tag or, for a build outside root, the first of its stacks is kept, and to trust its keys. Inferred from how the public cache names its mirrors, not said by any page: for a mirror of your own, put its address there. NULL: there is no command, the source has no pages of the public cache (layouts A to G), or no address can be made
--            first_seen_at    TIMESTAMP  observation in which it was first seen under the tag; UTC
--            last_seen_at     TIMESTAMP  last snapshot up to which it is held to stand there; UTC
-- Question:  Is this hash in the cache, in which stacks, and how do I install it?
-- Example:   select tag, stacks_text, is_current, mirror_command, command
--            from install_command((select left(min(first_spec_hash), 7) from configurations where spec_count > 0)) order by source, tag, package, spec_hash;
create or replace macro install_command(wanted_hash) as table
with

builds as materialized (
    select
        specs.spec_hash,
        specs.is_hashed,
        specs.version
    from data.specs as specs
    -- A beginning that is too short becomes a blank, with which no hash begins. The argument is named but once: where it is a query,
    -- that is asked as often as it is named.
    where starts_with(specs.spec_hash, regexp_replace(ltrim(cast(wanted_hash as varchar), '/'), '^.{0,6}$', ' '))
),

latest as (
    select
        snapshots.source,
        max(snapshots.snapshot_id) as snapshot_id
    from data.snapshots as snapshots
    group by snapshots.source
),

stays as (
    select
        tag_specs.source,
        tag_specs.tag,
        tag_specs.package,
        tag_specs.spec_hash,
        builds.is_hashed,
        builds.version,
        true as is_current,
        tag_specs.stacks_text,
        tag_specs.is_in_root,
        tag_specs.is_root_only,
        tag_specs.first_snapshot_id,
        latest.snapshot_id as last_snapshot_id
    from data.tag_specs as tag_specs
    join builds on builds.spec_hash = tag_specs.spec_hash
    join latest on latest.source = tag_specs.source
    union all
    select
        ended.source,
        ended.tag,
        ended.package,
        ended.spec_hash,
        builds.is_hashed,
        builds.version,
        false as is_current,
        ended.stacks_text,
        ended.is_in_root,
        ended.is_root_only,
        ended.first_snapshot_id,
        ended.to_snapshot_id - 1 as last_snapshot_id
    from data.ended_tag_specs as ended
    join builds on builds.spec_hash = ended.spec_hash
),

-- Of several stays under a tag the last one tells.
last_stays as (
    select
        stays.source,
        stays.tag,
        stays.package,
        stays.spec_hash,
        stays.version,
        stays.is_current,
        stays.stacks_text,
        stays.is_root_only,
        stays.first_snapshot_id,
        stays.last_snapshot_id,
        stays.is_current and stays.is_hashed and leftovers.package is null as is_installable,
        case when not coalesce(stays.is_in_root, false) then nullif(string_split(stays.stacks_text, ',')[1], '') end as mirror_stack
    from stays
    left join data.leftovers as leftovers
        on leftovers.source = stays.source and leftovers.tag = stays.tag and leftovers.package = stays.package
    qualify row_number() over (
        partition by stays.source, stays.tag, stays.package, stays.spec_hash
        order by stays.is_current desc, stays.last_snapshot_id desc
    ) = 1
)

select
    last_stays.source,
    last_stays.tag,
    last_stays.package,
    last_stays.version,
    last_stays.spec_hash,
    last_stays.is_current,
    last_stays.stacks_text,
    last_stays.is_root_only,
    case when last_stays.is_installable then 'spack install --use-buildcache only /' || last_stays.spec_hash end as command,
    case
        when
            last_stays.is_installable
            and names.kind <> 'other'
            and pages.layout in ('A', 'B', 'C', 'D', 'E', 'F', 'G')
            -- It is text of a page that somebody will run in a shell.
            and regexp_full_match(concat_ws('-', last_stays.tag, last_stays.mirror_stack), '[A-Za-z0-9][A-Za-z0-9._-]*')
            then
                'spack mirror add ' || concat_ws('-', last_stays.tag, last_stays.mirror_stack)
                || ' https://binaries.spack.io/' || concat_ws('/', last_stays.tag, last_stays.mirror_stack)
                || ' && spack buildcache keys --install --trust'
    end as mirror_command,
    began.observed_at as first_seen_at,
    ended.observed_at as last_seen_at
from last_stays
join data.snapshots as began on began.source = last_stays.source and began.snapshot_id = last_stays.first_snapshot_id
join data.snapshots as ended on ended.source = last_stays.source and ended.snapshot_id = last_stays.last_snapshot_id
left join data.tags as names on names.tag = last_stays.tag
left join data.documents as pages
    on pages.source = last_stays.source and pages.tag = last_stays.tag and pages.package = last_stays.package;
