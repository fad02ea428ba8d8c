"""Hosts that serve many companies: which of them name no company, and below which each name is a company.

What is in the public suffix list (uk.com, myshopify.com, github.io ...) is not repeated here.
"""

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
    hotmail.at hotmail.cl hotmail.co.il hotmail.co.in hotmail.co.jp hotmail.co.kr hotmail.co.nz hotmail.co.th
    hotmail.co.za hotmail.com.ar hotmail.com.au hotmail.com.hk hotmail.com.mx hotmail.com.tr hotmail.com.tw
    hotmail.com.vn hotmail.cz hotmail.dk hotmail.fi hotmail.gr hotmail.hu hotmail.my hotmail.no hotmail.ph
    hotmail.rs hotmail.sg hotmail.sk live.at live.cl live.co.in live.co.jp live.co.kr live.co.za live.com.ar
    live.com.mx live.com.my live.com.ph live.com.pt live.com.sg live.fi live.hk live.ie live.in live.jp live.ru
    outlook.at outlook.cl outlook.co.id outlook.co.il outlook.co.th outlook.com.ar outlook.com.au outlook.com.gr
    outlook.com.tr outlook.com.vn outlook.cz outlook.dk outlook.hu outlook.ie outlook.kr outlook.lv outlook.my
    outlook.ph outlook.pt outlook.sa outlook.sg outlook.sk yahoo.at yahoo.be yahoo.bg yahoo.cl yahoo.cn yahoo.co.kr
    yahoo.co.nz yahoo.co.th yahoo.co.za yahoo.com.cn yahoo.com.co yahoo.com.hk yahoo.com.my yahoo.com.pe
    yahoo.com.ph yahoo.com.tr yahoo.com.tw yahoo.com.ve yahoo.com.vn yahoo.cz yahoo.dk yahoo.fi yahoo.gr yahoo.hu
    yahoo.ie yahoo.lt yahoo.lv yahoo.nl yahoo.no yahoo.pl yahoo.pt yahoo.ro yahoo.se yandex.by yandex.com.tr
    yandex.kz yandex.ua zoho.eu zoho.in gmx.fr gmx.es gmx.co.uk gmx.li inbox.eu interia.pl poczta.onet.pl abv.bg
    centrum.cz volny.cz tlen.pl
    yandex.ru yeah.net ymail.com ziggo.nl zoho.com zohomail.com
"""

_SOCIAL_TEXT = """
    about.me bing.com bit.ly blogger.com blogspot.com crunchbase.com etsy.com facebook.com fb.com fb.me
    github.com github.io gitlab.com goo.gl google.com instagram.com linkedin.com linktr.ee lnkd.in medium.com
    meetup.com notion.site pinterest.com quora.com reddit.com slideshare.net snapchat.com soundcloud.com
    substack.com apps.apple.com
    beacons.ai bio.link campsite.bio linkin.bio lnk.bio taplink.cc
    forms.gle bitbucket.org sourceforge.net
    t.co t.me telegram.me threads.net tiktok.com tumblr.com twitch.tv twitter.com vimeo.com vk.com
    wa.me weebly.com weibo.com whatsapp.com wikipedia.org wix.com wixsite.com wordpress.com x.com xing.com
    yelp.com youtu.be youtube.com
"""

# Each name below them is one company's; the bare host names no company.
_TENANTS_TEXT = """
    onmicrosoft.com onmicrosoft.us partner.onmschina.cn sharepoint.com sharepoint.cn sharepoint.us
    crm.dynamics.com crm4.dynamics.com powerappsportals.com
    wordpress.com weebly.com weeblysite.com wix.com tumblr.com substack.com medium.com typepad.com
    livejournal.com over-blog.com blogger.com godaddysites.com business.site company.site canva.site
    jimdosite.com jimdofree.com mystrikingly.com tilda.ws webnode.page webnode.com webs.com zohosites.com
    mailchimpsites.com site123.me ucraft.site unbouncepages.com pagedemo.co mykajabi.com mybigcommerce.com
    hs-sites.com hs-sites-eu1.com hs-sites-na2.com hubspotpagebuilder.com hubspotpagebuilder.eu hubspot-inbox.com
    salesforce-sites.com my.salesforce-sites.com my.salesforce.com lightning.force.com my.site.com secure.force.com
    force.com cloudforce.com develop.my.site.com sandbox.my.site.com
    atlassian.net jira.com service-now.com myworkdayjobs.com jobs.personio.de jobs.personio.com
    helpscoutdocs.com statuspage.io readme.io intercom.help en.alibaba.com en.made-in-china.com wildapricot.org
"""

# The same, but the bare host and its service pages are the provider's own.
_PROVIDERS_TEXT = """
    squarespace.com zendesk.com freshdesk.com freshservice.com salesforce.com hubspot.com slack.com odoo.com
    jimdo.com strikingly.com shopify.com webflow.com bigcartel.com clickfunnels.com teachable.com thinkific.com
    podia.com typeform.com uservoice.com bamboohr.com workable.com recruitee.com teamtailor.com okta.com
    auth0.com monday.com pipedrive.com netsuite.com app.netsuite.com bitrix24.com bitrix24.de bitrix24.eu
    alibaba.com made-in-china.com
"""

_SERVICE_PAGES_TEXT = """
    www www1 www2 www3 about academy accounts admin api app apps blog br careers cn community country de developer
    developers dev docs en es events forum fr get global go help home info investor investors it jobs jp knowledge
    learn legal login lp m mail marketing media my news nl offers pages partner partners press pt research shop status
    store support training trust uk us
"""

# Directories, shops and forms: with a path the page is a customer's, without one it is the company's own.
_DIRECTORIES_TEXT = """
    amazon.com amazon.co.uk amazon.de airtable.com angel.co apollo.io behance.net bloomberg.com calendly.com
    capterra.com dnb.com dribbble.com dropbox.com ebay.com ebay.de eventbrite.com flickr.com g2.com glassdoor.com
    gumroad.com indeed.com indiamart.com issuu.com northdata.com northdata.de notion.so opencorporates.com patreon.com
    producthunt.com scribd.com trustpilot.com wellfound.com yellowpages.com zoominfo.com
"""

FREE_MAIL = frozenset(_FREE_MAIL_TEXT.split())
SOCIAL = frozenset(_SOCIAL_TEXT.split())
TENANTS = frozenset(_TENANTS_TEXT.split())
PROVIDERS = frozenset(_PROVIDERS_TEXT.split())
SERVICE_PAGES = frozenset(_SERVICE_PAGES_TEXT.split())
DIRECTORIES = frozenset(_DIRECTORIES_TEXT.split())
