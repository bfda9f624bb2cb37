// GET /conformance: what every field of every route does, for each model that is served, as Markdown. Written from the tables that answer
// the requests themselves; the tests ask a server for each line of it.

using System.Text;
using Maison.Api.Models;
using Maison.Api.Requests;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Maison.Api.Conformance;

/// <summary>The page of obeyed, accepted and refused fields.</summary>
static class ConformancePage
{
    public static void Map(IEndpointRouteBuilder routes, ModelRegistry models)
        => routes.MapGet(Routes.Conformance, context =>
        {
            context.Response.ContentType = "text/markdown; charset=utf-8";
            return context.Response.WriteAsync(Render(models.All), context.RequestAborted);
        });

    /// <summary>The page for these models; models that do the same with the same fields share tables.</summary>
    public static string Render(IEnumerable<CatalogEntry> models)
    {
        var text = new StringBuilder("""
            # Conformance

            Every field of a request is obeyed, accepted because nothing here depends on it, or refused by name. A field that stands in no table is refused with
            400 `unknown_parameter`; a refused one with 400 `unsupported_parameter`, unless its value asks for nothing.


            """.ReplaceLineEndings("\n"));
        foreach (var kind in models.GroupBy(m => (m.Output, Tables: string.Join(' ', m.Fields.Select(f => $"{f.Key} {string.Join(' ', f.Value.Support.Refused)}")))))
        {
            text.Append($"## {string.Join(", ", kind.Select(m => m.Id))} ({kind.Key.Output})\n\n");
            foreach (var (route, fields) in kind.First().Fields)
            {
                text.Append($"### POST {route}\n\n| field | |\n|---|---|\n");
                foreach (var field in fields.Support.Obeyed) text.Append($"| `{field}` | obeyed |\n");
                foreach (var field in fields.Support.Accepted) text.Append($"| `{field}` | accepted, changes nothing |\n");
                foreach (var (field, neutral, remedy) in fields.Refusals)
                    text.Append($"| `{field}` | refused{(neutral.Count == 0 ? "" : $" unless {string.Join(" or ", neutral.Select(n => $"`{n}`"))}")}. {remedy.Replace("|", "\\|", StringComparison.Ordinal)} |\n");
                text.Append('\n');
            }
        }
        return text.ToString();
    }
}
