namespace Maison.Cli.Terminal;

/// <summary>A progress listener that hears of each report at once and in order, on the thread that makes it.</summary>
sealed class Told<T>(Action<T> report) : IProgress<T>
{
    public void Report(T value) => report(value);
}
