// Turns "so many bytes done" into reports at most five times a second, with the speed since the stage began.

using System.Diagnostics;
using Maison.Data.Corpora;

namespace Maison.Data.Preparation;

sealed class ProgressMeter(IProgress<DataProgress>? progress, string stage, long total)
{
    readonly Stopwatch _watch = Stopwatch.StartNew();
    double _reported = -1;

    public void Report(long done)
    {
        var seconds = _watch.Elapsed.TotalSeconds;
        if (progress is null || (seconds - _reported < 0.2 && done < total)) return;
        _reported = seconds;
        progress.Report(new(stage, done, total, seconds > 0 ? done / seconds : 0));
    }
}
