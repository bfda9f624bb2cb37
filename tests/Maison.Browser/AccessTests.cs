// axe-core's rules of WCAG 2.1 A and AA over every page: contrast, labels, roles, order of headings. runs/browser.sh fetches axe.min.js.

using System.Text.Json;
using Maison.Tests;
using Maison.Tests.Data.Pictures;

namespace Maison.Browser;

public sealed class AccessTests(House house) : IClassFixture<House>
{
    /// <summary>Rules that apply to any page of the app; fewer would mean that nothing was looked at.</summary>
    const int FewestRules = 15;

    static readonly string Axe = Path.Combine(Repository.Root, "artifacts", "axe.min.js");

    [Theory, MemberData(nameof(RoomTests.Screens), MemberType = typeof(RoomTests))]
    public async Task EveryPageIsOpenToEverybody(bool phone, bool dark, string language)
    {
        await using var visitor = await house.Visit(phone, dark, language);
        Assert.SkipWhen(!File.Exists(Axe), "There is no artifacts/axe.min.js here: runs/browser.sh fetches it with npm.");
        await visitor.Page.GotoAsync("/assistant");
        await visitor.At("#text").FillAsync("Hello");
        await visitor.At("#send").ClickAsync();
        await visitor.At(".turn.answer .handles").WaitForAsync();
        var api = new Maison.App.ApiClient(house.Server.Http, Maison.Tests.Api.ApiServer.Key);
        var picture = await api.Keep(SamplePictures.Png(SamplePictures.Noise(64, 48)), "a picture.png", "image/png", default);
        var found = new List<string>();
        foreach (var path in new[] { new Uri(visitor.Page.Url).AbsolutePath, $"/images/{picture.Id}", $"/images/{picture.Id}/edit" }.Concat(RoomTests.Pages))
        {
            await visitor.Page.GotoAsync(path);
            await visitor.Page.EvaluateAsync(await File.ReadAllTextAsync(Axe));
            var result = await visitor.Page.EvaluateAsync<JsonElement>("async () => { const r = await axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice'] }); return { passed: r.passes.length, broken: r.violations.map(v => ({ id: v.id, nodes: v.nodes.slice(0, 3).map(n => n.html.slice(0, 160) + ' ' + (n.any[0]?.message ?? '')) })) }; }");
            Assert.InRange(result.GetProperty("passed").GetInt32(), FewestRules, int.MaxValue);
            found.AddRange(result.GetProperty("broken").EnumerateArray().Select(v => $"{path}: {v}"));
        }
        Assert.True(found.Count == 0, string.Join('\n', found));
    }
}
