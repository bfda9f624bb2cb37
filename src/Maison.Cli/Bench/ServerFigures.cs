// Measures `maison serve` as its user meets it: a new process with an empty data folder, asked over HTTP as soon as it takes connections.

using System.Diagnostics;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Maison.Cli.Serving;

namespace Maison.Cli.Bench;

/// <summary>Cold start, and what parallel chats gain.</summary>
static class ServerFigures
{
    const int starts = 5, parallel = 8, tokens = 192;

    public static IEnumerable<Figure> Measure(BenchContext context)
    {
        var folder = Directory.CreateTempSubdirectory("maison-bench-").FullName;
        try
        {
            RandomModel.Save(Path.Combine(folder, "models", "house"), RandomModel.House, seed: 1);
            var first = new List<double>();
            for (var i = 0; i < starts; i++)
            {
                using var server = new ServerProcess(folder, context.Gang.Threads);
                first.Add(server.FirstToken(context.Stop));
            }
            yield return new("server.cold_start", Figure.Median(first), "s", "process start to the first streamed token, 20 M parameters", Goal: "at most 2");

            using var warm = new ServerProcess(folder, context.Gang.Threads);
            warm.FirstToken(context.Stop);
            warm.TokensPerSecond(1, tokens, context.Stop);
            var one = Figure.Median(Enumerable.Range(0, 3).Select(_ => warm.TokensPerSecond(1, tokens, context.Stop)));
            var many = Figure.Median(Enumerable.Range(0, 3).Select(_ => warm.TokensPerSecond(parallel, tokens, context.Stop)));
            yield return new("server.chat.one", one, "tokens/s", "one chat over HTTP, 20 M parameters");
            yield return new("server.chat.parallel", many, "tokens/s", $"{parallel} chats over HTTP, 20 M parameters", many / one, "one chat", Goal: "at least 3 times one");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}

/// <summary>A `maison serve` in a process of its own, killed when disposed.</summary>
sealed class ServerProcess : IDisposable
{
    const int attempts = 6000;
    const string key = "bench-key";

    readonly Process process;
    readonly long started;
    readonly HttpClient http = new() { Timeout = TimeSpan.FromMinutes(2) };

    public ServerProcess(string folder, int threads)
    {
        var port = FreePort();
        var info = new ProcessStartInfo { RedirectStandardOutput = true, RedirectStandardError = true };
        // The same program again: the host and its assembly, or the one file that holds both.
        info.FileName = Environment.ProcessPath!;
        if (Path.GetFileNameWithoutExtension(info.FileName) == "dotnet") info.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "maison.dll"));
        foreach (var argument in (string[])["serve", "--port", $"{port}", "--models", Path.Combine(folder, "models"), "--threads", $"{threads}"]) info.ArgumentList.Add(argument);
        info.Environment[HomeFolder.Variable] = Path.Combine(folder, "home");
        info.Environment[ServeVerb.KeyVariable] = key;
        http.BaseAddress = new($"http://127.0.0.1:{port}/v1/");
        http.DefaultRequestHeaders.Authorization = new("Bearer", key);
        started = Stopwatch.GetTimestamp();
        process = Process.Start(info)!;
        process.OutputDataReceived += (_, _) => { };
        process.ErrorDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    /// <summary>Seconds from the start of the process to the first token.</summary>
    public double FirstToken(CancellationToken stop)
    {
        for (var i = 0; i < attempts; i++)
        {
            if (process.HasExited) throw new UserException($"maison serve ended with {process.ExitCode} instead of answering.");
            try
            {
                if (Chat(1, stop).GetAwaiter().GetResult() > 0) return Stopwatch.GetElapsedTime(started).TotalSeconds;
            }
            catch (HttpRequestException)
            {
                // Not up yet, or no model yet.
            }
            Thread.Sleep(5);
        }
        throw new UserException("maison serve did not answer within half a minute.");
    }

    /// <summary>Tokens per second of so many chats at the same time.</summary>
    public double TokensPerSecond(int chats, int tokens, CancellationToken stop)
    {
        var start = Stopwatch.GetTimestamp();
        var counts = Task.WhenAll(Enumerable.Range(0, chats).Select(_ => Chat(tokens, stop))).GetAwaiter().GetResult();
        return counts.Sum() / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    /// <summary>A streamed chat of exactly so many tokens; returns how many came.</summary>
    async Task<int> Chat(int tokens, CancellationToken stop)
    {
        // No token may end it: the last ids of the vocabulary are the marks.
        var bias = string.Join(",", Enumerable.Range(RandomModel.House.Vocab - 16, 16).Select(id => $"\"{id}\":-100"));
        var body = $$$"""{"model":"house","messages":[{"role":"user","content":"Tell me a story about a house."}],"max_tokens":{{{tokens}}},"stream":true,"stream_options":{"include_usage":true},"logit_bias":{{{{bias}}}}}""";
        using var request = new HttpRequestMessage(HttpMethod.Post, "chat/completions") { Content = new StringContent(body, Encoding.UTF8, new MediaTypeHeaderValue("application/json")) };
        using var answer = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, stop);
        answer.EnsureSuccessStatusCode();
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync(stop));
        while (await reader.ReadLineAsync(stop) is { } line)
            if (line.Contains("\"usage\"", StringComparison.Ordinal))
            {
                using var json = JsonDocument.Parse(line.AsMemory(6));
                return json.RootElement.GetProperty("usage").GetProperty("completion_tokens").GetInt32();
            }
        return 0;
    }

    static int FreePort()
    {
        using var listener = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        listener.Start();
        return ((System.Net.IPEndPoint)listener.LocalEndpoint).Port;
    }

    public void Dispose()
    {
        http.Dispose();
        if (!process.HasExited) process.Kill();
        process.WaitForExit();
        process.Dispose();
    }
}
