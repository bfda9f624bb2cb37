// Markdown as models write it, to HTML that can do nothing: raw HTML is shown as text, links lead to web or mail addresses alone, and
// pictures are links, so that reading an answer never tells another host. Built up, not cleaned: what is not made here can not be in it.

using System.Text;
using Markdig;
using Markdig.Extensions.AutoLinks;
using Markdig.Extensions.Yaml;
using Markdig.Renderers.Html;
using Markdig.Syntax;
using Markdig.Syntax.Inlines;
using Microsoft.AspNetCore.Components;

namespace Maison.App;

/// <summary>Renders Markdown.</summary>
static class Markup
{
    static readonly MarkdownPipeline Pipeline = new MarkdownPipelineBuilder()
        .DisableHtml().UseYamlFrontMatter().UsePipeTables().UseTaskLists().UseEmphasisExtras().UseAutoLinks(new AutoLinkOptions()).Build();

    public static MarkupString Html(string markdown)
    {
        var document = Markdown.Parse(markdown, Pipeline);
        foreach (var link in document.Descendants<LinkInline>().ToList()) Tame(link);
        foreach (var link in document.Descendants<AutolinkInline>().ToList())
            if (!link.IsEmail && !Leads(link.Url)) link.ReplaceBy(new LiteralInline(link.Url));
            else Outward(link);
        return new(document.ToHtml(Pipeline));
    }

    /// <summary>What of a text can be read aloud: no code, no addresses, no signs of markup.</summary>
    public static string Plain(string markdown)
    {
        var text = new StringBuilder();
        foreach (var block in Markdown.Parse(markdown, Pipeline).Descendants<LeafBlock>())
        {
            if (block is CodeBlock or YamlFrontMatterBlock || block.Inline is null) continue;
            foreach (var inline in block.Inline.Descendants())
                if (inline is LiteralInline literal) text.Append(literal.Content);
                else if (inline is CodeInline code) text.Append(code.Content);
                else if (inline is LineBreakInline) text.Append(' ');
            if (text.Length > 0 && !".!?:;,".Contains(text[^1])) text.Append('.');
            text.Append('\n');
        }
        return text.ToString().Trim();
    }

    static void Tame(LinkInline link)
    {
        var url = link.GetDynamicUrl?.Invoke() ?? link.Url;
        link.IsImage = false;
        if (Leads(url))
        {
            Outward(link);
            if (link.FirstChild is null) link.AppendChild(new LiteralInline(url!));
            return;
        }
        link.ReplaceBy(new ContainerInline());
    }

    static bool Leads(string? url) => Uri.TryCreate(url, UriKind.Absolute, out var address) && address.Scheme is ("http" or "https" or "mailto");

    static void Outward(MarkdownObject link)
    {
        link.GetAttributes().AddPropertyIfNotExist("rel", "noopener noreferrer nofollow");
        link.GetAttributes().AddPropertyIfNotExist("target", "_blank");
    }
}
