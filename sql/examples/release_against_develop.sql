-- release_against_develop: What does each release lack that develop has?
select source, tag, state, count(*) as package_count
from release_gaps
group by source, tag, state
order by source, tag, state;
