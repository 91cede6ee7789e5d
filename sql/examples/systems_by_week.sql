-- systems_by_week: How do the weekly tags of develop move from one operating system to the next?
select source, tag_date, os, spec_count, round(100.0 * spec_share, 1) as spec_percent
from os_migration
where tag_date is not null
order by source, tag_date, spec_count desc, os;
