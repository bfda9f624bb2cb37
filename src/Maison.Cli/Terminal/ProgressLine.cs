// One line on the terminal for a job that takes longer than two seconds: bar, share, rate, time left. It is rewritten in place, at most
// ten times a second. Where there is no terminal it says one line per finished stage, so that logs stay short.

using System.Diagnostics;

namespace Maison.Cli.Terminal;

/// <summary>Shows how far a job is; safe from any thread.</summary>
/// <param name="to">Standard error, so that piped output stays clean.</param>
/// <param name="live">Whether <paramref name="to"/> is a terminal.</param>
/// <param name="amount">How an amount of work is shown.</param>
sealed class ProgressLine(TextWriter to, bool live, Func<double, string> amount) : IDisposable
{
    const int barWidth = 24;
    static readonly TimeSpan Refresh = TimeSpan.FromMilliseconds(100), Settle = TimeSpan.FromSeconds(1);

    readonly Lock gate = new();
    string stage = "";
    double last, whole, first;
    long stageStart, shownAt;
    bool onLine;

    /// <summary>A job counted in bytes.</summary>
    public static ProgressLine OfBytes(TextWriter to, bool live) => new(to, live, ByteSize.Show);

    /// <summary>A job counted in things.</summary>
    public static ProgressLine Of(TextWriter to, bool live, string things) => new(to, live, n => $"{n:N0} {things}");

    /// <summary>Tells where the job is; a new name begins a new stage.</summary>
    /// <param name="name">The stage.</param>
    /// <param name="done">Work done in this stage; it need not start at 0 where an earlier run is continued.</param>
    /// <param name="total">Work of this stage; 0 when unknown.</param>
    public void Report(string name, double done, double total)
    {
        lock (gate)
        {
            if (name != stage)
            {
                EndStage();
                (stage, first, stageStart, shownAt) = (name, done, Stopwatch.GetTimestamp(), 0);
            }
            (last, whole) = (done, total);
            if (!live || Stopwatch.GetElapsedTime(shownAt) < Refresh) return;
            shownAt = Stopwatch.GetTimestamp();
            to.Write($"\r\e[K{Line(Stopwatch.GetElapsedTime(stageStart))}");
            onLine = true;
        }
    }

    string Line(TimeSpan elapsed)
    {
        var rate = elapsed > TimeSpan.Zero ? (last - first) / elapsed.TotalSeconds : 0;
        var speed = rate > 0 && elapsed >= Settle ? $"{amount(rate)}/s" : "";
        if (whole <= 0) return $"{stage}  {amount(last)}  {speed}";
        var share = Math.Clamp(last / whole, 0, 1);
        var filled = (int)(share * barWidth);
        var left = speed.Length > 0 && whole > last ? $"  {Duration.Show(TimeSpan.FromSeconds((whole - last) / rate))} left" : "";
        return $"{stage}  {new string('█', filled)}{new string('░', barWidth - filled)}  {share,4:P0}  {speed}{left}";
    }

    void EndStage()
    {
        if (stage.Length == 0) return;
        var elapsed = Stopwatch.GetElapsedTime(stageStart);
        if (onLine) to.Write("\r\e[K");
        // Stages that were over at once, or were done by an earlier run, are not worth a line.
        if (elapsed >= Settle && last > first) to.WriteLine($"{stage}: {amount(last - first)} in {Duration.Show(elapsed)}");
        onLine = false;
        stage = "";
    }

    public void Dispose()
    {
        lock (gate) EndStage();
    }
}
