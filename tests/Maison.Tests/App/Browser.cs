// A browser without scripts: keeps a cookie, follows nothing by itself, and fills in forms with the token of the page.

using System.Net;
using System.Text.RegularExpressions;
using Maison.Tests.Api;

namespace Maison.Tests.App;

sealed class Browser : IDisposable
{
    readonly HttpClient http;

    public Browser(ApiServer server)
        => http = new(new SocketsHttpHandler { AllowAutoRedirect = false, CookieContainer = Cookies }) { BaseAddress = server.Url, Timeout = TimeSpan.FromSeconds(60) };

    public CookieContainer Cookies { get; } = new();

    public static async Task<Browser> SignedIn(ApiServer server)
    {
        var browser = new Browser(server);
        using var entered = await browser.Get(server.Pages.OneTimePath());
        Assert.Equal("/", entered.Headers.Location!.OriginalString);
        return browser;
    }

    /// <summary>The header accept-language.</summary>
    public string Language
    {
        set
        {
            http.DefaultRequestHeaders.AcceptLanguage.Clear();
            http.DefaultRequestHeaders.AcceptLanguage.ParseAdd(value);
        }
    }

    public Task<HttpResponseMessage> Get(string path) => http.GetAsync(path);

    public async Task<string> Page(string path, HttpStatusCode status = HttpStatusCode.OK)
    {
        using var answer = await Get(path);
        Assert.Equal(status, answer.StatusCode);
        return WebUtility.HtmlDecode(await answer.Content.ReadAsStringAsync());
    }

    /// <summary>As <see cref="Page"/>, as it was sent.</summary>
    public Task<string> Source(string path) => http.GetStringAsync(path);

    public async Task<string> Token() => Regex.Match(await Source("/"), "name=\"token\" value=\"([0-9a-f]+)\"").Groups[1].Value;

    public async Task<HttpResponseMessage> Send(string path, bool live, params (string Name, string Value)[] fields)
        => await SendAs(await Token(), path, live, fields);

    public async Task<HttpResponseMessage> SendAs(string? token, string path, bool live = false, params (string Name, string Value)[] fields)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path)
        {
            Content = new FormUrlEncodedContent([.. token is null ? [] : new[] { KeyValuePair.Create("token", token) }, .. fields.Select(f => KeyValuePair.Create(f.Name, f.Value))]),
        };
        if (live) request.Headers.Accept.ParseAdd("text/event-stream");
        return await http.SendAsync(request);
    }

    /// <summary>Sends a file with a form, and returns the page that comes.</summary>
    public async Task<string> Upload(string path, string file, HttpStatusCode status = HttpStatusCode.OK)
    {
        using var form = new MultipartFormDataContent { { new StringContent(await Token()), "token" }, { new StringContent(file), "file", "chats.json" } };
        using var answer = await http.PostAsync(path, form);
        Assert.Equal(status, answer.StatusCode);
        return WebUtility.HtmlDecode(await answer.Content.ReadAsStringAsync());
    }

    /// <summary>Sends a form that has a file.</summary>
    public async Task<HttpResponseMessage> SendFile(string path, string name, string text, params (string Name, string Value)[] fields)
    {
        using var form = new MultipartFormDataContent { { new StringContent(await Token()), "token" }, { new StringContent(text), "files", name } };
        foreach (var field in fields) form.Add(new StringContent(field.Value), field.Name);
        return await http.PostAsync(path, form);
    }

    /// <summary>Sends a form that has a picture.</summary>
    public async Task<HttpResponseMessage> SendPicture(string path, string field, byte[] file, string name, params (string Name, string Value)[] fields)
    {
        using var form = new MultipartFormDataContent { { new StringContent(await Token()), "token" } };
        var content = new ByteArrayContent(file);
        content.Headers.TryAddWithoutValidation("content-disposition", $"form-data; name=\"{field}\"; filename=\"{name.Replace("\"", "%22", StringComparison.Ordinal)}\"");
        form.Add(content);
        foreach (var (key, value) in fields) form.Add(new StringContent(value), key);
        return await http.PostAsync(path, form);
    }

    /// <summary>Says something in a new chat, without scripts; returns the chat's path.</summary>
    public async Task<string> Say(string text)
    {
        using var answer = await Send("/assistant/say", live: false, ("text", text));
        Assert.Equal(HttpStatusCode.SeeOther, answer.StatusCode);
        return answer.Headers.Location!.OriginalString;
    }

    public void Dispose() => http.Dispose();
}
