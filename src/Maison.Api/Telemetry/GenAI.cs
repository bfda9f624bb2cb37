// Traces and metrics under OpenTelemetry's semantic conventions for generative AI: https://opentelemetry.io/docs/specs/semconv/gen-ai/.
// The platform's own instruments: without somebody who listens they cost a null check. Whoever runs the server decides where they go.

using System.Diagnostics;
using System.Diagnostics.Metrics;
using Maison.Api.Budgets;

namespace Maison.Api.Telemetry;

/// <summary>The instruments, and the words of the conventions.</summary>
public static class GenAI
{
    /// <summary>The name of both the activity source and the meter.</summary>
    public const string Source = "Maison";

    static readonly ActivitySource source = new(Source);
    static readonly Meter meter = new(Source);

    static readonly Histogram<double> duration = meter.CreateHistogram("gen_ai.server.request.duration", "s", "Time from admission to the end of the answer.", advice: Seconds(0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92));
    static readonly Histogram<double> firstToken = meter.CreateHistogram("gen_ai.server.time_to_first_token", "s", "Time from a request's arrival to its first output.", advice: Seconds(0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10));
    static readonly Histogram<long> tokens = meter.CreateHistogram("gen_ai.client.token.usage", "{token}", "Tokens that a request took.", advice: new InstrumentAdvice<long> { HistogramBucketBoundaries = [1, 4, 16, 64, 256, 1024, 4096, 16384, 65536, 262144, 1048576, 4194304, 16777216, 67108864] });

    /// <summary>Begins the span of one generation; null when nobody listens.</summary>
    internal static Activity? Begin(string route, Ask ask)
    {
        var operation = Operation(route);
        var span = source.StartActivity($"{operation} {ask.Model}", ask.Provider == "maison" ? ActivityKind.Internal : ActivityKind.Client);
        span?.SetTag("gen_ai.operation.name", operation).SetTag("gen_ai.provider.name", ask.Provider).SetTag("gen_ai.request.model", ask.AskedAs ?? ask.Model).SetTag("gen_ai.response.model", ask.Model);
        return span;
    }

    /// <summary>Ends a generation: its span, and what it adds to the metrics.</summary>
    internal static void End(Activity? span, string route, Ask ask, TimeSpan took, Amounts taken, string outcome)
    {
        var tags = Tags(route, ask);
        if (outcome == "released") tags.Add("error.type", outcome);
        duration.Record(took.TotalSeconds, tags);
        if (taken.InputTokens > 0) tokens.Record(taken.InputTokens, [.. tags, new("gen_ai.token.type", "input")]);
        if (taken.OutputTokens > 0) tokens.Record(taken.OutputTokens, [.. tags, new("gen_ai.token.type", "output")]);
        if (span is null) return;
        span.SetTag("gen_ai.usage.input_tokens", taken.InputTokens).SetTag("gen_ai.usage.output_tokens", taken.OutputTokens).SetTag("maison.outcome", outcome);
        if (outcome == "released") span.SetTag("error.type", outcome).SetStatus(ActivityStatusCode.Error);
        span.Dispose();
    }

    internal static void FirstOutput(string route, Ask ask, double seconds) => firstToken.Record(seconds, Tags(route, ask));

    /// <summary>gen_ai.operation.name of a route.</summary>
    static string Operation(string route) => route switch
    {
        Routes.ChatCompletions or Routes.Responses or Routes.Messages => "chat",
        Routes.Completions => "text_completion",
        Routes.Embeddings => "embeddings",
        _ => "generate_content",
    };

    static TagList Tags(string route, Ask ask) => new()
    {
        { "gen_ai.operation.name", Operation(route) },
        { "gen_ai.provider.name", ask.Provider },
        { "gen_ai.request.model", ask.AskedAs ?? ask.Model },
        { "gen_ai.response.model", ask.Model },
    };

    static InstrumentAdvice<double> Seconds(params double[] bounds) => new() { HistogramBucketBoundaries = bounds };
}
