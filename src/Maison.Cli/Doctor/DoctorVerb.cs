// maison doctor: what this machine offers Maison, and whether those whom it asks can be reached; one line each, with the one thing to do where
// something is missing.

using System.CommandLine;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Maison.Api.Gateway;
using Maison.Api.Keys;
using Maison.Cli.Serving;
using Maison.Cli.Terminal;

namespace Maison.Cli.Doctor;

/// <summary>How one check came out.</summary>
enum Verdict { Good, Slow, Broken }

/// <summary>One line of the report.</summary>
/// <param name="Remedy">What to do; null when all is well.</param>
sealed record Finding(string Name, Verdict Verdict, string Value, string? Remedy = null);

static class DoctorVerb
{
    const long littleMemory = 1L << 30, littleDisk = 2L << 30;
    static readonly TimeSpan worstSkew = TimeSpan.FromSeconds(60);

    public static Command Create(Surroundings here)
    {
        var port = Choice.Whole("--port", "The port to check", 1, 65535, ServeVerb.DefaultPort);
        var command = new Command("doctor", "Check this machine and say how to mend what is wrong") { port };
        command.SetAction(async (parsed, stop) =>
        {
            var broken = false;
            var output = parsed.InvocationConfiguration.Output;
            await foreach (var finding in Examine(here, parsed.GetValue(port)!.Value, stop))
            {
                broken |= finding.Verdict == Verdict.Broken;
                var mark = finding.Verdict switch { Verdict.Good => "ok  ", Verdict.Slow => "note", _ => "FAIL" };
                output.WriteLine($"{mark}  {finding.Name,-9} {finding.Value}{(finding.Remedy is null ? "" : $" → {finding.Remedy}")}");
            }
            return broken ? 1 : 0;
        });
        return command;
    }

    static async IAsyncEnumerable<Finding> Examine(Surroundings here, int port, [EnumeratorCancellation] CancellationToken stop)
    {
        var home = HomeFolder.Of(here);
        yield return new(".NET", Verdict.Good, $"{RuntimeInformation.FrameworkDescription} on {RuntimeInformation.RuntimeIdentifier}");
        yield return Environment.ProcessorCount > 1
            ? new("cores", Verdict.Good, $"{Environment.ProcessorCount}")
            : new("cores", Verdict.Slow, "1", "more cores make training and parallel answers faster");
        yield return Simd();
        yield return Memory();
        yield return Disk(home);
        yield return Port(port);
        yield return Models(here, home);
        yield return Keys(here, home);
        var (providers, skew) = await Providers(here, home, stop);
        yield return Clock(skew);
        foreach (var provider in providers) yield return provider;
        if (here.Variable(Telemetry.EndpointVariable) is { } collector) yield return await Collector(collector, stop);
    }

    /// <summary>Those of the gateway and its servers of tools, each asked once; and how far this clock is behind theirs.</summary>
    static async Task<(IReadOnlyList<Finding> Findings, TimeSpan? Skew)> Providers(Surroundings here, HomeFolder home, CancellationToken stop)
    {
        const string name = "providers";
        try
        {
            var file = File.Exists(home.Gateway) ? GatewayConfig.Load(home.Gateway) : new();
            using var store = home.HasStore(here) ? home.OpenStore(here) : null;
            var told = await GatewayCheck.Ask(file, store, here.Variable, stop);
            if (told.Count == 0) return ([new(name, Verdict.Good, $"none; those of {home.Gateway} would be asked")], null);
            // Between two clocks the answer was on its way: the nearest one tells.
            return ([.. told.Select(p => new Finding(name, p.Remedy is null ? Verdict.Good : Verdict.Broken, $"{p.Name}: {p.Value}", p.Remedy))], told.Select(p => p.Skew).Where(s => s is not null).OrderBy(s => s!.Value.Duration()).FirstOrDefault());
        }
        catch (Exception e) when (e is InvalidDataException or UserException or ArgumentException)
        {
            return ([new(name, Verdict.Broken, e.Message, $"mend {home.Gateway}, or move it away")], null);
        }
    }

    /// <summary>Budgets begin anew by the clock, and keys end by it.</summary>
    static Finding Clock(TimeSpan? skew)
    {
        var (now, built) = (DateTimeOffset.UtcNow, new DateTimeOffset(File.GetLastWriteTimeUtc(typeof(DoctorVerb).Assembly.Location)));
        const string remedy = "set the clock: sudo timedatectl set-ntp true";
        if (now < built - TimeSpan.FromDays(1)) return new("clock", Verdict.Broken, $"{now:u}, before this program was built ({built:u})", remedy);
        return skew is { } off && off.Duration() > worstSkew
            ? new("clock", Verdict.Broken, string.Create(CultureInfo.InvariantCulture, $"{now:u}, {Math.Abs(off.TotalSeconds):0} s {(off > TimeSpan.Zero ? "behind" : "ahead of")} the providers'"), remedy)
            : new("clock", Verdict.Good, $"{now:u}{(skew is null ? "" : ", as the providers'")}");
    }

    static async Task<Finding> Collector(string endpoint, CancellationToken stop)
    {
        const string name = "telemetry";
        if (!Uri.TryCreate(endpoint, UriKind.Absolute, out var address) || address.Scheme is not ("http" or "https")) return new(name, Verdict.Broken, $"{Telemetry.EndpointVariable} is '{endpoint}', which is no address", $"export {Telemetry.EndpointVariable}=http://localhost:4317");
        try
        {
            using var ending = CancellationTokenSource.CreateLinkedTokenSource(stop);
            ending.CancelAfter(TimeSpan.FromSeconds(3));
            using var line = new TcpClient();
            await line.ConnectAsync(address.Host, address.Port, ending.Token);
            return new(name, Verdict.Good, $"a collector listens at {endpoint}");
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException && !stop.IsCancellationRequested)
        {
            return new(name, Verdict.Broken, $"nobody listens at {endpoint}", $"start the collector, or unset {Telemetry.EndpointVariable}");
        }
    }

    static Finding Simd()
    {
        if (Vector512.IsHardwareAccelerated && Avx512F.IsSupported) return new("SIMD", Verdict.Good, "AVX-512");
        if (Avx2.IsSupported && Fma.IsSupported) return new("SIMD", Verdict.Good, "AVX2");
        if (Vector128.IsHardwareAccelerated) return new("SIMD", Verdict.Slow, "128-bit vectors", "a processor with AVX2 or AVX-512 is several times faster");
        return new("SIMD", Verdict.Slow, "none", "unset DOTNET_EnableHWIntrinsic, or use a processor with vector units");
    }

    static Finding Memory()
    {
        var free = MachineMemory.Available();
        return free >= littleMemory
            ? new("memory", Verdict.Good, $"{ByteSize.Show(free)} free")
            : new("memory", Verdict.Slow, $"{ByteSize.Show(free)} free", "close other programs, or serve with a smaller --context");
    }

    static Finding Disk(HomeFolder home)
    {
        try
        {
            home.Made();
            var probe = Path.Combine(home.Path, $".doctor-{Environment.ProcessId}");
            File.WriteAllBytes(probe, [0]);
            File.Delete(probe);
            var free = new DriveInfo(home.Path).AvailableFreeSpace;
            return free >= littleDisk
                ? new("disk", Verdict.Good, $"{ByteSize.Show(free)} free for {home.Path}")
                : new("disk", Verdict.Slow, $"{ByteSize.Show(free)} free for {home.Path}", $"make room, or set {HomeFolder.Variable} to another disk");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or UserException)
        {
            return new("disk", Verdict.Broken, $"{home.Path} can not be written: {e.Message}", $"set {HomeFolder.Variable} to a folder that you can write to");
        }
    }

    static Finding Port(int port)
    {
        try
        {
            using var listener = new TcpListener(IPAddress.Loopback, port);
            listener.Start();
            return new("port", Verdict.Good, $"{port} is free");
        }
        catch (SocketException)
        {
            return new("port", Verdict.Slow, $"{port} is taken, perhaps by a running `maison serve`", $"use another: maison serve --port {(port == 65535 ? port - 1 : port + 1)}");
        }
    }

    static Finding Models(Surroundings here, HomeFolder home)
    {
        var found = ModelShelf.Find(here.ShippedModels, home.Models);
        if (found.Count == 0) return new("models", Verdict.Broken, $"none in {here.ShippedModels} or {home.Models}", "add one: maison models add PATH");
        var unreadable = found.FirstOrDefault(m => m.Problem is not null);
        return unreadable is null
            ? new("models", Verdict.Good, string.Join(", ", found.Select(m => m.Name)))
            : new("models", Verdict.Broken, $"{unreadable.Name}: {unreadable.Problem}", $"restore it, or take it away: maison models remove {unreadable.Name}");
    }

    static Finding Keys(Surroundings here, HomeFolder home)
    {
        try
        {
            var count = 0;
            if (home.HasStore(here))
            {
                using var store = home.OpenStore(here);
                count = new KeyStore(store).Keys.Count(k => k.Revoked is null);
            }
            return count > 0
                ? new("keys", Verdict.Good, $"{count}; another: maison keys new")
                : new("keys", Verdict.Good, "none yet; the first `maison serve` makes one");
        }
        catch (Exception e) when (e is InvalidDataException or UserException)
        {
            return new("keys", Verdict.Broken, e.Message, $"see to the store of {home.Path}, or set {HomeFolder.Variable} to another folder");
        }
    }
}
