// The house's books: only for administrators, every form guarded, keys shown once.

using System.Net;
using System.Text.RegularExpressions;
using Maison.Tests.Api;

namespace Maison.Tests.App;

public sealed class AdminPagesTests
{
    static readonly string[] Pages = ["/admin", "/admin/people", "/admin/keys", "/admin/providers", "/admin/training", "/admin/audit"];

    internal static async Task<Browser> Member(ApiServer server, Browser admin, string name = "Ada", string role = "member")
    {
        using (var added = await admin.Send("/admin/people", live: false, ("name", name), ("password", "correct horse"), ("role", role))) Assert.Equal(HttpStatusCode.SeeOther, added.StatusCode);
        var member = new Browser(server);
        using var entered = await member.SendAs(null, "/sign-in", false, ("name", name), ("password", "correct horse"));
        Assert.Equal("/", entered.Headers.Location!.OriginalString);
        return member;
    }

    [Fact]
    public async Task MembersSeeNoBooksAndMayChangeNothingInThem()
    {
        await using var server = await ScriptedModel.Serve("Hello");
        using var admin = await Browser.SignedIn(server);
        using var member = await Member(server, admin);
        foreach (var page in Pages)
        {
            await admin.Page(page);
            await member.Page(page, HttpStatusCode.Forbidden);
        }
        Assert.Contains("href=\"/admin\"", await admin.Source("/"));
        Assert.DoesNotContain("href=\"/admin\"", await member.Source("/"));
        foreach (var path in new[] { "/admin/people", "/admin/people/x", "/admin/people/x/delete", "/admin/keys", "/admin/keys/x/rotate", "/admin/keys/x/delete", "/admin/projects/x", "/admin/providers", "/admin/providers/x/delete" })
        {
            using (var refused = await member.Send(path, live: false, ("name", "x"), ("password", "correct horse"), ("role", "admin"), ("project", "proj_default"), ("models", "m"))) Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
            using (var forged = await admin.SendAs("0123", path, false, ("name", "x"))) Assert.Equal(HttpStatusCode.Forbidden, forged.StatusCode);
        }
    }

    [Fact]
    public async Task PeopleSeeTheirOwnChatsAlone()
    {
        await using var server = await ScriptedModel.Serve("Hello");
        using var admin = await Browser.SignedIn(server);
        using Browser ada = await Member(server, admin), bob = await Member(server, admin, "Bob");
        var chat = await ada.Say("A secret of Ada");
        Assert.Contains("A secret of Ada", await ada.Page("/chats?search=secret"));
        foreach (var other in new[] { bob, admin })
        {
            Assert.DoesNotContain("A secret of Ada", await other.Page("/chats"));
            Assert.Contains("Nothing was said", await other.Page("/chats?search=secret"));
            await other.Page(chat, HttpStatusCode.NotFound);
            await other.Page(chat + "/export.json", HttpStatusCode.NotFound);
        }
    }

    [Fact]
    public async Task AKeyIsMadeShownOnceGivenANewValueAndRevoked()
    {
        await using var server = await ScriptedModel.Serve("Hello");
        using var admin = await Browser.SignedIn(server);
        using var made = await admin.Send("/admin/keys", live: false, ("name", "a script"), ("project", "proj_default"), ("budget", "12,50"), ("days", "30"));
        var value = Regex.Match(await made.Content.ReadAsStringAsync(), "<code>(mk-[^<]+)</code>").Groups[1].Value;
        using var script = server.With(value);
        await script.GetStringAsync("/v1/models");
        var page = await admin.Page("/admin/keys");
        Assert.DoesNotContain(value, page);
        var id = server.Keys.Keys.Single(k => k.Name == "a script").Id;
        Assert.Equal(12_500_000, server.Keys.Key(id)!.Limits.BudgetMonth);
        using (await admin.Send($"/admin/keys/{id}/rotate", live: false, ("project", "proj_default"))) { }
        using (var old = await script.GetAsync("/v1/models")) Assert.Equal(HttpStatusCode.Unauthorized, old.StatusCode);
        using (await admin.Send($"/admin/keys/{id}/delete", live: false, ("project", "proj_default"))) { }
        Assert.DoesNotContain("a script", await admin.Page("/admin/keys"));
        using (await admin.Send("/admin/projects/proj_default", live: false, ("day", ""), ("month", "7"))) { }
        Assert.Equal((null, 7_000_000L), (server.Keys.Project("proj_default")!.Limits.BudgetDay, server.Keys.Project("proj_default")!.Limits.BudgetMonth));
        using var wrong = await admin.Send("/admin/keys", live: false, ("name", "x"), ("project", "proj_default"), ("budget", "much"));
        Assert.Contains("“much” is no amount", WebUtility.HtmlDecode(await wrong.Content.ReadAsStringAsync()));
        Assert.Contains("api_key.rotated", await admin.Page("/admin/audit"));
    }

    [Fact]
    public async Task AProviderIsAddedWithItsModelsAndRemoved()
    {
        await using var server = await ScriptedModel.Serve("Hello");
        using var admin = await Browser.SignedIn(server);
        using (var added = await admin.Send("/admin/providers", live: false, ("name", "theirs"), ("kind", "openai-compatible"), ("base_url", "https://models.example/v1"), ("api_key", "secret-of-theirs"), ("models", "small 0.1 0.3\nlarge")))
            Assert.Equal(HttpStatusCode.SeeOther, added.StatusCode);
        var page = await admin.Page("/admin/providers");
        Assert.Contains("openai-compatible · small, large", page);
        Assert.DoesNotContain("secret-of-theirs", page);
        Assert.Contains("theirs/small", await admin.Page("/assistant"));
        using (var wrong = await admin.Send("/admin/providers", live: false, ("name", "other"), ("kind", "openai-compatible"), ("models", "x y z")))
            Assert.Contains("“x y z” is no model", WebUtility.HtmlDecode(await wrong.Content.ReadAsStringAsync()));
        using (await admin.Send("/admin/providers/theirs/delete", live: false)) { }
        Assert.DoesNotContain("theirs/small", await admin.Page("/assistant"));
    }

    [Fact]
    public async Task UsageIsDrawnForThirtyDays()
    {
        await using var server = await ScriptedModel.Serve("Hello");
        using var admin = await Browser.SignedIn(server);
        await admin.Say("Hi");
        var page = await admin.Page("/admin");
        Assert.Equal(4 * 30, Regex.Count(page, "<rect "));
        Assert.Contains("aria-label=\"Answers: 1\"", page);
    }
}
