#include "communication/chat/html.h"

#include <gtest/gtest.h>

#include <string>

namespace fanfare::communication::chat {
namespace {

struct Row {
  const char* in;
  const char* out;
};

TEST(SanitizeHtml, KeepsWhatIsSafe) {
  const Row rows[] = {
      {"", ""},
      {"plain text", "plain text"},
      {"<p>Come on, <b>lunch</b>!</p>", "<p>Come on, <b>lunch</b>!</p>"},
      {"<a href=\"https://example.org/?a=1&amp;b=2\">x</a>",
       "<a href=\"https://example.org/?a=1&amp;b=2\">x</a>"},
      {"<A HREF='http://x.org'>x</A>", "<a href=\"http://x.org\">x</a>"},
      {"<a href=mailto:a@b.org>x</a>", "<a href=\"mailto:a@b.org\">x</a>"},
      {"<img id=\"f508ce15\" alt=\"a &quot;b&quot;\">",
       "<img id=\"f508ce15\" alt=\"a &quot;b&quot;\">"},
      {"<br/>one<br>two", "<br>one<br>two"},
      {"&lt;b&gt; &amp; &#10;", "&lt;b&gt; &amp; &#10;"},
      {"fish & chips < 5 > 3", "fish &amp; chips &lt; 5 &gt; 3"},
      {"<table><tr><td colspan=2>x</td></tr></table>",
       "<table><tr><td colspan=\"2\">x</td></tr></table>"},
      {"say \"hi\"", "say \"hi\""},
  };
  for (const auto& row : rows) EXPECT_EQ(sanitize_html(row.in), row.out) << row.in;
}

TEST(SanitizeHtml, ClosesWhatWasLeftOpenInOrder) {
  const Row rows[] = {
      {"<p><b>x", "<p><b>x</b></p>"},
      {"<b><i>x</b>y</i>", "<b><i>x</i></b>y"},
      {"</div>x</p>", "x"},
      {"<ul><li>a<li>b</ul>", "<ul><li>a<li>b</li></li></ul>"},
  };
  for (const auto& row : rows) EXPECT_EQ(sanitize_html(row.in), row.out) << row.in;
}

TEST(SanitizeHtml, DropsWhatIsNotOnTheList) {
  const Row rows[] = {
      {"<blink>x</blink>", "x"},
      {"<form action=/x><input name=a>y</form>", "y"},
      {"<p onclick=\"alert(1)\" style=\"x\" class=c title=t>x</p>", "<p title=\"t\">x</p>"},
      {"<!-- <b>x</b> -->y", "y"},
      {"<!DOCTYPE html>y", "y"},
      {"<?php echo 1 ?>y", "y"},
      {"<script>alert('<b>')</script>y", "y"},
      {"<style>p{}</style >y", "y"},
      {"<p>x<", "<p>x&lt;</p>"},
      {"<p>x<b", "<p>x</p>"},
  };
  for (const auto& row : rows) EXPECT_EQ(sanitize_html(row.in), row.out) << row.in;
}

/// Ways to smuggle a script past filters, from well-known collections.
const char* const kPayloads[] = {
    "<script>alert(1)</script>",
    "<SCRIPT SRC=http://evil.example/x.js></SCRIPT>",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "<img src=x onerror=alert(1)>",
    "<img src=\"javascript:alert(1)\">",
    "<img src=`javascript:alert(1)`>",
    "<IMG \"\"\"><SCRIPT>alert(1)</SCRIPT>\">",
    "<img/src=x/onerror=alert(1)>",
    "<img src=x:alert(alt) onerror=eval(src) alt=1>",
    "<a href=\"javascript:alert(1)\">x</a>",
    "<a href=\"JaVaScRiPt:alert(1)\">x</a>",
    "<a href=\" javascript:alert(1)\">x</a>",
    "<a href=\"java\nscript:alert(1)\">x</a>",
    "<a href=\"java\tscript:alert(1)\">x</a>",
    "<a href=\"&#106;&#97;vascript:alert(1)\">x</a>",
    "<a href=\"&#x6A;avascript&colon;alert(1)\">x</a>",
    "<a href=\"javascript&NewLine;:alert(1)\">x</a>",
    "<a href=\"&#0000106avascript:alert(1)\">x</a>",
    "<a href=\"data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==\">x</a>",
    "<a href=\"vbscript:msgbox(1)\">x</a>",
    "<a href=\"//evil.example\" onclick=alert(1)>x</a>",
    "<svg onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    "<svg><a xlink:href=\"javascript:alert(1)\"><text>x</text></a></svg>",
    "<math><mi xlink:href=\"javascript:alert(1)\">x</mi></math>",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
    "<iframe src=javascript:alert(1)></iframe>",
    "<iframe srcdoc=\"<script>alert(1)</script>\">",
    "<object data=javascript:alert(1)></object>",
    "<embed src=javascript:alert(1)>",
    "<body onload=alert(1)>",
    "<details open ontoggle=alert(1)>x</details>",
    "<video><source onerror=alert(1)></video>",
    "<audio src onloadstart=alert(1)>",
    "<input autofocus onfocus=alert(1)>",
    "<select autofocus onfocus=alert(1)>",
    "<textarea autofocus onfocus=alert(1)>",
    "<marquee onstart=alert(1)>x</marquee>",
    "<base href=javascript:alert(1)//>",
    "<link rel=stylesheet href=javascript:alert(1)>",
    "<meta http-equiv=refresh content=\"0;url=javascript:alert(1)\">",
    "<style>@import 'javascript:alert(1)';</style>",
    "<div style=\"background:url(javascript:alert(1))\">x</div>",
    "<p style=\"width:expression(alert(1))\">x</p>",
    "<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\">",
    "<template><img src=x onerror=alert(1)></template>",
    "<xmp><p title=\"</xmp><img src=x onerror=alert(1)>\">",
    "<p title=\"</p><img src=x onerror=alert(1)>\">x</p>",
    "<!--><img src=x onerror=alert(1)>-->",
    "<!-- --!><img src=x onerror=alert(1)> -->",
    "<![CDATA[<img src=x onerror=alert(1)>]]>",
    "</p/onclick=alert(1)><b onmouseover=alert(1)>x",
    "<b/onmouseover=alert(1)>x</b>",
    "<b onmouseover\n=\nalert(1)>x</b>",
    "<a title='\"><img src=x onerror=alert(1)>'>x</a>",
    "<p lang=\"a\"onclick=alert(1)>x</p>",
    "<%00script>alert(1)</script>",
    "<p =onclick=alert(1)>x</p>",
};

/// Tags of `html`, from '<' to '>': after sanitising, every '<' opens one.
std::vector<std::string> tags_of(const std::string& html) {
  std::vector<std::string> out;
  for (auto at = html.find('<'); at != std::string::npos; at = html.find('<', at + 1)) {
    out.push_back(html.substr(at, html.find('>', at) - at + 1));
  }
  return out;
}

/// The tag with everything inside quotes taken out.
std::string without_values(const std::string& tag) {
  std::string out;
  bool inside = false;
  for (const char c : tag) {
    if (c == '"') inside = !inside;
    if (!inside) out += c;
  }
  return out;
}

TEST(SanitizeHtml, LeavesNoScriptInAnyKnownPayload) {
  for (const auto* payload : kPayloads) {
    const auto out = sanitize_html(payload);
    for (const auto& tag : tags_of(out)) {
      const auto names = without_values(tag);
      EXPECT_EQ(names.find(" on"), std::string::npos) << payload << "\n" << out;
      EXPECT_EQ(names.find("style"), std::string::npos) << payload << "\n" << out;
      for (const char* element : {"<script", "<svg", "<math", "<iframe", "<object", "<embed",
                                  "<style", "<base", "<link", "<meta", "<video", "<form"}) {
        EXPECT_FALSE(tag.starts_with(element)) << payload << "\n" << out;
      }
      for (const char* attribute : {"href=\"", "src=\""}) {
        const auto at = tag.find(attribute);
        if (at == std::string::npos) continue;
        const auto value = tag.substr(at + std::string(attribute).size());
        EXPECT_TRUE(value.starts_with("http") || value.starts_with("mailto:")) << payload << "\n"
                                                                               << out;
      }
    }
  }
}

TEST(SanitizeHtml, ChangesNothingTheSecondTime) {
  for (const auto* payload : kPayloads) {
    const auto once = sanitize_html(payload);
    EXPECT_EQ(sanitize_html(once), once) << payload;
  }
}

TEST(SanitizeHtml, BoundsTheDepth) {
  std::string deep;
  for (int i = 0; i < 10'000; ++i) deep += "<b>";
  const auto out = sanitize_html(deep + "x");
  EXPECT_LT(out.size(), 1000u);
  EXPECT_NE(out.find('x'), std::string::npos);
}

TEST(SanitizeHtml, TakesTimeInProportionToItsLength) {
  std::string opens(28 * 1024, '<');
  EXPECT_EQ(sanitize_html(opens).size(), opens.size() * 4);
  std::string quotes = "<a ";
  for (int i = 0; i < 9'000; ++i) quotes += "a='";
  EXPECT_LT(sanitize_html(quotes).size(), 10u);
  std::string scripts;
  for (int i = 0; i < 4'000; ++i) scripts += "<script";
  EXPECT_EQ(sanitize_html(scripts), "");
}

}  // namespace
}  // namespace fanfare::communication::chat
