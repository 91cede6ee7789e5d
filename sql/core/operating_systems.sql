-- operating_systems: an operating system that some spec is or once was built for, taken apart.
-- Grain:     os
-- Reads:     data.operating_systems
-- Columns:   os            VARCHAR  name as published, e.g. ubuntu22.04
--            distribution  VARCHAR  e.g. ubuntu, sle_hpc, macos, windows
--            release       VARCHAR  e.g. 22.04, 15; NULL: the name has none
-- Question:  Which releases of Ubuntu are built for?
-- Example:   select os, release from operating_systems where distribution = 'ubuntu' order by release;
create or replace view operating_systems as
select
    os,
    distribution,
    release
from data.operating_systems;
