// What Markdown becomes: the shapes that answers have, and nothing that could run, style or call home.

using System.Text.RegularExpressions;
using Maison.App;

namespace Maison.Tests.App;

public sealed partial class MarkupTests
{
    static readonly HashSet<string> Tags = ["p", "a", "em", "strong", "del", "code", "pre", "h1", "h2", "h3", "ul", "ol", "li", "table", "thead", "tbody", "tr", "th", "td", "hr", "br", "blockquote", "input"];
    static readonly HashSet<string> Attributes = ["href", "rel", "target", "title", "class", "type", "disabled", "start"];

    public static TheoryData<int> Numbers => [.. Enumerable.Range(0, Payloads.All.Length)];

    [Theory, MemberData(nameof(Numbers))]
    public void NothingThatRunsComesThrough(int payload)
    {
        var html = Markup.Html(Payloads.All[payload]).Value;
        foreach (Match tag in Tag().Matches(html))
        {
            Assert.Contains(tag.Groups["name"].Value, Tags);
            foreach (Match attribute in Attribute().Matches(tag.Groups["rest"].Value))
            {
                Assert.Contains(attribute.Groups["name"].Value, Attributes);
                if (attribute.Groups["name"].Value == "type") Assert.Equal(("input", "checkbox"), (tag.Groups["name"].Value, attribute.Groups["value"].Value));
                if (attribute.Groups["name"].Value == "href") Assert.Matches("^(https?://|mailto:)", attribute.Groups["value"].Value);
            }
            Assert.Equal("", Attribute().Replace(tag.Groups["rest"].Value, "").Trim(' ', '/'));
        }
        Assert.DoesNotContain('<', Tag().Replace(html, ""));
    }

    [Fact]
    public void AnswersKeepTheirShape()
    {
        Assert.Equal("<p><strong>a</strong> and <code>b</code></p>\n", Markup.Html("**a** and `b`").Value);
        Assert.Contains("<table>", Markup.Html("| a |\n|---|\n| b |").Value);
        Assert.Contains("<pre><code class=\"language-csharp\">var x = 1 &lt; 2;", Markup.Html("```csharp\nvar x = 1 < 2;\n```").Value);
        Assert.Equal("<p><a href=\"https://a.example/\" rel=\"noopener noreferrer nofollow\" target=\"_blank\">a</a></p>\n", Markup.Html("[a](https://a.example/)").Value);
        Assert.Equal("<p>see curve</p>\n", Markup.Html("see [curve](curve.svg)").Value);
        Assert.DoesNotContain("license", Markup.Html("---\nlicense: mit\n---\n# Card").Value);
    }

    [GeneratedRegex("""</?(?<name>[a-zA-Z][a-zA-Z0-9]*)(?<rest>(?:[^>"]|"[^"]*")*)>""")]
    private static partial Regex Tag();

    [GeneratedRegex("""(?<name>[^\s="'/]+)="(?<value>[^"]*)" """, RegexOptions.IgnorePatternWhitespace)]
    private static partial Regex Attribute();
}
