-- compatible_targets: targets whose builds run on a machine, by archspec: its own and all that it is a successor of.
-- Grain:     target
-- Reads:     data.targets
-- Arguments: machine_target  VARCHAR  the machine's microarchitecture, as `spack arch --target` prints it, e.g. zen4; it need not occur in the cache. One that archspec does not know runs only its own builds: check the spelling against `targets`
-- Columns:   target        VARCHAR  microarchitecture, e.g. x86_64_v3, whether or not there are builds for it
--            target_steps  BIGINT   0: the machine's own; then 1, 2 ... down to the family: those with more instruction set features first, then those with more ancestors
-- Question:  Which builds can my machine run?
-- Example:   select target, target_steps from compatible_targets('zen4') order by target_steps;
create or replace macro compatible_targets(machine_target) as table
with

-- What archspec says of every microarchitecture, because a machine's own seldom is one that the cache builds for.
-- A test compares the list with the archspec that is installed.
archspec as (
    select
        listed.target,
        listed.feature_count,
        listed.ancestors_text
    from (
        values
            ('a64fx', 14, 'armv8.2a armv8.1a aarch64'),
            ('aarch64', 0, ''),
            ('alderlake', 38, 'skylake broadwell haswell ivybridge x86_64_v3 sandybridge westmere nehalem core2 x86_64_v2 nocona x86_64'),
            ('ampere1', 37, 'neoverse_n1 armv8.6a cortex_a72 armv8.2a aarch64 armv8.1a armv8.5a armv8.4a armv8.3a'),
            ('ampere1a', 39, 'ampere1 neoverse_n1 armv8.6a cortex_a72 armv8.2a aarch64 armv8.1a armv8.5a armv8.4a armv8.3a'),
            ('arm', 0, ''),
            ('armv8.1a', 0, 'aarch64'),
            ('armv8.2a', 0, 'armv8.1a aarch64'),
            ('armv8.3a', 0, 'armv8.2a armv8.1a aarch64'),
            ('armv8.4a', 0, 'armv8.3a armv8.2a armv8.1a aarch64'),
            ('armv8.5a', 0, 'armv8.4a armv8.3a armv8.2a armv8.1a aarch64'),
            ('armv8.6a', 0, 'armv8.5a armv8.4a armv8.3a armv8.2a armv8.1a aarch64'),
            ('armv9.0a', 0, 'armv8.5a armv8.4a armv8.3a armv8.2a armv8.1a aarch64'),
            ('armv9.2a', 0, 'armv9.0a armv8.6a armv8.5a armv8.4a armv8.3a armv8.2a armv8.1a aarch64'),
            ('arrowlake', 42, 'alderlake skylake broadwell haswell ivybridge x86_64_v3 sandybridge westmere nehalem core2 x86_64_v2 nocona x86_64'),
            ('arrowlake_s', 46, 'arrowlake alderlake skylake broadwell haswell ivybridge x86_64_v3 sandybridge westmere nehalem core2 x86_64_v2 nocona x86_64'),
            ('broadwell', 24, 'haswell ivybridge x86_64_v3 sandybridge westmere nehalem core2 x86_64_v2 nocona x86_64'),
            ('bulldozer', 18, 'x86_64_v2 x86_64'),
            ('cannonlake', 35, 'skylake x86_64_v4 broadwell haswell ivybridge x86_64_v3 sandybridge westmere nehalem core2 x86_64_v2 nocona x86_64'),
            ('cascadelake', 34, 'skylake_avx512 skylake x86_64_v4 broadwell haswell ivybridge x86_64_v3 sandybridge westmere nehalem core2 x86_64_v2 nocona x86_64'),
            ('core2', 5, 'nocona x86_64'),
            ('cortex_a72', 9, 'aarch64'),
            ('excavator', 26, 'steamroller x86_64_v3 piledriver bulldozer x86_64_v2 x86_64'),
            ('haswell', 22, 'ivybridge x86_64_v3 sandybridge westmere nehalem core2 x86_64_v2 nocona x86_64'),
            ('i686', 0, 'x86'),
            ('icelake', 44, 'cascadelake cannonlake skylake_avx512 skylake x86_64_v4 broadwell haswell ivybridge x86_64_v3 sandybridge westmere nehalem core2 x86_64_v2 nocona x86_64'),
            ('ivybridge', 15, 'sandybridge westmere nehalem core2 x86_64_v2 nocona x86_64'),
            ('k10', 8, 'x86_64'),
            ('m1', 32, 'armv8.4a armv8.3a armv8.2a armv8.1a aarch64'),
            ('m2', 36, 'm1 armv8.5a armv8.4a armv8.3a armv8.2a armv8.1a aarch64'),
            ('m3', 36, 'm2 armv8.6a m1 armv8.5a armv8.4a armv8.3a armv8.2a armv8.1a aarch64'),
            ('m4', 38, 'm3 armv8.6a m2 m1 armv8.5a armv8.4a armv8.3a armv8.2a armv8.1a aarch64'),
            ('mic_knl', 28, 'broadwell haswell ivybridge x86_64_v3 sandybridge westmere nehalem core2 x86_64_v2 nocona x86_64'),
            ('nehalem', 10, 'core2 x86_64_v2 nocona x86_64'),
            ('neoverse_n1', 16, 'cortex_a72 armv8.2a aarch64 armv8.1a'),
            ('neoverse_n2', 34, 'neoverse_n1 armv9.0a cortex_a72 armv8.2a aarch64 armv8.1a armv8.5a armv8.4a armv8.3a'),
            ('neoverse_v1', 33, 'neoverse_n1 armv8.4a cortex_a72 armv8.2a aarch64 armv8.1a armv8.3a'),
            ('neoverse_v2', 34, 'neoverse_n1 armv9.0a cortex_a72 armv8.2a aarch64 armv8.1a armv8.5a armv8.4a armv8.3a'),
            ('neoverse_v3ae', 49, 'neoverse_v2 armv9.2a neoverse_n1 armv9.0a cortex_a72 armv8.2a aarch64 armv8.1a armv8.5a armv8.4a armv8.3a armv8.6a'),
            ('nocona', 4, 'x86_64'),
            ('olympus', 61, 'armv9.2a armv9.0a armv8.6a armv8.5a armv8.4a armv8.3a armv8.2a armv8.1a aarch64'),
            ('pentium2', 1, 'i686 x86'),
            ('pentium3', 2, 'pentium2 i686 x86'),
            ('pentium4', 3, 'pentium3 pentium2 i686 x86'),
            ('piledriver', 22, 'bulldozer x86_64_v2 x86_64'),
            ('power10', 0, 'power9 power8 power7 ppc64'),
            ('power10le', 0, 'power9le power8le ppc64le'),
            ('power7', 0, 'ppc64'),
            ('power8', 0, 'power7 ppc64'),
            ('power8le', 0, 'ppc64le'),
            ('power9', 0, 'power8 power7 ppc64'),
            ('power9le', 0, 'power8le ppc64le'),
            ('ppc', 0, ''),
            ('ppc64', 0, ''),
            ('ppc64le', 0, ''),
            ('ppcle', 0, ''),
            ('prescott', 4, 'pentium4 pentium3 pentium2 i686 x86'),
            ('riscv64', 0, ''),
            ('sandybridge', 13, 'westmere nehalem core2 x86_64_v2 nocona x86_64'),
            ('sapphirerapids', 53, 'icelake cascadelake cannonlake skylake_avx512 skylake x86_64_v4 broadwell haswell ivybridge x86_64_v3 sandybridge westmere nehalem core2 x86_64_v2 nocona x86_64'),
            ('skylake', 27, 'broadwell haswell ivybridge x86_64_v3 sandybridge westmere nehalem core2 x86_64_v2 nocona x86_64'),
            ('skylake_avx512', 33, 'skylake x86_64_v4 broadwell haswell ivybridge x86_64_v3 sandybridge westmere nehalem core2 x86_64_v2 nocona x86_64'),
            ('sparc', 0, ''),
            ('sparc64', 0, ''),
            ('steamroller', 23, 'piledriver bulldozer x86_64_v2 x86_64'),
            ('thunderx2', 11, 'armv8.1a aarch64'),
            ('u74mc', 0, 'riscv64'),
            ('westmere', 12, 'nehalem core2 x86_64_v2 nocona x86_64'),
            ('x60', 0, 'riscv64'),
            ('x86', 0, ''),
            ('x86_64', 0, ''),
            ('x86_64_v2', 10, 'x86_64'),
            ('x86_64_v3', 19, 'x86_64_v2 x86_64'),
            ('x86_64_v4', 24, 'x86_64_v3 x86_64_v2 x86_64'),
            ('zen', 28, 'x86_64_v3 x86_64_v2 x86_64'),
            ('zen2', 29, 'zen x86_64_v3 x86_64_v2 x86_64'),
            ('zen3', 32, 'zen2 zen x86_64_v3 x86_64_v2 x86_64'),
            ('zen4', 46, 'zen3 x86_64_v4 zen2 zen x86_64_v3 x86_64_v2 x86_64'),
            ('zen5', 51, 'zen4 zen3 x86_64_v4 zen2 zen x86_64_v3 x86_64_v2 x86_64'),
            ('zen6', 52, 'zen5 zen4 zen3 x86_64_v4 zen2 zen x86_64_v3 x86_64_v2 x86_64')
    ) as listed(target, feature_count, ancestors_text)
),

-- The cache may have been read with a later archspec, which knows of more.
known as (
    select
        archspec.target,
        archspec.feature_count,
        archspec.ancestors_text
    from archspec
    union all
    select
        targets.target,
        cast(null as integer) as feature_count,
        targets.ancestors_text
    from data.targets as targets
    where targets.target not in (select archspec.target from archspec)
),

compatible as (
    select
        lower(trim(cast(machine_target as varchar))) as target,
        true as is_own
    where cast(machine_target as varchar) is not null
    union all
    select
        unnest(string_split(known.ancestors_text, ' ')) as target,
        false as is_own
    from known
    where known.target = lower(trim(cast(machine_target as varchar))) and known.ancestors_text <> ''
)

select
    compatible.target,
    row_number() over (
        order by
            compatible.is_own desc,
            known.feature_count desc nulls last,
            length(known.ancestors_text) - length(replace(known.ancestors_text, ' ', '')) desc nulls last,
            known.ancestors_text = '',
            compatible.target
    ) - 1 as target_steps
from compatible
left join known on known.target = compatible.target;
