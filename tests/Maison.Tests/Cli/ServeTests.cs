// The whole way of a newcomer: start, read what is printed, ask with the official client's shape, stop.

using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Maison.Cli;

namespace Maison.Tests.Cli;

public sealed class ServeTests
{
    static async Task<(HttpStatusCode Status, string Body)> Ask(Uri url, string key, string body)
    {
        using var http = new HttpClient { BaseAddress = url };
        http.DefaultRequestHeaders.Authorization = new("Bearer", key);
        using var answer = await http.PostAsync("chat/completions", new StringContent(body, Encoding.UTF8, new MediaTypeHeaderValue("application/json")));
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task AFirstStartPrintsMemoryKeyAndUrlAndAnswers()
    {
        using var terminal = new Terminal();
        TinyFolder.Make(System.IO.Path.Combine(terminal.Shipped, "tiny"));
        await using var serving = new Serving(terminal);
        var url = await serving.Url();

        Assert.Matches(@"memory  tiny: .+ weights \+ .+ cache \(\d+ × 256 tokens\) \+ .+ scratch", serving.Printed);
        Assert.StartsWith("mk-", serving.Key);
        Assert.Contains("curl " + url + "chat/completions", serving.Printed);
        var (status, body) = await Ask(url, serving.Key, """{"model":"tiny","messages":[{"role":"user","content":"Hi"}],"max_tokens":5}""");
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Equal("chat.completion", JsonDocument.Parse(body).RootElement.GetProperty("object").GetString());
        Assert.Equal(0, await serving.Stop());
    }

    [Fact]
    public async Task AChatOverTheServerSaysTheSameAsOneWithoutIt()
    {
        using var terminal = new Terminal();
        TinyFolder.Make(System.IO.Path.Combine(terminal.Shipped, "tiny"));
        terminal.Variables["MAISON_API_KEY"] = "given-key";
        string[] chat = ["chat", "--max-tokens", "12", "--seed", "3", "--threads", "1"];
        var local = await terminal.RunWith("Hello", chat);
        await using var serving = new Serving(terminal);
        var url = await serving.Url();
        var remote = await terminal.RunWith("Hello", [.. chat, "--url", url.ToString()]);
        Assert.Equal((0, ""), (remote.Code, remote.Error));
        Assert.Equal(local.Output, remote.Output);
        Assert.Contains("not valid", (await terminal.RunWith("Hello", [.. chat, "--url", url.ToString(), "--key", "wrong"])).Error);
    }

    [Fact]
    public async Task ASecondStartKeepsTheKeyToItself()
    {
        using var terminal = new Terminal();
        TinyFolder.Make(System.IO.Path.Combine(terminal.Home, "models", "tiny"));
        var key = (await terminal.Run("keys", "new")).Output.Trim();
        await using var serving = new Serving(terminal, "--context", "64");
        var url = await serving.Url();
        Assert.DoesNotContain("mk-", serving.Printed);
        Assert.Contains("maison keys new", serving.Printed);
        Assert.Contains("× 64 tokens", serving.Printed);
        Assert.Equal(HttpStatusCode.OK, (await Ask(url, key, """{"model":"tiny","messages":[{"role":"user","content":"Hi"}],"max_tokens":1}""")).Status);
        var (status, body) = await Ask(url, key, """{"model":"tiny","messages":[{"role":"user","content":"Hi"}],"max_tokens":100}""");
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Contains("context_length_exceeded", body);
    }

    [Fact]
    public async Task ThePrintedLinkOpensTheAppWithAKeyOfItsOwn()
    {
        using var terminal = new Terminal();
        TinyFolder.Make(System.IO.Path.Combine(terminal.Home, "models", "tiny"));
        await terminal.Run("keys", "new");
        await using var serving = new Serving(terminal);
        await serving.Url();
        Assert.DoesNotContain("browser", (await terminal.Run("keys", "list")).Output);
        using var http = new HttpClient();
        var home = await http.GetStringAsync(Regex.Match(serving.Printed, @"^app +(\S+)", RegexOptions.Multiline).Groups[1].Value);
        Assert.Contains("<small>tiny</small>", home);
        Assert.Contains("browser", (await terminal.Run("keys", "list")).Output);
    }

    [Fact]
    public async Task StoppingLetsAnOpenAnswerEnd()
    {
        using var terminal = new Terminal();
        terminal.Variables["MAISON_API_KEY"] = "given-key";
        TinyFolder.Make(System.IO.Path.Combine(terminal.Shipped, "tiny"), context: 2048);
        await using var serving = new Serving(terminal);
        var url = await serving.Url();
        using var http = new HttpClient { BaseAddress = url };
        http.DefaultRequestHeaders.Authorization = new("Bearer", "given-key");
        // No token may end it, so that it is still going on when the server is stopped.
        var bias = string.Join(",", Enumerable.Range(256, 16).Select(id => $"\"{id}\":-100"));
        using var request = new HttpRequestMessage(HttpMethod.Post, "chat/completions")
        {
            Content = new StringContent($$$"""{"model":"tiny","messages":[{"role":"user","content":"Hi"}],"max_tokens":600,"stream":true,"logit_bias":{{{{bias}}}}}""", Encoding.UTF8, "application/json"),
        };
        using var answer = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync());
        await reader.ReadLineAsync();

        var stopping = serving.Stop();
        Assert.EndsWith("data: [DONE]\n\n", await reader.ReadToEndAsync());
        Assert.Equal(0, await stopping);
    }

    [Fact]
    public async Task ATakenPortIsOneLineWithARemedy()
    {
        using var terminal = new Terminal();
        TinyFolder.Make(System.IO.Path.Combine(terminal.Shipped, "tiny"));
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var port = ((IPEndPoint)taken.LocalEndpoint).Port;
        var (code, _, error) = await terminal.Run("serve", "--port", $"{port}");
        Assert.Equal(1, code);
        Assert.Contains($"Port {port} is in use", error);
        Assert.Contains("--port", error);
        Assert.Single(error.TrimEnd().Split('\n'));
    }

    [Theory]
    [InlineData("--memory", "1m")]
    [InlineData("--host", "nowhere.invalid")]
    public async Task WhatCanNotBeIsRefusedByOption(string option, string value)
    {
        using var terminal = new Terminal();
        TinyFolder.Make(System.IO.Path.Combine(terminal.Shipped, "tiny"));
        var (code, _, error) = await terminal.Run("serve", "--port", "0", option, value);
        Assert.Equal(1, code);
        Assert.Contains(option, error);
    }

    [Fact]
    public async Task WithoutAModelItSaysHowToGetOne()
    {
        using var terminal = new Terminal();
        var (code, _, error) = await terminal.Run("serve", "--port", "0");
        Assert.Equal(1, code);
        Assert.Contains("maison models add", error);
    }

    [Fact]
    public async Task ADamagedModelDoesNotKeepTheOthersFromBeingServed()
    {
        using var terminal = new Terminal();
        TinyFolder.Make(System.IO.Path.Combine(terminal.Shipped, "bad"));
        TinyFolder.Make(System.IO.Path.Combine(terminal.Shipped, "good"));
        var weights = System.IO.Path.Combine(terminal.Shipped, "bad", "model.safetensors");
        File.WriteAllBytes(weights, File.ReadAllBytes(weights)[..^100]);
        await using var serving = new Serving(terminal);
        await serving.Url();
        Assert.Matches("models  good\n", serving.Printed);
    }
}
