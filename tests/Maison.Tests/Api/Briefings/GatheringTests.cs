// Gathering over HTTP from a small site: a feed's teasers lead to articles, where the site lets programs read them, and what did not change is not sent again.

using System.Net;
using Maison.Api.Briefings.Sources;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Maison.Tests.Api.Briefings;

public sealed class GatheringTests
{
    const string Article = "<html lang=en><body><article><h1>Wall</h1><p>The council voted on Tuesday to rebuild the wall, which lost 40 metres of stone.</p><p>The work begins in April and will cost three million pounds, the mayor said.</p><p>Boats will move to the east quay while the stones are laid.</p></article></body></html>";

    sealed class Shelf : IFeedShelf
    {
        readonly Dictionary<string, KeptFeed> kept = [];

        public KeptFeed? Find(string address) => kept.GetValueOrDefault(address);

        public Task Keep(string address, KeptFeed feed)
        {
            kept[address] = feed;
            return Task.CompletedTask;
        }
    }

    [Fact]
    public async Task TeasersLeadToArticlesWhereProgramsAreWelcome()
    {
        var asked = new List<string>();
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(k => k.Listen(IPAddress.Loopback, 0));
        builder.Services.AddRoutingCore();
        await using var site = builder.Build();
        site.Run(async context =>
        {
            lock (asked) asked.Add($"{context.Request.Path}{(context.Request.Headers.IfNoneMatch.Count > 0 ? " again" : "")}");
            switch (context.Request.Path.Value)
            {
                case "/robots.txt":
                    await context.Response.WriteAsync("User-agent: *\nDisallow: /closed");
                    break;
                case "/feed":
                    context.Response.Headers.ETag = "\"1\"";
                    if (context.Request.Headers.IfNoneMatch == "\"1\"") context.Response.StatusCode = 304;
                    else await context.Response.WriteAsync($"<rss version=\"2.0\"><channel><title>The Site</title><language>en</language>{Item("open")}{Item("closed")}{Item("gone")}</channel></rss>");
                    break;
                case "/open" or "/closed":
                    context.Response.ContentType = "text/html";
                    await context.Response.WriteAsync(Article);
                    break;
                default:
                    context.Response.StatusCode = 404;
                    break;
            }

            string Item(string name) => $"<item><title>Wall {name}</title><link>http://{context.Request.Host}/{name}</link><description>The council voted to rebuild the {name} wall.</description></item>";
        });
        await site.StartAsync();
        using var fetcher = new Fetcher(_ => true, Dns.GetHostAddressesAsync);
        var (shelf, feed) = (new Shelf(), site.Urls.Single() + "/feed");
        var gatherer = new SourceGatherer(fetcher, shelf);
        var gathered = await gatherer.Read(new([feed], [], []), (_, _) => { }, default);
        Assert.Equal(["Wall open", "Wall closed", "Wall gone"], gathered.Sources.Select(s => s.Title));
        var deeper = await gatherer.Deepened(gathered.Sources, (_, _) => { }, default);
        Assert.Equal([4, 2, 2], deeper.Select(s => s.Passages.Count));
        Assert.Equal([true, false, false], deeper.Select(s => s.Whole));
        Assert.DoesNotContain("/closed", asked);
        Assert.Single(asked, a => a == "/robots.txt");

        // What a person names is theirs to read; the feed is asked for again, and has not changed.
        var again = await new SourceGatherer(fetcher, shelf).Read(new([feed], [site.Urls.Single() + "/closed"], []), (_, _) => { }, default);
        Assert.Equal([true, false, false], again.Sources.Select(s => s.Whole));
        Assert.Contains("/feed again", asked);
    }
}
