// What is left behind by a request: its line, its span, its numbers.

using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Net;
using System.Text;
using System.Text.Json;
using Maison.Api.Telemetry;

namespace Maison.Tests.Api;

public sealed class TelemetryTests
{
    const string Chat = """{"model":"test","messages":[{"role":"user","content":"a secret question"}],"max_tokens":3}""";

    sealed class Day : MemoryStream
    {
        protected override void Dispose(bool disposing) { }

        public JsonElement[] Lines => [.. Encoding.UTF8.GetString(ToArray()).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => JsonDocument.Parse(l).RootElement)];
    }

    static async Task<Day> Asked(bool content, Func<ApiServer, Task> ask)
    {
        var day = new Day();
        await using (var log = new RequestLog(_ => day, content, TimeProvider.System, TextWriter.Null))
        await using (var server = await ApiServer.Start(options => options with { Requests = log }, new ScriptedModel("Hello world").Served))
            await ask(server);
        return day;
    }

    [Fact]
    public async Task ARequestLeavesOneLineWithoutItsContent()
    {
        var day = await Asked(content: false, async server => Assert.Equal(HttpStatusCode.OK, (await server.Post("/v1/chat/completions", Chat)).Status));
        var line = Assert.Single(day.Lines);
        Assert.Equal("/v1/chat/completions", line.GetProperty("route").GetString());
        Assert.Equal(200, line.GetProperty("status").GetInt32());
        Assert.Equal("test", line.GetProperty("model").GetString());
        Assert.Equal("maison", line.GetProperty("provider").GetString());
        Assert.Equal("served", line.GetProperty("outcome").GetString());
        Assert.True(line.GetProperty("input_tokens").GetInt64() > 0);
        Assert.True(line.GetProperty("output_tokens").GetInt64() > 0);
        Assert.StartsWith("req_", line.GetProperty("id").GetString());
        Assert.True(line.GetProperty("first_ms").GetDouble() <= line.GetProperty("ms").GetDouble() + 0.01);
        Assert.DoesNotContain("secret", line.GetRawText());
        Assert.DoesNotContain(ApiServer.Key, line.GetRawText());
    }

    [Fact]
    public async Task ContentIsKeptWhereItWasSwitchedOn()
    {
        var day = await Asked(content: true, async server =>
        {
            await server.Post("/v1/chat/completions", Chat);
            await server.Post("/v1/chat/completions", Chat.Replace("\"max_tokens\"", "\"stream\":true,\"max_tokens\""));
        });
        Assert.Equal(2, day.Lines.Length);
        Assert.All(day.Lines, l => Assert.Contains("a secret question", l.GetProperty("request").GetString()));
        Assert.Contains("\"choices\"", day.Lines[0].GetProperty("response").GetString());
        Assert.EndsWith("data: [DONE]\n\n", day.Lines[1].GetProperty("response").GetString());
    }

    [Fact]
    public async Task RefusedAndUnknownRequestsLeaveALineThatHoldsNoAddress()
    {
        var day = await Asked(content: false, async server =>
        {
            await server.Post("/v1/chat/completions", "{");
            await server.Get("/v1/no-such/sk-my-key");
            await server.Get("/health");
        });
        Assert.Equal(2, day.Lines.Length);
        Assert.Equal(400, day.Lines[0].GetProperty("status").GetInt32());
        Assert.False(day.Lines[0].TryGetProperty("model", out _));
        Assert.Equal(404, day.Lines[1].GetProperty("status").GetInt32());
        Assert.DoesNotContain("sk-my-key", day.Lines[1].GetRawText());
    }

    [Fact]
    public async Task ALogThatCanNotBeWrittenSaysSoAndStopsNoRequest()
    {
        var problems = new StringWriter();
        await using (var log = new RequestLog(_ => throw new IOException("disk full"), false, TimeProvider.System, TextWriter.Synchronized(problems)))
        await using (var server = await ApiServer.Start(options => options with { Requests = log }, new ScriptedModel("Hello").Served))
            Assert.Equal(HttpStatusCode.OK, (await server.Post("/v1/chat/completions", Chat)).Status);
        Assert.Contains("disk full", problems.ToString());
    }

    [Fact]
    public async Task AGenerationIsASpanUnderTheCallersTraceAndCountsItsTokens()
    {
        const string trace = "4bf92f3577b34da6a3ce929d0e0e4736";
        var spans = new ConcurrentQueue<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name is GenAI.Source or "Microsoft.AspNetCore",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = span => { if (span.TraceId.ToHexString() == trace) spans.Enqueue(span); },
        };
        ActivitySource.AddActivityListener(listener);
        var seen = new ConcurrentQueue<(string Name, double Value, string Type)>();
        using var meters = new MeterListener { InstrumentPublished = (instrument, l) => { if (instrument.Meter.Name == GenAI.Source) l.EnableMeasurementEvents(instrument); } };
        meters.SetMeasurementEventCallback<long>((i, v, tags, _) => Note(i.Name, v, tags));
        meters.SetMeasurementEventCallback<double>((i, v, tags, _) => Note(i.Name, v, tags));
        meters.Start();

        await using var server = await ApiServer.Start(new ScriptedModel("Hello world").Served with { Id = "spanned" });
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions") { Content = new StringContent(Chat.Replace("\"test\"", "\"spanned\""), Encoding.UTF8, "application/json") };
        request.Headers.Add("traceparent", $"00-{trace}-00f067aa0ba902b7-01");
        using var answer = await server.Http.SendAsync(request);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        await server.Stop();

        var span = Assert.Single(spans, s => s.Source.Name == GenAI.Source);
        Assert.Equal("chat spanned", span.DisplayName);
        Assert.Equal("chat", span.GetTagItem("gen_ai.operation.name"));
        Assert.Equal("maison", span.GetTagItem("gen_ai.provider.name"));
        Assert.True((long)span.GetTagItem("gen_ai.usage.output_tokens")! > 0);
        Assert.Contains(seen, m => m is { Name: "gen_ai.client.token.usage", Type: "output" } && m.Value == (long)span.GetTagItem("gen_ai.usage.output_tokens")!);
        Assert.Contains(seen, m => m.Name == "gen_ai.server.request.duration");
        Assert.Contains(seen, m => m.Name == "gen_ai.server.time_to_first_token");

        void Note(string name, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            string? model = null, type = "";
            foreach (var (key, tag) in tags)
                if (key == "gen_ai.request.model") model = tag as string;
                else if (key == "gen_ai.token.type") type = tag as string ?? "";
            if (model == "spanned") seen.Enqueue((name, value, type));
        }
    }
}
