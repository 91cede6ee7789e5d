-- builds_with_cuda: Which packages of develop have builds for CUDA, and for which GPU architectures?
select
    builds.source,
    builds.package,
    count(distinct builds.spec_hash) as spec_count,
    string_agg(distinct options.value, ', ' order by options.value) as cuda_archs_text
from tag_specs as builds
inner join spec_variants as options on builds.spec_hash = options.spec_hash
where builds.tag = 'develop' and options.variant = 'cuda_arch' and options.value <> 'none'
group by builds.source, builds.package
order by spec_count desc, builds.source, builds.package;
