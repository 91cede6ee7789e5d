-- growth_by_week: How did the weekly tags of develop grow?
select source, tag, tag_date, package_count, spec_count, configuration_count
from dated_tags
order by source, tag_date, tag;
