-- spec_patches: a patch applied to the source of a spec, by its whole sha256. Only indices and spec files say it; pages give seven digits, as an option.
-- Grain:     spec_hash, patch_sha256
-- Reads:     data.spec_patches
-- Columns:   spec_hash     VARCHAR  hash of the build
--            package       VARCHAR  its package
--            patch_sha256  VARCHAR  sha256 of the patch, in hex
-- Question:  Which packages are patched most?
-- Example:   select package, count(distinct patch_sha256) as patches from spec_patches group by package order by patches desc;
create or replace view spec_patches as
select
    spec_hash,
    package,
    patch_sha256
from data.spec_patches;
