using System.Diagnostics;
using System.Runtime.InteropServices;

namespace TurkishLlm.Cli.Terminal;

/// <summary>
/// Turns the first SIGINT, SIGTERM or SIGHUP into a cancellation without a time limit, so that a checkpoint can be saved.
/// The second signal ends the program at once.
/// </summary>
/// <remarks>
/// The handling of System.CommandLine gives a command two seconds, ignores SIGHUP, and swallows the second Ctrl+C of a command
/// that does not react to the first.
/// </remarks>
public sealed class SignalHandler : IDisposable
{
    /// <summary>Notice of commands that train.</summary>
    public const string SavingNotice = "Saving a checkpoint; press Ctrl+C again to quit without saving.";

    /// <summary>Notice of all other commands.</summary>
    public const string StoppingNotice = "Stopping; press Ctrl+C again to quit at once.";

    private readonly CancellationTokenSource _source = new();
    private readonly PosixSignalRegistration[] _registrations;
    private volatile Func<bool>? _interruptHandler;

    /// <summary>Starts handling signals.</summary>
    /// <param name="errors">Receives the notice that the program is stopping.</param>
    /// <param name="notice">What happens after the first signal, and what the second one does.</param>
    /// <param name="launched">
    /// True for a process started by <c>launch</c>: a terminal signals all processes and the launcher at once, so the process
    /// reacts only to the SIGTERM of the launcher and to the end of the launcher.
    /// </param>
    public SignalHandler(TextWriter errors, string notice, bool launched = false)
    {
        IgnoredSignals.Apply();
        _registrations =
        [
            .. new[] { PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP }.Select(signal =>
                PosixSignalRegistration.Create(signal, context => OnSignal(context, errors, notice, launched))),
        ];
        if (launched) new Thread(StopWhenLauncherExits) { IsBackground = true }.Start();
    }

    /// <summary>Token that the first signal cancels.</summary>
    public CancellationToken Token => _source.Token;

    /// <summary>Installs a handler of Ctrl+C.</summary>
    /// <param name="handler">Called on every Ctrl+C; returns false to end the program at once.</param>
    /// <returns>Removes the handler when disposed.</returns>
    public IDisposable InterceptInterrupt(Func<bool> handler)
    {
        _interruptHandler = handler;
        return new Interception(this);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var registration in _registrations) registration.Dispose();
        _source.Dispose();
    }

    private void OnSignal(PosixSignalContext context, TextWriter errors, string notice, bool launched)
    {
        if (context.Signal == PosixSignal.SIGINT && _interruptHandler is { } handler)
        {
            context.Cancel = handler();
            return;
        }
        context.Cancel = !_source.IsCancellationRequested;
        if (launched && context.Signal != PosixSignal.SIGTERM) context.Cancel = true;
        else if (context.Cancel)
        {
            _source.Cancel();
            if (!launched) WriteShutdownNotice(errors, notice);
        }
    }

    // The launcher holds standard input open and never writes. If it ends without waiting for this process, end as well.
    private void StopWhenLauncherExits()
    {
        using var input = Console.OpenStandardInput();
        while (input.ReadByte() >= 0)
        {
        }
        if (_source.IsCancellationRequested) Process.GetCurrentProcess().Kill();
        try
        {
            _source.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The program has already finished.
        }
    }

    // After SIGHUP the terminal is gone; a failed write must not interrupt saving.
    private static void WriteShutdownNotice(TextWriter errors, string notice)
    {
        try
        {
            errors.WriteLine(notice);
        }
        catch (IOException)
        {
        }
    }

    private sealed class Interception(SignalHandler signals) : IDisposable
    {
        public void Dispose() => signals._interruptHandler = null;
    }
}
