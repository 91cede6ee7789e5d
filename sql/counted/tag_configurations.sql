-- tag_configurations: how many specs of a tag have a configuration and stand in just these stacks.
-- Grain:     source, tag, package, configuration_id, stacks_text, is_root_only
-- Reads:     data.tag_specs, data.specs, data.configurations, data.spec_conflicts
with

-- A hash that the pages of two packages claim, as only forged ones do, counts once: where its own package is, if that is there. Each
-- is among the conflicts: to look for these alone takes a fraction of the time of counting distinct hashes.
repeated as (
    select
        claimed.source,
        claimed.tag,
        claimed.package,
        claimed.spec_hash
    from data.tag_specs as claimed
    join data.specs as own on own.spec_hash = claimed.spec_hash
    semi join data.spec_conflicts as conflicts on conflicts.spec_hash = claimed.spec_hash and conflicts.field = 'package'
    qualify
        row_number() over (
            partition by claimed.source, claimed.tag, claimed.spec_hash order by claimed.package <> own.package, claimed.package
        ) > 1
),

-- Counted before what is known of a configuration is joined: there are far fewer configurations than specs.
counted as (
    select
        held.source,
        held.tag,
        held.package,
        specs.configuration_id,
        held.stack_count,
        held.stacks_text,
        held.is_root_only,
        count(*) as spec_count
    from data.tag_specs as held
    join data.specs as specs on specs.spec_hash = held.spec_hash
    anti join repeated
        on
            repeated.source = held.source
            and repeated.tag = held.tag
            and repeated.package = held.package
            and repeated.spec_hash = held.spec_hash
    group by held.source, held.tag, held.package, specs.configuration_id, held.stack_count, held.stacks_text, held.is_root_only
)

select
    counted.source,
    counted.tag,
    counted.package,
    known.version,
    known.compiler_name,
    known.compiler_version,
    known.platform,
    known.os,
    known.target,
    known.target_family,
    counted.configuration_id,
    counted.stack_count,
    counted.stacks_text,
    counted.is_root_only,
    row_number() over (
        partition by counted.source, counted.tag, counted.configuration_id
        order by counted.package, counted.stacks_text nulls first, counted.is_root_only nulls first
    ) = 1 as is_first_set,
    counted.spec_count
from counted
join data.configurations as known on known.configuration_id = counted.configuration_id;
