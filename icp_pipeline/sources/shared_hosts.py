"""Hosts that serve everybody. A company is never recognised by one of them."""

from __future__ import annotations

_FREE_MAIL_TEXT = """
    126.com 139.com 163.com 21cn.com aim.com alice.it aol.com aol.de arcor.de att.net bellsouth.net bigpond.com
    bk.ru bluewin.ch bol.com.br btinternet.com btopenworld.com charter.net chello.nl comcast.net cox.net
    daum.net earthlink.net email.com email.cz email.it fastmail.com fastmail.fm foxmail.com free.fr freemail.hu
    freenet.de frontier.com gmail.co.uk gmail.com gmx.at gmx.ch gmx.com gmx.de gmx.net gmx.us googlemail.com
    hanmail.net hetnet.nl hey.com home.nl hotmail.be hotmail.ca hotmail.ch hotmail.co.uk hotmail.com
    hotmail.com.br hotmail.de hotmail.es hotmail.fr hotmail.it hotmail.nl hotmail.se hushmail.com icloud.com
    ig.com.br inbox.com inbox.lv inbox.ru juno.com kabelmail.de laposte.net libero.it list.ru live.be live.ca
    live.cn live.co.uk live.com live.com.au live.de live.dk live.fr live.it live.nl live.no live.se mac.com
    mail.com mail.de mail.ru mailbox.org me.com msn.com mweb.co.za naver.com netzero.net ntlworld.com o2.pl
    onet.pl online.de optonline.net optusnet.com.au orange.fr outlook.be outlook.com outlook.com.br outlook.de
    outlook.es outlook.fr outlook.in outlook.it outlook.jp planet.nl pm.me posteo.de proton.me protonmail.ch
    protonmail.com qq.com rambler.ru rediffmail.com rocketmail.com rogers.com sapo.pt sbcglobal.net seznam.cz
    sfr.fr shaw.ca sina.cn sina.com sky.com skynet.be sohu.com sympatico.ca t-online.de talktalk.net telenet.be
    telia.com telus.net terra.com.br tin.it tiscali.co.uk tiscali.it tuta.io tutanota.com ukr.net uol.com.br
    verizon.net virgilio.it virgin.net virginmedia.com wanadoo.fr web.de windowslive.com wp.pl xs4all.nl
    xtra.co.nz ya.ru yahoo.ca yahoo.co.id yahoo.co.in yahoo.co.jp yahoo.co.uk yahoo.com yahoo.com.ar
    yahoo.com.au yahoo.com.br yahoo.com.mx yahoo.com.sg yahoo.de yahoo.es yahoo.fr yahoo.in yahoo.it yandex.com
    yandex.ru yeah.net ymail.com ziggo.nl zoho.com zohomail.com
"""

_SOCIAL_TEXT = """
    about.me bing.com bit.ly blogger.com blogspot.com crunchbase.com etsy.com facebook.com fb.com fb.me
    github.com github.io gitlab.com goo.gl google.com instagram.com linkedin.com linktr.ee lnkd.in medium.com
    meetup.com notion.site pinterest.com quora.com reddit.com slideshare.net snapchat.com soundcloud.com
    substack.com t.co t.me telegram.me threads.net tiktok.com tumblr.com twitch.tv twitter.com vimeo.com vk.com
    wa.me weebly.com weibo.com whatsapp.com wikipedia.org wix.com wixsite.com wordpress.com x.com xing.com
    yelp.com youtu.be youtube.com
"""

FREE_MAIL = frozenset(_FREE_MAIL_TEXT.split())
SOCIAL = frozenset(_SOCIAL_TEXT.split())
