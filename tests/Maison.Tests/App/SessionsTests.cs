// Browser sessions and the file that they outlive the server in.

using Maison.App.SignIn;
using Maison.Tests.Api;
using Microsoft.AspNetCore.Http;

namespace Maison.Tests.App;

public sealed class SessionsTests
{
    static HttpContext With(string? name)
    {
        var context = new DefaultHttpContext();
        if (name is not null) context.Request.Headers.Cookie = $"{Sessions.Cookie}={name}";
        return context;
    }

    static string Begin(Sessions sessions, string key)
    {
        var context = With(null);
        sessions.Begin(context, key, administers: true);
        return context.Response.Headers.SetCookie.Single()!.Split('=', ';')[1];
    }

    [Fact]
    public void TheyOutliveTheServerAndEndWhenOneSignsOut()
    {
        using var folder = new TempFolder();
        Sessions Started() => new(TimeProvider.System, folder.Path);
        var before = Started();
        var (name, other) = (Begin(before, "mk-secret-one"), Begin(before, "mk-secret-two"));
        var token = before.Of(With(name).Request)!.Token;

        var after = Started();
        var session = after.Of(With(name).Request)!;
        Assert.Equal(("mk-secret-one", true, token), (session.Key, session.Administers, session.Token));
        Assert.True(session.Owns(token));
        Assert.False(after.Of(With(other).Request)!.Owns(token));
        after.End(With(name));
        Assert.Null(after.Of(With(name).Request));
        Assert.Null(Started().Of(With(name).Request));
        Assert.Equal("mk-secret-two", Started().Of(With(other).Request)!.Key);
    }

    [Fact]
    public void TheFileOpensNothingByItself()
    {
        using var folder = new TempFolder();
        var name = Begin(new(TimeProvider.System, folder.Path), "mk-secret-one");
        var file = folder.File(Sessions.FileName);
        var text = File.ReadAllText(file);
        Assert.DoesNotContain("mk-secret-one", text);
        Assert.DoesNotContain(name, text);
        if (!OperatingSystem.IsWindows()) Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        // What is changed in the file is no session, and a damaged file signs nobody in.
        var digest = text.Split('"')[1];
        File.WriteAllText(file, text.Replace(digest, new('a', digest.Length), StringComparison.Ordinal));
        Assert.Null(new Sessions(TimeProvider.System, folder.Path).Of(With(name).Request));
        File.WriteAllText(file, text[..^9]);
        var anew = new Sessions(TimeProvider.System, folder.Path);
        Assert.Null(anew.Of(With(name).Request));
        Assert.NotNull(anew.Of(With(Begin(anew, "mk-secret-three")).Request));
    }

    [Fact]
    public void TheyEndAfterTwoWeeks()
    {
        using var folder = new TempFolder();
        var clock = new SetClock();
        var sessions = new Sessions(clock, folder.Path);
        var name = Begin(sessions, "mk-secret-one");
        Assert.NotNull(sessions.Of(With(name).Request));
        clock.Now += TimeSpan.FromDays(15);
        Assert.Null(sessions.Of(With(name).Request));
        Assert.Null(new Sessions(clock, folder.Path).Of(With(name).Request));
    }
}
