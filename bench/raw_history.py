"""What views tell of several nights, asked of the pages of each night, as whoever has no warehouse would keep them.

`shown` has a bit for each night: a thing came with a night whose bit is set while that of the night before is not, and went with one
whose bit is not set while that of the night before is.
"""

from bench.raw_questions import CONFIGURATION, VERSION_ORDER, Question

__all__ = ["HISTORY"]

_IS_THERE = "((shown >> (night - 1)) & 1 = 1)"
_WAS_THERE = "((shown << 1 >> (night - 1)) & 1 = 1)"
_TURNED = f"night > 1 and {_IS_THERE} <> {_WAS_THERE}"
_LAST_SHOWS = "((shown >> (${last} - 1)) & 1 = 1)"
_LOOKS = "versions compiler os platform target variants"
_LOOK = "concat_ws(' ', versions[1], compiler, platform, os, target, array_to_string(variants, ' '))"  # is compared faster than lists
_STACKS = "array_to_string(list_sort(list_filter(stacks, lambda stack: stack <> 'root')), ',')"

# By build and stack: the nights that show it there. What says the same each night is put together first.
_HELD = """,
held as (select tag, package, hash, bit_or(shown) as shown from specs group by tag, package, hash),
placed as (
    select tag, package, hash, stack, bit_or(shown) as shown from (select tag, package, hash, unnest(stacks) as stack, shown from specs)
    where stack <> 'root' group by tag, package, hash, stack
)
"""
_LOOKING = f""",
held as (
    select tag, package, hash, any_value({CONFIGURATION}) as configuration, any_value(versions[1]) as version, bit_or(shown) as shown
    from specs group by tag, package, hash
),
placed as (
    select tag, package, hash, stack, bit_or(shown) as shown from (select tag, package, hash, unnest(stacks) as stack, shown from specs)
    where stack <> 'root' group by tag, package, hash, stack
),
turned as (
    select night, observed_at, tag, package, configuration, {_IS_THERE} as has_come from held join nights on {_TURNED}
)
"""
_CHANGES = f"""{_LOOKING},
changes as (
    select night, tag, case when has_come then 'spec_added' else 'spec_removed' end as change from turned
    union all
    select night, tag, 'rebuilt'
    from (select night, tag, has_come, bool_or(not has_come) over (partition by night, tag, package, configuration) as has_gone from turned)
    where has_come and has_gone
    union all
    select night, tag, case when {_IS_THERE} then 'stack_joined' else 'stack_left' end from placed join nights on {_TURNED}
    union all
    select night, tag, case when {_IS_THERE} then 'package_added' else 'package_removed' end
    from (select tag, package, bit_or(shown) as shown from held group by tag, package) join nights on {_TURNED}
    union all
    select night, tag, case when {_IS_THERE} then 'version_added' else 'version_removed' end
    from (select tag, package, version, bit_or(shown) as shown from held group by tag, package, version) join nights on {_TURNED}
)
"""
# From its coming to its going. `began` is the number of the night.
_STAYS = f"""
select *, (select min(ended.observed_at) from nights as ended
    where ended.night > began and (shown >> (ended.night - 1)) & 1 = 0) as ended_at
from (select *, night as began, observed_at as began_at from held join nights on {_IS_THERE} and not {_WAS_THERE})
"""
_WEEK = "cast(date_trunc('week', observed_at) as date)"

HISTORY = {
    "changes": Question(
        f"hash stacks {_LOOKS}",
        f"{_CHANGES} select tag, change, count(*) as changes from changes group by tag, change order by tag, change",
        nights="two",
        is_of_changes=True,
    ),
    "compare_times": Question(
        "hash stacks",
        f"""{_HELD} select tag, stack, change, count(*) as builds from (
            select tag, cast(null as varchar) as stack, case when {_IS_THERE} then 'spec_added' else 'spec_removed' end as change
            from held join nights on {_TURNED}
            union all
            select tag, stack, case when {_IS_THERE} then 'stack_joined' else 'stack_left' end from placed join nights on {_TURNED}
        ) group by tag, stack, change order by tag, stack, change""",
        nights="ends",
        is_of_changes=True,
    ),
    "flapping_packages": Question(
        "hash stacks",
        f"""{_HELD}, of_package as (
            select tag, cast(null as varchar) as stack, package, bit_or(shown) as shown from held group by tag, package
            union all
            select tag, stack, package, bit_or(shown) from placed group by tag, stack, package
        )
        select tag, stack, package, count(*) - 1 as returned_count, {_LAST_SHOWS} as is_there
        from of_package join nights on {_IS_THERE} and not {_WAS_THERE}
        group by tag, stack, package, shown having returned_count > 0 order by returned_count desc, tag, stack, package limit 10""",
        nights="all",
        is_of_changes=True,
    ),
    "history_steps": Question(
        "hash stacks",
        f"""select night as snapshot_id, count(*) filter ({_IS_THERE}) as builds
        from (select package, hash, list_sort(stacks) as stacks, bit_or(shown) as shown from specs group by all) cross join nights
        group by night having night = 1 or bool_or({_IS_THERE} <> {_WAS_THERE}) order by night""",
        nights="all",
    ),
    "install_command": Question(  # a build that is gone is told of too; no beginning of a hash has so many builds
        "hash stacks",
        f"""select tag, {_STACKS} as stacks_text, is_current, case when is_current then 'spack mirror add ' || tag
            || ' https://binaries.spack.io/' || tag || ' && spack buildcache keys --install --trust' end as mirror_command,
        case when is_current then 'spack install --use-buildcache only /' || hash end as command
        from (select tag, package, hash, arg_max(stacks, shown) as stacks, bool_or({_LAST_SHOWS}) as is_current
            from (select tag, package, hash, stacks, shown from specs order by hash limit 10000) group by tag, package, hash)
        qualify starts_with(hash, left(min(hash) filter (is_current) over (), 7))
        order by tag, package, hash""",
        nights="all",
    ),
    "membership_history": Question(
        "hash stacks",
        f"""{_HELD} select tag, stack, min(observed_at) as since, count(*) filter (night = ${{last}} and {_IS_THERE}) as builds_now
        from placed join nights on {_IS_THERE} group by tag, stack order by tag, stack""",
        globs=("*/${package}",),
        nights="all",
    ),
    "memberships_as_of": Question(
        "hash stacks",
        """select stack, sum(builds) as builds from (select unnest(stacks) as stack, count(*) as builds from specs group by stacks)
        where stack <> 'root' group by stack order by builds desc, stack limit 5""",
        nights="first",
    ),
    "recent_changes": Question(
        f"hash stacks {_LOOKS}",
        f"""{_CHANGES} select tag, change, count(*) filter (night = ${{last}}) as last_night,
        count(*) filter (observed_at > last_at - interval 7 days) as last_week
        from changes join nights using (night) cross join (select max(observed_at) as last_at from nights)
        where observed_at > last_at - interval 30 days group by tag, change order by tag, change""",
        nights="all",
        is_of_changes=True,
    ),
    "snapshot_trend": Question(
        f"hash {_LOOKS}",
        f""", looks as (
            select package, {_LOOK} as look, shown, count(*) as builds from specs group by all
        ), of_specs as (
            select night, observed_at, sum(builds) as spec_count
            from (select shown, sum(builds) as builds from looks group by shown) join nights on {_IS_THERE} group by all
        ), of_configurations as (
            select night, count(distinct package) as package_count, sum(configurations) as configuration_count
            from (select package, shown, count(*) as configurations
                from (select package, bit_or(shown) as shown from looks group by package, look) group by all)
            join nights on {_IS_THERE} group by night
        )
        select observed_at, spec_count, package_count, (spec_count - configuration_count) / spec_count as duplicate_share
        from of_specs join of_configurations using (night) order by observed_at""",
        nights="all",
    ),
    "snapshots": Question(
        "hash",
        f"""select max(observed_at) as changed_at from (select distinct shown from alike) join nights
        on {_IS_THERE} <> {_WAS_THERE} or night = 1""",
        nights="all",
        is_of_changes=True,
    ),
    "spec_lifetimes": Question(
        "hash target",
        f""", held as (select hash, any_value(target) as target, bit_or(shown) as shown from specs group by hash)
        select target, count(*) as stay_count,
        median(date_diff('second', began_at, ended_at) / 86400) filter (ended_at is not null) as median_days,
        avg(cast(date_diff('second', began_at, coalesce(ended_at, last_at)) >= 14 * 86400 as int))
            filter (date_diff('second', began_at, last_at) >= 14 * 86400) as kept_14_days_share
        from ({_STAYS}) cross join (select max(observed_at) as last_at from nights)
        where began > 1 group by target order by stay_count desc, target limit 10""",
        nights="all",
        is_of_changes=True,
    ),
    "spec_stays": Question(
        "hash",
        f""", held as (select hash, bit_or(shown) as shown from specs group by hash)
        select hash as spec_hash, count(*) as stays from held join nights on {_IS_THERE} and not {_WAS_THERE}
        group by hash having stays > 1 order by stays desc, spec_hash limit 10""",
        nights="all",
        is_of_changes=True,
    ),
    "specs": Question(
        "hash os platform target",
        """select platform, os, target, count(*) as builds
        from (select hash, min(platform) as platform, min(os) as os, min(target) as target from specs group by hash)
        group by platform, os, target order by builds desc, platform, os, target limit 10""",
        nights="all",
    ),
    "spec_variants": Question(
        "hash variants",
        """select package, count(distinct hash) as builds from specs where list_contains(variants, '+cuda')
        group by package order by builds desc, package limit 5""",
        nights="all",
    ),
    "specs_at_risk": Question(
        "hash versions stacks",
        f""", held as (
            select package, hash, any_value(versions[1]) as version, bit_or(shown) filter (stacks not in ([], ['root'])) as shown,
                bit_or(shown) filter (stacks = ['root']) as in_root from specs group by package, hash
        ), risen as (
            select package, hash, version, max(night) as last_night from held join nights on {_IS_THERE}
            where in_root >> (${{last}} - 1) & 1 = 1 group by package, hash, version
        )
        select package, version, count(*) as builds, max(date_diff('second', gone.observed_at, last_at)) / 86400 as days_ago
        from risen join nights as gone on gone.night = last_night + 1 cross join (select max(observed_at) as last_at from nights)
        group by package, version order by builds desc, package, version limit 10""",
        nights="all",
        is_of_changes=True,
    ),
    "stack_changes": Question(
        "hash stacks",
        f"""{_HELD}, of_package as (select stack, package, bit_or(shown) as shown from placed group by stack, package)
        select observed_at, stack, package, (select count(*) from placed where placed.stack = left_packages.stack
            and placed.package = left_packages.package and (placed.shown << 1 >> (night - 1)) & 1 = 1) as left_spec_count
        from (select night, observed_at, stack, package from of_package join nights on {_TURNED} and not {_IS_THERE}) as left_packages
        order by observed_at desc, stack, package limit 20""",
        nights="all",
        is_of_changes=True,
    ),
    "stack_churn": Question(
        "hash stacks",
        f"""{_HELD}, counts as (
            select night, observed_at, stack, sum(builds) filter ({_IS_THERE}) as builds,
                coalesce(sum(builds) filter ({_IS_THERE} and not {_WAS_THERE}), 0) as joined,
                coalesce(sum(builds) filter (not {_IS_THERE} and {_WAS_THERE}), 0) as gone
            from (select stack, shown, count(*) as builds from placed group by stack, shown) cross join nights group by all
        )
        select strftime({_WEEK}, '%G-W%V') as iso_week, stack, sum(joined) as joined_spec_count, sum(gone) as left_spec_count,
        left_spec_count / (coalesce(arg_max(builds, night), 0) + left_spec_count) as churn_share
        from counts where night > 1 group by {_WEEK}, stack having joined_spec_count + left_spec_count > 0
        order by {_WEEK} desc, churn_share desc, stack limit 20""",
        nights="all",
    ),
    "sudden_losses": Question(
        "hash target stacks",
        f""", alike_builds as (
            select tag, target, stacks, shown, count(*) as builds from specs group by all
        ), counts as (
            select tag, dimension, name, night, observed_at, coalesce(sum(builds) filter ({_IS_THERE}), 0) as spec_count,
                coalesce(sum(builds) filter ({_WAS_THERE}), 0) as previous_spec_count
            from (
                select tag, 'target' as dimension, target as name, shown, builds from alike_builds
                union all
                select tag, 'stack', unnest(stacks), shown, builds from alike_builds
                union all
                select tag, 'tag', tag, shown, builds from alike_builds
            ) cross join nights where night > 1 and (dimension <> 'stack' or name <> 'root') group by all
        )
        select observed_at, tag, dimension, name, previous_spec_count, spec_count from counts
        where previous_spec_count - spec_count >= 0.5 * previous_spec_count and previous_spec_count > spec_count
        order by observed_at desc, tag, dimension, name limit 20""",
        nights="all",
    ),
    "tag_spec_history": Question(
        "hash stacks",
        f""", held as (
            select tag, hash, {_STACKS} as stacks_text, list_contains(stacks, 'root') as is_in_root, bit_or(shown) as shown
            from specs group by all
        )
        select tag, stacks_text, began_at as valid_from, ended_at as valid_to from ({_STAYS}) order by tag, hash, began limit 10""",
        globs=("*/${package}",),
        nights="all",
    ),
    "tag_specs_as_of": Question(
        "hash", "select package, count(*) as builds from specs group by package order by builds desc, package limit 5", nights="first"
    ),
    "version_bumps": Question(
        "hash versions stacks",
        f""", places as (
            select stack, package, version, bit_or(shown) as shown
            from (select unnest(list_append(stacks, null)) as stack, package, versions[1] as version, shown from specs)
            where stack is distinct from 'root' group by all
        ), bumps as (
            select night, observed_at, stack, package,
                arg_max(version, {VERSION_ORDER}) filter (not {_WAS_THERE}) as version,
                arg_max(version, {VERSION_ORDER}) filter ({_WAS_THERE}) as previous_version
            from places join nights on night > 1 and ({_IS_THERE} or {_WAS_THERE}) group by all
            having max({VERSION_ORDER}) filter (not {_WAS_THERE}) > max({VERSION_ORDER}) filter ({_WAS_THERE})
        )
        select stack, package, previous_version, version from bumps
        qualify {_WEEK} = max({_WEEK}) over () order by stack, package, night limit 20""",
        nights="all",
        is_of_changes=True,
    ),
    "weekly_churn": Question(
        f"hash {_LOOKS}",
        f"""{_LOOKING} select package, sum(least(added, removed)) as rebuilds
        from (select night, package, configuration, count(*) filter (has_come) as added, count(*) filter (not has_come) as removed
            from turned group by all) group by package order by rebuilds desc, package limit 10""",
        nights="all",
        is_of_changes=True,
    ),
}
