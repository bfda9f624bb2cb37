// What a long data job tells its caller while it runs. It knows nothing about terminals: a command line draws the bar.

namespace Maison.Data.Corpora;

/// <summary>One report of a running data job.</summary>
/// <param name="Stage">What is being done and to which corpus, e.g. "clean simplewiki".</param>
/// <param name="Done">Bytes done.</param>
/// <param name="Total">Bytes to do in this stage; 0 when unknown.</param>
/// <param name="BytesPerSecond">Speed since the stage began.</param>
public readonly record struct DataProgress(string Stage, long Done, long Total, double BytesPerSecond);
