namespace Maison.Tests.App;

/// <summary>Known ways of smuggling a script through text and Markdown.</summary>
static class Payloads
{
    public static readonly string[] All =
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "<svg/onload=alert(1)>",
        "<svg><script>alert(1)</script></svg>",
        "\"><script>alert(1)</script>",
        "'\" onmouseover=alert(1) x='",
        "<a href=\"javascript:alert(1)\">x</a>",
        "[x](javascript:alert(1))",
        "[x](JaVaScRiPt:alert(1))",
        "[x](java&#115;cript:alert(1))",
        "[x](java&Tab;script:alert(1))",
        "[x](\u0001javascript:alert(1))",
        "[x](data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==)",
        "[x](vbscript:msgbox(1))",
        "![x](javascript:alert(1))",
        "![x](https://elsewhere.example/track.png\"onerror=\"alert(1))",
        "![a\" onerror=\"alert(1)](https://elsewhere.example/x.png)",
        "<javascript:alert(1)>",
        "[x]: javascript:alert(1)\n\n[x]",
        "[x](https://a.example \"\\\" onmouseover=\\\"alert(1)\")",
        "```<script>alert(1)</script>\"onload=\"alert(1)\n</code></pre><script>alert(1)</script>\n```",
        "| <img src=x onerror=alert(1)> | b |\n|---|---|\n| <iframe src=javascript:alert(1)> | d |",
        "<iframe srcdoc=\"<script>alert(1)</script>\"></iframe>",
        "<!--><script>alert(1)</script>-->",
        "<math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
        "</textarea></div></article><script>alert(1)</script>",
        "# x {onclick=alert(1)}",
        "`<img src=x onerror=alert(1)>`",
        "http://a.example/\"onmouseover=\"alert(1)",
        "---\ntitle: </head><script>alert(1)</script>\n---\n<style>*{display:none}</style>",
    ];
}
