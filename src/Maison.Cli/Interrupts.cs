// Ctrl+C and kill. The first one asks: whatever runs stops where it loses nothing. The second one means it.
// A verb that has a better use for Ctrl+C, such as a chat for a running answer, borrows it for a while.

using System.Runtime.InteropServices;

namespace Maison.Cli;

/// <summary>Turns SIGINT and SIGTERM into a cancelled token.</summary>
sealed class Interrupts : IDisposable
{
    const int exitInterrupted = 130;

    readonly CancellationTokenSource stop = new();
    readonly List<PosixSignalRegistration> signals = [];
    readonly bool listening;
    volatile Action? borrower;

    /// <param name="listen">False in tests, which raise interrupts themselves.</param>
    public Interrupts(bool listen = true)
    {
        listening = listen;
        if (!listen) return;
        signals.Add(PosixSignalRegistration.Create(PosixSignal.SIGINT, s => { s.Cancel = true; Interrupt(); }));
        signals.Add(PosixSignalRegistration.Create(PosixSignal.SIGTERM, s => { s.Cancel = true; Stop(); }));
    }

    /// <summary>Cancelled when the program is asked to end.</summary>
    public CancellationToken Token => stop.Token;

    /// <summary>What Ctrl+C does.</summary>
    public void Interrupt()
    {
        if (borrower is { } action) action();
        else Stop();
    }

    /// <summary>Gives Ctrl+C to <paramref name="action"/> until the result is disposed.</summary>
    public IDisposable Borrow(Action action)
    {
        borrower = action;
        return new Return(this);
    }

    void Stop()
    {
        if (stop.IsCancellationRequested && listening) Environment.Exit(exitInterrupted);
        stop.Cancel();
    }

    public void Dispose()
    {
        foreach (var signal in signals) signal.Dispose();
        stop.Dispose();
    }

    sealed class Return(Interrupts owner) : IDisposable
    {
        public void Dispose() => owner.borrower = null;
    }
}
