-- spec_diff: what two builds have in common and in what they differ, field by field and option by option.
-- Grain:     field
-- Reads:     data.specs, data.spec_variants, data.spec_flags, data.spec_dependencies
-- Arguments: hash_a  VARCHAR  the one build: its hash, or the beginning of it that no other has, seven characters at the least; as /hash too
--            hash_b  VARCHAR  the other. What is unknown, shorter or the beginning of several is NULL in each row; if both are so, there are no rows
-- Columns:   field     VARCHAR  spec_hash, package, version, compiler, platform, os, target, `variant NAME`, `flag NAME` or `dependency PACKAGE`
--            value_a   VARCHAR  what the one build has; several values in byte order, a comma between; (handed on) follows where an option goes on to dependencies; a dependency is version/hash. NULL: it has none, or none is said
--            value_b   VARCHAR  what the other has
--            is_equal  BOOLEAN  both have the same; NULL: not known, as the documents of one of them do not say it: its compiler, its options, or its flags and dependencies, which pages of layouts E to G never say, and older ones only in the text or file of a spec
-- Question:  What differs between two builds that look alike?
-- Example:   select field, value_a, value_b, is_equal from spec_diff(
--                (select min(spec_hash) from tag_specs where package = (select min(package) from tag_specs)),
--                (select max(spec_hash) from tag_specs where package = (select min(package) from tag_specs))
--            ) where is_equal is not true order by field;
create or replace macro spec_diff(hash_a, hash_b) as table
with

-- Each argument is named but once: where it is a query, that is asked as often as it is named. A beginning that is too short
-- becomes a blank, with which no hash begins.
wanted as (
    select
        'a' as side,
        regexp_replace(ltrim(cast(hash_a as varchar), '/'), '^.{0,6}$', ' ') as beginning
    union all
    select
        'b' as side,
        regexp_replace(ltrim(cast(hash_b as varchar), '/'), '^.{0,6}$', ' ') as beginning
),

-- By hash alone, before anything else of a million specs is read.
candidates as materialized (
    select
        wanted.side,
        specs.spec_hash
    from data.specs as specs
    join wanted on starts_with(specs.spec_hash, wanted.beginning)
    qualify count(*) over (partition by wanted.side) = 1
),

builds as materialized (
    select
        candidates.side,
        specs.spec_hash,
        specs.package,
        specs.version,
        specs.compiler_name || coalesce('@' || specs.compiler_version, '') as compiler,
        specs.platform,
        specs.os,
        specs.target,
        specs.variants_text
    from candidates
    join data.specs as specs on specs.spec_hash = candidates.spec_hash
),

-- What is said of each: a topic, a field of it, and the value.
said as materialized (
    select
        builds.side,
        'build' as topic,
        names.field,
        case names.field
            when 'spec_hash' then builds.spec_hash
            when 'package' then builds.package
            when 'version' then builds.version
            when 'compiler' then builds.compiler
            when 'platform' then builds.platform
            when 'os' then builds.os
            when 'target' then builds.target
        end as value
    from builds
    cross join (
        values ('spec_hash'), ('package'), ('version'), ('compiler'), ('platform'), ('os'), ('target')
    ) as names(field)
    union all
    select
        builds.side,
        'variant' as topic,
        'variant ' || options.variant as field,
        string_agg(options.value, ',' order by options.value)
        || case when bool_or(options.is_propagated) then ' (handed on)' else '' end as value
    from builds
    join data.spec_variants as options on options.spec_hash = builds.spec_hash and options.package = builds.package
    group by builds.side, options.variant
    union all
    select
        builds.side,
        'flag' as topic,
        'flag ' || flags.flag as field,
        flags.value
    from builds
    join data.spec_flags as flags on flags.spec_hash = builds.spec_hash and flags.package = builds.package
    union all
    select
        builds.side,
        'dependency' as topic,
        'dependency ' || dependencies.dependency_package as field,
        string_agg(
            distinct coalesce(dependencies.dependency_version, '') || '/' || dependencies.dependency_hash, ','
            order by coalesce(dependencies.dependency_version, '') || '/' || dependencies.dependency_hash
        ) as value
    from builds
    join data.spec_dependencies as dependencies on dependencies.spec_hash = builds.spec_hash and dependencies.package = builds.package
    group by builds.side, dependencies.dependency_package
),

-- Most pages say nothing of flags and dependencies; who tells of dependencies tells of flags too.
topics as (
    select
        builds.side,
        'variant' as topic
    from builds
    where builds.variants_text is not null
    union
    select
        said.side,
        said.topic
    from said
    where said.topic in ('flag', 'dependency')
    union
    select
        said.side,
        'flag' as topic
    from said
    where said.topic = 'dependency'
),

told_of_both as (
    select topics.topic
    from topics
    group by topics.topic
    having count(*) = 2
),

paired as (
    select
        said.topic,
        said.field,
        max(said.value) filter (where said.side = 'a') as value_a,
        max(said.value) filter (where said.side = 'b') as value_b
    from said
    group by said.topic, said.field
)

select
    paired.field,
    paired.value_a,
    paired.value_b,
    case
        when paired.topic = 'build' then paired.value_a = paired.value_b
        when told_of_both.topic is not null then paired.value_a is not distinct from paired.value_b
    end as is_equal
from paired
left join told_of_both on told_of_both.topic = paired.topic;
