select kind, item, respondents, accounts, in_data
from voice.themes
order by kind, respondents desc, accounts desc, item
