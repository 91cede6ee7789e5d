-- packages_without_aarch64: Which packages of develop have builds for x86_64, but none for aarch64?
select source, package, spec_count, stacks_text
from coverage_gaps
where tag = 'develop' and platform = 'linux' and has_family = 'x86_64' and lacks_family = 'aarch64'
order by spec_count desc, source, package;
