// GET /metrics in Prometheus text, exposition format 0.0.4: https://prometheus.io/docs/instrumenting/exposition_formats/

using System.Globalization;
using System.Text;
using Maison.Api.Models;
using Maison.Inference;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Maison.Api.Metrics;

/// <summary>The server's gauges and counters as text.</summary>
static class MetricsEndpoint
{
    public static void Map(IEndpointRouteBuilder routes, ModelRegistry models, RequestMetrics requests)
        => routes.MapGet(Routes.Metrics, context =>
        {
            context.Response.ContentType = "text/plain; version=0.0.4; charset=utf-8";
            return context.Response.WriteAsync(Render(models.Texts, requests), context.RequestAborted);
        });

    internal static string Render(IReadOnlyList<ServedModel> models, RequestMetrics requests)
    {
        var text = new StringBuilder();
        var stats = models.Select(m => (m.Id, Stats: m.Stats())).ToList();

        PerModel("maison_requests_running", "gauge", "Generations in the current batch.", s => s.Running);
        PerModel("maison_requests_queued", "gauge", "Generations that wait for a slot or for cache pages.", s => s.Queued);
        PerModel("maison_kv_pages_used", "gauge", "Pages of the KV cache in use.", s => s.PagesUsed);
        PerModel("maison_kv_pages_total", "gauge", "Pages of the KV cache.", s => s.PagesTotal);
        PerModel("maison_generations_total", "counter", "Generations taken on.", s => s.Requests);
        PerModel("maison_prompt_tokens_total", "counter", "Prompt tokens, cached ones included.", s => s.PromptTokens);
        PerModel("maison_prompt_tokens_cached_total", "counter", "Prompt tokens that were found in the KV cache.", s => s.CachedPromptTokens);
        PerModel("maison_generated_tokens_total", "counter", "Tokens generated.", s => s.GeneratedTokens);
        PerModel("maison_busy_seconds_total", "counter", "Time in which the model was computing.", s => s.BusySeconds);

        Family("maison_tokens_per_second", "gauge", "Tokens generated per second, mean of the last ten seconds.");
        Sample("maison_tokens_per_second", "", requests.Generated.PerSecond());

        Family("maison_time_to_first_token_seconds", "histogram", "From a request's arrival to its first token.");
        var (buckets, sum) = requests.TimeToFirstToken.Read();
        foreach (var (upTo, count) in buckets)
            Sample("maison_time_to_first_token_seconds_bucket", $"le=\"{(double.IsInfinity(upTo) ? "+Inf" : Number(upTo))}\"", count);
        Sample("maison_time_to_first_token_seconds_sum", "", sum);
        Sample("maison_time_to_first_token_seconds_count", "", buckets[^1].Count);

        Family("maison_http_requests_total", "counter", "Answers by route and status; 499 is a client that left.");
        foreach (var ((route, status), count) in requests.Answers)
            Sample("maison_http_requests_total", $"route=\"{Escaped(route)}\",status=\"{status}\"", count);

        Family("process_resident_memory_bytes", "gauge", "Resident memory of the process.");
        Sample("process_resident_memory_bytes", "", Environment.WorkingSet);
        return text.ToString();

        void PerModel(string name, string kind, string help, Func<SchedulerStats, double> value)
        {
            Family(name, kind, help);
            foreach (var (id, s) in stats) Sample(name, $"model=\"{Escaped(id)}\"", value(s));
        }

        void Family(string name, string kind, string help) => text.Append($"# HELP {name} {help}\n# TYPE {name} {kind}\n");

        void Sample(string name, string labels, double value)
            => text.Append(name).Append(labels.Length > 0 ? $"{{{labels}}}" : "").Append(' ').Append(Number(value)).Append('\n');
    }

    static string Number(double value) => value.ToString("R", CultureInfo.InvariantCulture);

    static string Escaped(string label) => label.Replace("\\", "\\\\").Replace("\"", "\\\"").Replace("\n", "\\n");
}
