// Sends traces and metrics to an OpenTelemetry collector where the standard variables name one; nothing is loaded otherwise.

using System.Reflection;
using Maison.Api.Telemetry;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Maison.Cli.Serving;

/// <summary>The exporters, until they are disposed.</summary>
sealed class Telemetry : IDisposable
{
    public const string EndpointVariable = "OTEL_EXPORTER_OTLP_ENDPOINT";

    readonly TracerProvider traces;
    readonly MeterProvider metrics;

    Telemetry(TracerProvider traces, MeterProvider metrics) => (this.traces, this.metrics) = (traces, metrics);

    /// <summary>Exporters to where OTEL_EXPORTER_OTLP_ENDPOINT and its kin say (https://opentelemetry.io/docs/specs/otel/protocol/exporter/); null where they name nobody.</summary>
    public static Telemetry? Start(Surroundings here)
    {
        if (here.Variable(EndpointVariable) is not { Length: > 0 }) return null;
        var house = ResourceBuilder.CreateDefault().AddService("maison", serviceVersion: Assembly.GetExecutingAssembly().GetName().Version?.ToString()).AddEnvironmentVariableDetector();
        return new(
            Sdk.CreateTracerProviderBuilder().SetResourceBuilder(house).AddSource(GenAI.Source, "Microsoft.AspNetCore").AddOtlpExporter().Build(),
            Sdk.CreateMeterProviderBuilder().SetResourceBuilder(house).AddMeter(GenAI.Source, "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel").AddOtlpExporter().Build());
    }

    public void Dispose()
    {
        traces.Dispose();
        metrics.Dispose();
    }
}
