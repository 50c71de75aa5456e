"""The sites that the sandbox knows by name, and the kind of each.

The choice is the sandbox's own: well-known sites of each kind, not the list of another tool. A site is added by
adding a row. A pattern has to match the whole host:

- `bing.com` matches only that host,
- `*.bing.com` matches `bing.com` and every host under it,
- `google.*` matches that name with the ending of any country: `.com`, `.de`, `.co.uk`, `.com.br`.

An Android app that opens a link sends its own id as the referrer's host (`android-app://com.slack/`).
"""

import re
from collections.abc import Iterator, Mapping
from typing import Final, Literal, NamedTuple

Kind = Literal["search", "social", "video", "shopping", "mail"]

LONGEST_HOST: Final = 253  # characters; RFC 1035, 2.3.4


class Site(NamedTuple):
    """A site: its name as a source, its hosts, and other words that people write into utm_source."""

    name: str
    kind: Kind
    hosts: str
    words: str = ""


# A site that has other services on related hosts (docs.google.com is not a search engine) has its hosts listed
# one by one. In words of several parts, `_` stands for `_`, `-` and a space.
SITES: Final[tuple[Site, ...]] = (
    Site("google", "search", "google.* www.google.* images.google.* com.google.android.googlequicksearchbox"),
    Site("google_ads", "search", "ads.google.com *.googleadservices.com", "adwords google_adwords googleads"),
    Site("bing", "search", "*.bing.com", "bing_ads bingads microsoft_ads msads"),
    Site("aol", "search", "search.aol.* www.aol.com"),
    Site("ask", "search", "*.ask.com"),
    Site("baidu", "search", "baidu.com www.baidu.com m.baidu.com"),
    Site("brave", "search", "search.brave.com"),
    Site("coccoc", "search", "*.coccoc.com"),
    Site("daum", "search", "*.daum.net"),
    Site("dogpile", "search", "*.dogpile.com"),
    Site("duckduckgo", "search", "*.duckduckgo.com com.duckduckgo.mobile.android", "ddg"),
    Site("ecosia", "search", "*.ecosia.org"),
    Site("kagi", "search", "kagi.com"),
    Site("lycos", "search", "search.lycos.com www.lycos.com"),
    Site("metager", "search", "metager.org metager.de"),
    Site("mojeek", "search", "*.mojeek.com"),
    Site("naver", "search", "search.naver.com m.search.naver.com www.naver.com m.naver.com"),
    Site("petal", "search", "*.petalsearch.com"),
    Site("presearch", "search", "*.presearch.com"),
    Site("qwant", "search", "*.qwant.com"),
    Site("rambler", "search", "nova.rambler.ru www.rambler.ru"),
    Site("seznam", "search", "search.seznam.cz www.seznam.cz"),
    Site("so360", "search", "so.com www.so.com m.so.com"),
    Site("sogou", "search", "*.sogou.com"),
    Site("startpage", "search", "*.startpage.com"),
    Site("swisscows", "search", "*.swisscows.com"),
    Site("yahoo", "search", "yahoo.* www.yahoo.* *.search.yahoo.*"),
    Site("yandex", "search", "yandex.* www.yandex.* ya.ru", "yandex_direct"),
    Site("facebook", "social", "*.facebook.com *.fb.com fb.me *.messenger.com com.facebook.katana", "fb meta"),
    Site("bluesky", "social", "*.bsky.app", "bsky"),
    Site("discord", "social", "*.discord.com discord.gg"),
    Site("douban", "social", "*.douban.com"),
    Site("flipboard", "social", "*.flipboard.com"),
    Site("hackernews", "social", "news.ycombinator.com", "hn hacker_news"),
    Site("instagram", "social", "*.instagram.com com.instagram.android", "ig insta"),
    Site("kakao", "social", "*.kakao.com", "kakaotalk"),
    Site("lemmy", "social", "lemmy.world lemmy.ml"),
    Site("line", "social", "*.line.me"),
    Site("linkedin", "social", "*.linkedin.com lnkd.in com.linkedin.android", "li"),
    Site("mastodon", "social", "mastodon.social mastodon.online mstdn.social"),
    Site("medium", "social", "*.medium.com"),
    Site("nextdoor", "social", "*.nextdoor.com"),
    Site("odnoklassniki", "social", "ok.ru m.ok.ru"),
    Site("pinterest", "social", "*.pinterest.* pin.it com.pinterest", "pin"),
    Site("producthunt", "social", "*.producthunt.com", "product_hunt"),
    Site("quora", "social", "*.quora.com"),
    Site("reddit", "social", "*.reddit.com redd.it com.reddit.frontpage"),
    Site("snapchat", "social", "*.snapchat.com", "snap"),
    Site("telegram", "social", "*.telegram.org t.me telegram.me org.telegram.messenger", "tg"),
    Site("threads", "social", "*.threads.net *.threads.com"),
    Site("tiktok", "social", "*.tiktok.com", "tt tik_tok"),
    Site("tumblr", "social", "*.tumblr.com"),
    Site("viber", "social", "*.viber.com"),
    Site("vk", "social", "*.vk.com *.vk.ru", "vkontakte"),
    Site("wechat", "social", "*.weixin.qq.com *.wechat.com", "weixin"),
    Site("weibo", "social", "*.weibo.com *.weibo.cn"),
    Site("whatsapp", "social", "*.whatsapp.com wa.me com.whatsapp", "wa"),
    Site("x", "social", "*.x.com *.twitter.com t.co com.twitter.android", "twitter"),
    Site("xiaohongshu", "social", "*.xiaohongshu.com", "rednote"),
    Site("xing", "social", "*.xing.com"),
    Site("youtube", "video", "*.youtube.com youtu.be com.google.android.youtube", "yt"),
    Site("bilibili", "video", "*.bilibili.com b23.tv"),
    Site("bitchute", "video", "*.bitchute.com"),
    Site("crunchyroll", "video", "*.crunchyroll.com"),
    Site("dailymotion", "video", "*.dailymotion.com dai.ly"),
    Site("disneyplus", "video", "*.disneyplus.com", "disney_plus"),
    Site("hulu", "video", "*.hulu.com"),
    Site("iqiyi", "video", "*.iqiyi.com *.iq.com"),
    Site("kick", "video", "kick.com www.kick.com"),
    Site("loom", "video", "*.loom.com"),
    Site("netflix", "video", "*.netflix.com"),
    Site("niconico", "video", "*.nicovideo.jp nico.ms"),
    Site("odysee", "video", "*.odysee.com"),
    Site("plutotv", "video", "*.pluto.tv", "pluto_tv"),
    Site("primevideo", "video", "*.primevideo.com", "prime_video"),
    Site("rumble", "video", "*.rumble.com"),
    Site("rutube", "video", "*.rutube.ru"),
    Site("streamable", "video", "*.streamable.com"),
    Site("ted", "video", "*.ted.com"),
    Site("twitch", "video", "*.twitch.tv"),
    Site("veoh", "video", "*.veoh.com"),
    Site("vevo", "video", "*.vevo.com"),
    Site("vimeo", "video", "*.vimeo.com"),
    Site("wistia", "video", "*.wistia.com *.wistia.net"),
    Site("youku", "video", "*.youku.com"),
    Site("google_shopping", "shopping", "shopping.google.com", "googleshopping"),
    Site("alibaba", "shopping", "*.alibaba.com"),
    Site("aliexpress", "shopping", "*.aliexpress.*"),
    Site("allegro", "shopping", "*.allegro.pl"),
    Site("amazon", "shopping", "amazon.* www.amazon.* smile.amazon.* m.amazon.* amzn.to a.co", "amazon_ads"),
    Site("bestbuy", "shopping", "*.bestbuy.com", "best_buy"),
    Site("bol", "shopping", "*.bol.com"),
    Site("cdiscount", "shopping", "*.cdiscount.com"),
    Site("costco", "shopping", "*.costco.*"),
    Site("coupang", "shopping", "*.coupang.com"),
    Site("ebay", "shopping", "*.ebay.* ebay.us"),
    Site("etsy", "shopping", "*.etsy.com etsy.me"),
    Site("flipkart", "shopping", "*.flipkart.com"),
    Site("idealo", "shopping", "*.idealo.*"),
    Site("jd", "shopping", "*.jd.com"),
    Site("kaufland", "shopping", "*.kaufland.de"),
    Site("lazada", "shopping", "*.lazada.*"),
    Site("mercadolibre", "shopping", "*.mercadolibre.* *.mercadolivre.*", "mercadolivre mercado_libre mercado_livre"),
    Site("mercari", "shopping", "*.mercari.com"),
    Site("newegg", "shopping", "*.newegg.*"),
    Site("otto", "shopping", "*.otto.de"),
    Site("ozon", "shopping", "*.ozon.ru"),
    Site("rakuten", "shopping", "*.rakuten.com *.rakuten.co.jp"),
    Site("shein", "shopping", "*.shein.*"),
    Site("shopee", "shopping", "*.shopee.*"),
    Site("shopify", "shopping", "*.shopify.com shop.app"),
    Site("taobao", "shopping", "*.taobao.com"),
    Site("target", "shopping", "*.target.com"),
    Site("temu", "shopping", "*.temu.com"),
    Site("tmall", "shopping", "*.tmall.com"),
    Site("trendyol", "shopping", "*.trendyol.com"),
    Site("walmart", "shopping", "*.walmart.*"),
    Site("wayfair", "shopping", "*.wayfair.*"),
    Site("wildberries", "shopping", "*.wildberries.ru"),
    Site("zalando", "shopping", "*.zalando.*"),
    Site("gmail", "mail", "mail.google.com com.google.android.gm", "google_mail"),
    Site("outlook", "mail", "outlook.live.com outlook.office.com outlook.office365.com", "hotmail"),
    Site("aol_mail", "mail", "mail.aol.com"),
    Site("daum_mail", "mail", "mail.daum.net"),
    Site("fastmail", "mail", "app.fastmail.com www.fastmail.com"),
    Site("free_mail", "mail", "webmail.free.fr zimbra.free.fr"),
    Site("gmx", "mail", "navigator.gmx.net navigator.gmx.com *.mail.gmx.net"),
    Site("hey", "mail", "app.hey.com"),
    Site("icloud", "mail", "mail.icloud.com www.icloud.com"),
    Site("laposte", "mail", "webmail.laposte.net"),
    Site("libero", "mail", "mail.libero.it mail1.libero.it"),
    Site("mail_ru", "mail", "e.mail.ru touch.mail.ru"),
    Site("naver_mail", "mail", "mail.naver.com"),
    Site("netease_mail", "mail", "mail.163.com mail.126.com"),
    Site("orange_mail", "mail", "mail.orange.fr messagerie.orange.fr"),
    Site("proton", "mail", "mail.proton.me mail.protonmail.com", "protonmail proton_mail"),
    Site("qq_mail", "mail", "mail.qq.com exmail.qq.com"),
    Site("rediffmail", "mail", "mail.rediff.com"),
    Site("seznam_email", "mail", "email.seznam.cz"),
    Site("t_online", "mail", "email.t-online.de"),
    Site("tuta", "mail", "app.tuta.com mail.tutanota.com", "tutanota"),
    Site("web_de", "mail", "navigator.web.de *.mail.web.de"),
    Site("yahoo_mail", "mail", "*.mail.yahoo.com mail.yahoo.co.jp"),
    Site("yandex_mail", "mail", "mail.yandex.*"),
    Site("zoho_mail", "mail", "mail.zoho.*"),
)

_ENDING: Final = re.compile(r"(?:\.com|(?:\.com?)?\.[a-z]{2})$")
_BY_HOST: Final[Mapping[str, Site]] = {host: site for site in SITES for host in site.hosts.split()}
_BY_WORD: Final[Mapping[str, Site]] = {word: site for site in SITES for word in (site.name, *site.words.split())}


def site_of_host(host: str) -> Site | None:
    """Return the site of a host, which is in lower case."""
    # Visitors write hosts: a text that cannot be a host is not looked up, so it never equals a pattern.
    if len(host) > LONGEST_HOST or "*" in host:
        return None
    return next((_BY_HOST[pattern] for pattern in _patterns(host) if pattern in _BY_HOST), None)


def site_of_source(source: str) -> Site | None:
    """Return the site that a source, in lower case, means: by its name, a short name, or one of its hosts."""
    return _BY_WORD.get(source.replace("-", "_").replace(" ", "_")) or site_of_host(source)


def _patterns(host: str) -> Iterator[str]:
    """Yield the patterns that match a host, the most exact one first."""
    for pattern in (host, _ENDING.sub(".*", host)):
        yield pattern
        while pattern:
            yield "*." + pattern
            pattern = pattern.partition(".")[2]
