-- versions: a version that a package has or once had, in Spack's order.
-- Grain:     package, version
-- Reads:     data.versions
-- Columns:   package         VARCHAR  package name
--            version         VARCHAR  version as published
--            version_order   BIGINT   1 is the oldest of the package in Spack's version order, in which develop is newer than any number; of versions that Spack holds equal, as 1.2-1 and 1.2.1, the text decides
--            is_newest       BOOLEAN  no version that the package ever had is newer in that order
--            is_development  BOOLEAN  no release: a part of it is develop, main, master, head, trunk, nightly or stable, or it is a git ref that names no version
--            release_order   BIGINT   1 is the oldest of the package if every development version is older than its releases, as marts have it that tell a newest version
-- Question:  Which packages have the most versions?
-- Example:   select package, max(version_order) as versions, count(*) filter (where is_development) as development_versions from versions
--            group by package order by versions desc, package limit 5;
create or replace view versions as
with

-- The parts of a version are its runs of letters and of digits, as in Spack's order; a git ref is the version behind its `=`.
told as (
    select
        package,
        version,
        version_order,
        is_newest,
        case
            -- Most versions have no letter, and need not be looked at for words.
            when lower(version) = upper(version) and length(version) < 40 then false
            else
                regexp_matches(
                    regexp_replace(version, '^[^=]+=', ''),
                    '(^|[^A-Za-z])(develop|main|master|head|trunk|nightly|stable)([^A-Za-z]|$)'
                )
                or regexp_matches(version, '^git[.][^=]*$')
                or regexp_matches(version, '^[0-9a-f]{40}$')
        end as is_development
    from data.versions
)

select
    package,
    version,
    version_order,
    is_newest,
    is_development,
    row_number() over (partition by package order by is_development desc, version_order) as release_order
from told;
