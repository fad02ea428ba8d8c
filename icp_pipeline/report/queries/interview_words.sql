select kind as about, item, respondents from voice.themes
where kind in ('pain', 'outcome', 'channel')
order by kind, respondents desc, item
