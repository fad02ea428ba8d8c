select about, item, count(distinct respondent) as respondents from staging.interviews
where topic = 'language' and item is not null
group by about, item
order by about, respondents desc, item
